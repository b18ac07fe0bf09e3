//! SQL as it stands in a YAML file, with the way back from its bytes to the file's lines.

use std::ops::{Deref, Range};

use super::source::At;
use super::written;

/// SQL text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlText {
    /// The text, as YAML makes it.
    pub value: String,
    /// Where it stands: its opening quote, its first character, or the first line inside a block (`|`, `>`).
    pub at: At,
    /// Whether it is a folded block (`>`), which puts what follows a `--` comment on the comment's line.
    pub folded: bool,
    /// Bytes of the file that hold the text.
    content: Range<usize>,
}

impl SqlText {
    /// Makes SQL that stands in code and not in a file, for statements we write ourselves and for tests.
    pub fn outside(value: impl Into<String>, at: At) -> Self {
        Self { value: value.into(), at, folded: false, content: 0..0 }
    }

    pub(super) fn new(value: String, at: At, folded: bool, content: Range<usize>) -> Self {
        Self { value, at, folded, content }
    }

    /// Returns where the byte at this offset of the text stands in the file; for a blank, where the next word does.
    ///
    /// It is exact for blocks and for plain or quoted text, over several lines too. An offset past the end counts as the
    /// end.
    pub fn position(&self, offset: usize) -> At {
        written::position(&self.at, &self.content, &self.value, offset)
    }
}

impl Deref for SqlText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.value
    }
}
