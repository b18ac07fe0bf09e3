//! Where a value stands: a file that was read, and a line and column in it.

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A configuration file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// Byte at which each line begins, so that a file with very many problems is not searched for each of them.
    line_starts: Vec<usize>,
}

impl Source {
    pub(super) fn new(path: PathBuf, text: String) -> Self {
        let line_starts =
            [0].into_iter().chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
        Self { path, text, line_starts }
    }

    fn line(&self, line: u32) -> Option<&str> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *self.line_starts.get(index)?;
        let end = self.line_starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end)
    }
}

/// A place in a configuration file; shown as `file:line:column`.
///
/// It holds on to the text of the file, so that a problem found much later can still show the line.
#[derive(Clone, PartialEq, Eq)]
pub struct At {
    source: Arc<Source>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl At {
    pub(super) fn new(source: &Arc<Source>, line: usize, column: usize) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { source: Arc::clone(source), line: number(line), column: number(column) }
    }

    /// Returns the place of the character that begins at this byte of the file; the end if there is none.
    pub(super) fn of_byte(source: &Arc<Source>, offset: usize) -> Self {
        let offset = offset.min(source.text.len());
        let line = source.line_starts.partition_point(|start| *start <= offset);
        let before = source.text.get(source.line_starts[line - 1]..offset).unwrap_or_default();
        Self::new(source, line, before.chars().count() + 1)
    }

    /// Makes a place in a file that was not read, for values that are made in code; it has no snippet.
    pub fn outside(path: impl Into<PathBuf>) -> Self {
        Self { source: Arc::new(Source::new(path.into(), String::new())), line: 1, column: 1 }
    }

    /// Returns the file.
    pub fn file(&self) -> &Path {
        &self.source.path
    }

    /// Returns the line of the file this place is in, without blanks at its end; `None` when it is empty or too long
    /// to be shown (over 400 bytes).
    pub fn snippet(&self) -> Option<&str> {
        const LONGEST: usize = 400;
        self.source.line(self.line).map(str::trim_end).filter(|line| (1..=LONGEST).contains(&line.len()))
    }

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file().display(), self.line, self.column)
    }
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "At({self})")
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value and the place it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: At,
}

impl<T> Sourced<T> {
    /// Puts a value and its place together.
    pub fn new(value: T, at: At) -> Self {
        Self { value, at }
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
