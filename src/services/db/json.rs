//! Single values as JSON, appended to a buffer.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use crate::config::BigInt;

/// The largest number up to which JavaScript's numbers are exact: 2^53 - 1.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Appends `null`.
pub(super) fn null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"null");
}

/// Appends a whole number with all its digits.
pub(super) fn int(out: &mut Vec<u8>, value: i64, bigint: BigInt) {
    let quoted = bigint == BigInt::String && MAX_SAFE < value.unsigned_abs();
    number(out, format_args!("{value}"), quoted);
}

/// Appends a whole number from 0 on with all its digits.
pub(super) fn unsigned(out: &mut Vec<u8>, value: u64, bigint: BigInt) {
    number(out, format_args!("{value}"), bigint == BigInt::String && MAX_SAFE < value);
}

fn number(out: &mut Vec<u8>, value: std::fmt::Arguments<'_>, quoted: bool) {
    let quote: &[u8] = if quoted { b"\"" } else { b"" };
    out.extend_from_slice(quote);
    write!(out, "{value}").expect("memory takes every byte");
    out.extend_from_slice(quote);
}

/// Appends the digits of a DECIMAL as they are; what is no number for JSON is appended as text.
pub(super) fn decimal(out: &mut Vec<u8>, digits: &str, bigint: BigInt) {
    let (sign, rest) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, part)| (whole, Some(part)));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole)
        || fraction.is_some_and(|part| part.is_empty() || !all_digits(part))
        || rest.is_empty()
    {
        return text(out, digits);
    }
    // ZEROFILL, and `.5`, which JSON does not know.
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    let beyond =
        fraction.is_none() && whole.parse().is_ok_and(|value: u64| MAX_SAFE < value) || 19 < whole.len();
    let quoted = bigint == BigInt::String && fraction.is_none() && beyond;
    match fraction {
        Some(fraction) => number(out, format_args!("{sign}{whole}.{fraction}"), quoted),
        None => number(out, format_args!("{sign}{whole}"), quoted),
    }
}

/// Appends a DOUBLE by the fewest digits that read back as the same value; `null` for what JSON cannot hold.
pub(super) fn double(out: &mut Vec<u8>, value: f64) {
    let magnitude = value.abs();
    match () {
        () if !value.is_finite() => null(out),
        () if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) => {
            number(out, format_args!("{value:e}"), false);
        }
        () => number(out, format_args!("{value}"), false),
    }
}

/// Appends a FLOAT by the fewest digits that read back as the same FLOAT.
pub(super) fn float(out: &mut Vec<u8>, value: f32) {
    let magnitude = value.abs();
    match () {
        () if !value.is_finite() => null(out),
        () if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) => {
            number(out, format_args!("{value:e}"), false);
        }
        () => number(out, format_args!("{value}"), false),
    }
}

/// Appends text.
pub(super) fn text(out: &mut Vec<u8>, value: &str) {
    serde_json::to_writer(out, value).expect("text is written to memory");
}

/// Appends bytes as text if they are UTF-8, else as base64.
pub(super) fn bytes_as_text(out: &mut Vec<u8>, value: &[u8]) {
    match std::str::from_utf8(value) {
        Ok(valid) => text(out, valid),
        Err(_) => base64(out, value),
    }
}

/// Appends bytes as base64.
pub(super) fn base64(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + base64::encoded_len(value.len(), true).unwrap_or_default(), b'=');
    STANDARD.encode_slice(value, &mut out[start..]).expect("the length was asked for");
    out.push(b'"');
}

/// Appends a JSON document as it is; what is not valid is appended as text.
pub(super) fn document(out: &mut Vec<u8>, value: &str) {
    match serde_json::from_str::<&RawValue>(value) {
        Ok(valid) => out.extend_from_slice(valid.get().as_bytes()),
        Err(_) => text(out, value),
    }
}

/// A moment as a database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateTime {
    /// Year, month and day; each may be 0.
    pub(super) date: (u16, u8, u8),
    /// Hour, minute and second.
    pub(super) time: (u8, u8, u8),
    /// Microseconds.
    pub(super) micros: u32,
}

/// Appends `YYYY-MM-DD`, or `null` for a date with a zero in it.
pub(super) fn date(out: &mut Vec<u8>, (year, month, day): (u16, u8, u8)) {
    if month == 0 || day == 0 {
        return null(out);
    }
    write!(out, "\"{year:04}-{month:02}-{day:02}\"").expect("memory takes every byte");
}

/// Appends `YYYY-MM-DDTHH:MM:SS`, with `.ffffff` if it has a fraction; `null` for a date with a zero in it.
pub(super) fn date_time(out: &mut Vec<u8>, value: DateTime) {
    let DateTime { date: (year, month, day), time: (hour, minute, second), micros } = value;
    if month == 0 || day == 0 {
        return null(out);
    }
    write!(out, "\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
        .expect("memory takes every byte");
    fraction(out, micros);
    out.push(b'"');
}

/// Appends `[-]HH:MM:SS`, hours up to 838, with `.ffffff` if it has a fraction.
pub(super) fn time(out: &mut Vec<u8>, negative: bool, (hours, minute, second): (u32, u8, u8), micros: u32) {
    let sign = if negative { "-" } else { "" };
    write!(out, "\"{sign}{hours:02}:{minute:02}:{second:02}").expect("memory takes every byte");
    fraction(out, micros);
    out.push(b'"');
}

fn fraction(out: &mut Vec<u8>, micros: u32) {
    if micros != 0 {
        write!(out, ".{micros:06}").expect("memory takes every byte");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn whole_numbers_keep_their_digits() {
        let cases = [
            (i64::MIN, "-9223372036854775808", "\"-9223372036854775808\""),
            (0, "0", "0"),
            (9_007_199_254_740_991, "9007199254740991", "9007199254740991"),
            (9_007_199_254_740_992, "9007199254740992", "\"9007199254740992\""),
        ];
        for (value, as_number, as_text) in cases {
            assert_eq!(written(|out| int(out, value, BigInt::Number)), as_number);
            assert_eq!(written(|out| int(out, value, BigInt::String)), as_text);
        }
        assert_eq!(written(|out| unsigned(out, u64::MAX, BigInt::Number)), "18446744073709551615");
        assert_eq!(written(|out| unsigned(out, u64::MAX, BigInt::String)), "\"18446744073709551615\"");
    }

    #[test]
    fn decimals_keep_their_digits() {
        let cases = [
            ("1.10", "1.10", "1.10"),
            ("-0.50", "-0.50", "-0.50"),
            ("000012.50", "12.50", "12.50"),
            (".5", "0.5", "0.5"),
            ("0", "0", "0"),
            (
                "-12345678901234567890123456789.10",
                "-12345678901234567890123456789.10",
                "-12345678901234567890123456789.10",
            ),
            ("12345678901234567890123", "12345678901234567890123", "\"12345678901234567890123\""),
            ("9007199254740993", "9007199254740993", "\"9007199254740993\""),
            ("", "\"\"", "\"\""),
            ("1.", "\"1.\"", "\"1.\""),
            ("1e5", "\"1e5\"", "\"1e5\""),
        ];
        for (digits, as_number, as_text) in cases {
            assert_eq!(written(|out| decimal(out, digits, BigInt::Number)), as_number);
            assert_eq!(written(|out| decimal(out, digits, BigInt::String)), as_text);
        }
    }

    #[test]
    fn floats_are_short_and_read_back() {
        let cases = [
            (0.1, "0.1"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e21"),
            (1.5e-9, "1.5e-9"),
            (f64::MAX, "1.7976931348623157e308"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ];
        for (value, expected) in cases {
            assert_eq!(written(|out| double(out, value)), expected);
        }
        assert_eq!(written(|out| float(out, 0.1)), "0.1");
        assert_eq!(written(|out| float(out, f32::NEG_INFINITY)), "null");
    }

    #[test]
    fn other_values() {
        assert_eq!(written(|out| base64(out, b"\xff\x00a")), "\"/wBh\"");
        assert_eq!(written(|out| base64(out, b"")), "\"\"");
        assert_eq!(written(|out| bytes_as_text(out, "é\u{1}".as_bytes())), "\"é\\u0001\"");
        assert_eq!(written(|out| bytes_as_text(out, b"\xff")), "\"/w==\"");
        assert_eq!(written(|out| document(out, "{\"a\": 1.10}")), "{\"a\": 1.10}");
        assert_eq!(written(|out| document(out, "{a}")), "\"{a}\"");
        assert_eq!(written(|out| date(out, (2024, 2, 29))), "\"2024-02-29\"");
        assert_eq!(written(|out| date(out, (0, 0, 0))), "null");
        let moment = DateTime { date: (2024, 2, 29), time: (1, 2, 3), micros: 450 };
        assert_eq!(written(|out| date_time(out, moment)), "\"2024-02-29T01:02:03.000450\"");
        assert_eq!(written(|out| time(out, true, (838, 59, 59), 0)), "\"-838:59:59\"");
    }
}
