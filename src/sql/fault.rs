//! What is wrong with a text of SQL, and where in it.

use std::fmt;

/// A refusal of a statement, a filter or a name: what is wrong, how to write it instead, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// How to write it instead.
    pub hint: Option<String>,
    /// Byte offset in the text that was given, at a character's first byte or at the text's end.
    pub offset: usize,
    /// Whether the text ends inside of a literal, a quoted name or a comment: more of it could mend that.
    pub(super) is_unclosed: bool,
}

impl Fault {
    /// Makes a fault at a byte offset of the text.
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, offset, is_unclosed: false }
    }

    /// Makes a fault of what begins at a byte offset and is never closed.
    pub(super) fn unclosed(offset: usize, message: impl Into<String>) -> Self {
        Self { is_unclosed: true, ..Self::new(offset, message) }
    }

    /// Adds how to write it instead.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns line and column, both from 1 and in characters, of the fault in the text that was given.
    pub fn line_and_column(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_knows_its_line_and_column() {
        let text = "SELECT é\nFROM ü, x";
        let cases = [(0, (1, 1)), (9, (1, 9)), (10, (2, 1)), (17, (2, 7)), (99, (2, 10))];
        for (offset, expected) in cases {
            assert_eq!(Fault::new(offset, "").line_and_column(text), expected, "offset {offset}");
        }
    }
}
