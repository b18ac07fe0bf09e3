//! Reads the body of a request, within its limits of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderMap, TRANSFER_ENCODING};

use super::messages::{Message, Words};
use crate::error::{Code, Error, Result};

/// Bytes of a refused request's body that are taken in at most.
const LARGEST_DISCARDED: u64 = 16 << 20;
/// How long taking them in may last.
const LONGEST_DISCARD: Duration = Duration::from_secs(2);

/// Reads the whole body of at most `max_bytes`, which must be here within `timeout`.
///
/// A length that is too large is refused before anything is read, so a client that expects 100-continue never sends
/// it; a body without a length is counted.
///
/// # Errors
/// [`Code::UnsupportedMediaType`] when it says to be something else than JSON, [`Code::TooLarge`],
/// [`Code::RequestTimeout`], [`Code::BadRequest`] when it breaks off.
pub(super) async fn read(
    headers: &HeaderMap,
    body: &mut Incoming,
    max_bytes: u64,
    timeout: Duration,
    words: Words,
) -> Result<Bytes> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let late = |_| Error::new(Code::RequestTimeout, words.of_code(Code::RequestTimeout));
    tokio::time::timeout(timeout, read_all(headers, body, max_bytes, words)).await.map_err(late)?
}

async fn read_all(headers: &HeaderMap, body: &mut Incoming, max_bytes: u64, words: Words) -> Result<Bytes> {
    if !is_json(headers) || is_packed(headers) {
        return Err(Error::new(Code::UnsupportedMediaType, words.text(Message::NotJson)));
    }
    let too_large = || Error::new(Code::TooLarge, words.text(Message::BodyTooLarge));
    let broken = || Error::new(Code::BadRequest, words.text(Message::BodyBroken));
    if max_bytes < body.size_hint().lower() {
        return Err(too_large());
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // What is no data are trailers, and nobody asked for any.
        let Ok(data) = frame.map_err(|cause| broken().caused_by(cause))?.into_data() else { continue };
        if max_bytes < (read.len() + data.len()) as u64 {
            return Err(too_large());
        }
        // Most bodies are one piece, which is not copied.
        if read.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

/// Takes in what is left of a refused request's body, so that the client can finish sending and read why: closing the
/// connection on it would cut off the answer as well. It is limited in size and time, and left alone where the client
/// waits for 100-continue.
pub(super) async fn discard(headers: &HeaderMap, body: &mut Incoming) {
    let is_bearable = body.size_hint().lower() <= LARGEST_DISCARDED;
    if body.is_end_stream() || headers.contains_key(EXPECT) || !is_bearable {
        return;
    }
    let discard = async {
        let mut size = 0;
        while let Some(Ok(frame)) = body.frame().await {
            size += frame.data_ref().map_or(0, |data| data.len() as u64);
            if LARGEST_DISCARDED < size {
                return;
            }
        }
    };
    // Whoever sends slower than that does not get to read why.
    let _ = tokio::time::timeout(LONGEST_DISCARD, discard).await;
}

/// Tells whether the body may be JSON: it says so, in UTF-8, or it does not say what it is.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return !headers.contains_key(CONTENT_TYPE);
    };
    let Ok(value) = value.to_str() else { return false };
    let mut parts = value.split(';').map(str::trim);
    parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
        && parts.filter(|part| !part.is_empty()).all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

/// Tells whether the body is compressed, or wrapped more than once: another server before us might read it in
/// another way than we do.
fn is_packed(headers: &HeaderMap) -> bool {
    let is_only = |name, word: &str| {
        let mut values = headers.get_all(name).iter();
        values.next().is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(word.as_bytes()))
            && values.next().is_none()
    };
    !is_only(TRANSFER_ENCODING, "chunked") || !is_only(CONTENT_ENCODING, "identity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_read() {
        for (types, accepted) in [
            (&[][..], true),
            (&["application/json"], true),
            (&["Application/JSON; charset=UTF-8"], true),
            (&["application/json;charset=\"utf-8\""], true),
            (&["application/json;"], true),
            (&["application/json; charset=latin1"], false),
            (&["application/jsonp"], false),
            (&["text/plain;charset=UTF-8"], false),
            (&["application/x-www-form-urlencoded"], false),
            (&["multipart/form-data; boundary=x"], false),
            (&[""], false),
            (&["application/json", "text/plain"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in types {
                headers.append(CONTENT_TYPE, value.parse().unwrap());
            }
            assert_eq!(is_json(&headers), accepted, "{types:?}");
        }
    }

    #[test]
    fn what_is_packed_is_not_read() {
        for (name, values, packed) in [
            (TRANSFER_ENCODING, &[][..], false),
            (TRANSFER_ENCODING, &["Chunked"], false),
            (TRANSFER_ENCODING, &["gzip, chunked"], true),
            (TRANSFER_ENCODING, &["chunked, chunked"], true),
            (TRANSFER_ENCODING, &["chunked", "chunked"], true),
            (CONTENT_ENCODING, &["identity"], false),
            (CONTENT_ENCODING, &["gzip"], true),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(name.clone(), value.parse().unwrap());
            }
            assert_eq!(is_packed(&headers), packed, "{name}: {values:?}");
        }
    }
}
