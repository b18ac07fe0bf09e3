//! Running statements on a connection. Users' SQL goes only through prepared statements: a text query could hold several.

use mysql_async::prelude::Queryable;
use mysql_async::{BinaryProtocol, QueryResult, Statement};

use super::bind::{params, readable};
use super::connection::Link;
use super::errors::{self, Failure};
use super::values::Wire;
use super::{MariaDb, keys};
use crate::error::Result;
use crate::services::db::api::{Prepared, PreparedColumn, Rows};
use crate::services::db::engine::{Outcome, Wants, Work};
use crate::services::db::rows::{Form, RowLimit, RowsWriter};

/// Rows beyond the limit that are read to the end; with more of them closing the connection is cheaper.
const SKIPPED: u32 = 100;

/// Runs one statement.
pub(super) async fn one(engine: &MariaDb, link: &mut Link, work: &Work) -> Result<Outcome, Failure> {
    // A failure of preparing comes before anything has taken effect.
    let statement = link.conn.prep(readable(&work.sql)).await.map_err(Failure::before)?;
    if usize::from(statement.num_params()) != work.args.len() {
        return Err(Failure::ours(errors::placeholders(work.args.len(), statement.num_params())));
    }
    match work.wants {
        Wants::Rows(limit) => {
            let wires = wires(engine, link, &statement).await?;
            let mut result =
                link.conn.exec_iter(&statement, params(&work.args)).await.map_err(Failure::before)?;
            let rows = rows(&mut result, &wires, engine.form, limit).await?;
            let complete = skip(&mut result).await?;
            drop(result);
            link.spoilt = !complete;
            Ok(Outcome::Rows(rows.map_err(Failure::ours)?))
        }
        Wants::InsertId | Wants::Affected => match write(link, &statement, work).await {
            Ok(outcome) => Ok(outcome),
            Err(cause) => Err(keys::explained(&mut link.conn, cause, &work.sql).await),
        },
    }
}

async fn write(link: &mut Link, statement: &Statement, work: &Work) -> mysql_async::Result<Outcome> {
    let result = link.conn.exec_iter(statement, params(&work.args)).await?;
    let (id, affected) = (result.last_insert_id().unwrap_or(0), result.affected_rows());
    result.drop_result().await?;
    Ok(if work.wants == Wants::InsertId { Outcome::InsertId(id) } else { Outcome::Affected(affected) })
}

/// Prepares a statement.
pub(super) async fn prepare(engine: &MariaDb, link: &mut Link, sql: &str) -> Result<Prepared, Failure> {
    let statement = link.conn.prep(readable(sql)).await.map_err(Failure::before)?;
    let wires = wires(engine, link, &statement).await?;
    let columns = statement.columns();
    let column = |(column, wire): (&mysql_async::Column, &Wire)| PreparedColumn {
        name: column.name_str().into_owned(),
        kind: wire.kind(),
    };
    Ok(Prepared {
        parameters: statement.num_params().into(),
        columns: columns.iter().zip(&wires).map(column).collect(),
    })
}

/// Makes a table of ours.
pub(super) async fn define(link: &mut Link, sql: &str) -> Result<(), Failure> {
    link.conn.query_drop(sql).await.map_err(|cause| {
        if errors::refused_right(&cause) {
            Failure::ours(errors::no_right_to_define(cause))
        } else {
            Failure::during(cause)
        }
    })
}

/// Tells how the values of each column come, looking up which of them are JSON documents.
async fn wires(engine: &MariaDb, link: &mut Link, statement: &Statement) -> Result<Vec<Wire>, Failure> {
    let columns = statement.columns();
    let documents = engine.documents.among(&mut link.conn, &columns).await.map_err(Failure::before)?;
    Ok(columns.iter().zip(documents).map(|(column, document)| Wire::of(column, document)).collect())
}

/// Writes the rows as they come, up to the limit.
async fn rows(
    result: &mut QueryResult<'_, '_, BinaryProtocol>,
    wires: &[Wire],
    form: Form,
    limit: RowLimit,
) -> Result<Result<Rows>, Failure> {
    let columns = result.columns();
    let names: Vec<_> =
        columns.iter().flat_map(|columns| columns.iter()).map(mysql_async::Column::name_str).collect();
    let mut writer = RowsWriter::new(names.iter().map(AsRef::as_ref), form, limit);
    while let Some(row) = result.next().await.map_err(Failure::before)? {
        let flow = writer.row(|index, out| {
            if let (Some(value), Some(wire)) = (row.as_ref(index), wires.get(index)) {
                wire.write(value, form.bigint, out);
            }
            Ok(())
        });
        match flow {
            Ok(flow) if flow.is_continue() => {}
            Ok(_) => break,
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(writer.finish()))
}

/// Reads the rows beyond the limit if they are few; tells whether none is left.
async fn skip(result: &mut QueryResult<'_, '_, BinaryProtocol>) -> Result<bool, Failure> {
    for _ in 0..SKIPPED {
        if result.next().await.map_err(Failure::before)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}
