//! The description of a database, from five queries over all its tables.

use std::collections::BTreeMap;

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Conn, Params};

use super::documents;
use super::errors::Failure;
use crate::services::db::api::{Column, Foreign, Index, Kind, Schema, Table};

const TABLES: &str = "SELECT TABLE_NAME, TABLE_TYPE LIKE '%VIEW', COALESCE(TABLE_ROWS, 0) \
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";

// A generated column has an EXTRA that says so; the default of a column that may be NULL is the text NULL.
const COLUMNS: &str = "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE = 'YES', \
    COLUMN_DEFAULT IS NOT NULL, EXTRA, CHARACTER_MAXIMUM_LENGTH \
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION";

const INDEXES: &str = "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE = 0, COLUMN_NAME \
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() \
    ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";

const FOREIGN: &str = "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME \
    FROM information_schema.KEY_COLUMN_USAGE \
    WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL \
    ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION";

/// Describes the tables, all or those named.
pub(super) async fn schema(conn: &mut Conn, wanted: Option<&[String]>) -> Result<Schema, Failure> {
    let version: Option<String> = conn.query_first("SELECT VERSION()").await.map_err(Failure::before)?;
    let mut tables = BTreeMap::new();
    for (name, view, rows) in ask::<(String, bool, u64)>(conn, TABLES).await? {
        if wanted.is_some_and(|wanted| !wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name))) {
            continue;
        }
        let (columns, primary, indexes, foreign) = Default::default();
        tables.insert(name.clone(), Table { name, view, rows, columns, primary, indexes, foreign });
    }
    let documents = documents::columns(conn).await.map_err(Failure::before)?;
    for row in ask::<ColumnRow>(conn, COLUMNS).await? {
        if let Some(table) = tables.get_mut(&row.0) {
            let is_json = documents.contains(&(row.0.clone(), row.1.clone()));
            table.columns.push(column(row, is_json));
        }
    }
    for (table, name, unique, column) in ask::<(String, String, bool, String)>(conn, INDEXES).await? {
        let Some(table) = tables.get_mut(&table) else { continue };
        if name == "PRIMARY" {
            table.primary.push(column);
        } else if let Some(index) = table.indexes.last_mut().filter(|index| index.name == name) {
            index.columns.push(column);
        } else {
            table.indexes.push(Index { name, unique, columns: vec![column] });
        }
    }
    let mut last = (String::new(), String::new());
    for (table, name, column, target, reference) in
        ask::<(String, String, String, String, String)>(conn, FOREIGN).await?
    {
        let key = (table, name);
        let Some(table) = tables.get_mut(&key.0) else { continue };
        match table.foreign.last_mut().filter(|_| last == key) {
            Some(foreign) => {
                foreign.columns.push(column);
                foreign.references.push(reference);
            }
            None => table.foreign.push(Foreign {
                columns: vec![column],
                table: target,
                references: vec![reference],
            }),
        }
        last = key;
    }
    Ok(Schema {
        engine: "mariadb".to_owned(),
        version: version.unwrap_or_default(),
        tables: tables.into_values().collect(),
    })
}

async fn ask<T: FromRow + Send + 'static>(conn: &mut Conn, sql: &str) -> Result<Vec<T>, Failure> {
    conn.exec(sql, Params::Empty).await.map_err(Failure::before)
}

/// Table, column, full type, type, nullable, default, extra, length.
type ColumnRow = (String, String, String, String, bool, bool, String, Option<u64>);

fn column(
    (_, name, sql_type, data_type, nullable, default, extra, length): ColumnRow,
    is_json: bool,
) -> Column {
    let kind = if is_json { Kind::Json } else { kind(&data_type, &sql_type) };
    let auto = extra.contains("auto_increment");
    let generated = extra.contains("GENERATED");
    Column {
        name,
        kind,
        nullable,
        optional: nullable || default || auto || generated,
        auto,
        generated,
        max_length: length.filter(|_| matches!(kind, Kind::Text | Kind::Blob | Kind::Json)),
        sql_type,
    }
}

fn kind(data_type: &str, sql_type: &str) -> Kind {
    match data_type {
        "tinyint" if sql_type.starts_with("tinyint(1)") => Kind::Bool,
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
            if sql_type.contains("unsigned") {
                Kind::Unsigned
            } else {
                Kind::Int
            }
        }
        "year" => Kind::Unsigned,
        "decimal" => Kind::Decimal,
        "float" | "double" => Kind::Float,
        "date" => Kind::Date,
        "datetime" | "timestamp" => Kind::DateTime,
        "time" => Kind::Time,
        "json" => Kind::Json,
        "bit" => Kind::Bit,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "geometry" | "point"
        | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" => Kind::Blob,
        _ => Kind::Text,
    }
}
