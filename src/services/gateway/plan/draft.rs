//! A statement with its values, before it becomes an action.

use std::borrow::Cow;

use super::super::caller::Caller;
use super::super::compile::{RoleStatement, Slot, ValueFrom};
use super::super::input::{Params, Wrong, from_text};
use super::super::words::{self, Lang};
use super::list::Page;
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Kind, Reference, Value};

/// A statement and its values.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    /// The text, `?` for each value.
    pub(crate) sql: Cow<'a, str>,
    /// The values, in order.
    pub(crate) filled: Vec<Filled<'a>>,
    /// Fields of the body that were left out.
    pub(crate) ignored: Vec<String>,
    /// Rows that the values point at.
    pub(crate) references: Vec<Reference>,
    /// What a list answers beside its rows; `None` when it answers them alone.
    pub(crate) page: Option<Box<DraftPage<'a>>>,
}

/// What a list answers beside its rows.
#[derive(Debug)]
pub(crate) struct DraftPage<'a> {
    /// The statement that counts its rows, and the values of that, if they are to be counted.
    pub(crate) count: Option<(String, Vec<Filled<'a>>)>,
    /// The page, and how it is led on from.
    pub(crate) page: Page,
}

/// One value, and why it is there.
#[derive(Debug, Clone)]
pub(crate) struct Filled<'a> {
    /// Name of the placeholder or of the column.
    pub(crate) name: &'a str,
    /// How it is bound.
    pub(crate) kind: Kind,
    /// Where it comes from; `None` when it was not given, so that it is NULL.
    pub(crate) from: Option<ValueFrom>,
    /// The value.
    pub(crate) value: Value,
}

/// Fills a statement's placeholders.
///
/// # Errors
/// 404 when the path's id cannot be one of the column's, 422 for parameters of a wrong type, all at once.
pub(super) fn fill<'a>(
    statement: &'a RoleStatement,
    id: Option<&str>,
    params: &Params<'_>,
    caller: &Caller,
    lang: Lang,
) -> Result<Vec<Filled<'a>>> {
    let mut wrong: Option<Error> = None;
    let mut filled = Vec::with_capacity(statement.slots.len());
    for slot in &statement.slots {
        let (value, from) = match slot.from {
            ValueFrom::Token(token) => (token.of(caller, slot.kind), Some(slot.from)),
            ValueFrom::Path => (path_id(slot, id, lang)?, Some(slot.from)),
            ValueFrom::Query | ValueFrom::Body => {
                match params.get(&slot.name).map(|text| typed(slot, text)) {
                    Some(Ok(value)) => (value, Some(slot.from)),
                    None => (Value::Null, None),
                    Some(Err(fault)) => {
                        let error = wrong
                            .take()
                            .unwrap_or_else(|| Error::new(Code::Validation, words::wrong_parameters(lang)));
                        let told = error.fields.iter().any(|known| known.field == slot.name.as_str());
                        wrong = Some(if told {
                            error
                        } else {
                            error.field(slot.name.clone(), words::wrong(lang, &fault))
                        });
                        continue;
                    }
                }
            }
        };
        filled.push(Filled { name: &slot.name, kind: slot.kind, from, value });
    }
    wrong.map_or(Ok(filled), Err)
}

/// Reads the id of the path; a text that can be no id of the column is the id of no row.
fn path_id(slot: &Slot, id: Option<&str>, lang: Lang) -> Result<Value> {
    let value = id.and_then(|id| typed(slot, id).ok());
    value.ok_or_else(|| Error::new(Code::NotFound, words::not_found(lang)))
}

/// Reads a text as a slot needs it.
fn typed(slot: &Slot, text: &str) -> Result<Value, Wrong> {
    let value = from_text(slot.kind, text);
    if slot.or_text { Ok(value.unwrap_or(Value::Null)) } else { value }
}
