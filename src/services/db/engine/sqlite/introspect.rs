//! The description of a file's tables.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::errors;
use super::kinds::declared;
use crate::error::Result;
use crate::services::db::api::{Column, Foreign, Index, Kind, Schema, Table};

/// One query answers the columns of all tables: a pragma for each table would be a query each.
const COLUMNS: &str = "
    SELECT m.name, m.type, m.sql, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden
    FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.hidden <> 1
    ORDER BY m.name, c.cid";

const INDEXES: &str = "
    SELECT m.name, i.name, i.\"unique\", i.origin, c.name
    FROM sqlite_schema m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
    WHERE m.type = 'table' AND i.partial = 0
    ORDER BY m.name, i.name, c.seqno";

const FOREIGN: &str = "
    SELECT m.name, f.id, f.\"from\", f.\"table\", f.\"to\"
    FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table'
    ORDER BY m.name, f.id, f.seq";

/// Describes the tables, all or those named.
pub(super) fn schema(connection: &Connection, wanted: Option<&[String]>) -> Result<Schema> {
    read(connection, wanted).map_err(|cause| errors::of(cause, ""))
}

fn read(connection: &Connection, wanted: Option<&[String]>) -> rusqlite::Result<Schema> {
    let mut tables = columns(connection)?;
    if let Some(wanted) = wanted {
        tables.retain(|name, _| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)));
    }
    add_indexes(connection, &mut tables)?;
    add_foreign(connection, &mut tables)?;
    for table in tables.values_mut().filter(|table| !table.view) {
        let count = format!("SELECT COUNT(*) FROM \"{}\"", table.name.replace('"', "\"\""));
        let rows: i64 = connection.query_row(&count, (), |row| row.get(0))?;
        table.rows = u64::try_from(rows).unwrap_or(0);
    }
    Ok(Schema {
        engine: "sqlite".to_owned(),
        version: rusqlite::version().to_owned(),
        tables: tables.into_values().collect(),
    })
}

fn columns(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Table>> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    // Place of each column in the primary key, from 1.
    let mut keys: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    let mut statement = connection.prepare(COLUMNS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let view = row.get::<_, String>(1)? == "view";
        let place: i64 = row.get(7)?;
        let column = column(row)?;
        if 0 < place {
            keys.entry(name.clone()).or_default().push((place, column.name.clone()));
        }
        let table = tables.entry(name.clone()).or_insert_with(|| Table {
            name,
            view,
            rows: 0,
            columns: Vec::new(),
            primary: Vec::new(),
            indexes: Vec::new(),
            foreign: Vec::new(),
        });
        table.columns.push(column);
    }
    for (name, mut key) in keys {
        key.sort();
        let Some(table) = tables.get_mut(&name) else { continue };
        table.primary = key.into_iter().map(|(_, column)| column).collect();
        // Only a lone INTEGER PRIMARY KEY is another name of the rowid, which counts up.
        if let [only] = table.primary.as_slice()
            && let Some(column) = table.columns.iter_mut().find(|column| column.name == *only)
            && column.sql_type.eq_ignore_ascii_case("INTEGER")
        {
            column.auto = true;
            column.optional = true;
        }
    }
    Ok(tables)
}

fn column(row: &Row<'_>) -> rusqlite::Result<Column> {
    let sql_type: String = row.get(4)?;
    let key = 0 < row.get::<_, i64>(7)?;
    let not_null: bool = row.get(5)?;
    let has_default = row.get::<_, Option<String>>(6)?.is_some();
    let generated = matches!(row.get(8)?, 2_i64 | 3);
    let declared = declared(&sql_type);
    let nullable = !not_null && !key;
    Ok(Column {
        name: row.get(3)?,
        kind: declared.kind,
        nullable,
        optional: nullable || has_default || generated,
        auto: false,
        generated,
        max_length: matches!(declared.kind, Kind::Text | Kind::Blob).then_some(declared.sizes.0).flatten(),
        sql_type,
    })
}

fn add_indexes(connection: &Connection, tables: &mut BTreeMap<String, Table>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(INDEXES)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let Some(table) = tables.get_mut(&row.get::<_, String>(0)?) else { continue };
        let name: String = row.get(1)?;
        // An index over an expression has no column name.
        let (origin, column): (String, Option<String>) = (row.get(3)?, row.get(4)?);
        if origin == "pk" {
            continue;
        }
        if let Some(index) = table.indexes.last_mut().filter(|index| index.name == name) {
            index.columns.extend(column);
        } else {
            let unique = row.get(2)?;
            table.indexes.push(Index { name, unique, columns: column.into_iter().collect() });
        }
    }
    Ok(())
}

fn add_foreign(connection: &Connection, tables: &mut BTreeMap<String, Table>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(FOREIGN)?;
    let mut rows = statement.query(())?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let id: i64 = row.get(1)?;
        let (from, target, to): (String, String, Option<String>) = (row.get(2)?, row.get(3)?, row.get(4)?);
        // Without a column the foreign key means the other table's primary key.
        let primary = || tables.get(&target).and_then(|table| table.primary.first().cloned());
        let to = to.or_else(primary).unwrap_or_else(|| "id".to_owned());
        let Some(table) = tables.get_mut(&name) else { continue };
        let key = Some((name, id));
        match table.foreign.last_mut().filter(|_| last == key) {
            Some(foreign) => {
                foreign.columns.push(from);
                foreign.references.push(to);
            }
            None => table.foreign.push(Foreign { columns: vec![from], table: target, references: vec![to] }),
        }
        last = key;
    }
    Ok(())
}
