//! The lines of one file, from its end or from its beginning, whatever its size and theirs.
//!
//! No descriptor is held between two blocks, so that any number of files can be read side by side. A file is known by its
//! inode: it may be set aside under a number while it is read.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::names::FileName;
use super::writer::FoundFile;

/// Bytes read at once, at least.
const BLOCK: usize = 64 * 1024;
/// A line longer than this was not written by us and is left out.
const LONGEST_LINE: usize = 1 << 20;

/// The lines of one file, the last one first.
pub(super) struct Backwards {
    file: FoundFile,
    /// What is before this offset is not read yet.
    unread: u64,
    /// What was read and not returned, up to the line break that ends it.
    buffer: Vec<u8>,
    /// So many bytes at its beginning may hold line breaks; the others do not.
    unsearched: usize,
    /// The line whose end is being read is too long to be kept.
    skipping: bool,
}

impl Backwards {
    pub(super) fn new(file: FoundFile) -> Self {
        Self { unread: file.length, file, buffer: Vec::new(), unsearched: 0, skipping: false }
    }

    /// Returns the line before the one that was returned last.
    pub(super) fn previous(&mut self, folder: &Path) -> io::Result<Option<Vec<u8>>> {
        loop {
            let line_break = self.buffer[..self.unsearched].iter().rposition(|byte| *byte == b'\n');
            self.unsearched = line_break.unwrap_or(0);
            if let Some(at) = line_break {
                let line = self.buffer.split_off(at + 1);
                self.buffer.truncate(at);
                if !std::mem::take(&mut self.skipping) && !line.is_empty() {
                    return Ok(Some(line));
                }
            } else if self.unread == 0 {
                let line = std::mem::take(&mut self.buffer);
                return Ok((!self.skipping && !line.is_empty()).then_some(line));
            } else {
                if self.buffer.len() > LONGEST_LINE {
                    self.skipping = true;
                    self.buffer.clear();
                }
                self.read_block(folder)?;
            }
        }
    }

    fn read_block(&mut self, folder: &Path) -> io::Result<()> {
        // More for a long line, which would be moved with each block otherwise.
        let size = BLOCK.max(self.buffer.len()).min(usize::try_from(self.unread).unwrap_or(BLOCK));
        let from = self.unread - size as u64;
        let Some(mut block) = read_at(folder, &mut self.file, from, size)? else {
            self.unread = 0;
            return Ok(());
        };
        self.unread = from;
        block.append(&mut self.buffer);
        self.buffer = block;
        self.unsearched = size;
        Ok(())
    }
}

/// The lines of one file, the first one first.
pub(super) struct Forwards {
    file: FoundFile,
    /// What is behind this offset is not read yet.
    read: u64,
    /// What was read; what is before `taken` was returned.
    buffer: Vec<u8>,
    taken: usize,
    /// The line whose beginning was read is too long to be kept.
    skipping: bool,
}

impl Forwards {
    pub(super) fn new(file: FoundFile) -> Self {
        Self { file, read: 0, buffer: Vec::new(), taken: 0, skipping: false }
    }

    /// Returns the line after the one that was returned last.
    pub(super) fn next(&mut self, folder: &Path) -> io::Result<Option<Vec<u8>>> {
        let mut searched = self.taken;
        loop {
            let rest = &self.buffer[searched..];
            if let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer[self.taken..searched + at].to_vec();
                self.taken = searched + at + 1;
                searched = self.taken;
                if !std::mem::take(&mut self.skipping) && !line.is_empty() {
                    return Ok(Some(line));
                }
            } else if self.file.length <= self.read {
                let line = self.buffer.split_off(self.taken);
                self.buffer.clear();
                self.taken = 0;
                return Ok((!self.skipping && !line.is_empty()).then_some(line));
            } else {
                self.buffer.drain(..self.taken);
                self.taken = 0;
                if self.buffer.len() > LONGEST_LINE {
                    self.skipping = true;
                    self.buffer.clear();
                }
                searched = self.buffer.len();
                self.read_block(folder)?;
            }
        }
    }

    fn read_block(&mut self, folder: &Path) -> io::Result<()> {
        let left = usize::try_from(self.file.length - self.read).unwrap_or(BLOCK);
        let size = BLOCK.max(self.buffer.len()).min(left);
        match read_at(folder, &mut self.file, self.read, size)? {
            Some(block) => {
                self.buffer.extend_from_slice(&block);
                self.read += size as u64;
            }
            None => self.file.length = self.read,
        }
        Ok(())
    }
}

/// Reads `size` bytes; `None` when the file was deleted or cut meanwhile: it has nothing more to tell.
fn read_at(folder: &Path, file: &mut FoundFile, from: u64, size: usize) -> io::Result<Option<Vec<u8>>> {
    let Some(opened) = open(folder, file)? else { return Ok(None) };
    let mut block = vec![0; size];
    match opened.read_exact_at(&mut block, from) {
        Ok(()) => Ok(Some(block)),
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(cause) => Err(cause),
    }
}

fn open(folder: &Path, file: &mut FoundFile) -> io::Result<Option<File>> {
    if let Some(opened) = open_named(folder, &file.name, file.inode)? {
        return Ok(Some(opened));
    }
    for entry in std::fs::read_dir(folder)?.flatten() {
        let Some(name) = entry.file_name().to_str().and_then(FileName::parse) else { continue };
        if name.is_beside(&file.name)
            && let Some(opened) = open_named(folder, &name, file.inode)?
        {
            file.name = name;
            return Ok(Some(opened));
        }
    }
    Ok(None)
}

/// Opens a file if it is the one with this inode.
fn open_named(folder: &Path, name: &FileName, inode: u64) -> io::Result<Option<File>> {
    let path = folder.join(name.to_string());
    match OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path) {
        Ok(opened) => {
            Ok(Some(opened).filter(|opened| opened.metadata().is_ok_and(|found| found.ino() == inode)))
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        // A link or a folder has taken its place.
        Err(cause) if matches!(cause.raw_os_error(), Some(libc::ELOOP | libc::EISDIR)) => Ok(None),
        Err(cause) => Err(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_lines_without_those_that_are_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(LONGEST_LINE * 2);
        let medium = "y".repeat(BLOCK * 3);
        let shorts: String = (0..20_000).flat_map(|number| [number.to_string(), "\n".to_owned()]).collect();
        for (text, expected) in [
            (String::new(), 0),
            ("\n\n".to_owned(), 0),
            ("unfinished".to_owned(), 1),
            (format!("{long}\none\n{{\"torn\n\n{long}\n{medium}\ntwo\nunfinished"), 5),
            (format!("{long}\n{long}"), 0),
            (shorts, 20_000),
        ] {
            let name = FileName::parse("a-20260115-events.log").unwrap();
            let path = folder.path().join(name.to_string());
            std::fs::write(&path, &text).unwrap();
            let inode = std::fs::metadata(path).unwrap().ino();
            let file = FoundFile { name, inode, length: text.len() as u64, modified: None };
            let lines: Vec<&[u8]> = text
                .lines()
                .filter(|line| !line.is_empty() && line.len() <= LONGEST_LINE)
                .map(str::as_bytes)
                .collect();
            assert_eq!(lines.len(), expected);
            let mut forwards = Forwards::new(file.clone());
            let read: Vec<_> = std::iter::from_fn(|| forwards.next(folder.path()).unwrap()).collect();
            assert!(read == lines, "forwards: {} lines", read.len());
            let mut backwards = Backwards::new(file);
            let mut read: Vec<_> =
                std::iter::from_fn(|| backwards.previous(folder.path()).unwrap()).collect();
            read.reverse();
            assert!(read == lines, "backwards: {} lines", read.len());
        }
    }
}
