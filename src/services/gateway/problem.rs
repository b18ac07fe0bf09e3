//! Errors in the form of RFC 9457, for clients that ask for it; all others get the contract's envelope.

use std::fmt::Write as _;

use hyper::Method;
use hyper::header::{ACCEPT, HeaderMap};
use serde::Serialize;

use super::context::Context;
use super::negotiate;
use crate::error::{Code, Error};

/// The media type of RFC 9457.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// In which form an error is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As the contract has it: `{"success":false,"error":{…}}`.
    Envelope,
    /// As RFC 9457 has it.
    Problem {
        /// Whether what is wrong with fields is wrong in a body; else it is in the query string.
        has_body: bool,
    },
}

impl Form {
    /// Reads `Accept`: the problem's media type has to be named, and be wanted no less than `application/json`. A client
    /// that names both wants the one for errors and the other for all else.
    pub(super) fn asked_for(method: &Method, headers: &HeaderMap) -> Self {
        let weight_of = |media: &str| {
            let named = |(range, _): &(&str, u16)| range.eq_ignore_ascii_case(media);
            negotiate::ranges(headers, &ACCEPT).find(named).map_or(0, |(_, weight)| weight)
        };
        let problem = weight_of(MEDIA_TYPE);
        if problem == 0 || problem < weight_of("application/json") {
            return Self::Envelope;
        }
        Self::Problem { has_body: !matches!(*method, Method::GET | Method::HEAD | Method::DELETE) }
    }
}

/// Returns the type of a problem: a URN that names the code, for programs to compare and never to fetch.
fn urn(code: Code) -> String {
    format!("urn:sogoms:problem:{}", code.to_string().to_ascii_lowercase().replace('_', "-"))
}

/// Writes an error as RFC 9457 has it.
pub(super) fn json(error: &Error, has_body: bool, cx: &Context) -> Vec<u8> {
    #[derive(Serialize)]
    struct Problem<'a> {
        r#type: String,
        title: &'a str,
        status: u16,
        detail: &'a str,
        instance: String,
        code: Code,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        errors: Vec<Wrong<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Wrong<'a> {
        detail: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        pointer: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        parameter: Option<&'a str>,
    }
    let errors = error.fields.iter().map(|wrong| Wrong {
        detail: &wrong.message,
        pointer: has_body.then(|| pointer(&wrong.field)),
        parameter: (!has_body).then_some(&wrong.field),
    });
    let problem = Problem {
        r#type: urn(error.code),
        title: cx.words.of_code(error.code),
        status: error.code.outcome().http,
        detail: &error.message,
        instance: format!("urn:sogoms:request:{}", cx.id),
        code: error.code,
        errors: errors.collect(),
        hint: error.hint.as_deref(),
    };
    serde_json::to_vec(&problem).expect("a problem is plain text")
}

/// Returns the JSON Pointer (RFC 6901) to a field of the body, as a fragment.
fn pointer(field: &str) -> String {
    let mut pointer = "#/".to_owned();
    for character in field.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c if c.is_ascii_alphanumeric() || "-._!$&'()*+,;=:@".contains(c) => pointer.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(pointer, "%{byte:02X}");
                }
            }
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_to_who_names_it() {
        for (accept, expected) in [
            (None, false),
            (Some("*/*"), false),
            (Some("application/*"), false),
            (Some("application/json"), false),
            (Some("application/problem+json"), true),
            (Some("Application/Problem+JSON"), true),
            (Some("application/json, application/problem+json"), true),
            (Some("application/problem+json, */*;q=0.1"), true),
            (Some("application/json;q=0.9, application/problem+json"), true),
            (Some("application/json, application/problem+json;q=0.5"), false),
            (Some("application/problem+json;q=0"), false),
            (Some("application/problem+json;q=0, */*"), false),
            (Some("application/problem+xml"), false),
            (Some("text/html"), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, accept.parse().unwrap());
            }
            let is_problem = Form::asked_for(&Method::POST, &headers) != Form::Envelope;
            assert_eq!(is_problem, expected, "{accept:?}");
        }
    }

    #[test]
    fn fields_are_pointed_at() {
        for (field, expected) in
            [("name", "#/name"), ("a/b~c", "#/a~1b~0c"), ("é \"", "#/%C3%A9%20%22"), ("", "#/")]
        {
            assert_eq!(pointer(field), expected);
        }
    }

    #[test]
    fn every_code_has_a_type_of_its_own() {
        let types: std::collections::BTreeSet<String> = Code::ALL.iter().map(|code| urn(*code)).collect();
        assert_eq!(types.len(), Code::ALL.len());
        assert_eq!(urn(Code::UnsupportedMediaType), "urn:sogoms:problem:unsupported-media-type");
    }
}
