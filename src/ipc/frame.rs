//! Frames: a 4-byte big-endian length, then that many bytes of JSON; and the envelopes inside them.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio_util::codec::LengthDelimitedCodec;

use super::action::Api;
use crate::error::{Code, Error, Result};

/// Largest frame that is read or written unless configured otherwise: 16 MiB.
pub const MAX_BYTES: usize = 16 << 20;

/// Returns the codec of the contract; a frame longer than `max_bytes` is an error before anything is allocated.
pub fn codec(max_bytes: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_type::<u32>()
        .big_endian()
        .max_frame_length(max_bytes)
        .new_codec()
}

/// A request as it stands in a frame; unknown keys are ignored.
#[derive(Debug, Deserialize)]
pub struct Frame<'a> {
    /// Chosen by the caller; the reply carries it back.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Name of the action.
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    /// Parameters of the action, not yet read.
    #[serde(borrow, default)]
    pub params: Option<&'a RawValue>,
    /// How long the caller waits, in milliseconds from now.
    #[serde(default)]
    pub deadline_ms: Option<u64>,
    /// The HTTP request it belongs to.
    #[serde(borrow, default)]
    pub request_id: Option<Cow<'a, str>>,
}

impl<'a> Frame<'a> {
    /// Reads a request frame.
    ///
    /// # Errors
    /// [`Code::BadRequest`], with the id of the frame as far as it can be read, else an empty one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, (String, Error)> {
        #[derive(Deserialize)]
        struct OnlyId {
            id: String,
        }
        let refuse = |message: String| {
            let id = serde_json::from_slice::<OnlyId>(bytes).map(|only| only.id).unwrap_or_default();
            (
                id,
                Error::new(Code::BadRequest, message)
                    .hint("a request is {\"id\": \"…\", \"action\": \"…\", \"params\": {…}}"),
            )
        };
        if bytes.is_empty() {
            return Err(refuse("the frame is empty".to_owned()));
        }
        let text = std::str::from_utf8(bytes).map_err(|cause| {
            refuse(format!("the frame is not UTF-8 from byte {} on", cause.valid_up_to()))
        })?;
        // serde would read an array as the fields in their order.
        if !text.trim_start().starts_with('{') {
            return Err(refuse("the frame is not a JSON object".to_owned()));
        }
        serde_json::from_str(text).map_err(|cause| refuse(format!("the frame is not a request: {cause}")))
    }
}

/// Writes a request frame's JSON.
pub fn request<A: Api>(id: u64, request: &A, deadline_ms: u64, request_id: Option<&str>) -> Result<Bytes> {
    #[derive(Serialize)]
    struct Out<'a, A> {
        id: String,
        #[serde(flatten)]
        request: &'a A,
        deadline_ms: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'a str>,
    }
    let out = Out { id: format!("req_{id}"), request, deadline_ms, request_id };
    serde_json::to_vec(&out)
        .map(Bytes::from)
        .map_err(|cause| Error::new(Code::Internal, "the request cannot be written").caused_by(cause))
}

/// Writes a success frame around the JSON of a result; `more` says that further frames with this id follow.
pub fn success(id: &str, result: &[u8], more: bool) -> Bytes {
    let mut out = head(id, "success", result.len() + 64);
    if more {
        out.extend_from_slice(b",\"more\":true");
    }
    out.extend_from_slice(b",\"result\":");
    out.extend_from_slice(result);
    out.push(b'}');
    out.into()
}

/// Writes an error frame's JSON.
pub fn failure(id: &str, error: &Error) -> Bytes {
    let mut out = head(id, "error", 256);
    out.extend_from_slice(b",\"error\":");
    serde_json::to_writer(&mut out, error).expect("an Error holds nothing but text and numbers");
    out.push(b'}');
    out.into()
}

fn head(id: &str, status: &str, capacity: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(capacity);
    out.extend_from_slice(b"{\"id\":");
    serde_json::to_writer(&mut out, id).expect("text is written to memory");
    out.extend_from_slice(b",\"status\":\"");
    out.extend_from_slice(status.as_bytes());
    out.push(b'"');
    out
}

/// A reply as it came in a frame.
#[derive(Debug)]
pub struct Incoming {
    /// The request it belongs to.
    pub id: u64,
    /// Whether further frames with this id follow.
    pub more: bool,
    /// The JSON of the result, a slice of the frame; or the error.
    pub outcome: Result<Bytes>,
}

impl Incoming {
    /// Reads a reply; the frame that our own server writes is cut by its known beginning, without a scan of the result.
    ///
    /// # Errors
    /// [`Code::Internal`] when the frame is no reply of the contract or answers an id we never sent.
    pub fn parse(frame: &Bytes) -> Result<Self> {
        if let Some(reply) = Self::cut(frame) {
            return Ok(reply);
        }
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(borrow)]
            id: Cow<'a, str>,
            #[serde(default)]
            more: bool,
            #[serde(borrow, default)]
            result: Option<&'a RawValue>,
            #[serde(default)]
            error: Option<Error>,
        }
        let wrong = || Error::new(Code::Internal, "the service answered something that is no reply");
        let wire: Wire<'_> = serde_json::from_slice(frame).map_err(|cause| wrong().caused_by(cause))?;
        let outcome = match (wire.error, wire.result) {
            (Some(error), _) => Err(error),
            (None, Some(result)) => Ok(frame.slice_ref(result.get().as_bytes())),
            (None, None) => Ok(Bytes::from_static(b"null")),
        };
        let id = wire.id.strip_prefix("req_").and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
        Ok(Self { id, more: wire.more, outcome })
    }

    fn cut(frame: &Bytes) -> Option<Self> {
        let rest = frame.strip_prefix(b"{\"id\":\"req_")?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let id = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        let rest = rest[digits..].strip_prefix(b"\",\"status\":\"success\"")?;
        let (more, rest) = match rest.strip_prefix(b",\"more\":true") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let result = rest.strip_prefix(b",\"result\":")?.strip_suffix(b"}")?;
        Some(Self { id, more, outcome: Ok(frame.slice_ref(result)) })
    }
}

/// Returns the error for a frame that is longer than `max_bytes`.
pub fn too_large(max_bytes: usize) -> Error {
    let mut message = String::from("the message is larger than the limit of ");
    let _ = write!(message, "{max_bytes} bytes");
    Error::new(Code::TooLarge, message)
        .hint("ask for less at once, or raise ipc.max_frame_bytes in sogoms.yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_of_ours_is_cut_and_a_foreign_one_is_parsed() {
        let ours = success("req_7", b"{\"a\":[1,2]}", false);
        assert!(Incoming::cut(&ours).is_some());
        let foreign =
            Bytes::from_static(b" {\"status\":\"success\", \"result\": {\"a\":[1,2]}, \"id\":\"req_7\"}");
        assert!(Incoming::cut(&foreign).is_none());
        for frame in [ours, foreign] {
            let reply = Incoming::parse(&frame).unwrap();
            assert_eq!((reply.id, reply.more), (7, false));
            assert_eq!(&reply.outcome.unwrap()[..], b"{\"a\":[1,2]}");
        }
    }

    #[test]
    fn an_error_keeps_its_code_and_words() {
        let frame = failure("req_1", &Error::new(Code::DbError, "connection refused"));
        assert_eq!(
            &frame[..],
            br#"{"id":"req_1","status":"error","error":{"code":"DB_ERROR","message":"connection refused"}}"#
        );
        let error = Incoming::parse(&frame).unwrap().outcome.unwrap_err();
        assert_eq!((error.code, &*error.message), (Code::DbError, "connection refused"));
    }

    #[test]
    fn frames_that_are_no_requests_say_why() {
        let cases: &[(&[u8], &str, &str)] = &[
            (b"", "", "the frame is empty"),
            (b"\xff{}", "", "the frame is not UTF-8 from byte 0 on"),
            (b"[1]", "", "the frame is not a JSON object"),
            (b"{\"id\":\"a\"}", "a", "the frame is not a request: missing field `action`"),
            (b"{\"id\":\"a\",\"action\":1}", "a", "the frame is not a request: invalid type"),
            (b"{\"id\":\"a\",\"action\":\"x\"", "", "the frame is not a request: EOF"),
        ];
        for (bytes, id, message) in cases {
            let (found, error) = Frame::parse(bytes).unwrap_err();
            assert_eq!(&found, id, "{bytes:?}");
            assert!(error.message.starts_with(message), "{}", error.message);
        }
    }
}
