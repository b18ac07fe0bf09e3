//! What is wrong with a configuration, told so that a person can mend it.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::source::At;

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It works, and is probably not what was meant.
    Warning,
    /// It cannot be used.
    Error,
}

/// One thing that is wrong in the configuration.
///
/// Displayed it is several lines: `file:line:column: error: message`, the line of the file, and the hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The app whose folder it is in; `None` for files that belong to no app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The file or folder.
    pub file: PathBuf,
    /// Line from 1; `None` when it is about the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters from 1; given whenever the line is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The line of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
}

impl Problem {
    /// Makes an error about this place in a file.
    pub fn error(at: &At, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            app: None,
            file: at.file().to_path_buf(),
            line: Some(at.line),
            column: Some(at.column),
            message: message.into(),
            hint: None,
            snippet: at.snippet().map(str::to_owned),
        }
    }

    /// Makes a warning about this place in a file.
    pub fn warning(at: &At, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(at, message) }
    }

    /// Makes an error about a file or folder as a whole.
    pub fn error_in(file: &Path, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            app: None,
            file: file.to_path_buf(),
            line: None,
            column: None,
            message: message.into(),
            hint: None,
            snippet: None,
        }
    }

    /// Makes a warning about a file or folder as a whole.
    pub fn warning_in(file: &Path, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error_in(file, message) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the app it belongs to.
    #[must_use]
    pub fn app(mut self, app: impl Into<String>) -> Self {
        self.app = Some(app.into());
        self
    }

    /// Returns its first line, `file:line:column: error: message`, for logs and where many stand in a list.
    pub fn headline(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }

    /// Tells whether it keeps its file from being used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}: {}", self.severity, self.message)?;
        if let Some(snippet) = &self.snippet {
            write!(f, "\n  | {snippet}")?;
            if let Some(column) = self.column {
                // Tabs are kept as they are, so that the mark stands under its column on every terminal.
                let lead: String = (snippet.chars().take(column.saturating_sub(1) as usize))
                    .map(|c| if c == '\t' { '\t' } else { ' ' })
                    .collect();
                write!(f, "\n  | {lead}^")?;
            }
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  = {hint}")?;
        }
        Ok(())
    }
}

/// What was made of a file, if it could be used, and everything that is wrong with it.
#[derive(Debug, Clone)]
pub struct Checked<T> {
    /// The result; `None` when a problem is an error.
    pub value: Option<T>,
    /// All problems, warnings among them.
    pub problems: Vec<Problem>,
}

/// Collects problems while files are read.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: RefCell<Vec<Problem>>,
}

impl Report {
    pub(super) fn add(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn add_all(&self, problems: Vec<Problem>) {
        self.problems.borrow_mut().extend(problems);
    }

    pub(super) fn error(&self, at: &At, message: impl Into<String>) {
        self.add(Problem::error(at, message));
    }

    /// Tells whether an error in this file was reported, so that what it should hold is not called missing too.
    pub(super) fn spoiled(&self, file: &Path) -> bool {
        self.problems.borrow().iter().any(|problem| problem.is_error() && problem.file == file)
    }

    /// Ends a report about one unit: its value counts only when no problem is an error. Problems are put in the order
    /// of files and lines.
    pub(super) fn close<T>(self, value: Option<T>) -> Checked<T> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        let usable = !problems.iter().any(Problem::is_error);
        Checked { value: value.filter(|_| usable), problems }
    }
}
