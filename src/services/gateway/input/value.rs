//! One value: from the text of a path or query string, or from the JSON of a body, to what is bound.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::value::RawValue;

use super::super::compile::Field;
use super::calendar::{date_time, is_date, is_time};
use crate::services::db::api::{Kind, Value};

/// Digits of a decimal at most; MariaDB's own limit is 65.
const MAX_DIGITS: usize = 100;

/// Why a value cannot be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is not of this kind.
    Kind(Kind),
    /// It is a whole number outside of these two.
    Range(i128, i128),
    /// It has more characters than this, or bytes if it is binary.
    TooLong(u64),
    /// It is null, and the column takes none.
    Null,
    /// It is text with the character 0 in it, or with half a character.
    Unreadable,
    /// It is none of these texts.
    Choice(Vec<String>),
    /// It is needed and not given.
    Required,
}

/// Reads the text of a path or of a query string as a value to compare with.
pub(crate) fn from_text(kind: Kind, text: &str) -> Result<Value, Wrong> {
    let wrong = || Wrong::Kind(kind);
    match kind {
        Kind::Int | Kind::Unsigned | Kind::Bit => whole(text).and_then(bound).ok_or_else(wrong),
        Kind::Bool => match text {
            "true" => Ok(Value::Int(1)),
            "false" => Ok(Value::Int(0)),
            _ => whole(text).and_then(bound).ok_or_else(wrong),
        },
        Kind::Decimal | Kind::Float => number(kind, text).ok_or_else(wrong),
        Kind::Date => is_date(text).then(|| Value::Text(text.to_owned())).ok_or_else(wrong),
        // A day alone is a good bound for what lies before or after it.
        Kind::DateTime if is_date(text) => Ok(Value::Text(text.to_owned())),
        Kind::DateTime => date_time(text).map(Value::Text).ok_or_else(wrong),
        Kind::Time => is_time(text).then(|| Value::Text(text.to_owned())).ok_or_else(wrong),
        Kind::Text | Kind::Json | Kind::Blob if text.contains('\0') => Err(Wrong::Unreadable),
        Kind::Text | Kind::Json | Kind::Blob => Ok(Value::Text(text.to_owned())),
    }
}

/// Reads the JSON of a body's field as a value to write.
pub(crate) fn from_json(field: &Field, raw: &RawValue) -> Result<Value, Wrong> {
    let json = raw.get();
    let kind = field.kind;
    if json == "null" {
        return match kind {
            _ if field.nullable => Ok(Value::Null),
            // JSON has a null of its own, which is a value.
            Kind::Json => Ok(Value::Text(json.to_owned())),
            _ => Err(Wrong::Null),
        };
    }
    if kind == Kind::Json {
        return Ok(Value::Text(json.to_owned()));
    }
    let is_text = json.starts_with('"');
    let text = text_of(raw).ok_or(if is_text { Wrong::Unreadable } else { Wrong::Kind(kind) });
    match kind {
        Kind::Bool if json == "true" => Ok(Value::Int(1)),
        Kind::Bool if json == "false" => Ok(Value::Int(0)),
        // HTML forms hand the value of a select over as text.
        Kind::Int | Kind::Unsigned | Kind::Bit | Kind::Bool => {
            let digits = if is_text { text? } else { Cow::Borrowed(json) };
            let number = whole(&digits).ok_or(Wrong::Kind(kind))?;
            let (least, greatest) = field.range;
            let fits = (least..=greatest).contains(&number);
            fits.then(|| bound(number)).flatten().ok_or(Wrong::Range(least, greatest))
        }
        Kind::Decimal | Kind::Float => {
            let digits = if is_text { text? } else { Cow::Borrowed(json) };
            number(kind, &digits).ok_or(Wrong::Kind(kind))
        }
        Kind::Text => written(field, text?),
        Kind::DateTime => date_time(&text?).map(Value::Text).ok_or(Wrong::Kind(kind)),
        Kind::Date => Some(text?).filter(|text| is_date(text)).map(owned).ok_or(Wrong::Kind(kind)),
        Kind::Time => Some(text?).filter(|text| is_time(text)).map(owned).ok_or(Wrong::Kind(kind)),
        Kind::Blob => bytes(field, &text?),
        Kind::Json => Ok(Value::Text(json.to_owned())),
    }
}

fn owned(text: Cow<'_, str>) -> Value {
    Value::Text(text.into_owned())
}

/// Returns the text of a JSON string; `None` if it is another value, or holds half a character.
pub(crate) fn text_of(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') { serde_json::from_str(json).ok() } else { Some(Cow::Borrowed(inside)) }
}

/// Checks a text against its column.
fn written(field: &Field, text: Cow<'_, str>) -> Result<Value, Wrong> {
    if text.contains('\0') {
        return Err(Wrong::Unreadable);
    }
    // No text has more characters than bytes, so most need no count.
    let too_long = |limit: u64| limit < text.len() as u64 && limit < text.chars().count() as u64;
    if let Some(limit) = field.max_length.filter(|limit| too_long(*limit)) {
        return Err(Wrong::TooLong(limit));
    }
    let is_choice = |choice: &String| choice.to_lowercase() == text.to_lowercase();
    if !field.choices.is_empty() && !field.choices.iter().any(is_choice) {
        return Err(Wrong::Choice(field.choices.clone()));
    }
    Ok(Value::Text(text.into_owned()))
}

/// Makes the hexadecimal digits that UNHEX takes from base64.
fn bytes(field: &Field, base64: &str) -> Result<Value, Wrong> {
    let bytes = BASE64_STANDARD.decode(base64).map_err(|_| Wrong::Kind(Kind::Blob))?;
    if let Some(limit) = field.max_length.filter(|limit| *limit < bytes.len() as u64) {
        return Err(Wrong::TooLong(limit));
    }
    let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble)]);
    Ok(Value::Text(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()))
}

/// Reads a whole number in its one spelling: no sign `+`, no leading zero, no blank.
fn whole(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" && text == "0"
        || !digits.starts_with('0')
            && !digits.is_empty()
            && digits.bytes().all(|digit| digit.is_ascii_digit());
    canonical.then(|| text.parse().ok())?
}

/// Returns what binds a whole number of 64 bits.
fn bound(number: i128) -> Option<Value> {
    let signed = i64::try_from(number).map(Value::Int);
    signed.or_else(|_| u64::try_from(number).map(Value::UInt)).ok()
}

/// Reads a number with its digits as they are, in JSON's spelling of numbers.
fn number(kind: Kind, text: &str) -> Option<Value> {
    let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.len() <= MAX_DIGITS
        && serde_json::from_str::<&RawValue>(text).is_ok();
    // An exponent that no column holds would make the database write out all its zeros.
    let fits = is_number && text.parse::<f64>().is_ok_and(f64::is_finite);
    let fits = fits && (kind == Kind::Float || text.parse::<f64>().is_ok_and(|number| number.abs() < 1e66));
    fits.then(|| Value::from_digits(text))
}
