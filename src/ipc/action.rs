//! The types that make a request its own wire format: [`Api`], [`Action`], [`Reply`].

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Code, Error, Result};

/// All requests that one service understands.
///
/// Implemented by an enum with one variant an action, each holding that action's struct, and derived with
/// `#[serde(tag = "action", content = "params", rename_all = "snake_case")]`: that spelling is the wire format.
pub trait Api: Serialize + DeserializeOwned + Send + 'static {
    /// Name of the service, as its program and its socket are called (`sogoms-db`).
    const NAME: &'static str;
    /// What the service is for, in a line.
    const SUMMARY: &'static str;

    /// Returns one example an action, in the order of the documentation.
    fn examples() -> Vec<Example>;
}

/// One request and the reply that belongs to it.
pub trait Action: Into<Self::Api> + Send {
    /// The service that understands it.
    type Api: Api;
    /// What it answers.
    type Reply: Reply;
}

/// Says for each action of an api which reply belongs to it: `actions! { Request: Query => Rows, … }`.
///
/// The variant of the api has the name of the action.
#[macro_export]
macro_rules! actions {
    ($api:ident: $($action:ident => $reply:ty),* $(,)?) => {$(
        impl From<$action> for $api {
            fn from(action: $action) -> Self {
                Self::$action(action)
            }
        }
        impl $crate::ipc::Action for $action {
            type Api = $api;
            type Reply = $reply;
        }
    )*};
}

/// What a service answers: how it is written to and read from the `result` of a frame.
///
/// Any serde type is a reply. Types that carry rows implement it by hand, so that the rows pass as bytes.
pub trait Reply: Sized + Send + 'static {
    /// Appends the JSON of this reply to `out`.
    fn encode(&self, out: &mut Vec<u8>) -> Result<()>;
    /// Reads a reply from the JSON of a `result`; unknown keys are ignored, so that neighbours may be newer.
    fn decode(json: Bytes) -> Result<Self>;
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Reply for T {
    fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        serde_json::to_writer(out, self)
            .map_err(|cause| Error::new(Code::Internal, "the reply cannot be written").caused_by(cause))
    }

    fn decode(json: Bytes) -> Result<Self> {
        serde_json::from_slice(&json).map_err(|cause| {
            Error::new(Code::Internal, "the service answered something that is not understood here")
                .hint("are both programs of the same version? try `sogo ctl status`")
                .caused_by(cause)
        })
    }
}

/// A request with its reply, for the documentation and for tests of it.
#[derive(Debug, Clone)]
pub struct Example {
    /// Name of the action on the wire.
    pub action: String,
    /// What the action does, and what its parameters mean: one paragraph of Markdown.
    pub about: &'static str,
    /// The parameters.
    pub params: serde_json::Value,
    /// Names of the parameters that must be given.
    pub required: Vec<String>,
    /// Names of the parameters that may be given.
    pub optional: Vec<String>,
    /// The `result` of the reply.
    pub result: serde_json::Value,
    /// Reads a `result` as a caller does.
    pub read: fn(Bytes) -> Result<()>,
}

impl Example {
    /// Makes an example from an action and the reply that belongs to it.
    pub fn of<A: Action>(about: &'static str, action: A, reply: &A::Reply) -> Self {
        #[derive(Deserialize)]
        struct Wire {
            action: String,
            #[serde(default)]
            params: serde_json::Value,
        }
        let api: A::Api = action.into();
        let wire: Wire = serde_json::to_value(&api)
            .and_then(serde_json::from_value)
            .expect("an Api is adjacently tagged with `action` and `params`");
        let mut json = Vec::new();
        let result = reply.encode(&mut json).ok().and_then(|()| serde_json::from_slice(&json).ok());
        let (optional, required) = fields::<A::Api>(&wire.action)
            .into_iter()
            .partition(|name| decodes_without::<A::Api>(&wire.action, &wire.params, name));
        let result = result.unwrap_or_default();
        let read = |json| A::Reply::decode(json).map(drop);
        Self { action: wire.action, about, params: wire.params, required, optional, result, read }
    }
}

/// Returns the names of an action's parameters: serde tells them when it refuses one.
fn fields<A: Api>(action: &str) -> Vec<String> {
    let refused = decode_text::<A>(action, r#"{"?":0}"#).err().map(|cause| cause.to_string());
    let listed =
        refused.as_deref().and_then(|text| text.split_once("unknown field `?`")).unwrap_or_default().1;
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn decodes_without<A: Api>(action: &str, params: &serde_json::Value, name: &str) -> bool {
    let mut params = params.clone();
    if let Some(object) = params.as_object_mut() {
        object.remove(name);
    }
    decode_text::<A>(action, &params.to_string()).is_ok()
}

/// Reads the request named `action` from `params`; absent, `null` and `{}` parameters mean the same.
///
/// # Errors
/// [`Code::NotFound`] for an action the service does not have, [`Code::BadRequest`] for parameters that do not fit.
pub fn decode<A: Api>(action: &str, params: Option<&RawValue>) -> Result<A> {
    let params = match params.map(RawValue::get) {
        None | Some("null") => "{}",
        // serde would read an array as the fields in their order.
        Some(text) if !text.starts_with('{') => {
            return Err(Error::new(
                Code::BadRequest,
                format!("`params` of `{}` is not an object", printable(action)),
            ));
        }
        Some(text) => text,
    };
    decode_text(action, params).map_err(|cause| {
        let text = cause.to_string();
        // A parameter may be one of a few words, too.
        let is_unknown =
            || text.starts_with("unknown variant") && !names::<A>().iter().any(|known| known == action);
        if is_unknown() {
            Error::new(Code::NotFound, format!("{} has no action `{}`", A::NAME, printable(action)))
                .hint(format!("it has: {}", names::<A>().join(", ")))
        } else {
            Error::new(Code::BadRequest, format!("`{}` of {}: {text}", printable(action), A::NAME))
        }
    })
}

fn decode_text<A: Api>(action: &str, params: &str) -> Result<A, serde_json::Error> {
    A::deserialize(Tagged { action, params })
}

fn names<A: Api>() -> Vec<String> {
    A::examples().into_iter().map(|example| example.action).collect()
}

fn printable(text: &str) -> String {
    text.chars().take(64).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Presents a name and the raw text of its parameters as the map `{action, params}`, in that order: the derived
/// code then reads the parameters straight from their text, without a copy and with every digit of every number.
struct Tagged<'a> {
    action: &'a str,
    params: &'a str,
}

impl<'de> Deserializer<'de> for Tagged<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(TaggedMap { tagged: self, next: Next::Action })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

enum Next {
    Action,
    Params,
    End,
}

struct TaggedMap<'a> {
    tagged: Tagged<'a>,
    next: Next,
}

impl<'de> MapAccess<'de> for TaggedMap<'de> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let key = match self.next {
            Next::Action => "action",
            Next::Params => "params",
            Next::End => return Ok(None),
        };
        let key: StrDeserializer<'_, Self::Error> = StrDeserializer::new(key);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        match self.next {
            Next::Action => {
                self.next = Next::Params;
                let action: StrDeserializer<'_, Self::Error> = StrDeserializer::new(self.tagged.action);
                seed.deserialize(action)
            }
            Next::Params | Next::End => {
                self.next = Next::End;
                seed.deserialize(&mut serde_json::Deserializer::from_str(self.tagged.params))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(tag = "action", content = "params", rename_all = "snake_case")]
    enum Request {
        AddUp(AddUp),
        Health(Health),
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct AddUp {
        numbers: Box<RawValue>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rounding: Option<Rounding>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Rounding {
        Down,
    }

    impl std::fmt::Debug for AddUp {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.numbers.get())
        }
    }

    impl PartialEq for AddUp {
        fn eq(&self, other: &Self) -> bool {
            self.numbers.get() == other.numbers.get()
        }
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Health {}

    impl Api for Request {
        const NAME: &'static str = "sogoms-test";
        const SUMMARY: &'static str = "test";
        fn examples() -> Vec<Example> {
            vec![Example::of("Adds.", AddUp { numbers: raw("[1]"), rounding: None }, &1_u64)]
        }
    }
    impl From<AddUp> for Request {
        fn from(action: AddUp) -> Self {
            Self::AddUp(action)
        }
    }
    impl Action for AddUp {
        type Api = Request;
        type Reply = u64;
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn an_example_knows_what_must_be_given() {
        let example = &Request::examples()[0];
        assert_eq!(
            (&*example.required, &*example.optional),
            (&["numbers".to_owned()][..], &["rounding".to_owned()][..])
        );
    }

    #[test]
    fn digits_survive_the_decoding() {
        let params = raw(r#"{"numbers": [12345678901234567890123, 1.10]}"#);
        let request: Request = decode("add_up", Some(&params)).unwrap();
        assert_eq!(
            request,
            Request::AddUp(AddUp { numbers: raw("[12345678901234567890123, 1.10]"), rounding: None })
        );
    }

    #[test]
    fn absent_null_and_empty_parameters_mean_the_same() {
        for params in [None, Some(raw("null")), Some(raw("{}"))] {
            assert_eq!(decode::<Request>("health", params.as_deref()).unwrap(), Request::Health(Health {}));
        }
    }

    #[test]
    fn wrong_requests_say_what_is_wrong() {
        let unknown = decode::<Request>("sub\ntract", None).unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);
        assert_eq!(unknown.message, "sogoms-test has no action `sub\u{fffd}tract`");
        assert_eq!(unknown.hint.unwrap(), "it has: add_up");
        let params = raw(r#"{"x": 1}"#);
        let strict = decode::<Request>("health", Some(&params)).unwrap_err();
        assert_eq!(strict.code, Code::BadRequest);
        assert!(strict.message.contains("unknown field `x`"), "{}", strict.message);
        let params = raw(r#"{"numbers": [1], "rounding": "up"}"#);
        let word = decode::<Request>("add_up", Some(&params)).unwrap_err();
        assert_eq!(word.code, Code::BadRequest);
        assert!(word.message.contains("unknown variant `up`, expected `down`"), "{}", word.message);
        let params = raw("[]");
        assert_eq!(decode::<Request>("add_up", Some(&params)).unwrap_err().code, Code::BadRequest);
    }
}
