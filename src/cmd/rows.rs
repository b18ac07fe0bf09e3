//! The rows of a statement, as sogoms-db answers them.

use super::context::Context;
use super::print::{Node, Table};
use crate::error::{Code, Error, Result};
use crate::services::db::api::Rows;

/// Reads rows: an object each, in which a column whose name stood before stands again.
pub(super) fn read(rows: &Rows) -> Result<Vec<Node>> {
    match std::str::from_utf8(&rows.rows).ok().and_then(|text| Node::parse(text).ok()) {
        Some(Node::List(list)) => Ok(list),
        _ => Err(Error::new(Code::Internal, "sogoms-db answered rows that are not JSON")),
    }
}

/// Shows rows, and tells when there are more.
pub(super) fn show(context: &Context, rows: &Rows) -> Result<()> {
    let list = read(rows)?;
    let count = list.len();
    if !context.print.for_people() {
        context.print.node(&Node::List(list));
    } else if count > 0 {
        context.print.table(&Table::of_rows(&list));
    } else {
        // A statement's columns are not known without a row.
        context.print.note("no rows");
    }
    if rows.more {
        context.print.note(&format!("these are the first {count} rows; there are more"));
    }
    Ok(())
}
