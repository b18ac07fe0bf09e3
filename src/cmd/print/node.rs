//! JSON as it was written: keys in their order, numbers by their digits.

use std::fmt::{self, Write as _};

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{is_unsafe, push_unicode_escape};

/// A JSON value that forgets nothing of its text but the blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cmd) enum Node {
    /// Number, text, boolean or null, as JSON text.
    Scalar(String),
    /// An array.
    List(Vec<Self>),
    /// An object; a key that occurs twice stays twice.
    Map(Vec<(String, Self)>),
}

impl Node {
    /// Returns what a value serialises to.
    pub(in crate::cmd) fn of(value: &impl Serialize) -> Self {
        let json = serde_json::to_string(value).expect("replies hold nothing but what JSON can say");
        Self::parse(&json).expect("serde_json reads what it wrote")
    }

    /// Reads JSON text.
    pub(in crate::cmd) fn parse(json: &str) -> serde_json::Result<Self> {
        match json.trim_start().as_bytes().first() {
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json)?;
                items
                    .into_iter()
                    .map(|item| Self::parse(item.get()))
                    .collect::<Result<_, _>>()
                    .map(Self::List)
            }
            Some(b'{') => {
                let Entries(entries) = serde_json::from_str(json)?;
                let read = |(key, value): (String, &RawValue)| Ok((key, Self::parse(value.get())?));
                entries.into_iter().map(read).collect::<Result<_, _>>().map(Self::Map)
            }
            _ => {
                let scalar: &RawValue = serde_json::from_str(json)?;
                Ok(Self::Scalar(harmless(scalar.get())))
            }
        }
    }

    /// Returns it on one line.
    pub(in crate::cmd) fn compact(&self) -> String {
        let mut out = String::new();
        self.write_compact(&mut out);
        out
    }

    fn write_compact(&self, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    item.write_compact(out);
                }
                out.push(']');
            }
            Self::Map(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    let _ = write!(out, "{}:", quoted(key));
                    value.write_compact(out);
                }
                out.push('}');
            }
        }
    }

    /// Returns it over several lines, with a line break at the end.
    pub(super) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write_pretty(&mut out, 0);
        out.push('\n');
        out
    }

    fn write_pretty(&self, out: &mut String, depth: usize) {
        match self {
            Self::List(items) if !items.is_empty() => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    new_line(out, index, depth + 1);
                    item.write_pretty(out, depth + 1);
                }
                new_line(out, 0, depth);
                out.push(']');
            }
            Self::Map(entries) if !entries.is_empty() => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    new_line(out, index, depth + 1);
                    let _ = write!(out, "{}: ", quoted(key));
                    value.write_pretty(out, depth + 1);
                }
                new_line(out, 0, depth);
                out.push('}');
            }
            other => other.write_compact(out),
        }
    }

    /// Returns it as the text of a cell: text without its quotes, null as `NULL`, anything nested as JSON.
    pub(super) fn cell(&self) -> String {
        match self {
            Self::Scalar(text) if text == "null" => "NULL".to_owned(),
            Self::Scalar(text) if text.starts_with('"') => {
                serde_json::from_str(text).unwrap_or_else(|_| text.clone())
            }
            other => other.compact(),
        }
    }
}

fn new_line(out: &mut String, index: usize, depth: usize) {
    out.push_str(if index == 0 { "\n" } else { ",\n" });
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Returns text as a JSON string without anything that a terminal would obey.
pub(super) fn quoted(text: &str) -> String {
    harmless(&serde_json::to_string(text).expect("text is written to memory"))
}

/// JSON escapes what lies below U+0020; the rest of what a terminal obeys stands inside strings, where it may be
/// escaped without a change of meaning.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) { push_unicode_escape(&mut out, c) } else { out.push(c) }
    }
    out
}

struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries<'de>, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_digits_stay() {
        let text = r#"{"z":1.10,"a":[12345678901234567890123,"x",null,[],{}],"z":{"é":true}}"#;
        let node = Node::parse(text).unwrap();
        assert_eq!(node.compact(), text);
        let pretty = node.pretty();
        assert!(
            pretty.starts_with("{\n  \"z\": 1.10,\n  \"a\": [\n    12345678901234567890123,\n"),
            "{pretty}"
        );
        assert_eq!(Node::parse(&pretty).unwrap(), node);
    }

    #[test]
    fn a_cell_is_text_without_quotes() {
        for (json, cell) in
            [("\"a \\\"b\\\" \\n\"", "a \"b\" \n"), ("null", "NULL"), ("1.50", "1.50"), ("[1, 2]", "[1,2]")]
        {
            assert_eq!(Node::parse(json).unwrap().cell(), cell);
        }
    }

    #[test]
    fn text_with_controls_stays_the_same_text() {
        let node = Node::of(&"\u{9b}31m\u{7f}\u{1b}\u{202e}");
        assert_eq!(node.compact(), r#""\u009b31m\u007f\u001b\u202e""#);
        assert_eq!(serde_json::from_str::<String>(&node.compact()).unwrap(), "\u{9b}31m\u{7f}\u{1b}\u{202e}");
    }
}
