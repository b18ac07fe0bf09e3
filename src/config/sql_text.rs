//! SQL as it stands in a YAML file, with the way back from its bytes to the file's lines.

#![allow(dead_code, reason = "the reader of the files follows")]

use std::ops::Deref;

use super::source::At;

/// How a text is written in its YAML file; it decides where each of its bytes stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Plain or quoted on one line, every character as it is: the column the text begins at.
    OneLine,
    /// A `|` block: line breaks are kept; its first line and the indentation taken from each line, in characters.
    Literal { line: u32, indent: u32 },
    /// A `>` block, an escape, or several lines without a block: only the first line is known.
    Reflowed { folded: bool },
}

/// SQL text, with its place. `At` is where the text itself begins: behind an opening quote, and for a block
/// (`|`, `>`) its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlText {
    /// The text, as YAML makes it.
    pub value: String,
    /// Where it begins.
    pub at: At,
    layout: Layout,
}

impl SqlText {
    /// Makes SQL that stands in code and not in a file, for statements we write ourselves and for tests.
    pub fn outside(value: impl Into<String>, at: At) -> Self {
        Self { value: value.into(), at, layout: Layout::Reflowed { folded: false } }
    }

    pub(super) fn new(value: String, at: At, layout: Layout) -> Self {
        Self { value, at, layout }
    }

    /// Tells whether it is a folded block (`>`), which puts what follows a `--` comment on the comment's line.
    pub fn folded(&self) -> bool {
        matches!(self.layout, Layout::Reflowed { folded: true })
    }

    /// Returns where the byte at this offset stands in the file.
    ///
    /// It is exact for `|` blocks and for plain or quoted text on one line without escapes; for everything else
    /// it is where the text begins. An offset past the end counts as the end.
    pub fn position(&self, offset: usize) -> At {
        let before = self.value.get(..offset).unwrap_or(&self.value);
        let characters = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        match self.layout {
            Layout::OneLine => self.at.moved(self.at.line, self.at.column.saturating_add(characters(before))),
            Layout::Literal { line, indent } => {
                let last = before.rsplit('\n').next().unwrap_or(before);
                let breaks = u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX);
                self.at.moved(
                    line.saturating_add(breaks),
                    indent.saturating_add(characters(last)).saturating_add(1),
                )
            }
            Layout::Reflowed { .. } => self.at.clone(),
        }
    }
}

impl Deref for SqlText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.value
    }
}
