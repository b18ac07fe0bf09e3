//! One address or a list of them.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Addresses as callers give them: one text, or a list of texts, each `name@example.com` or `Name <name@example.com>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses(pub Vec<String>);

impl Addresses {
    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Addresses {
    fn from(one: &str) -> Self {
        Self(vec![one.to_owned()])
    }
}

impl From<Vec<String>> for Addresses {
    fn from(list: Vec<String>) -> Self {
        Self(list)
    }
}

impl Serialize for Addresses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            [one] => serializer.serialize_str(one),
            list => list.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Addresses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address or a list of addresses")
            }

            fn visit_str<E>(self, one: &str) -> Result<Addresses, E> {
                Ok(one.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Addresses, A::Error> {
                let mut list = Vec::new();
                while let Some(one) = sequence.next_element()? {
                    list.push(one);
                }
                Ok(Addresses(list))
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many_are_read_and_written() {
        for (json, expected) in [
            (r#""a@example.com""#, vec!["a@example.com"]),
            (r#"["a@example.com","B <b@example.com>"]"#, vec!["a@example.com", "B <b@example.com>"]),
            ("[]", vec![]),
        ] {
            let read: Addresses = serde_json::from_str(json).unwrap();
            assert_eq!(read.0, expected);
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
        let wrong = serde_json::from_str::<Addresses>("7").unwrap_err().to_string();
        assert!(wrong.contains("an address or a list of addresses"), "{wrong}");
    }
}
