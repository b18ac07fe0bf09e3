//! The body of a request: one JSON object, taken apart once, its values left as they were written.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::words::{self, Lang};
use crate::error::{Code, Error, Result};

/// The fields of a body in the order they were written, no name twice.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    /// Name and value.
    pub(crate) fields: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Body<'a> {
    /// Takes a body apart.
    ///
    /// # Errors
    /// 400 when it is not UTF-8, not JSON, nested deeper than `max_depth`, no object, or gives a name twice.
    pub(crate) fn parse(bytes: &'a [u8], max_depth: u32, lang: Lang) -> Result<Self> {
        let text = std::str::from_utf8(bytes)
            .map_err(|cause| Error::new(Code::BadRequest, words::not_utf8(lang)).caused_by(cause))?;
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(Error::new(Code::BadRequest, words::no_body(lang)));
        }
        if max_depth < depth(text) {
            return Err(Error::new(Code::BadRequest, words::too_deep(lang, max_depth)));
        }
        let not_json = |cause: serde_json::Error| {
            let words = words::not_json(lang, cause.line(), cause.column());
            Error::new(Code::BadRequest, words).caused_by(cause)
        };
        if !text.starts_with('{') {
            // What is no JSON at all is told as that.
            serde_json::from_str::<&RawValue>(text).map_err(not_json)?;
            return Err(Error::new(Code::BadRequest, words::no_object(lang)));
        }
        let Pairs(fields) = serde_json::from_str(text).map_err(not_json)?;
        if let Some(name) = doubled(&fields) {
            return Err(Error::new(Code::BadRequest, words::doubled_field(lang, name)));
        }
        Ok(Self { fields })
    }

    /// Returns the value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, raw)| *raw)
    }
}

/// Returns how deep arrays and objects are nested; brackets inside of strings do not count.
fn depth(json: &str) -> u32 {
    let (mut depth, mut deepest) = (0_u32, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Finds a name that is given twice. Sorted, because a body may hold a hundred thousand of them.
fn doubled<'f>(fields: &'f [(Cow<'_, str>, &RawValue)]) -> Option<&'f str> {
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// The fields of an object, as JSON has them.
struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut fields = Vec::new();
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            fields.push((name, value));
        }
        Ok(Pairs(fields))
    }
}

/// A name, borrowed where it holds no escape.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_their_digits() {
        let body = Body::parse(br#" {"b": 1.10, "a\u0062": [1 , 2]} "#, 64, Lang::En).unwrap();
        let fields: Vec<_> = body.fields.iter().map(|(name, raw)| (name.as_ref(), raw.get())).collect();
        assert_eq!(fields, [("b", "1.10"), ("ab", "[1 , 2]")]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        let very_deep = "[".repeat(1_000_000);
        let cases: [(&[u8], &str); 12] = [
            (b"", "empty"),
            (b"  ", "empty"),
            (b"name=x", "not JSON"),
            (b"{\"a\":1", "not JSON"),
            (b"{\"a\":1} x", "not JSON"),
            (b"{'a':1}", "not JSON"),
            (b"[1]", "object"),
            (b"\"x\"", "object"),
            (b"{\"a\":1,\"\\u0061\":2}", "twice"),
            (b"{\"a\":\"\xff\"}", "UTF-8"),
            (deep.as_bytes(), "deep"),
            (very_deep.as_bytes(), "deep"),
        ];
        for (bytes, expected) in cases {
            let error = Body::parse(bytes, 64, Lang::En).unwrap_err();
            assert_eq!(error.code, Code::BadRequest);
            assert!(error.message.contains(expected), "{expected}: {}", error.message);
        }
        let brackets_in_text = format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(100));
        assert!(Body::parse(brackets_in_text.as_bytes(), 64, Lang::En).is_ok());
    }
}
