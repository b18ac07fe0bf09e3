//! What is wrong with a template, and where.

use std::fmt;

/// One thing that is wrong with a template, or that kept it from being rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte of the template's text at which it is.
    pub offset: usize,
    /// Line of the template's text, from 1.
    pub line: u32,
    /// Column of that line in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Fault {
    pub(super) fn new(source: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        Self {
            offset: before.len(),
            line: number(before.matches('\n').count()),
            column: number(line.chars().count()),
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}
