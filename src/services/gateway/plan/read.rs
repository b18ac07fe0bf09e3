//! Statements that are complete but for their values: `list`, `show`, `delete`, `me`.

use std::borrow::Cow;

use super::super::caller::Caller;
use super::super::compile::RoleStatement;
use super::super::input::Params;
use super::Input;
use super::draft::{Draft, fill};
use crate::error::Result;

/// Fills a statement with the values of a request.
pub(super) fn read<'a>(
    statement: &'a RoleStatement,
    id: Option<&str>,
    caller: &Caller,
    input: &Input<'_>,
) -> Result<Draft<'a>> {
    let params = Params::parse(input.query, input.lang)?;
    params.only(&statement.params, input.lang)?;
    let filled = fill(statement, id, &params, caller, input.lang)?;
    Ok(Draft { sql: Cow::Borrowed(&statement.sql), filled, ignored: Vec::new() })
}
