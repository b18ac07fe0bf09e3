//! The arguments of one call, read the way MariaDB reads them.

use std::borrow::Cow;

use rusqlite::Error;
use rusqlite::functions::Context;
use rusqlite::types::{Value, ValueRef};

/// What a function computes.
pub(super) type Answer = Value;

/// One call.
pub(super) struct Call<'a>(pub(super) &'a Context<'a>);

impl Call<'_> {
    /// Returns an argument as it is, to be answered.
    pub(super) fn value(&self, index: usize) -> Answer {
        match self.raw(index) {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(value) => Value::Integer(value),
            ValueRef::Real(value) => Value::Real(value),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        }
    }

    /// Returns how many arguments there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns an argument as it is; NULL when there is no such one.
    pub(super) fn raw(&self, index: usize) -> ValueRef<'_> {
        if index < self.len() { self.0.get_raw(index) } else { ValueRef::Null }
    }

    /// Returns an argument as text, `None` for NULL.
    pub(super) fn text(&self, index: usize) -> Option<Cow<'_, str>> {
        match self.raw(index) {
            ValueRef::Null => None,
            ValueRef::Integer(value) => Some(value.to_string().into()),
            ValueRef::Real(value) => Some(real_text(value).into()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes)),
        }
    }

    /// Returns an argument's bytes, `None` for NULL.
    pub(super) fn bytes(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        match self.raw(index) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.into()),
            _ => self.text(index).map(|text| text.into_owned().into_bytes().into()),
        }
    }

    /// Returns an argument as a number; a text counts by the digits it begins with, as on MariaDB.
    pub(super) fn real(&self, index: usize) -> Option<f64> {
        match self.raw(index) {
            ValueRef::Null => None,
            #[expect(clippy::cast_precision_loss, reason = "that is what a DOUBLE does")]
            ValueRef::Integer(value) => Some(value as f64),
            ValueRef::Real(value) => Some(value),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(leading_number(bytes)),
        }
    }

    /// Returns an argument as a whole number, rounded half away from zero.
    pub(super) fn int(&self, index: usize) -> Option<i64> {
        match self.raw(index) {
            ValueRef::Integer(value) => Some(value),
            _ => self.real(index).map(whole),
        }
    }

    /// Tells whether an argument is true: a number other than 0; NULL is not.
    pub(super) fn is_true(&self, index: usize) -> bool {
        self.real(index).is_some_and(|value| value != 0.0)
    }

    /// Tells whether any argument is NULL.
    pub(super) fn has_null(&self) -> bool {
        (0..self.len()).any(|index| self.raw(index) == ValueRef::Null)
    }

    /// Returns the error for a wrong number of arguments.
    pub(super) fn wrong_count<T>(&self, name: &str) -> rusqlite::Result<T> {
        Err(Error::UserFunctionError(format!("{name}() does not take {} arguments", self.len()).into()))
    }
}

/// Returns the nearest whole number, half away from zero.
#[expect(clippy::cast_possible_truncation, reason = "it saturates, which is as near as 64 bits come")]
pub(super) fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// Writes a REAL as MariaDB writes a DOUBLE: without a fraction that is zero.
pub(super) fn real_text(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-15..1e15).contains(&magnitude) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

/// Reads the number that a text begins with; 0 if it begins with none.
fn leading_number(bytes: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start();
    let mut end = 0;
    let mut seen = (false, false);
    for (index, letter) in text.char_indices() {
        match letter {
            '0'..='9' => {}
            '+' | '-' if index == 0 || text[..index].ends_with(['e', 'E']) => continue,
            '.' if seen == (false, false) => seen.0 = true,
            'e' | 'E' if !seen.1 && 0 < end => {
                seen.1 = true;
                continue;
            }
            _ => break,
        }
        end = index + 1;
    }
    text[..end].parse().unwrap_or(0.0)
}

/// Makes text an answer.
pub(super) fn text(text: impl Into<String>) -> Answer {
    Value::Text(text.into())
}

/// Makes an answer that may be NULL.
pub(super) fn or_null<T>(value: Option<T>, make: impl FnOnce(T) -> Answer) -> Answer {
    value.map_or(Value::Null, make)
}
