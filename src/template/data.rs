//! What a template is filled in with.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::number::Number;

/// Levels of lists and maps at most; deeper ones are refused when they are read.
const MAX_LEVELS: usize = 64;

/// JSON, with the digits of its numbers kept and its maps in the order of their keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Data {
    /// `null`; printed as nothing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Data>),
    /// A map.
    Map(BTreeMap<String, Data>),
}

impl Data {
    /// Tells what `if` wants to know: 0, empty texts, lists and maps, `null` and `false` are not true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number(number) => !number.is_zero(),
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(entries) => !entries.is_empty(),
        }
    }

    /// Returns the entry of a map by its name. A name that is not there as written is looked for without regard to capitals
    /// and underscores (`.UserName` finds `user_name`), and found if exactly one entry fits.
    pub(super) fn entry(&self, name: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.get(key_of(entries, name)?)
    }

    /// Does the same for a value that is given up for it.
    pub(super) fn into_entry(self, name: &str) -> Option<Self> {
        let Self::Map(mut entries) = self else { return None };
        let key = key_of(&entries, name)?.to_owned();
        entries.remove(&key)
    }

    /// Says what it is, to end a sentence that begins with 'it is'.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    fn of_raw(raw: &RawValue, levels: usize) -> serde_json::Result<Self> {
        let Some(levels) = levels.checked_sub(1) else {
            return Err(serde_json::Error::custom("lists and maps are nested too deeply"));
        };
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let entries: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
                let entries = entries.into_iter().map(|(key, raw)| Ok((key, Self::of_raw(raw, levels)?)));
                Self::Map(entries.collect::<serde_json::Result<_>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                Self::List(
                    items
                        .into_iter()
                        .map(|raw| Self::of_raw(raw, levels))
                        .collect::<serde_json::Result<_>>()?,
                )
            }
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(Number::of_json(text)),
        })
    }
}

/// Returns the key that a name of a template means.
fn key_of<'a>(entries: &'a BTreeMap<String, Data>, name: &str) -> Option<&'a str> {
    if let Some((key, _)) = entries.get_key_value(name) {
        return Some(key);
    }
    let mut fitting = entries.keys().filter(|key| is_same_name(key, name));
    let found = fitting.next()?;
    fitting.next().is_none().then_some(found)
}

/// Tells whether two names differ in capitals and underscores alone.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    let letters =
        |name: &str| name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect::<Vec<char>>();
    letters(one) == letters(other)
}

impl From<&serde_json::Value> for Data {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(*truth),
            serde_json::Value::Number(number) => Self::Number(match number.as_f64() {
                Some(float) if number.is_f64() => Number::of_float(float),
                _ => Number::of_json(&number.to_string()),
            }),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(entries) => Self::from(entries),
        }
    }
}

impl From<&serde_json::Map<String, serde_json::Value>> for Data {
    fn from(entries: &serde_json::Map<String, serde_json::Value>) -> Self {
        Self::Map(entries.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect())
    }
}

/// From JSON alone, whose numbers keep their digits.
impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::of_raw(&raw, MAX_LEVELS).map_err(D::Error::custom)
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => match RawValue::from_string(number.to_string()) {
                Ok(raw) => raw.serialize(serializer),
                Err(_) => serializer.serialize_f64(number.float()),
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => serializer.collect_map(entries),
        }
    }
}

/// As Go prints it, save that `null` is nothing and a number has no exponent.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { " " })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("map[")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}:{value}", if index == 0 { "" } else { " " })?;
                }
                f.write_str("]")
            }
        }
    }
}
