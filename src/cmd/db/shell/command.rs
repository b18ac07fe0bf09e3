//! The shell's own commands, which begin with a backslash. Pure.

use crate::error::{Code, Error, Result};

/// A command of the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// `\q`
    Leave,
    /// `\?`
    Help,
    /// `\d`, `\dt`: the tables; the views only with the first.
    Tables {
        /// Whether views are listed as well.
        views: bool,
    },
    /// `\d TABLE`: its columns.
    Describe(String),
    /// `\x`: a line a cell, or tables again.
    Expanded,
    /// `\timing`: tell how long each statement takes, or no longer.
    Timing,
}

/// What `\?` tells.
pub(super) const HELP: &[(&str, &str)] = &[
    ("\\d", "list tables and views"),
    ("\\dt", "list tables"),
    ("\\d TABLE", "describe the columns of a table"),
    ("\\x", "show a line a cell, or tables again"),
    ("\\timing", "tell how long each statement takes, or no longer"),
    ("\\q", "leave; so does Ctrl-D"),
    ("\\?", "this list"),
];

impl Command {
    /// Reads a line; `None` when it is no command but SQL.
    ///
    /// # Errors
    /// [`Code::Usage`] for a command that there is not.
    pub(super) fn read(line: &str) -> Option<Result<Self>> {
        let line = line.trim();
        if matches!(line.trim_end_matches(';').trim_end(), "quit" | "exit") {
            return Some(Ok(Self::Leave));
        }
        let line = line.strip_prefix('\\')?.trim_end_matches(';');
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim().trim_matches(['`', '"']);
        let command = match (name, argument) {
            ("q", "") => Self::Leave,
            ("?" | "h", "") => Self::Help,
            ("d", "") => Self::Tables { views: true },
            ("dt", "") => Self::Tables { views: false },
            ("d" | "dt", table) => Self::Describe(table.to_owned()),
            ("x", "") => Self::Expanded,
            ("timing", "") => Self::Timing,
            _ => {
                return Some(Err(Error::new(Code::Usage, format!("there is no command `\\{line}`"))
                    .hint("\\? tells the commands")));
            }
        };
        Some(Ok(command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sql() {
        let cases = [
            ("\\q", Some(Some(Command::Leave))),
            ("  exit;", Some(Some(Command::Leave))),
            ("\\?", Some(Some(Command::Help))),
            ("\\d", Some(Some(Command::Tables { views: true }))),
            ("\\dt", Some(Some(Command::Tables { views: false }))),
            ("\\d  tasks;", Some(Some(Command::Describe("tasks".to_owned())))),
            ("\\d `tasks`", Some(Some(Command::Describe("tasks".to_owned())))),
            ("\\x", Some(Some(Command::Expanded))),
            ("\\timing", Some(Some(Command::Timing))),
            ("\\o file", Some(None)),
            ("\\", Some(None)),
            ("SELECT '\\q'", None),
            ("", None),
            ("exit_codes", None),
        ];
        for (line, expected) in cases {
            assert_eq!(Command::read(line).map(Result::ok), expected, "{line}");
        }
    }
}
