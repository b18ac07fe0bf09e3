//! The values of placeholders, with every digit they came with.

use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The values of placeholders: in order for `?`, by name for `:name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Args {
    /// One value a `?`, in order.
    Positional(Vec<Value>),
    /// One value a name; no name twice.
    Named(Vec<(String, Value)>),
}

impl Default for Args {
    fn default() -> Self {
        Self::Positional(Vec::new())
    }
}

impl Args {
    /// Tells whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Positional(values) => values.is_empty(),
            Self::Named(values) => values.is_empty(),
        }
    }
}

/// One value as it is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// Bound as 0 or 1.
    Bool(bool),
    /// A whole number of 64 bits with a sign.
    Int(i64),
    /// A whole number beyond [`i64::MAX`].
    UInt(u64),
    /// Any other number, by its digits: it never passes through a float of ours.
    Number(String),
    /// Text.
    Text(String),
}

impl Value {
    /// Reads a value from the raw JSON of a scalar.
    ///
    /// # Errors
    /// A sentence for a person when it is an array, an object, or text with a lone surrogate.
    pub fn from_json(raw: &RawValue) -> Result<Self, String> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text)
                .map(Self::Text)
                .map_err(|cause| format!("this text is not valid: {cause}")),
            Some(b't') => Ok(Self::Bool(true)),
            Some(b'f') => Ok(Self::Bool(false)),
            Some(b'n') => Ok(Self::Null),
            Some(b'[' | b'{') | None => {
                Err("an array or object cannot be bound; a scalar is expected".to_owned())
            }
            Some(_) => Ok(Self::from_digits(text)),
        }
    }

    /// Reads a value from the digits of a JSON number.
    pub fn from_digits(digits: &str) -> Self {
        match (digits.parse(), digits.parse()) {
            (Ok(signed), _) => Self::Int(signed),
            (_, Ok(unsigned)) => Self::UInt(unsigned),
            _ => Self::Number(digits.to_owned()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::UInt(value) => serializer.serialize_u64(*value),
            Self::Number(digits) => match RawValue::from_string(digits.clone()) {
                Ok(raw) => raw.serialize(serializer),
                Err(_) => serializer.serialize_str(digits),
            },
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(&raw).map_err(D::Error::custom)
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Positional(values) => {
                let mut seq = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    seq.serialize_element(value)?;
                }
                seq.end()
            }
            Self::Named(values) => {
                let mut map = serializer.serialize_map(Some(values.len()))?;
                for (name, value) in values {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ArgsVisitor)
    }
}

struct ArgsVisitor;

impl<'de> Visitor<'de> for ArgsVisitor {
    type Value = Args;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of values, or an object of values by name")
    }

    fn visit_unit<E>(self) -> Result<Args, E> {
        Ok(Args::default())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Args, S::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Args::Positional(values))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Args, M::Error> {
        let mut values: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if values.iter().any(|(known, _)| *known == name) {
                return Err(M::Error::custom(format!("the argument `{name}` is given twice")));
            }
            values.push((name, value));
        }
        Ok(Args::Named(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_read_and_write_without_losing_a_digit() {
        for text in [
            "[]",
            r#"[1,-1,18446744073709551615,1.10,1e5,123456789012345678901234567890,true,null,"é"]"#,
            r#"{"id":1,"name":"x"}"#,
        ] {
            let args: Args = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&args).unwrap(), text);
        }
    }

    #[test]
    fn what_cannot_be_bound_is_refused() {
        for text in ["[[1]]", r#"[{"a":1}]"#, r#"{"a":1,"a":2}"#, "1", r#""x""#] {
            assert!(serde_json::from_str::<Args>(text).is_err(), "{text}");
        }
    }
}
