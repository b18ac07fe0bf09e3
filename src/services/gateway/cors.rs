//! Pages of other origins: what a browser asks before it sends their requests, and what it lets them read.

use std::time::Duration;

use hyper::Method;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
};

use super::respond::vary;
use crate::config::{Cors, Origins};

/// Headers that a page may send, besides those that any page may.
const TAKEN: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, Accept-Language";
/// Headers of an answer that a page may read, besides those that any page may.
const EXPOSED: &str =
    "ETag, Location, Link, Retry-After, X-Request-Id, Idempotency-Replayed, RateLimit, RateLimit-Policy";

/// Tells whether a browser asks here if it may send what a page wants to send.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Lets the page that asks, if it may, send these methods.
pub(super) fn allow(cors: &Cors, asking: &HeaderMap, methods: &'static str, answer: &mut HeaderMap) {
    if allowed(cors, asking).is_none() {
        return;
    }
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(TAKEN));
    if cors.max_age != Duration::ZERO {
        answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(cors.max_age.as_secs()));
    }
}

/// Lets the page that asks, if it may, read an answer. Caches are told that the answer is for this origin.
pub(super) fn grant(cors: &Cors, asking: &HeaderMap, answer: &mut HeaderMap) {
    if matches!(cors.origins, Origins::Listed(_)) {
        vary(answer, "Origin");
    }
    let Some(origin) = allowed(cors, asking) else { return };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if cors.credentials {
        answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    let exposed = match cors.expose.join(", ") {
        own if own.is_empty() => Ok(HeaderValue::from_static(EXPOSED)),
        own => HeaderValue::try_from(format!("{EXPOSED}, {own}")),
    };
    // Their names were checked when the configuration was read.
    if let Ok(exposed) = exposed {
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// Returns what names the origin that asks, if it is one of the app's: compared to the letter, and never `null`, which
/// many pages share.
fn allowed(cors: &Cors, asking: &HeaderMap) -> Option<HeaderValue> {
    let mut origins = asking.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return None };
    match &cors.origins {
        Origins::Any => (origin != "null").then(|| HeaderValue::from_static("*")),
        Origins::Listed(listed) => {
            listed.iter().any(|known| origin == known.value.as_str()).then(|| origin.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{At, Sourced};

    fn granted(origins: &[&str], asking: &[&str]) -> (Option<String>, Option<String>) {
        let at = At::outside("app.yaml");
        let listed = origins.iter().map(|origin| Sourced::new((*origin).to_owned(), at.clone())).collect();
        let origins = if origins == ["*"] { Origins::Any } else { Origins::Listed(listed) };
        let cors = Cors { origins, credentials: false, max_age: Duration::ZERO, expose: Vec::new() };
        let mut headers = HeaderMap::new();
        for origin in asking {
            headers.append(ORIGIN, origin.parse().unwrap());
        }
        let mut answer = HeaderMap::new();
        grant(&cors, &headers, &mut answer);
        let told = |name| answer.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
        (told("access-control-allow-origin"), told("vary"))
    }

    #[test]
    fn origins_are_compared_to_the_letter() {
        let app = "https://app.example.com";
        for (origins, asking, expected, vary) in [
            (&[app][..], &[app][..], Some(app), Some("Origin")),
            (&[app], &[], None, Some("Origin")),
            (&[app], &["https://app.example.com:443"], None, Some("Origin")),
            (&[app], &["https://app.example.com.evil.test"], None, Some("Origin")),
            (&[app], &["https://APP.example.com"], None, Some("Origin")),
            (&[app], &["http://app.example.com"], None, Some("Origin")),
            (&[app], &["null"], None, Some("Origin")),
            (&[app], &[app, app], None, Some("Origin")),
            (&["*"], &["https://any.example.net"], Some("*"), None),
            (&["*"], &["null"], None, None),
            (&["*"], &[], None, None),
        ] {
            let (origin, varies) = granted(origins, asking);
            assert_eq!((origin.as_deref(), varies.as_deref()), (expected, vary), "{origins:?} {asking:?}");
        }
    }
}
