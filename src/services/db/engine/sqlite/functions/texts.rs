//! Functions of texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::Value;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::Function;
use super::call::{Answer, Call, or_null, text};

/// Longest text that a function makes, as MariaDB's max_allowed_packet: 16 MiB.
const LONGEST: usize = 16 << 20;

pub(super) const FUNCTIONS: &[Function] = &[
    ("concat", -1, concat),
    ("concat_ws", -1, concat_ws),
    ("left", 2, |call| {
        Ok(or_null(start(call), |(value, count)| text(value.chars().take(count).collect::<String>())))
    }),
    ("right", 2, |call| Ok(or_null(start(call), |(value, count)| text(right(&value, count))))),
    ("mid", 3, |call| Ok(mid(call))),
    ("lpad", 2, |call| Ok(padded(call, |value, pad| pad + value))),
    ("lpad", 3, |call| Ok(padded(call, |value, pad| pad + value))),
    ("rpad", 2, |call| Ok(padded(call, |value, pad| value.to_owned() + &pad))),
    ("rpad", 3, |call| Ok(padded(call, |value, pad| value.to_owned() + &pad))),
    ("locate", 2, |call| Ok(locate(call))),
    ("locate", 3, |call| Ok(locate(call))),
    ("find_in_set", 2, |call| Ok(find_in_set(call))),
    ("field", -1, |call| Ok(field(call))),
    ("elt", -1, |call| Ok(elt(call))),
    ("reverse", 1, |call| Ok(or_null(call.text(0), |value| text(value.chars().rev().collect::<String>())))),
    ("repeat", 2, |call| Ok(repeat(call))),
    ("space", 1, |call| {
        Ok(or_null(call.int(0).and_then(count), |blanks| text(" ".repeat(blanks.min(LONGEST)))))
    }),
    ("substring_index", 3, |call| Ok(substring_index(call))),
    ("char_length", 1, |call| Ok(or_null(call.text(0), |value| length(value.chars().count())))),
    ("character_length", 1, |call| Ok(or_null(call.text(0), |value| length(value.chars().count())))),
    // MariaDB counts bytes where SQLite's own counts characters.
    ("length", 1, |call| Ok(or_null(call.bytes(0), |value| length(value.len())))),
    ("upper", 1, |call| Ok(or_null(call.text(0), |value| text(value.to_uppercase())))),
    ("ucase", 1, |call| Ok(or_null(call.text(0), |value| text(value.to_uppercase())))),
    ("lower", 1, |call| Ok(or_null(call.text(0), |value| text(value.to_lowercase())))),
    ("lcase", 1, |call| Ok(or_null(call.text(0), |value| text(value.to_lowercase())))),
    ("strcmp", 2, |call| {
        let order = call.text(0).zip(call.text(1)).map(|(a, b)| a.to_lowercase().cmp(&b.to_lowercase()));
        Ok(or_null(order, |order| Value::Integer(order as i64)))
    }),
    ("sha2", 2, |call| Ok(sha2(call))),
    ("to_base64", 1, |call| Ok(or_null(call.bytes(0), |value| text(STANDARD.encode(value))))),
    ("from_base64", 1, |call| {
        let plain = call.text(0).and_then(|value| STANDARD.decode(value.trim()).ok());
        Ok(or_null(plain, Value::Blob))
    }),
];

fn length(length: usize) -> Answer {
    Value::Integer(i64::try_from(length).unwrap_or(i64::MAX))
}

/// Reads a number of characters; what is negative counts as none.
fn count(number: i64) -> Option<usize> {
    usize::try_from(number.max(0)).ok()
}

fn start<'a>(call: &'a Call<'_>) -> Option<(std::borrow::Cow<'a, str>, usize)> {
    call.text(0).zip(call.int(1).and_then(count))
}

fn right(value: &str, count: usize) -> String {
    let skipped = value.chars().count().saturating_sub(count);
    value.chars().skip(skipped).collect()
}

fn concat(call: &Call<'_>) -> rusqlite::Result<Answer> {
    if call.len() == 0 {
        return call.wrong_count("CONCAT");
    }
    let parts: Option<Vec<_>> = (0..call.len()).map(|index| call.text(index)).collect();
    Ok(or_null(parts, |parts| text(parts.concat())))
}

fn concat_ws(call: &Call<'_>) -> rusqlite::Result<Answer> {
    if call.len() < 2 {
        return call.wrong_count("CONCAT_WS");
    }
    let parts: Vec<_> = (1..call.len()).filter_map(|index| call.text(index)).collect();
    Ok(or_null(call.text(0), |separator| text(parts.join(&separator))))
}

fn mid(call: &Call<'_>) -> Answer {
    let Some(((value, from), count)) = call.text(0).zip(call.int(1)).zip(call.int(2).and_then(count)) else {
        return Value::Null;
    };
    let all = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    let skipped = if from < 0 { all.saturating_add(from) } else { from - 1 };
    if from == 0 || skipped < 0 {
        return text("");
    }
    let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
    text(value.chars().skip(skipped).take(count).collect::<String>())
}

fn padded(call: &Call<'_>, join: impl FnOnce(&str, String) -> String) -> Answer {
    let pad = if call.len() < 3 { Some(" ".into()) } else { call.text(2) };
    let Some(((value, length), pad)) = call.text(0).zip(call.int(1)).zip(pad) else { return Value::Null };
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= LONGEST) else {
        return Value::Null;
    };
    let Some(missing) = length.checked_sub(value.chars().count()) else {
        return text(value.chars().take(length).collect::<String>());
    };
    if 0 < missing && pad.is_empty() {
        return Value::Null;
    }
    text(join(&value, pad.chars().cycle().take(missing).collect()))
}

/// Places count from 1; upper and lower case are the same, as in MariaDB's usual collations.
fn locate(call: &Call<'_>) -> Answer {
    let from = if call.len() < 3 { Some(1) } else { call.int(2) };
    let Some(((needle, value), from)) = call.text(0).zip(call.text(1)).zip(from) else { return Value::Null };
    let Some(skipped) = usize::try_from(from).ok().and_then(|from| from.checked_sub(1)) else {
        return Value::Integer(0);
    };
    let (needle, value) = (needle.to_lowercase(), value.to_lowercase());
    let Some(begin) = value.char_indices().map(|(at, _)| at).chain([value.len()]).nth(skipped) else {
        return Value::Integer(0);
    };
    let found = value[begin..].find(&needle).map(|at| value[..begin + at].chars().count() + 1);
    length(found.unwrap_or(0))
}

fn find_in_set(call: &Call<'_>) -> Answer {
    let found = call.text(0).zip(call.text(1)).map(|(needle, set)| {
        let needle = needle.to_lowercase();
        set.to_lowercase()
            .split(',')
            .position(|part| part == needle && !set.is_empty())
            .map_or(0, |at| at + 1)
    });
    or_null(found, length)
}

fn field(call: &Call<'_>) -> Answer {
    let Some(wanted) = call.text(0).map(|text| text.to_lowercase()) else { return Value::Integer(0) };
    let found =
        (1..call.len()).find(|index| call.text(*index).is_some_and(|text| text.to_lowercase() == wanted));
    length(found.unwrap_or(0))
}

fn elt(call: &Call<'_>) -> Answer {
    let index = call.int(0).and_then(|index| usize::try_from(index).ok()).filter(|index| 0 < *index);
    or_null(index.and_then(|index| call.text(index)), text)
}

fn repeat(call: &Call<'_>) -> Answer {
    let Some((value, times)) = start(call) else { return Value::Null };
    match value.len().checked_mul(times) {
        Some(bytes) if bytes <= LONGEST => text(value.repeat(times)),
        _ => Value::Null,
    }
}

fn substring_index(call: &Call<'_>) -> Answer {
    let Some(((value, delimiter), count)) = call.text(0).zip(call.text(1)).zip(call.int(2)) else {
        return Value::Null;
    };
    if delimiter.is_empty() || count == 0 {
        return text("");
    }
    let nth = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX) - 1;
    let cut = if 0 < count {
        value.match_indices(&*delimiter).nth(nth).map(|(at, _)| &value[..at])
    } else {
        value.rmatch_indices(&*delimiter).nth(nth).map(|(at, _)| &value[at + delimiter.len()..])
    };
    text(cut.unwrap_or(&value))
}

fn sha2(call: &Call<'_>) -> Answer {
    let hash = call.bytes(0).zip(call.int(1)).and_then(|(bytes, bits)| match bits {
        224 => Some(hex(&Sha224::digest(&bytes))),
        0 | 256 => Some(hex(&Sha256::digest(&bytes))),
        384 => Some(hex(&Sha384::digest(&bytes))),
        512 => Some(hex(&Sha512::digest(&bytes))),
        _ => None,
    });
    or_null(hash, text)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("text is written to memory");
        out
    })
}
