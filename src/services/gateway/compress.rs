//! Answers made smaller on their way: zstd or gzip, as the client takes them.
//!
//! An answer that nobody may keep (`no-store`) is never compressed: it is small, or it holds a token, and the size of
//! what holds a secret beside what a client sent tells of the secret (BREACH). Rows need no such care: who asks for them
//! sends a token, which no page of somebody else has.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Full};
use hyper::StatusCode;
use hyper::body::Body as _;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH,
};
use tokio::sync::Semaphore;

use super::negotiate;
use super::respond::{Response, vary};

/// Bytes of a body below which compressing is not worth its while.
const WORTHWHILE: usize = 1024;
/// Bytes of a body from which on it is compressed beside the thread that serves: about a millisecond's work.
const LARGE: usize = 64 * 1024;
/// Bodies that are compressed beside it at the same time; while there are as many, the next ones go as they are.
const BESIDE: usize = 2;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Zstd,
    Gzip,
}

impl Coding {
    /// All codings, the better ones first.
    const ALL: [Self; 2] = [Self::Zstd, Self::Gzip];

    const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// Finds the coding that a client likes best: of those it likes equally the better one, and none when it likes the
    /// body as it is more than any of them.
    fn asked_for(headers: &HeaderMap) -> Option<Self> {
        let weight_of = |name: &str| {
            let find = |name: &str| {
                let named = |(range, _): &(&str, u16)| {
                    let range = range.strip_prefix("x-").unwrap_or(range);
                    range.eq_ignore_ascii_case(name)
                };
                negotiate::ranges(headers, &ACCEPT_ENCODING).find(named).map(|(_, weight)| weight)
            };
            find(name).or_else(|| find("*").filter(|_| name != "identity")).unwrap_or(0)
        };
        let mut best = (weight_of("identity").max(1) - 1, None);
        for coding in Self::ALL {
            let weight = weight_of(coding.name());
            if best.0 < weight {
                best = (weight, Some(coding));
            }
        }
        best.1
    }

    /// Writes a body in this coding; `None` when that makes it no smaller.
    fn encode(self, body: &[u8]) -> Option<Vec<u8>> {
        /// Both at their fastest: JSON becomes five times smaller, and a second one hardly more than that.
        const LEVEL: u8 = 1;
        let encoded = match self {
            Self::Zstd => zstd::bulk::compress(body, LEVEL.into()).ok()?,
            Self::Gzip => {
                let mut encoder =
                    GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::new(LEVEL.into()));
                encoder.write_all(body).ok()?;
                encoder.finish().ok()?
            }
        };
        (encoded.len() < body.len()).then_some(encoded)
    }
}

/// Compresses answers.
#[derive(Debug)]
pub(super) struct Compressor {
    beside: std::sync::Arc<Semaphore>,
}

impl Default for Compressor {
    fn default() -> Self {
        Self { beside: std::sync::Arc::new(Semaphore::new(BESIDE)) }
    }
}

impl Compressor {
    /// Compresses an answer if it is worth it and `asking` takes it.
    pub(super) async fn compress(&self, asking: &HeaderMap, mut response: Response) -> Response {
        let is_kept_by_nobody =
            response.headers().get(CACHE_CONTROL).is_some_and(|value| value == "no-store");
        if is_kept_by_nobody || !is_text(response.headers()) {
            return response;
        }
        vary(response.headers_mut(), "Accept-Encoding");
        if response.status() == StatusCode::NOT_MODIFIED {
            same_tag(asking, response.headers_mut());
            return response;
        }
        let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
        let Some(size) = size.filter(|size| WORTHWHILE <= *size) else { return response };
        let Some(coding) = Coding::asked_for(asking) else { return response };
        let (mut head, body) = response.into_parts();
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes);
        let encoded =
            if size < LARGE { coding.encode(&body) } else { self.encode_beside(coding, body.clone()).await };
        let body = match encoded {
            Some(encoded) => {
                head.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                mark_tag(coding, &mut head.headers);
                encoded.into()
            }
            None => body,
        };
        Response::from_parts(head, Full::new(body))
    }

    async fn encode_beside(&self, coding: Coding, body: Bytes) -> Option<Vec<u8>> {
        let place = std::sync::Arc::clone(&self.beside).try_acquire_owned().ok()?;
        let encoding = tokio::task::spawn_blocking(move || {
            let encoded = coding.encode(&body);
            drop(place);
            encoded
        });
        encoding.await.ok().flatten()
    }
}

/// Tells whether a body is text; pictures and fonts are compressed already.
fn is_text(headers: &HeaderMap) -> bool {
    const TEXTS: [&str; 5] =
        ["text/", "application/json", "application/javascript", "application/manifest+json", "image/svg+xml"];
    // What has not changed has no body, and no type of one.
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return true };
    TEXTS.iter().any(|text| kind.starts_with(text))
}

/// Returns the tag that an entity has whatever coding it was sent in, both without quotes: `abc` for `abc-gzip`.
///
/// A strong tag names the bytes that were sent, so that of a compressed answer ends with its coding. Who compares what a
/// client sends in `If-Match` and `If-None-Match` compares this.
pub(super) fn plain_tag(tag: &str) -> &str {
    let plain = |coding: Coding| tag.strip_suffix(coding.name())?.strip_suffix('-');
    Coding::ALL.into_iter().find_map(plain).unwrap_or(tag)
}

/// Returns a strong tag without its quotes.
fn unquoted(tag: &str) -> Option<&str> {
    tag.strip_prefix('"')?.strip_suffix('"')
}

/// Gives a compressed answer a strong tag of its own.
fn mark_tag(coding: Coding, headers: &mut HeaderMap) {
    let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).and_then(unquoted);
    let marked = tag.map(|tag| HeaderValue::try_from(format!("\"{tag}-{}\"", coding.name())));
    if let Some(Ok(marked)) = marked {
        headers.insert(ETAG, marked);
    }
}

/// Says of what has not changed the tag under which the client has it.
fn same_tag(asking: &HeaderMap, headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).and_then(unquoted) else { return };
    let lists = asking.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let known_as = lists
        .flat_map(|list| list.split(',').map(str::trim))
        .find(|known| unquoted(known).is_some_and(|known| known != tag && plain_tag(known) == tag))
        .and_then(|known| HeaderValue::from_str(known).ok());
    if let Some(known) = known_as {
        headers.insert(ETAG, known);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_coding_that_is_liked_best_is_taken() {
        use Coding::{Gzip, Zstd};
        for (header, expected) in [
            (None, None),
            (Some(""), None),
            (Some("gzip, deflate, br, zstd"), Some(Zstd)),
            (Some("gzip, deflate"), Some(Gzip)),
            (Some("GZIP"), Some(Gzip)),
            (Some("x-gzip"), Some(Gzip)),
            (Some("gzip;q=0.9, zstd;q=0.8"), Some(Gzip)),
            (Some("gzip;q=0.8, zstd;q=0.8"), Some(Zstd)),
            (Some("gzip;q=0"), None),
            (Some("zstd;q=0, gzip;q=0.001"), Some(Gzip)),
            (Some("*"), Some(Zstd)),
            (Some("*;q=0.1, zstd;q=0"), Some(Gzip)),
            (Some("*;q=0"), None),
            (Some("identity"), None),
            (Some("gzip, identity"), Some(Gzip)),
            (Some("gzip;q=0.5, identity"), None),
            (Some("gzip;q=0.5, identity;q=0.1"), Some(Gzip)),
            (Some("identity;q=0"), None),
            (Some("br, deflate"), None),
            (Some("gzip;q=2"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(ACCEPT_ENCODING, header.parse().unwrap());
            }
            assert_eq!(Coding::asked_for(&headers), expected, "{header:?}");
        }
    }

    #[test]
    fn what_is_encoded_reads_back() {
        let text = "{\"id\":1,\"name\":\"one\"},".repeat(1000);
        let zstd = Coding::Zstd.encode(text.as_bytes()).unwrap();
        assert_eq!(zstd::bulk::decompress(&zstd, text.len()).unwrap(), text.as_bytes());
        let gzip = Coding::Gzip.encode(text.as_bytes()).unwrap();
        let mut back = String::new();
        flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut back).unwrap();
        assert_eq!(back, text);
        for coding in Coding::ALL {
            assert_eq!(coding.encode(b"nothing to gain"), None);
        }
    }

    #[test]
    fn a_tag_is_the_same_in_every_coding() {
        for (tag, plain) in [
            ("abc", "abc"),
            ("abc-gzip", "abc"),
            ("abc-zstd", "abc"),
            ("abc-br", "abc-br"),
            ("abcgzip", "abcgzip"),
            ("-gzip", ""),
            ("", ""),
        ] {
            assert_eq!(plain_tag(tag), plain, "{tag}");
        }
    }

    async fn compressed(status: u16, tag: &str, keep: &'static str, asking: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in asking {
            let name: hyper::header::HeaderName = name.parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        let mut response = Response::new(Full::new("x".repeat(2000).into()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert(ETAG, tag.parse().unwrap());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(keep));
        Compressor::default().compress(&headers, response).await.into_parts().0.headers
    }

    #[tokio::test]
    async fn a_compressed_answer_has_a_tag_of_its_own() {
        let gzip = ("accept-encoding", "gzip");
        let told = compressed(200, "\"abc\"", "private", &[gzip]).await;
        assert_eq!(
            (&told[ETAG], &told[CONTENT_ENCODING], &told["vary"]),
            (&"\"abc-gzip\"".parse().unwrap(), &"gzip".parse().unwrap(), &"Accept-Encoding".parse().unwrap())
        );
        let told = compressed(200, "W/\"abc\"", "private", &[gzip]).await;
        assert_eq!(told[ETAG], "W/\"abc\"");
        let told =
            compressed(304, "\"abc\"", "private", &[gzip, ("if-none-match", "\"x\", \"abc-gzip\"")]).await;
        assert_eq!((told.get(CONTENT_ENCODING), &told[ETAG]), (None, &"\"abc-gzip\"".parse().unwrap()));
        let told = compressed(304, "\"abc\"", "private", &[gzip, ("if-none-match", "\"abc\"")]).await;
        assert_eq!(told[ETAG], "\"abc\"");
        // What holds a token is sent as it is.
        let told = compressed(200, "\"abc\"", "no-store", &[gzip]).await;
        assert_eq!((told.get(CONTENT_ENCODING), told.get("vary")), (None, None));
    }
}
