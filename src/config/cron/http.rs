//! The `http` job: a request to a URL.

use std::ops::RangeInclusive;

use crate::config::app::Context;
use crate::config::problem::{Problem, Report};
use crate::config::secret::{Secret, read_secret};
use crate::config::source::{At, Sourced};
use crate::config::yaml::{Fields, Node, Value};

/// A request to a URL.
#[derive(Debug, Clone)]
pub struct Http {
    /// GET or POST.
    pub method: HttpMethod,
    /// The URL, http or https, without user and password.
    pub url: Sourced<String>,
    /// Headers to send, in the order of the file.
    pub headers: Vec<Header>,
    /// Body of a POST.
    pub body: Option<String>,
    /// The statuses of an answer that are a success.
    pub expected_status: Statuses,
    /// How many redirects are followed.
    pub max_redirects: u8,
    /// Whether addresses of this host and of private networks are refused.
    pub deny_private: bool,
}

/// A header to send.
#[derive(Debug, Clone)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value; it may come from a file of its own, and is shown nowhere.
    pub value: Secret,
}

/// Statuses of answers, in ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(Vec<RangeInclusive<u16>>);

/// Method of an `http` job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl HttpMethod {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl Statuses {
    /// Takes ranges of statuses.
    pub fn new(ranges: impl IntoIterator<Item = RangeInclusive<u16>>) -> Self {
        Self(ranges.into_iter().collect())
    }

    /// Tells whether this status is among them.
    pub fn contain(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }

    fn of(node: &Node, report: &Report) -> Self {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let ranges = items.iter().filter_map(|item| {
            let range = item.text().and_then(|text| statuses(&text.value));
            if range.is_none() {
                let message = format!("expected a status from 200 to 599, found {}", item.describe());
                report.add(
                    Problem::error(&item.at, message).hint("write `204`, `200-299`, or a list of those"),
                );
            }
            range
        });
        Self::new(ranges)
    }
}

impl Default for Statuses {
    fn default() -> Self {
        Self::new([200..=299])
    }
}

/// Reads `204` or `200-299`.
fn statuses(text: &str) -> Option<RangeInclusive<u16>> {
    let status = |text: &str| text.trim().parse().ok().filter(|status| (200..=599).contains(status));
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (status(low)?, status(high)?);
    (low <= high).then_some(low..=high)
}

impl Http {
    pub(super) fn of(fields: &mut Fields<'_>, context: &Context<'_>) -> Option<Self> {
        const MAX_REDIRECTS: u8 = 5;
        fields.require(&["url"]);
        let method = fields.choice("method", &[("GET", HttpMethod::Get), ("POST", HttpMethod::Post)]);
        let method = method.unwrap_or(HttpMethod::Get);
        let url = fields.text("url");
        if let Some(url) = &url {
            check_url(url, fields.report);
        }
        let headers = fields.section("headers").map(|section| headers(section, context)).unwrap_or_default();
        let body = fields.text_or_empty("body");
        if let Some(body) = &body
            && method == HttpMethod::Get
        {
            fields.report.error(&body.at, "a GET has no body; use `method: POST`");
        }
        let expected = fields.node("expected_status").map(|node| Statuses::of(node, fields.report));
        let max_redirects = fields.integer("max_redirects", 0..=20).unwrap_or(MAX_REDIRECTS);
        let deny_private = fields.boolean("deny_private").unwrap_or(false);
        Some(Self {
            method,
            url: url?,
            headers,
            body: body.map(|body| body.value),
            expected_status: expected.unwrap_or_default(),
            max_redirects,
            deny_private,
        })
    }
}

fn check_url(url: &Sourced<String>, report: &Report) {
    let Some(rest) = ["http://", "https://"].iter().find_map(|scheme| url.strip_prefix(scheme)) else {
        return report.error(&url.at, "`url` begins with `http://` or `https://`");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        report.error(&url.at, "`url` names no host");
    } else if authority.contains('@') {
        let problem = Problem::error(&url.at, "`url` holds a user or a password, which every log would show");
        report.add(problem.hint("write `headers: { Authorization: { file: /secrets/… } }`"));
    } else if url.contains(|letter: char| letter.is_control() || letter == ' ') {
        report.error(&url.at, "`url` holds a blank or a control character");
    }
}

/// Headers that belong to the connection, or are sent for every job.
const OURS: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "idempotency-key",
    "te",
    "transfer-encoding",
    "upgrade",
];

fn headers(section: Fields<'_>, context: &Context<'_>) -> Vec<Header> {
    let report = section.report;
    let headers = section.named_all().filter_map(|(name, node)| {
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if !is_name {
            report.error(&name.at, format!("`{}` is no name of a header", name.value));
        } else if OURS.contains(&name.to_ascii_lowercase().as_str()) {
            report.error(&name.at, format!("the header `{}` is not for a job to set", name.value));
        }
        let (value, at) = header_value(node, name, context, report)?;
        // What a header cannot carry would end it, and begin another.
        if value.expose().contains(|letter: char| letter.is_control() && letter != '\t') {
            report.error(&at, format!("the value of the header `{}` holds a line break", name.value));
        }
        Some(Header { name: name.value.clone(), value })
    });
    headers.collect()
}

/// Reads a text, or the file that `file` names.
fn header_value(
    node: &Node,
    name: &Sourced<String>,
    context: &Context<'_>,
    report: &Report,
) -> Option<(Secret, At)> {
    if let Value::Map(_) = &node.value {
        let mut fields = Fields::of(node, &name.at, report)?;
        fields.require(&["file"]);
        let file = fields.text("file");
        fields.finish();
        let file = file?;
        return Some((read_secret(&file, context, report)?, file.at));
    }
    let Some(text) = node.text() else {
        let message = format!("expected a text, or `{{ file: … }}`, found {}", node.describe());
        report.error(&node.at, message);
        return None;
    };
    Some((Secret::new(text.value), text.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read() {
        for (text, expected) in [
            ("204", Some(204..=204)),
            ("200-299", Some(200..=299)),
            ("200 - 204", Some(200..=204)),
            ("199", None),
            ("600", None),
            ("299-200", None),
            ("2xx", None),
            ("", None),
            ("200-", None),
        ] {
            assert_eq!(statuses(text), expected, "{text}");
        }
        let some = Statuses::new([200..=204, 404..=404]);
        assert_eq!([200, 204, 205, 404].map(|status| some.contain(status)), [true, true, false, true]);
    }
}
