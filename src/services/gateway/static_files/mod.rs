//! The front end of an app, served beside its API from a folder: files read once, when the configuration is loaded.
//!
//! A request only looks a path up, so nothing that a client writes ever reaches the file system.

mod folder;
mod policy;

use std::collections::HashMap;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use self::folder::Found;
use super::messages::Words;
use super::options;
use super::respond::{self, Refused, Response};
use super::routes::{NoRoute, percent_decoded};
use crate::config::{App, Problem};

/// The file that a folder is answered with.
const INDEX: &str = "index.html";
/// What can be asked of a file, besides OPTIONS.
const ALLOW: &str = "GET, HEAD";

/// The files of an app by path; none when its `app.yaml` names no folder.
#[derive(Debug, Default)]
pub(super) struct StaticFiles(HashMap<String, File>);

/// A file as it is answered.
#[derive(Debug)]
struct File {
    content: Bytes,
    headers: HeaderMap,
}

impl StaticFiles {
    /// Reads the files of an app. It takes files, so not on a thread that serves.
    ///
    /// The second part is what is wrong: warnings of what is not served, and an error when the folder cannot be used.
    pub(super) fn of(app: &App) -> (Self, Vec<Problem>) {
        let Some(named) = &app.static_files else { return (Self::default(), Vec::new()) };
        let (found, problems) = folder::read(named, &app.base_path);
        let mut files = HashMap::new();
        for Found { path, kind, content } in found {
            if let Some(folder) = path.strip_suffix(INDEX).filter(|folder| folder.ends_with('/')) {
                files.insert(folder.to_owned(), File::new(kind, content.clone()));
            }
            files.insert(path, File::new(kind, content));
        }
        (Self(files), problems)
    }

    /// Answers what is asked of a file; `None` when there is none of this path.
    ///
    /// # Errors
    /// 405 when it is not GET, HEAD or OPTIONS.
    pub(super) fn answer(&self, head: &Parts, words: Words) -> Option<Result<Response, Refused>> {
        let file = self.0.get(percent_decoded(head.uri.path())?.as_ref())?;
        Some(match head.method {
            Method::GET | Method::HEAD => Ok(file.answer(&head.headers)),
            Method::OPTIONS => Ok(respond::options(ALLOW)),
            _ => Err(options::refused(&NoRoute::Method { allow: ALLOW.to_owned() }, words)),
        })
    }
}

/// Returns what is wrong with the files of an app's front end.
pub(crate) fn check(app: &App) -> Vec<Problem> {
    StaticFiles::of(app).1
}

impl File {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let is_known = is_named_in(headers, &self.headers[ETAG]);
        let content = if is_known { Bytes::new() } else { self.content.clone() };
        let mut response = Response::new(Full::new(content));
        *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        response.headers_mut().clone_from(&self.headers);
        response
    }

    fn new(kind: &'static str, content: Bytes) -> Self {
        let policy = policy::of(kind, &content);
        // Weak, since the same file may be sent compressed.
        let tag = format!("W/\"{}\"", hex(&Sha256::digest(&content)[..16]));
        let own = [(CONTENT_SECURITY_POLICY, policy), (ETAG, tag)]
            .map(|(name, value)| (name, HeaderValue::try_from(value).expect("both are plain ASCII")));
        const FIXED: [(HeaderName, &str); 3] = [
            // Kept, and asked about each time: a new version is seen at once.
            (CACHE_CONTROL, "no-cache"),
            (REFERRER_POLICY, "same-origin"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        let fixed = FIXED.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let kind = (CONTENT_TYPE, HeaderValue::from_static(kind));
        Self { content, headers: own.into_iter().chain(fixed).chain([kind]).collect() }
    }
}

/// Tells whether If-None-Match names this tag; one that is weak and one that is not count as the same.
fn is_named_in(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default();
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || opaque(known) == opaque(tag))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> StaticFiles {
        let found = [("/index.html", "text/html; charset=utf-8"), ("/é a.js", "text/javascript")];
        StaticFiles(
            found.into_iter().map(|(path, kind)| (path.to_owned(), File::new(kind, "x".into()))).collect(),
        )
    }

    /// Asks; the status, and the tag of what is answered.
    fn asked(method: Method, path: &str, known: Option<&str>) -> Option<(u16, Option<String>)> {
        let mut request = hyper::Request::builder().method(method).uri(path);
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let answer = files().answer(&head, Words::default())?;
        Some(match answer {
            Ok(response) => {
                let tag = response.headers().get(ETAG).map(|tag| tag.to_str().unwrap().to_owned());
                (response.status().as_u16(), tag)
            }
            Err(refused) => (refused.error.code.outcome().http, None),
        })
    }

    #[test]
    fn a_path_is_looked_up_decoded_and_nothing_else() {
        for (method, path, status) in [
            (Method::GET, "/index.html", Some(200)),
            (Method::HEAD, "/index.html", Some(200)),
            (Method::OPTIONS, "/index.html", Some(204)),
            (Method::POST, "/index.html", Some(405)),
            (Method::GET, "/index.html/", None),
            (Method::GET, "//index.html", None),
            (Method::GET, "/./index.html", None),
            (Method::GET, "/%69ndex.html", Some(200)),
            (Method::GET, "/%C3%A9%20a.js", Some(200)),
            (Method::GET, "/%ff", None),
            (Method::GET, "/../index.html", None),
            (Method::GET, "/%2e%2e/%2e%2e/etc/passwd", None),
            (Method::GET, "/index.html%00", None),
        ] {
            let found = asked(method.clone(), path, None).map(|(status, _)| status);
            assert_eq!(found, status, "{method} {path}");
        }
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let ask = |known: &str| asked(Method::GET, "/index.html", Some(known)).unwrap();
        let tag = ask("").1.unwrap();
        let strong = tag.strip_prefix("W/").unwrap().to_owned();
        for (known, status) in [
            ("", 200),
            (&*tag, 304),
            (&*strong, 304),
            ("\"other\"", 200),
            (&*format!("\"other\", {tag}"), 304),
            ("*", 304),
        ] {
            assert_eq!(ask(known), (status, Some(tag.clone())), "{known}");
        }
    }
}
