//! Files that go with a mail.

use lettre::message::SinglePart;
use lettre::message::header::ContentType;

use super::address::control;
use super::fields::Fields;
use crate::error::{Code, Error, Result};

/// A file that goes with a mail.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// What it is called where it is saved: a name, not a path.
    pub name: String,
    /// Its media type; `None` takes the usual one of the name's extension.
    pub content_type: Option<String>,
    /// What is in it.
    pub content: Vec<u8>,
}

const UNKNOWN: &str = "application/octet-stream";

/// Media types by extension, for those that callers attach most.
const TYPES: &[(&str, &str)] = &[
    ("csv", "text/csv; charset=utf-8"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("ics", "text/calendar; charset=utf-8"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("webp", "image/webp"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("zip", "application/zip"),
];

impl Attachment {
    /// Checks name and type; `index` is its place in the list.
    pub(super) fn check(&self, index: usize, wrong: &mut Fields) {
        const LONGEST_NAME: usize = 200;
        let field = format!("attachments[{index}].name");
        // Turns the reading direction, so that `exe.fdp` is shown as a PDF.
        let turns =
            |c: char| ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
        if let Some(c) = self.name.chars().find(|c| c.is_control()) {
            wrong.add(field, format!("holds {}, which does not belong in a name", control(c)));
        } else if self.name.contains(turns) {
            wrong.add(field, "holds a character that turns the reading direction");
        } else if self.name.contains(['/', '\\']) || ["", ".", ".."].contains(&self.name.trim()) {
            wrong.add(field, format!("`{}` is no name of a file", self.name));
        } else if LONGEST_NAME < self.name.len() {
            wrong.add(field, format!("is longer than {LONGEST_NAME} bytes"));
        }
        if let Some(given) = &self.content_type
            && let Err(reason) = safe_type(given)
        {
            wrong.add(format!("attachments[{index}].content_type"), reason);
        }
    }

    pub(super) fn part(&self) -> Result<SinglePart> {
        let unlikely = || Error::new(Code::Internal, "an attachment could not be encoded");
        let text = self.content_type.as_deref().unwrap_or_else(|| usual_type(&self.name));
        let content_type = ContentType::parse(text).map_err(|cause| unlikely().caused_by(cause))?;
        Ok(lettre::message::Attachment::new(self.name.clone()).body(encoded(&self.content), content_type))
    }
}

/// Encodes as base64 whatever it is: a file arrives with its bytes as they were, its line ends too.
fn encoded(content: &[u8]) -> lettre::message::Body {
    use lettre::message::header::ContentTransferEncoding::Base64;
    lettre::message::Body::new_with_encoding(content.to_vec(), Base64)
        .unwrap_or_else(lettre::message::Body::new)
}

fn usual_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension)).map_or(UNKNOWN, |(_, media)| media)
}

/// Tells why a media type is refused: those of whole messages and of parts would be read as such.
fn safe_type(text: &str) -> Result<(), String> {
    const LONGEST: usize = 200;
    let (media, parameters) = text.split_once(';').unwrap_or((text, ""));
    let token = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c))
    };
    let whole = media.trim().split_once('/').filter(|(kind, sub)| token(kind) && token(sub));
    let Some((kind, _)) = whole.filter(|_| text.len() <= LONGEST) else {
        return Err(format!("`{}` is no media type, such as `application/pdf`", text.escape_debug()));
    };
    if ["multipart", "message"].iter().any(|kept| kind.eq_ignore_ascii_case(kept)) {
        return Err(format!("`{kind}/…` is no type of a file"));
    }
    let plain = |parameter: &str| {
        parameter.trim().split_once('=').is_some_and(|(name, value)| {
            token(name) && token(value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value))
        })
    };
    match parameters.split(';').filter(|text| !text.trim().is_empty()).find(|text| !plain(text)) {
        Some(wrong) => Err(format!("`{}` is no parameter of a media type", wrong.trim().escape_debug())),
        None => Ok(()),
    }
}
