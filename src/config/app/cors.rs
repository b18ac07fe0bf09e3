//! `cors:` of `app.yaml`: which pages of other origins may use the API.

use std::time::Duration;

use super::hosts::is_host;
use crate::config::problem::Problem;
use crate::config::source::{At, Sourced};
use crate::config::yaml::{Fields, Node};

/// Which pages of other origins a browser lets use the API. An app without it is for its own origin alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// The origins.
    pub origins: Origins,
    /// Whether a browser may send what it holds by itself: cookies, client certificates. Tokens do not need it.
    pub credentials: bool,
    /// How long a browser may keep the answer to its preflight.
    pub max_age: Duration,
    /// Headers of an answer that a page may read, besides those that the gateway itself sends.
    pub expose: Vec<String>,
}

/// The origins that may use an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// All of them: `*`.
    Any,
    /// These, each as browsers write it: `https://app.example.com`, `http://localhost:5173`.
    Listed(Vec<Sourced<String>>),
}

/// How long the longest-lived of the browsers keeps a preflight.
const LONGEST: Duration = Duration::from_hours(24);

impl Cors {
    /// Reads the section.
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        fields.require(&["origins"]);
        let origins = Origins::of(&mut fields);
        let credentials = fields.boolean("credentials").unwrap_or(false);
        if credentials && origins == Origins::Any {
            let problem = Problem::error(
                fields.key_at("credentials"),
                "`credentials: true` and the origin `*` would let every page act as its visitor",
            );
            fields
                .report
                .add(problem.hint("list the origins, or leave `credentials` out: tokens do not need it"));
        }
        let max_age = fields.duration("max_age", Duration::ZERO..=LONGEST).unwrap_or(Duration::from_mins(10));
        let expose = headers(&mut fields, "expose");
        fields.finish();
        Self { origins, credentials, max_age, expose }
    }
}

impl Origins {
    fn of(fields: &mut Fields<'_>) -> Self {
        const ANY: &str = "*";
        if let Some(text) = fields.node("origins").and_then(Node::text)
            && text.value == ANY
        {
            return Self::Any;
        }
        let texts = fields.texts("origins");
        if texts.len() == 1 && texts[0].value == ANY {
            return Self::Any;
        }
        let mut origins: Vec<Sourced<String>> = Vec::new();
        for text in texts {
            if let Some(first) = origins.iter().find(|known| known.value == text.value) {
                let message =
                    format!("the origin `{}` is listed twice, first on line {}", text.value, first.at.line);
                fields.report.error(&text.at, message);
            } else if let Err(hint) = check(&text.value) {
                let problem =
                    Problem::error(&text.at, format!("no browser sends the origin `{}`", text.value));
                fields.report.add(problem.hint(hint));
            } else {
                origins.push(text);
            }
        }
        if fields.node("origins").is_some_and(Node::is_empty_list) {
            fields.report.error(fields.key_at("origins"), "`origins` is empty, so no page could use the API");
        }
        Self::Listed(origins)
    }
}

/// Checks that this is exactly what a browser writes into `Origin`; says what to write instead.
fn check(origin: &str) -> Result<(), String> {
    const FORM: &str = "write scheme, host and, if it is not the usual one, port: `https://app.example.com`";
    if origin == "null" {
        return Err("pages without an origin (files, sandboxes) cannot be told from one another".to_owned());
    }
    if origin.contains('*') {
        return Err("list every origin by itself; `*` stands alone or not at all".to_owned());
    }
    let (scheme, rest) = origin.split_once("://").ok_or(FORM)?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_right = bare
        .map_or(is_host(host) && !host.contains(':'), |address| address.contains(':') && is_host(address));
    let port = port.map(str::parse::<u16>).transpose().map_err(|_| FORM)?;
    if !is_scheme || !is_right {
        return Err(FORM.to_owned());
    }
    let scheme = scheme.to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    };
    let port = port.filter(|port| Some(*port) != usual).map(|port| format!(":{port}")).unwrap_or_default();
    let written = format!("{scheme}://{}{port}", host.to_ascii_lowercase());
    if written == origin { Ok(()) } else { Err(format!("write `{written}`")) }
}

fn headers(fields: &mut Fields<'_>, key: &'static str) -> Vec<String> {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let report = fields.report;
    let wrong = |at: &At, name: &str| report.error(at, format!("`{name}` is no name of a header"));
    let texts = fields.texts(key).into_iter();
    texts
        .filter_map(|text| {
            let fits = is_name(&text.value);
            if !fits {
                wrong(&text.at, &text.value);
            }
            fits.then_some(text.value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for origin in [
            "https://app.example.com",
            "https://app.example.com:8443",
            "http://localhost:5173",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "http://[::1]",
            "capacitor://localhost",
            "https://app.example.com:80",
        ] {
            assert_eq!(check(origin), Ok(()), "{origin}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused_with_what_to_write() {
        for (origin, hint) in [
            ("https://app.example.com/", "write `https://app.example.com`"),
            ("https://app.example.com:443", "write `https://app.example.com`"),
            ("http://app.example.com:80", "write `http://app.example.com`"),
            ("HTTPS://App.Example.com", "write `https://app.example.com`"),
            ("https://app.example.com:08443", "write `https://app.example.com:8443`"),
            ("app.example.com", "write scheme"),
            ("https://", "write scheme"),
            ("https://app.example.com/path", "write scheme"),
            ("https://user@app.example.com", "write scheme"),
            ("https://app.example.com:", "write scheme"),
            ("https://app.example.com:99999", "write scheme"),
            ("https://a b", "write scheme"),
            ("https://::1", "write scheme"),
            ("https://[::1", "write scheme"),
            ("://app.example.com", "write scheme"),
            ("https://*.example.com", "list every origin"),
            ("null", "pages without an origin"),
        ] {
            let told = check(origin).unwrap_err();
            assert!(told.starts_with(hint), "{origin}: {told}");
        }
    }
}
