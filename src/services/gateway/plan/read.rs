//! Statements that are complete but for their values: `list`, `show`, `delete`, `me`.

use std::borrow::Cow;

use super::super::caller::Caller;
use super::super::compile::RoleStatement;
use super::super::input::Params;
use super::Input;
use super::draft::{Draft, fill};
use super::list;
use crate::error::Result;

/// Fills a statement with the values of a request.
pub(super) fn read<'a>(
    statement: &'a RoleStatement,
    id: Option<&str>,
    caller: &Caller,
    input: &Input<'_>,
) -> Result<Draft<'a>> {
    let params = Params::parse(input.query, input.lang)?;
    let form = match &statement.list {
        Some(form) if !params.are_among(&statement.params) => Some(&**form),
        _ => {
            params.only(&statement.params, input.lang)?;
            None
        }
    };
    let filled = fill(statement, id, &params, caller, input.lang);
    match form {
        Some(form) if id.is_some() => return list::row(statement, form, filled, &params, input.lang),
        Some(form) => {
            let query = input.query.unwrap_or_default();
            return list::list(statement, form, filled, &params, query, input.lang);
        }
        None => {}
    }
    let filled = filled?;
    let sql = Cow::Borrowed(&*statement.sql);
    Ok(Draft { sql, filled, ignored: Vec::new(), references: Vec::new(), page: None })
}
