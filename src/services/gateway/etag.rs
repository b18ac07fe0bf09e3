//! Entity tags (RFC 9110 §8.8.3): which version of something a client has, or expects.

use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, VARY};

use super::compress::plain_tag;
use super::messages::Words;
use super::plan::Tags;
use super::respond::{Refused, Response};
use crate::error::{Code, Error, Result};

/// What a condition ends in where one was expected and cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Reads a header that lists tags: `*`, or `"a", W/"b"`. A tag is given without its quotes, a weak one with its `W/`.
///
/// # Errors
/// [`Malformed`] for what is no such list, or an empty one.
pub(super) fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Malformed> {
    let mut tags = Vec::new();
    let mut values = headers.get_all(name).iter().peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    for value in values {
        let text = value.to_str().map_err(|_| Malformed)?.trim();
        if text == "*" && headers.get_all(name).iter().count() == 1 {
            return Ok(Some(Tags::Any));
        }
        add(text, &mut tags)?;
    }
    if tags.is_empty() { Err(Malformed) } else { Ok(Some(Tags::These(tags))) }
}

fn add(text: &str, tags: &mut Vec<String>) -> Result<(), Malformed> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(());
        }
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => ("W/", quoted),
            None => ("", rest),
        };
        let (tag, after) = quoted.strip_prefix('"').and_then(|open| open.split_once('"')).ok_or(Malformed)?;
        if !tag.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Malformed);
        }
        tags.push(format!("{weak}{}", plain_tag(tag)));
        rest = after.trim_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(Malformed);
        }
    }
}

/// Gives an answer to a read its tag, and heeds the conditions of the request: 304 for a version that the client has
/// (If-None-Match, compared weakly), 412 for one that it does not expect (If-Match).
pub(super) fn tagged(
    mut response: Response,
    tag: &str,
    headers: &HeaderMap,
    words: Words,
) -> Result<Response, Refused> {
    if let Ok(Some(Tags::These(expected))) = tags(headers, &IF_MATCH)
        && !expected.iter().any(|known| known == tag)
    {
        let code = Code::PreconditionFailed;
        return Err(Error::new(code, words.of_code(code)).into());
    }
    set(&mut response, tag);
    // A condition that cannot be read is met by nothing, so the answer is complete.
    let is_known = match tags(headers, &IF_NONE_MATCH) {
        Ok(Some(Tags::Any)) => true,
        Ok(Some(Tags::These(known))) => known.iter().any(|known| known.trim_start_matches("W/") == tag),
        Ok(None) | Err(Malformed) => false,
    };
    if !is_known {
        return Ok(response);
    }
    let mut unchanged = Response::new(Full::new(Bytes::new()));
    *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
    for name in [ETAG, CACHE_CONTROL, VARY] {
        let value = response.headers_mut().remove(&name);
        unchanged.headers_mut().extend(value.map(|value| (name, value)));
    }
    Ok(unchanged)
}

/// Gives an answer its tag, a strong one.
pub(super) fn set(response: &mut Response, tag: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("\"{tag}\"")) {
        response.headers_mut().insert(ETAG, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::gateway::respond;

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn lists_of_tags_are_read() {
        let these = |tags: &[&str]| Ok(Some(Tags::These(tags.iter().copied().map(str::to_owned).collect())));
        type Read = Result<Option<Tags>, Malformed>;
        let cases: &[(&[&str], Read)] = &[
            (&[], Ok(None)),
            (&["*"], Ok(Some(Tags::Any))),
            (&[r#""a""#], these(&["a"])),
            // The tag of a compressed answer is that of the same version.
            (&[r#""a-gzip", W/"b-zstd""#], these(&["a", "W/b"])),
            (&[r#""a" , W/"b",,"c,d""#], these(&["a", "W/b", "c,d"])),
            (&[r#""a""#, r#""b""#], these(&["a", "b"])),
            (&[r#""""#], these(&[""])),
            (&["a"], Err(Malformed)),
            (&[r#""a"#], Err(Malformed)),
            (&[r#""a""b""#], Err(Malformed)),
            (&[r#"w/"a""#], Err(Malformed)),
            (&[r#""a b""#], Err(Malformed)),
            (&[r#"*, "a""#], Err(Malformed)),
            (&["*", r#""a""#], Err(Malformed)),
            (&[""], Err(Malformed)),
        ];
        for (values, expected) in cases {
            assert_eq!(tags(&headers(&IF_MATCH, values), &IF_MATCH), *expected, "{values:?}");
        }
    }

    #[test]
    fn conditions_of_a_read_are_heeded() {
        for (name, value, expected) in [
            (IF_NONE_MATCH, r#""tag""#, 304),
            (IF_NONE_MATCH, r#"W/"tag""#, 304),
            (IF_NONE_MATCH, "*", 304),
            (IF_NONE_MATCH, r#""other""#, 200),
            (IF_NONE_MATCH, "tag", 200),
            (IF_MATCH, r#""tag""#, 200),
            (IF_MATCH, "*", 200),
            (IF_MATCH, r#"W/"tag""#, 412),
            (IF_MATCH, r#""other""#, 412),
        ] {
            let answer = tagged(respond::data(b"{}"), "tag", &headers(&name, &[value]), Words::default());
            let status = match &answer {
                Ok(response) => response.status().as_u16(),
                Err(refused) => refused.error.code.outcome().http,
            };
            assert_eq!(status, expected, "{value}");
            if let Ok(response) = answer {
                assert_eq!(response.headers()[ETAG], "\"tag\"");
                assert_eq!(response.headers()[VARY], "Authorization");
                assert_eq!(response.headers()[CACHE_CONTROL], "private");
            }
        }
    }
}
