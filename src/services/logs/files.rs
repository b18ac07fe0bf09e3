//! The log files of today, open for appending.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use chrono::NaiveDate;

use super::api::Type;
use super::names::FileName;

/// Descriptors that are kept open; beyond them the one that was not used for longest is closed.
const OPEN_AT_MOST: usize = 64;

/// The folder of the log files, and the files in it that were written to last.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    open: Vec<Open>,
    /// Counts uses, to know the file that was not used for longest.
    uses: u64,
}

#[derive(Debug)]
struct Open {
    name: FileName,
    file: File,
    used: u64,
}

impl Files {
    /// Makes the folder if it is missing.
    pub(super) fn new(folder: PathBuf) -> io::Result<Self> {
        make_folder(&folder)?;
        Ok(Self { folder, open: Vec::new(), uses: 0 })
    }

    /// Returns the folder.
    pub(super) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Closes everything; the files are opened anew by name when they are written to next.
    pub(super) fn close(&mut self) {
        self.open.clear();
    }

    /// Appends a line to a file with one `write()`; on failure nothing of it is left in the file.
    pub(super) fn append(&mut self, app: &str, kind: Type, date: NaiveDate, line: &[u8]) -> io::Result<()> {
        let index = self.opened(app, kind, date)?;
        let outcome = append_whole(&mut self.open[index].file, line);
        if outcome.is_err() {
            // Opening it anew mends what could not be taken back.
            self.open.swap_remove(index);
        }
        outcome
    }

    fn opened(&mut self, app: &str, kind: Type, date: NaiveDate) -> io::Result<usize> {
        self.uses += 1;
        let matches = |open: &Open| open.name.kind == kind && open.name.date == date && open.name.app == app;
        if let Some(index) = self.open.iter().position(matches) {
            // Somebody may have deleted the file: what is written to it then would be lost.
            if self.open[index].file.metadata()?.nlink() > 0 {
                self.open[index].used = self.uses;
                return Ok(index);
            }
            self.open.swap_remove(index);
        }
        let name = FileName { app: app.to_owned(), date, kind };
        let file = self.open_file(&name)?;
        if self.open.len() >= OPEN_AT_MOST {
            let oldest = (0..self.open.len()).min_by_key(|index| self.open[*index].used);
            oldest.map(|index| self.open.swap_remove(index));
        }
        self.open.push(Open { name, file, used: self.uses });
        Ok(self.open.len() - 1)
    }

    fn open_file(&self, name: &FileName) -> io::Result<File> {
        let path = self.folder.join(name.to_string());
        let open = || {
            // A link in the place of a log file could point at any file of ours.
            OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .mode(0o640)
                .custom_flags(libc::O_NOFOLLOW)
                .open(&path)
        };
        let mut file = match open() {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                make_folder(&self.folder)?;
                open()?
            }
            opened => opened?,
        };
        mend(&mut file)?;
        Ok(file)
    }
}

fn make_folder(folder: &std::path::Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o750).create(folder)
}

/// Ends the line that a writer began and did not finish (the machine lost power, or its disk was full).
fn mend(file: &mut File) -> io::Result<()> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let Some(last) = metadata.len().checked_sub(1) else { return Ok(()) };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    if byte == *b"\n" { Ok(()) } else { append_whole(file, b"\n") }
}

fn append_whole(file: &mut File, line: &[u8]) -> io::Result<()> {
    let written = loop {
        match file.write(line) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            outcome => break outcome?,
        }
    };
    if written == line.len() {
        return Ok(());
    }
    // The disk is full: half a line is taken back, so that what follows one day does not continue it.
    let length = file.metadata()?.len();
    file.set_len(length.saturating_sub(written as u64))?;
    Err(io::ErrorKind::StorageFull.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn date() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()
    }

    #[test]
    fn lines_are_appended_and_a_torn_tail_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/prokov-20260115-events.log");
        let mut files = Files::new(folder.path().join("logs")).unwrap();
        files.append("prokov", Type::Events, date(), b"{\"a\":1}\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n");
        fs::write(&path, "{\"a\":1}\n{\"torn").unwrap();
        files.close();
        files.append("prokov", Type::Events, date(), b"{\"a\":2}\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"torn\n{\"a\":2}\n");
    }

    #[test]
    fn a_deleted_file_and_a_deleted_folder_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let path = logs.join("prokov-20260115-events.log");
        let mut files = Files::new(logs.clone()).unwrap();
        files.append("prokov", Type::Events, date(), b"1\n").unwrap();
        fs::remove_file(&path).unwrap();
        files.append("prokov", Type::Events, date(), b"2\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "2\n");
        fs::remove_dir_all(&logs).unwrap();
        files.append("prokov", Type::Events, date(), b"3\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "3\n");
    }

    #[test]
    fn descriptors_are_bounded_and_links_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::new(folder.path().to_owned()).unwrap();
        for round in 0..2 {
            for app in 0..OPEN_AT_MOST * 2 {
                files.append(&format!("app{app}"), Type::Errors, date(), b"x\n").unwrap();
                assert!(files.open.len() <= OPEN_AT_MOST);
            }
            assert_eq!(
                fs::read(folder.path().join("app0-20260115-errors.log")).unwrap().len(),
                2 * (round + 1)
            );
        }
        let target = folder.path().join("target");
        fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join("linked-20260115-events.log")).unwrap();
        assert!(files.append("linked", Type::Events, date(), b"x\n").is_err());
        assert_eq!(fs::read(&target).unwrap().len(), 0);
        fs::create_dir(folder.path().join("folder-20260115-events.log")).unwrap();
        assert!(files.append("folder", Type::Events, date(), b"x\n").is_err());
    }

    #[test]
    fn half_a_line_is_taken_back_when_the_disk_is_full() {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // A limit on the size of files stands for the full disk; it is far beyond what any other test writes.
        const LIMIT: u64 = 1 << 40;
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::new(folder.path().to_owned()).unwrap();
        let path = folder.path().join("prokov-20260115-events.log");
        let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
        file.write_all_at(b"\n", LIMIT - 11).unwrap();
        let before = getrlimit(Resource::Fsize);
        setrlimit(Resource::Fsize, Rlimit { current: Some(LIMIT), ..before }).unwrap();
        let outcomes = [&b"longer than ten bytes\n"[..], b"shorter\n"]
            .map(|line| files.append("prokov", Type::Events, date(), line).map_err(|cause| cause.kind()));
        setrlimit(Resource::Fsize, before).unwrap();
        assert_eq!(outcomes, [Err(io::ErrorKind::StorageFull), Ok(())]);
        let mut tail = [0; 9];
        file.read_exact_at(&mut tail, LIMIT - 11).unwrap();
        assert_eq!(tail, *b"\nshorter\n");
    }
}
