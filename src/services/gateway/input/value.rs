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

/// Digits that every floating-point number of 64 bits keeps.
const EXACT_DIGITS: usize = 15;

/// Why a value cannot be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is not of this kind.
    Kind(Kind),
    /// It is a whole number outside of these two.
    Range(i128, i128),
    /// It has more digits than this, and would lose some.
    TooManyDigits(usize),
    /// It has more characters than this.
    TooLong(u64),
    /// It has more bytes than this.
    TooManyBytes(u64),
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
            let number = number(kind, &digits).ok_or(Wrong::Kind(kind))?;
            match field.floating_scale {
                Some(scale) if !is_exact(&digits, scale) => Err(Wrong::TooManyDigits(EXACT_DIGITS)),
                _ => Ok(number),
            }
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
        return Err(Wrong::TooManyBytes(limit));
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

/// Tells whether a number of which `scale` digits after the point are asked for keeps its digits as a floating-point
/// number: few enough, or just those of one.
fn is_exact(text: &str, scale: usize) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let (whole, part) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa, ""));
    let asked_for = if mantissa.len() == text.len() { part.len().min(scale) } else { part.len() };
    let digits = format!("{whole}{}", &part[..asked_for]);
    let significant = digits.trim_start_matches(['-', '0']).trim_end_matches('0').len();
    significant <= EXACT_DIGITS
        || text.parse::<i64>().is_ok()
        || text.parse::<f64>().is_ok_and(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::super::super::words::{self, Lang};
    use super::*;

    fn field(kind: Kind) -> Field {
        Field {
            name: "f".to_owned(),
            quoted: "`f`".to_owned(),
            kind,
            nullable: false,
            required: false,
            max_length: None,
            range: (i128::from(i64::MIN), i128::from(i64::MAX)),
            floating_scale: None,
            choices: Vec::new(),
        }
    }

    #[test]
    fn a_decimal_keeps_its_digits_or_is_refused() {
        for (scale, json, kept) in [
            (2, "1.10", true),
            (2, "9999999999999.99", true),
            (2, "99999999999999.99", false),
            (2, "-99999999999999.99", false),
            // What is beyond the scale is not answered anyway.
            (2, "0.30000000000000004", true),
            (10, "12345678901234.1234567891", false),
            (10, "0.0000000001", true),
            (10, "1e20", true),
            (10, "1.2345678901234567e3", false),
            (0, "9223372036854775807", true),
            (0, "9223372036854775808", false),
            (usize::MAX, "0.30000000000000004", true),
            (usize::MAX, "0.30000000000000001", false),
            (usize::MAX, "\"0.30000000000000001\"", false),
        ] {
            let field = Field { floating_scale: Some(scale), ..field(Kind::Decimal) };
            let told = told(&field, json);
            assert_eq!(!told.starts_with("too many digits"), kept, "{scale} {json}: {told}");
        }
    }

    /// Tells what a JSON value is bound as, or why it is not.
    fn told(field: &Field, json: &str) -> String {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        match from_json(field, raw) {
            Ok(value) => format!("{value:?}"),
            Err(wrong) => words::wrong(Lang::En, &wrong),
        }
    }

    #[test]
    fn a_value_is_bound_by_the_kind_of_its_column() {
        let whole = "a whole number is expected";
        let number = "a number is expected";
        let moment = "a date with a time and without a zone is expected, YYYY-MM-DDTHH:MM:SS";
        let cases = [
            (Kind::Int, "2", "Int(2)"),
            (Kind::Int, "-9223372036854775808", "Int(-9223372036854775808)"),
            (Kind::Int, "\"2\"", "Int(2)"),
            (Kind::Int, "\"02\"", whole),
            (Kind::Int, "\" 2\"", whole),
            (Kind::Int, "\"\"", whole),
            (Kind::Int, "2.0", whole),
            (Kind::Int, "1e3", whole),
            (Kind::Int, "-0", whole),
            (Kind::Int, "true", whole),
            (Kind::Int, "[2]", whole),
            (Kind::Int, "\"1 or 1=1\"", whole),
            (Kind::Int, "9223372036854775808", "must be from -9223372036854775808 to 9223372036854775807"),
            (Kind::Int, "1111111111111111111111111111111111111111", whole),
            (Kind::Int, "null", "cannot be null"),
            (Kind::Bool, "true", "Int(1)"),
            (Kind::Bool, "false", "Int(0)"),
            (Kind::Bool, "1", "Int(1)"),
            (Kind::Bool, "\"0\"", "Int(0)"),
            (Kind::Bool, "\"true\"", "true, false or a whole number is expected"),
            (Kind::Decimal, "1.10", "Number(\"1.10\")"),
            (
                Kind::Decimal,
                "\"123456789012345678901234567890.5\"",
                "Number(\"123456789012345678901234567890.5\")",
            ),
            (Kind::Decimal, "5", "Int(5)"),
            (Kind::Decimal, "\"1,5\"", number),
            (Kind::Decimal, "\".5\"", number),
            (Kind::Decimal, "\"NaN\"", number),
            (Kind::Decimal, "1e999999999", number),
            (Kind::Decimal, "1e70", number),
            (Kind::Decimal, "false", number),
            (Kind::Float, "1.5e70", "Number(\"1.5e70\")"),
            (Kind::Float, "1e999", number),
            (Kind::Float, "\"Infinity\"", number),
            (Kind::Text, "\"a\\u00e9\\n\"", "Text(\"aé\\n\")"),
            (Kind::Text, "0", "a text is expected"),
            (Kind::Text, "{}", "a text is expected"),
            (Kind::Date, "\"2024-02-29\"", "Text(\"2024-02-29\")"),
            (Kind::Date, "\"2023-02-29\"", "a date is expected, YYYY-MM-DD"),
            (Kind::Date, "20240229", "a date is expected, YYYY-MM-DD"),
            (Kind::DateTime, "\"2024-02-29T10:00\"", "Text(\"2024-02-29 10:00:00\")"),
            (Kind::DateTime, "\"2024-02-29T10:00:00Z\"", moment),
            (Kind::DateTime, "\"2024-02-29\"", moment),
            (Kind::Time, "\"10:00\"", "Text(\"10:00\")"),
            (Kind::Time, "\"25\"", "a time is expected, HH:MM:SS"),
            (Kind::Json, "{\"a\": [1.10]}", "Text(\"{\\\"a\\\": [1.10]}\")"),
            (Kind::Json, "null", "Text(\"null\")"),
            (Kind::Blob, "\"3q2+7w==\"", "Text(\"DEADBEEF\")"),
            (Kind::Blob, "\"\"", "Text(\"\")"),
            (Kind::Blob, "\"3q2\"", "bytes in base64 are expected"),
            (Kind::Bit, "3", "Int(3)"),
        ];
        for (kind, json, expected) in cases {
            assert_eq!(told(&field(kind), json), expected, "{kind:?} {json}");
        }
        let unsigned = Field { range: (0, i128::from(u64::MAX)), ..field(Kind::Unsigned) };
        assert_eq!(told(&unsigned, "18446744073709551615"), "UInt(18446744073709551615)");
        assert_eq!(told(&unsigned, "-1"), "must be from 0 to 18446744073709551615");
        for kind in [Kind::Int, Kind::Text, Kind::Json, Kind::Blob] {
            assert_eq!(told(&Field { nullable: true, ..field(kind) }, "null"), "Null");
        }
    }

    #[test]
    fn lengths_count_characters_and_lists_of_texts_are_kept() {
        let short = Field { max_length: Some(3), ..field(Kind::Text) };
        assert_eq!(told(&short, "\"éée\""), "Text(\"éée\")");
        assert_eq!(told(&short, "\"abcd\""), "too long, at most 3 characters");
        let bytes = Field { max_length: Some(3), ..field(Kind::Blob) };
        assert_eq!(told(&bytes, "\"3q2+7w==\""), "too long, at most 3 bytes");
        let choice = Field { choices: vec!["low".to_owned(), "high".to_owned()], ..field(Kind::Text) };
        assert_eq!(told(&choice, "\"High\""), "Text(\"High\")");
        // MariaDB would take it for the first of them.
        assert_eq!(told(&choice, "\"1\""), "must be one of: low, high");
    }

    #[test]
    fn texts_of_paths_and_query_strings_are_typed_too() {
        let cases = [
            (Kind::Int, "-1", Ok(Value::Int(-1))),
            (Kind::Int, "18446744073709551615", Ok(Value::UInt(u64::MAX))),
            (Kind::Int, "1 or 1=1", Err(Wrong::Kind(Kind::Int))),
            (Kind::Bool, "true", Ok(Value::Int(1))),
            (Kind::Decimal, "1.50", Ok(Value::Number("1.50".to_owned()))),
            (Kind::DateTime, "2024-01-01", Ok(Value::Text("2024-01-01".to_owned()))),
            (Kind::DateTime, "2024-01-01T00:00", Ok(Value::Text("2024-01-01 00:00:00".to_owned()))),
            (Kind::Time, "x", Err(Wrong::Kind(Kind::Time))),
            (Kind::Text, "0", Ok(Value::Text("0".to_owned()))),
            (Kind::Text, "a\0", Err(Wrong::Unreadable)),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(from_text(kind, text), expected, "{kind:?} {text}");
        }
    }
}
