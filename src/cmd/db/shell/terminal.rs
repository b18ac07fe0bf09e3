//! The lines that are typed: edited, and remembered in a file of their owner.

use std::fs::{File, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::PathBuf;

use rustyline::config::Configurer as _;
use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, history::History as _};

use super::history::may_keep;
use crate::error::{Code, Error, Result};

/// Statements kept.
const KEPT: usize = 1000;

/// The terminal, with the statements that were typed before.
#[derive(Debug)]
pub(super) struct Terminal {
    editor: DefaultEditor,
    /// Where statements are kept; nowhere without a home folder.
    file: Option<PathBuf>,
}

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A line, or several that were pasted.
    Line(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D on an empty line.
    End,
}

impl Terminal {
    /// Opens the terminal; a file of statements that cannot be read is done without.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self> {
        let mut editor = DefaultEditor::new().map_err(failed)?;
        editor.set_max_history_size(KEPT).map_err(failed)?;
        if let Some(path) = &file {
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, file })
    }

    /// Reads a line.
    pub(super) fn line(&mut self, prompt: &str) -> Result<Read> {
        match self.editor.readline(prompt) {
            Ok(line) => Ok(Read::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Read::Interrupted),
            Err(ReadlineError::Eof) => Ok(Read::End),
            Err(cause) => Err(failed(cause)),
        }
    }

    /// Keeps a statement for the arrow keys, and for the next time unless a secret may stand in it.
    pub(super) fn remember(&mut self, statement: &str) {
        // What cannot be kept is no reason to stop.
        let added = self.editor.add_history_entry(statement).unwrap_or(false);
        if added && may_keep(statement) {
            self.save();
        }
    }

    fn save(&mut self) {
        let Some(path) = &self.file else { return };
        let mut kept = rustyline::history::FileHistory::new();
        let _ = kept.set_max_len(KEPT);
        for entry in self.editor.history().iter().filter(|entry| may_keep(entry)) {
            let _ = kept.add(entry);
        }
        // The file is its owner's alone from the moment it is there.
        let file = File::options().create(true).append(true).mode(0o600).open(path);
        if file.and_then(|file| file.set_permissions(Permissions::from_mode(0o600))).is_ok() {
            let _ = kept.save(path);
        }
    }
}

fn failed(cause: ReadlineError) -> Error {
    Error::new(Code::Internal, format!("the terminal cannot be read: {cause}")).caused_by(cause)
}
