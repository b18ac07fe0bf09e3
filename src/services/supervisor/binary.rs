//! Which file a program was started from, to tell whether another one stands in its place since.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::services::SERVICES;

/// A file at one time; a newer one in its place, or newer content, is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Binary {
    device: u64,
    number: u64,
    length: u64,
    modified: (i64, i64),
}

impl Binary {
    /// Looks at the file that `path` means now.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self {
            device: found.dev(),
            number: found.ino(),
            length: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
        })
    }
}

/// Tells whether a program goes by the name of a daemon of ours, so that it is known what `--version` does.
pub(super) fn is_ours(path: &Path) -> bool {
    SERVICES.iter().any(|service| path.file_name().is_some_and(|name| name == service.name))
}
