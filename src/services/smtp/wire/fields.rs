//! What may stand in a header: no text may end it and begin another.

use super::address::control;
use crate::error::{Code, Error, FieldError, Result};

/// Headers that a caller may add besides `X-…`; all others are made by us or would say something untrue.
pub const ALLOWED: &[&str] = &[
    "Comments",
    "Feedback-ID",
    "Importance",
    "In-Reply-To",
    "Keywords",
    "List-Archive",
    "List-Help",
    "List-Id",
    "Organization",
    "Precedence",
    "Priority",
    "References",
];

/// Bytes of a header's text, at most: a line has 998, and not every text can be folded.
const LONGEST: usize = 900;
/// Further headers, at most.
const MOST_HEADERS: usize = 50;

/// Collects what is wrong with a mail, field by field.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<FieldError>);

impl Fields {
    pub(super) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into().into(), message: message.into().into() });
    }

    /// Checks a text that stands in one line.
    pub(super) fn line(&mut self, field: &str, text: &str) {
        if let Some(c) = text.chars().find(|c| c.is_control()) {
            self.add(field, format!("holds {}, which does not belong in a header", control(c)));
        } else if LONGEST < text.len() {
            self.add(field, format!("is longer than {LONGEST} bytes"));
        }
    }

    pub(super) fn message_id(&mut self, id: &str) {
        const LONGEST_ID: usize = 250;
        let fits =
            id.len() <= LONGEST_ID && id.chars().all(|c| c.is_ascii_graphic() && !"<>\"\\".contains(c));
        if !fits || id.split('@').filter(|part| !part.is_empty()).count() != 2 {
            self.add("message_id", "is no id: `unique@domain`, without angle brackets");
        }
    }

    pub(super) fn headers(&mut self, headers: &[(String, String)]) {
        if MOST_HEADERS < headers.len() {
            self.add("headers", format!("are more than {MOST_HEADERS}"));
        }
        for (index, (name, value)) in headers.iter().enumerate() {
            let field = format!("headers.{}", name.escape_debug());
            let token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let own = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x-"));
            if !name.chars().all(token) || !(1..=76).contains(&name.len()) {
                self.add(field, "is no name of a header: letters, digits and -, 76 at most");
                continue;
            }
            if !own && !ALLOWED.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)) {
                self.add(field, format!("cannot be set; `X-…` can, and {}", ALLOWED.join(", ")));
                continue;
            }
            if headers[..index].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                self.add(&*field, "is given twice");
            }
            self.line(&field, value);
        }
    }

    /// Checks an address of the web that a mail program will POST to.
    pub(super) fn url(&mut self, field: &str, url: &str) {
        let fits = url.chars().all(|c| c.is_ascii_graphic() && !"<>\",".contains(c));
        if !url.starts_with("https://") || !fits || LONGEST < url.len() {
            self.add(field, format!("is no https address in ASCII of {LONGEST} bytes at most"));
        }
    }

    pub(super) fn finish(self) -> Result<()> {
        let Some(first) = self.0.first() else { return Ok(()) };
        let message = format!("the mail cannot be sent: {} {}", first.field, first.message);
        let mut error = Error::new(Code::Validation, message);
        error.fields = self.0;
        Err(error)
    }
}
