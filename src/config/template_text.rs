//! A template as it stands in a YAML file, with the way back from its bytes to the file's lines.

use std::ops::{Deref, Range};

use super::source::At;
use super::written;

/// The text of a template and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateText {
    /// The text, as YAML makes it.
    pub value: String,
    /// Where it stands: its opening quote, its first character, or the first line inside a block (`|`, `>`).
    pub at: At,
    /// Bytes of the file that hold the text.
    content: Range<usize>,
}

impl TemplateText {
    pub(super) fn new(value: String, at: At, content: Range<usize>) -> Self {
        Self { value, at, content }
    }

    /// Returns where the byte at this offset of the text stands in the file; for a blank, where the next word does.
    pub fn position(&self, offset: usize) -> At {
        written::position(&self.at, &self.content, &self.value, offset)
    }
}

impl Deref for TemplateText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.value
    }
}
