//! Functions of numbers, and those that choose between values.

use rusqlite::types::{Value, ValueRef};

use super::Function;
use super::call::{Answer, Call, or_null, whole};

/// Functions that answer something else each time.
pub(super) const RANDOM: &[Function] = &[("rand", 0, |_| random())];

pub(super) const FUNCTIONS: &[Function] = &[
    ("if", 3, |call| Ok(call.value(if call.is_true(0) { 1 } else { 2 }))),
    ("greatest", -1, |call| extreme(call, "GREATEST", |a, b| b < a)),
    ("least", -1, |call| extreme(call, "LEAST", |a, b| a < b)),
    ("truncate", 2, |call| Ok(truncate(call))),
    ("mod", 2, |call| Ok(modulo(call))),
    ("pow", 2, |call| {
        Ok(or_null(call.real(0).zip(call.real(1)), |(base, exponent)| finite(base.powf(exponent))))
    }),
    ("power", 2, |call| {
        Ok(or_null(call.real(0).zip(call.real(1)), |(base, exponent)| finite(base.powf(exponent))))
    }),
    ("sqrt", 1, |call| Ok(or_null(call.real(0), |value| finite(value.sqrt())))),
    ("floor", 1, |call| Ok(rounded(call, f64::floor))),
    ("ceil", 1, |call| Ok(rounded(call, f64::ceil))),
    ("ceiling", 1, |call| Ok(rounded(call, f64::ceil))),
    ("crc32", 1, |call| Ok(or_null(call.bytes(0), |bytes| Value::Integer(crc32(&bytes).into())))),
];

fn finite(value: f64) -> Answer {
    if value.is_finite() { Value::Real(value) } else { Value::Null }
}

/// FLOOR and CEIL answer a whole number.
fn rounded(call: &Call<'_>, round: impl FnOnce(f64) -> f64) -> Answer {
    match call.raw(0) {
        ValueRef::Integer(value) => Value::Integer(value),
        _ => or_null(call.real(0), |value| Value::Integer(whole(round(value)))),
    }
}

fn truncate(call: &Call<'_>) -> Answer {
    let Some((value, places)) = call.real(0).zip(call.int(1)) else { return Value::Null };
    if let (ValueRef::Integer(value), 0..) = (call.raw(0), places) {
        return Value::Integer(value);
    }
    let places = i32::try_from(places.clamp(-30, 30)).unwrap_or(0);
    let scale = 10_f64.powi(places.abs());
    let cut = if places < 0 {
        (value / scale).trunc() * scale
    } else {
        // By the digits that are seen: 1.15 must not become 1.14.
        let digits = format!("{value}");
        let end = digits
            .find('.')
            .map_or(digits.len(), |dot| (dot + 1 + usize::try_from(places).unwrap_or(0)).min(digits.len()));
        digits[..end].parse().unwrap_or(value)
    };
    match call.raw(0) {
        ValueRef::Integer(_) => Value::Integer(whole(cut)),
        _ => Value::Real(cut),
    }
}

fn modulo(call: &Call<'_>) -> Answer {
    if let (ValueRef::Integer(value), ValueRef::Integer(divisor)) = (call.raw(0), call.raw(1)) {
        return or_null(value.checked_rem(divisor), Value::Integer);
    }
    let rest = call.real(0).zip(call.real(1)).filter(|(_, divisor)| *divisor != 0.0);
    or_null(rest, |(value, divisor)| Value::Real(value % divisor))
}

/// Compares as numbers when every argument is one, else as texts.
fn extreme(
    call: &Call<'_>,
    name: &str,
    better: impl Fn(Ordered<'_>, Ordered<'_>) -> bool,
) -> rusqlite::Result<Answer> {
    if call.len() < 2 {
        return call.wrong_count(name);
    }
    if call.has_null() {
        return Ok(Value::Null);
    }
    let is_number = |index| matches!(call.raw(index), ValueRef::Integer(_) | ValueRef::Real(_));
    let numbers = (0..call.len()).all(is_number);
    let texts: Vec<String> =
        (0..call.len()).map(|index| call.text(index).unwrap_or_default().to_lowercase()).collect();
    let key = |index: usize| match call.real(index) {
        Some(value) if numbers => Ordered::Number(value),
        _ => Ordered::Text(&texts[index]),
    };
    let best =
        (1..call.len()).fold(0, |best, index| if better(key(index), key(best)) { index } else { best });
    Ok(call.value(best))
}

#[derive(PartialEq, PartialOrd)]
enum Ordered<'a> {
    Number(f64),
    Text(&'a str),
}

/// Returns a number from 0 to below 1.
fn random() -> rusqlite::Result<Answer> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|cause| rusqlite::Error::UserFunctionError(Box::new(cause)))?;
    // 53 bits are what a DOUBLE holds.
    #[expect(clippy::cast_precision_loss, reason = "53 bits lose none")]
    let fraction = (u64::from_ne_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64;
    Ok(Value::Real(fraction))
}

/// The checksum of zlib, bit by bit: inputs are short.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8)
            .fold(crc ^ u32::from(*byte), |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}
