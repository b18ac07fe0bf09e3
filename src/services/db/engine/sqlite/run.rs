//! Running statements on an open file.

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, ToSql};

use super::errors;
use super::kinds::{Declared, declared};
use crate::config::BigInt;
use crate::error::Result;
use crate::services::db::api::{Kind, Prepared, PreparedColumn, Rows, Value};
use crate::services::db::engine::{Outcome, Wants, Work};
use crate::services::db::json;
use crate::services::db::rows::{Form, RowLimit, RowsWriter};

/// Digits up to which a number is bound as one; beyond, SQLite's REAL would round it.
const EXACT_DIGITS: usize = 15;

/// Runs one statement.
pub(super) fn one(connection: &Connection, work: &Work, form: Form) -> Result<Outcome> {
    let of = |cause| errors::of(cause, &work.sql);
    let mut statement = connection.prepare_cached(&work.sql).map_err(of)?;
    for (index, value) in work.args.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, Bound(value)).map_err(of)?;
    }
    match work.wants {
        Wants::Rows(limit) => rows(&mut statement, &work.sql, form, limit).map(Outcome::Rows),
        Wants::InsertId => {
            drain(&mut statement).map_err(of)?;
            let inserted = 0 < connection.changes();
            let id = if inserted { connection.last_insert_rowid() } else { 0 };
            Ok(Outcome::InsertId(u64::try_from(id).unwrap_or(0)))
        }
        Wants::Affected => {
            drain(&mut statement).map_err(of)?;
            Ok(Outcome::Affected(connection.changes()))
        }
    }
}

/// Prepares a statement.
pub(super) fn prepare(connection: &Connection, sql: &Arc<str>) -> Result<Prepared> {
    let statement = connection.prepare(sql).map_err(|cause| errors::of(cause, sql))?;
    let column = |column: rusqlite::Column<'_>| PreparedColumn {
        name: column.name().to_owned(),
        kind: column.decl_type().map(|text| declared(text).kind),
    };
    Ok(Prepared {
        parameters: statement.parameter_count() as u64,
        columns: statement.columns().map(column).collect(),
    })
}

fn drain(statement: &mut CachedStatement<'_>) -> rusqlite::Result<()> {
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

fn rows(statement: &mut CachedStatement<'_>, sql: &str, form: Form, limit: RowLimit) -> Result<Rows> {
    let of = |cause| errors::of(cause, sql);
    let columns: Vec<rusqlite::Column<'_>> = statement.columns().collect();
    let types: Vec<Option<Declared>> =
        columns.iter().map(|column| column.decl_type().map(declared)).collect();
    let mut writer = RowsWriter::new(columns.iter().map(rusqlite::Column::name), form, limit);
    drop(columns);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(of)? {
        let flow = writer.row(|index, out| value(row, index, types[index], form.bigint, out))?;
        if flow.is_break() {
            break;
        }
    }
    Ok(writer.finish())
}

fn value(
    row: &Row<'_>,
    index: usize,
    declared: Option<Declared>,
    bigint: BigInt,
    out: &mut Vec<u8>,
) -> Result<()> {
    let kind = declared.map(|declared| declared.kind);
    match row.get_ref(index).map_err(|cause| errors::of(cause, ""))? {
        ValueRef::Null => json::null(out),
        ValueRef::Integer(value) => match declared.and_then(decimals) {
            Some(scale) => json::decimal(out, &padded(&value.to_string(), scale), bigint),
            None => json::int(out, value, bigint),
        },
        ValueRef::Real(value) => match declared.and_then(decimals) {
            Some(scale) => json::decimal(out, &format!("{value:.scale$}"), bigint),
            None => json::double(out, value),
        },
        ValueRef::Text(text) => match (kind, std::str::from_utf8(text)) {
            (Some(Kind::Blob), _) => json::base64(out, text),
            (Some(Kind::Json), Ok(text)) => json::document(out, text),
            (Some(Kind::Decimal), Ok(text)) => json::decimal(out, text, bigint),
            (Some(Kind::Date), Ok(text)) => date(out, text),
            (Some(Kind::DateTime), Ok(text)) => date_time(out, text),
            _ => json::bytes_as_text(out, text),
        },
        ValueRef::Blob(bytes) => json::base64(out, bytes),
    }
    Ok(())
}

/// Returns how many decimals a DECIMAL shows; MariaDB's default is none.
fn decimals(declared: Declared) -> Option<usize> {
    (declared.kind == Kind::Decimal)
        .then(|| declared.sizes.1.and_then(|scale| usize::try_from(scale).ok()).unwrap_or(0))
}

fn padded(digits: &str, scale: usize) -> String {
    if scale == 0 { digits.to_owned() } else { format!("{digits}.{}", "0".repeat(scale)) }
}

fn date(out: &mut Vec<u8>, text: &str) {
    if text.starts_with("0000-00-00") { json::null(out) } else { json::text(out, text) }
}

/// Appends a moment; stored as `2024-02-29 12:00:00` it is answered with a `T`, as on MariaDB.
fn date_time(out: &mut Vec<u8>, text: &str) {
    if text.starts_with("0000-00-00") {
        return json::null(out);
    }
    match text.split_once(' ') {
        Some((date, time)) if date.len() == 10 => json::text(out, &format!("{date}T{time}")),
        _ => json::text(out, text),
    }
}

/// A value as SQLite takes it.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = |text: String| ToSqlOutput::Owned(rusqlite::types::Value::Text(text));
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(value) => ToSqlOutput::from(*value),
            Value::Int(value) => ToSqlOutput::from(*value),
            Value::UInt(value) => text(value.to_string()),
            Value::Number(digits) => match digits.parse::<f64>() {
                Ok(value) if digits.bytes().filter(u8::is_ascii_digit).count() <= EXACT_DIGITS => {
                    ToSqlOutput::from(value)
                }
                _ => text(digits.clone()),
            },
            Value::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
        })
    }
}
