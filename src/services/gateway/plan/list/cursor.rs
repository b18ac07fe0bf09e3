//! Where in an order a page ends: the cursor that leads on from it.
//!
//! A cursor is the order and the last row's values in it, as JSON in base64url. It holds nothing that the row did not
//! answer, and nothing in it is trusted: names are looked up among the list's columns, values are bound by their types.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::super::compile::ListForm;
use super::super::super::input::{from_text, text_of};
use crate::services::db::api::{Kind, Value};
use crate::sql::{Compare, Condition, Sorted};

/// Characters of a text in a cursor at most: databases sort longer ones by their beginning alone.
const LONGEST_TEXT: usize = 200;
/// Characters of a cursor at most, so that it fits into an address.
const LONGEST: usize = 3000;

/// What a cursor holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor<'a> {
    /// The names of the columns, `-` before those of which the greatest comes first.
    #[serde(rename = "s", borrow)]
    pub(super) sort: Vec<Cow<'a, str>>,
    /// The last row's values in them.
    #[serde(rename = "v", borrow)]
    values: Vec<&'a RawValue>,
}

/// How the cursor of a page is made.
#[derive(Debug, Clone)]
pub(super) struct CursorForm {
    /// The order, as in [`Cursor`].
    sort: Vec<String>,
    /// Name and kind of each of its columns.
    columns: Vec<(String, Kind)>,
}

impl CursorForm {
    pub(super) fn of(form: &ListForm, sorted: &[Sorted]) -> Self {
        let column = |one: &Sorted| &form.columns[one.column];
        Self {
            sort: names(form, sorted),
            columns: sorted.iter().map(|one| (column(one).name.clone(), column(one).kind)).collect(),
        }
    }

    /// Makes the cursor behind the last of these rows; `None` when one of its values does not fit into one.
    pub(super) fn behind(&self, rows: &[u8]) -> Option<String> {
        let rows: Vec<&RawValue> = serde_json::from_slice(rows).ok()?;
        let row: HashMap<String, &RawValue> = serde_json::from_str(rows.last()?.get()).ok()?;
        let value = |(name, kind): &(String, Kind)| {
            let raw = row.get(name)?;
            typed(*kind, raw).map(|_| *raw)
        };
        let cursor = Cursor {
            sort: self.sort.iter().map(|name| Cow::Borrowed(name.as_str())).collect(),
            values: self.columns.iter().map(value).collect::<Option<_>>()?,
        };
        let text = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).ok()?);
        (text.len() <= LONGEST).then_some(text)
    }
}

/// Returns an order as a cursor and the parameter `sort` spell it.
pub(super) fn names(form: &ListForm, sorted: &[Sorted]) -> Vec<String> {
    let name = |one: &Sorted| {
        let sign = if one.descending { "-" } else { "" };
        format!("{sign}{}", form.columns[one.column].name)
    };
    sorted.iter().map(name).collect()
}

/// Undoes the encoding of a cursor.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    (text.len() <= LONGEST).then(|| BASE64_URL_SAFE_NO_PAD.decode(text).ok())?
}

impl<'a> Cursor<'a> {
    /// Reads a cursor whose encoding is undone.
    pub(super) fn read(json: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// Returns its values, as they are bound for the columns of an order.
    pub(super) fn values(&self, form: &ListForm, sorted: &[Sorted]) -> Option<Vec<Value>> {
        let values: Option<Vec<Value>> = sorted
            .iter()
            .zip(&self.values)
            .map(|(one, raw)| typed(form.columns[one.column].kind, raw))
            .collect();
        values.filter(|_| self.values.len() == sorted.len())
    }
}

/// Reads a value of an answered row as it is bound to find that row's place again.
fn typed(kind: Kind, raw: &RawValue) -> Option<Value> {
    if raw.get() == "null" {
        return Some(Value::Null);
    }
    let text = text_of(raw);
    match kind {
        Kind::Text => text
            .filter(|text| text.chars().count() <= LONGEST_TEXT)
            .map(|text| Value::Text(text.into_owned())),
        Kind::Date | Kind::DateTime => {
            // As the row has it, to the digit: SQLite may hold another spelling than ours.
            let is_moment = |c: char| c.is_ascii_digit() || "-: .T".contains(c);
            let text = text.filter(|text| text.len() <= 32 && text.chars().all(is_moment))?;
            Some(Value::Text(text.replacen('T', " ", 1)))
        }
        Kind::Int | Kind::Unsigned | Kind::Bool | Kind::Bit | Kind::Decimal => {
            // Numbers may be answered as texts (`bigint: string`).
            from_text(kind, text.as_deref().unwrap_or(raw.get())).ok()
        }
        Kind::Float | Kind::Time | Kind::Json | Kind::Blob => None,
    }
}

/// Returns what holds of the rows that come after one with these values, and the values of the condition in order.
///
/// NULL comes before everything else, on both engines.
pub(super) fn after(form: &ListForm, sorted: &[(Sorted, Value)]) -> (Condition, Vec<(usize, Value)>) {
    let Some(((Sorted { column, descending }, value), rest)) = sorted.split_first() else {
        return (Condition::Any(Vec::new()), Vec::new());
    };
    let column = *column;
    let is_null = *value == Value::Null;
    let is = |compare| Condition::Is(column, compare);
    let own = || if is_null { Vec::new() } else { vec![(column, value.clone())] };
    let (beyond, mut values) = match (is_null, descending) {
        (true, true) => (Condition::Any(Vec::new()), Vec::new()),
        (true, false) => (Condition::NotNull(column), Vec::new()),
        (false, false) => (is(Compare::Greater), own()),
        (false, true) if form.columns[column].nullable => {
            (Condition::Any(vec![is(Compare::Less), Condition::Null(column)]), own())
        }
        (false, true) => (is(Compare::Less), own()),
    };
    if rest.is_empty() {
        return (beyond, values);
    }
    let same = if is_null { Condition::Null(column) } else { is(Compare::Equal) };
    let (behind, more) = after(form, rest);
    values.extend(own());
    values.extend(more);
    (Condition::Any(vec![beyond, Condition::All(vec![same, behind])]), values)
}
