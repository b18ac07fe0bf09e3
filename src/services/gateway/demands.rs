//! What the headers of a request ask a write to hold to: Idempotency-Key and If-Match.

use hyper::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};

use super::etag;
use super::messages::{Message, Words};
use super::plan::{Demands, Tags};
use super::routes::Verb;
use crate::error::{Code, Error, Result};

/// The header that names a write, so that it can be repeated.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that tells that an answer is that of an earlier request.
pub(super) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Longest key, in bytes.
const LONGEST: usize = 255;

/// What a request asks for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    key: Option<String>,
    if_match: Option<Tags>,
}

impl Asked {
    /// Reads the headers that mean something for this verb.
    ///
    /// # Errors
    /// 400 for a header that cannot be read, and for If-None-Match where something is written.
    pub(super) fn of(headers: &HeaderMap, verb: Verb, words: Words) -> Result<Self> {
        if matches!(verb, Verb::List | Verb::Show) {
            return Ok(Self::default());
        }
        if headers.contains_key(IF_NONE_MATCH) {
            return Err(wrong(words, Message::IfNoneMatchOnWrite));
        }
        let key = key(headers).map_err(|etag::Malformed| wrong(words, Message::KeyInvalid))?;
        let if_match = etag::tags(headers, &IF_MATCH)
            .map_err(|etag::Malformed| wrong(words, Message::IfMatchInvalid))?;
        Ok(Self { key, if_match })
    }

    /// Returns it as the plan takes it.
    pub(super) fn demands(&self) -> Demands<'_> {
        Demands { key: self.key.as_deref(), if_match: self.if_match.as_ref() }
    }
}

/// Refuses a key where nothing would come of it.
///
/// # Errors
/// 400 when there is one.
pub(super) fn refuse_key(headers: &HeaderMap, words: Words) -> Result<()> {
    if headers.contains_key(IDEMPOTENCY_KEY) { Err(wrong(words, Message::KeyNotHere)) } else { Ok(()) }
}

/// Reads the key: 1 to 255 visible ASCII characters, bare or in quotes, which mean the same.
fn key(headers: &HeaderMap) -> Result<Option<String>, etag::Malformed> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(etag::Malformed);
    }
    let text = value.to_str().map_err(|_| etag::Malformed)?.trim();
    let key = match text.strip_prefix('"') {
        Some(open) => open.strip_suffix('"').ok_or(etag::Malformed)?,
        None => text,
    };
    let is_key = (1..=LONGEST).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
    if is_key { Ok(Some(key.to_owned())) } else { Err(etag::Malformed) }
}

fn wrong(words: Words, message: Message) -> Error {
    Error::new(Code::BadRequest, words.text(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_bare_or_quoted() {
        let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
        let cases: &[(&[&str], Option<&str>)] = &[
            (&["abc-1_~!"], Some("abc-1_~!")),
            (&["\"abc\""], Some("abc")),
            (&[" abc "], Some("abc")),
            (&[&longest], Some(&longest)),
            (&[&too_long], None),
            (&[""], None),
            (&["\"\""], None),
            (&["\""], None),
            (&["\"abc"], None),
            (&["a b"], None),
            (&["\"a\\b\""], None),
            (&["é"], None),
            (&["a", "a"], None),
        ];
        for (values, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in *values {
                headers.append(IDEMPOTENCY_KEY, value.parse().unwrap());
            }
            assert_eq!(key(&headers).ok().flatten().as_deref(), *expected, "{values:?}");
        }
        assert_eq!(key(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn reads_ask_for_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, "a b".parse().unwrap());
        headers.insert(IF_NONE_MATCH, "*".parse().unwrap());
        assert!(Asked::of(&headers, Verb::Show, Words::default()).is_ok());
        assert_eq!(Asked::of(&headers, Verb::Delete, Words::default()).unwrap_err().code, Code::BadRequest);
    }
}
