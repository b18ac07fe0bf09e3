//! The first stage: which host the client asks for, and so which app.

use hyper::Uri;
use hyper::header::{HOST, HeaderMap};
use hyper::http::uri::Authority;

use super::messages::{Message, Words};
use crate::error::{Code, Error, Result};

/// Returns the host that a request is for, in the form that hosts are configured in: lower-case, without port, final
/// dot and brackets.
///
/// # Errors
/// [`Code::BadRequest`] when the header is missing, doubled or no host, or differs from the host in an absolute URI.
pub(super) fn host(uri: &Uri, headers: &HeaderMap, words: Words) -> Result<String> {
    let wrong = || Error::new(Code::BadRequest, words.text(Message::WrongHost));
    let mut values = headers.get_all(HOST).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(wrong()) };
    let host = value.to_str().ok().and_then(normal).ok_or_else(wrong)?;
    match uri.authority().map(Authority::as_str) {
        Some(authority) if normal(authority).as_deref() != Some(&host) => Err(wrong()),
        _ => Ok(host),
    }
}

/// Returns what is answered to a host that no app has.
pub(super) fn unknown(words: Words) -> Error {
    Error::new(Code::UnknownHost, words.of_code(Code::UnknownHost))
}

fn normal(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: std::net::Ipv6Addr = address.parse().ok()?;
        return is_port(port).then(|| address.to_string());
    }
    let (name, port) = text.find(':').map_or((text, ""), |colon| text.split_at(colon));
    let name = name.strip_suffix('.').unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (!name.is_empty() && name.bytes().all(plain) && is_port(port)).then(|| name.to_ascii_lowercase())
}

/// Tells whether it is nothing, or a colon and the digits of a port; RFC 3986 allows none after the colon.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix(':')
            .is_some_and(|digits| digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(uri: &str, hosts: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, hyper::header::HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        match host(&uri.parse().unwrap(), &headers, Words::default()) {
            Ok(host) => Some(host),
            Err(error) => {
                assert_eq!(error.code, Code::BadRequest);
                None
            }
        }
    }

    #[test]
    fn a_host_is_brought_into_one_form() {
        for (host, expected) in [
            ("prokov.example.com", "prokov.example.com"),
            ("PROKOV.Example.COM", "prokov.example.com"),
            ("prokov.example.com.", "prokov.example.com"),
            ("prokov.example.com:8080", "prokov.example.com"),
            ("Prokov.example.com.:8080", "prokov.example.com"),
            ("prokov.example.com:", "prokov.example.com"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[2001:DB8:0::1]:8080", "2001:db8::1"),
            ("[::1]", "::1"),
            // Two dots are not the final dot: no app has such a name.
            ("prokov.example.com..", "prokov.example.com."),
        ] {
            assert_eq!(found("/", &[host]).as_deref(), Some(expected), "{host}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for host in [
            "",
            ".",
            ":8080",
            "a b",
            "a/b",
            "user@example.com",
            "example.com:80:80",
            "example.com:http",
            "example.com:123456",
            "exämple.com",
            "example.com\t",
            "a,b",
            "[::1",
            "[::1]x",
            "[example.com]",
            "::1",
            "*",
            "example.com?x",
            "example.com#x",
        ] {
            assert_eq!(found("/", &[host]), None, "{host}");
        }
        assert_eq!(found("/", &[]), None);
        assert_eq!(found("/", &["a.example", "b.example"]), None);
        assert_eq!(found("/", &["a.example", "a.example"]), None);
    }

    #[test]
    fn an_absolute_uri_agrees_with_the_header() {
        for (uri, host, expected) in [
            ("http://a.example/api", "a.example", Some("a.example")),
            ("http://A.example.:80/api", "a.example", Some("a.example")),
            ("http://b.example/api", "a.example", None),
            ("http://user@a.example/api", "a.example", None),
        ] {
            assert_eq!(found(uri, &[host]).as_deref(), expected, "{uri}");
        }
    }
}
