//! The log files that are written to, open for appending; one that grew too large is set aside.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use tracing::warn;

use super::api::Type;
use super::entry::MAX_LINE_BYTES;
use super::names::FileName;
use super::sync::Unsynced;

/// How each line of ours begins.
const BEGINNING: &[u8] = b"{\"time\":\"";
/// Descriptors that are kept open; beyond them the one that was not used for longest is closed.
const OPEN_AT_MOST: usize = 64;

/// The folder of the log files, and the files in it that were written to last.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    /// Bytes at which a file is set aside.
    pub(super) max_file_bytes: u64,
    open: Vec<Open>,
    /// Counts uses, to know the file that was not used for longest.
    uses: u64,
    /// The numbers that were given last; they are looked for in the folder where none is known.
    numbers: HashMap<FileName, u32>,
    unsynced: Unsynced,
}

#[derive(Debug)]
struct Open {
    name: FileName,
    file: Arc<File>,
    used: u64,
    /// Something was written that may not be on the disk yet.
    is_dirty: bool,
    /// The length at which it is set aside.
    full_at: u64,
}

impl Files {
    /// Makes the folder if it is missing.
    pub(super) fn new(folder: PathBuf, max_file_bytes: u64) -> io::Result<Self> {
        make_folder(&folder)?;
        let (open, numbers, unsynced) = (Vec::new(), HashMap::new(), Unsynced::default());
        Ok(Self { folder, max_file_bytes, open, uses: 0, numbers, unsynced })
    }

    /// Returns the folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Closes everything; the files are opened anew by name when they are written to next.
    pub(super) fn close(&mut self) {
        while !self.open.is_empty() {
            self.close_one(self.open.len() - 1);
        }
        self.numbers.clear();
    }

    /// Tells whether a file is open.
    pub(super) fn is_open(&self, name: &FileName) -> bool {
        self.open.iter().any(|open| open.name == *name)
    }

    /// Returns what was written since the last time and may not be on the disk yet.
    pub(super) fn take_unsynced(&mut self) -> Unsynced {
        let mut unsynced = std::mem::take(&mut self.unsynced);
        for open in self.open.iter_mut().filter(|open| open.is_dirty) {
            open.is_dirty = false;
            unsynced.files.push(Arc::clone(&open.file));
        }
        unsynced
    }

    /// Takes back what could not be brought to the disk for now.
    pub(super) fn give_back(&mut self, unsynced: Unsynced) {
        self.unsynced.files.extend(unsynced.files);
        self.unsynced.folder = self.unsynced.folder.take().or(unsynced.folder);
    }

    /// Appends a line to a file with one `write()`; on failure nothing of it is left in the file.
    pub(super) fn append(&mut self, app: &str, kind: Type, date: NaiveDate, line: &[u8]) -> io::Result<()> {
        let index = self.opened(app, kind, date, line.len() as u64)?;
        let open = &mut self.open[index];
        open.is_dirty = true;
        let outcome = append_whole(&open.file, line);
        if outcome.is_err() {
            // Opening it anew mends what could not be taken back.
            self.close_one(index);
        }
        outcome
    }

    /// Returns the place of the open file that takes `more` bytes.
    fn opened(&mut self, app: &str, kind: Type, date: NaiveDate, more: u64) -> io::Result<usize> {
        self.uses += 1;
        let matches = |open: &Open| open.name.kind == kind && open.name.date == date && open.name.app == app;
        if let Some(index) = self.open.iter().position(matches) {
            let metadata = self.open[index].file.metadata()?;
            // Somebody may have deleted the file: what is written to it then would be lost.
            if metadata.nlink() == 0 {
                self.close_one(index);
            } else if !self.set_aside_if_full(index, metadata.len(), more) {
                self.open[index].used = self.uses;
                return Ok(index);
            }
        }
        let index = self.open_one(FileName::current(app, kind, date))?;
        let length = self.open[index].file.metadata()?.len();
        // What an earlier process left may be full already.
        if self.set_aside_if_full(index, length, more) {
            return self.open_one(FileName::current(app, kind, date));
        }
        Ok(index)
    }

    fn open_one(&mut self, name: FileName) -> io::Result<usize> {
        let file = Arc::new(self.open_file(&name)?);
        if self.open.len() >= OPEN_AT_MOST {
            let oldest = (0..self.open.len()).min_by_key(|index| self.open[*index].used);
            if let Some(index) = oldest {
                self.close_one(index);
            }
        }
        self.open.push(Open { name, file, used: self.uses, is_dirty: false, full_at: self.max_file_bytes });
        Ok(self.open.len() - 1)
    }

    fn close_one(&mut self, index: usize) {
        let closed = self.open.swap_remove(index);
        if closed.is_dirty {
            self.unsynced.files.push(closed.file);
        }
    }

    fn open_file(&mut self, name: &FileName) -> io::Result<File> {
        let path = self.folder.join(name.to_string());
        let open = |is_new: bool| {
            // A link in the place of a log file could point at any file of ours.
            let mut options = OpenOptions::new();
            options.read(true).append(true).create_new(is_new).mode(0o640).custom_flags(libc::O_NOFOLLOW);
            options.open(&path)
        };
        let file = match open(false) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                make_folder(&self.folder)?;
                self.unsynced.folder = Some(self.folder.clone());
                open(true)?
            }
            opened => opened?,
        };
        mend(&file)?;
        Ok(file)
    }

    /// Renames a file that has no room for `more` bytes; false when it is to be written to all the same.
    fn set_aside_if_full(&mut self, index: usize, length: u64, more: u64) -> bool {
        if length == 0 || length + more <= self.open[index].full_at {
            return false;
        }
        let name = self.open[index].name.clone();
        match self.set_aside(&name) {
            Ok(()) => {
                self.close_one(index);
                true
            }
            Err(cause) => {
                warn!(error = %cause, "Cannot set {name} aside, and write on to it: {cause}");
                self.open[index].full_at = length + self.max_file_bytes;
                false
            }
        }
    }

    fn set_aside(&mut self, name: &FileName) -> io::Result<()> {
        let last = match self.numbers.get(name) {
            Some(number) => *number,
            None => self.last_number(name)?,
        };
        // Numbers are given by this thread alone, so none that is free now is taken before the rename.
        let mut numbered = (last + 1..).map(|number| name.numbered(number));
        let free = numbered.find(|name| self.folder.join(name.to_string()).symlink_metadata().is_err());
        let free = free.ok_or_else(|| io::Error::other("no number is free"))?;
        std::fs::rename(self.folder.join(name.to_string()), self.folder.join(free.to_string()))?;
        self.unsynced.folder = Some(self.folder.clone());
        self.numbers.insert(name.clone(), free.number.unwrap_or(last));
        Ok(())
    }

    fn last_number(&self, name: &FileName) -> io::Result<u32> {
        let names = std::fs::read_dir(&self.folder)?.flatten();
        let beside = names.filter_map(|entry| FileName::parse(entry.file_name().to_str()?));
        Ok(beside.filter(|other| other.is_beside(name)).filter_map(|other| other.number).max().unwrap_or(0))
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o750).create(folder)
}

/// Takes the line back that one of us began and did not finish (it was killed, or the machine lost power): it was not
/// acknowledged, or cannot be read any more. What somebody else left unfinished is ended.
fn mend(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let Some(last) = metadata.len().checked_sub(1) else { return Ok(()) };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    if byte == *b"\n" {
        return Ok(());
    }
    let size = metadata.len().min(MAX_LINE_BYTES as u64);
    let mut end = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    file.read_exact_at(&mut end, metadata.len() - size)?;
    let torn = end.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    if torn.starts_with(BEGINNING) || BEGINNING.starts_with(torn) {
        file.set_len(metadata.len() - torn.len() as u64)
    } else {
        append_whole(file, b"\n")
    }
}

/// Appends to a file that is open for appending, with one `write()`; on failure nothing of it is left.
pub(super) fn append_whole(mut file: &File, line: &[u8]) -> io::Result<()> {
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
        let mut files = Files::new(folder.path().join("logs"), 1 << 50).unwrap();
        files.append("prokov", Type::Events, date(), b"{\"a\":1}\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n");
        fs::write(&path, "{\"a\":1}\n{\"torn").unwrap();
        files.close();
        files.append("prokov", Type::Events, date(), b"{\"a\":2}\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"torn\n{\"a\":2}\n");
        for torn in ["{", "{\"time\":\"", "{\"time\":\"2026-01-15T08:00:00.000+01:00\",\"level"] {
            fs::write(&path, format!("{{\"a\":1}}\n{torn}")).unwrap();
            files.close();
            files.append("prokov", Type::Events, date(), b"{\"a\":2}\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"a\":2}\n", "{torn}");
        }
    }

    #[test]
    fn a_deleted_file_and_a_deleted_folder_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let path = logs.join("prokov-20260115-events.log");
        let mut files = Files::new(logs.clone(), 1 << 50).unwrap();
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
        let mut files = Files::new(folder.path().to_owned(), 1 << 50).unwrap();
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
        let mut files = Files::new(folder.path().to_owned(), 1 << 50).unwrap();
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

    #[test]
    fn a_full_file_is_set_aside_under_the_next_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("prokov-20260115-events.2.log"), "from before\n").unwrap();
        fs::create_dir(path("prokov-20260115-events.4.log")).unwrap();
        let mut files = Files::new(folder.path().to_owned(), 10).unwrap();
        let mut append = |line: &[u8]| files.append("prokov", Type::Events, date(), line).unwrap();
        append(b"1234\n");
        append(b"5678\n");
        append(b"longer than a file\n");
        append(b"9\n");
        let read = |name: &str| fs::read_to_string(path(name)).unwrap();
        assert_eq!(read("prokov-20260115-events.2.log"), "from before\n");
        assert_eq!(read("prokov-20260115-events.5.log"), "1234\n5678\n");
        assert_eq!(read("prokov-20260115-events.6.log"), "longer than a file\n");
        assert_eq!(read("prokov-20260115-events.log"), "9\n");
        assert_eq!(files.take_unsynced().files.len(), 3);
        assert!(files.take_unsynced().files.is_empty());
        drop(files);

        let mut files = Files::new(folder.path().to_owned(), 2).unwrap();
        files.append("prokov", Type::Events, date(), b"10\n").unwrap();
        assert_eq!(read("prokov-20260115-events.7.log"), "9\n");
        assert_eq!(read("prokov-20260115-events.log"), "10\n");
    }
}
