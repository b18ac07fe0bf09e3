//! The `http` job: a request to a URL.

use std::collections::BTreeMap;

use crate::config::source::Sourced;
use crate::config::yaml::Fields;

/// A request to a URL.
#[derive(Debug, Clone)]
pub struct Http {
    /// GET or POST.
    pub method: HttpMethod,
    /// The URL, http or https.
    pub url: Sourced<String>,
    /// Headers to send.
    pub headers: BTreeMap<String, String>,
    /// Body of a POST.
    pub body: Option<String>,
}

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

impl Http {
    pub(super) fn of(fields: &mut Fields<'_>) -> Option<Self> {
        fields.require(&["url"]);
        let method = fields.choice("method", &[("GET", HttpMethod::Get), ("POST", HttpMethod::Post)]);
        let method = method.unwrap_or(HttpMethod::Get);
        let url = fields.text("url");
        if let Some(url) = &url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            fields.report.error(&url.at, "`url` begins with `http://` or `https://`");
        }
        let mut headers = BTreeMap::new();
        if let Some(section) = fields.section("headers") {
            for (name, value) in section.named_all() {
                match value.text() {
                    Some(text) => _ = headers.insert(name.value.clone(), text.value),
                    None => {
                        fields
                            .report
                            .error(&value.at, format!("expected a text, found {}", value.describe()));
                    }
                }
            }
        }
        let body = fields.text_or_empty("body");
        if let Some(body) = &body
            && method == HttpMethod::Get
        {
            fields.report.error(&body.at, "a GET has no body; use `method: POST`");
        }
        Some(Self { method, url: url?, headers, body: body.map(|body| body.value) })
    }
}
