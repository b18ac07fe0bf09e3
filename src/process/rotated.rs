//! A file that others read while it grows, and that never grows beyond a size: `NAME`, then `NAME.1` (the newest that was
//! set aside) to `NAME.9`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::config::Rotation;

/// Appends whole lines to a file and sets it aside when it is full.
#[derive(Debug)]
pub struct RotatedFile {
    path: PathBuf,
    rotation: Rotation,
    file: Option<File>,
}

impl RotatedFile {
    /// Makes it; the file is opened when something is written.
    pub fn new(path: PathBuf, rotation: Rotation) -> Self {
        Self { path, rotation, file: None }
    }

    /// Returns where the current file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has it keep to other limits from the next line on.
    pub fn limit(&mut self, rotation: Rotation) {
        self.rotation = rotation;
    }

    /// Opens the file if it is not open, or no longer the one of that name; returns it and its bytes.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn open(&mut self) -> io::Result<(&File, u64)> {
        // Somebody may have moved, deleted or emptied it.
        let there = fs::metadata(&self.path).ok();
        let same = |file: &File| {
            let (Some(there), Ok(ours)) = (&there, file.metadata()) else { return false };
            (there.dev(), there.ino()) == (ours.dev(), ours.ino())
        };
        let bytes = there.as_ref().map_or(0, fs::Metadata::len);
        let (file, bytes) = match self.file.take().filter(same) {
            Some(file) => (file, bytes),
            None => open(&self.path)?,
        };
        Ok((self.file.insert(file), bytes))
    }

    /// Appends lines, each with its line break. Either all of them stand in the file then, or those that do are whole.
    ///
    /// # Errors
    /// When they cannot be written, with how many bytes of them are.
    pub fn write(&mut self, lines: &[u8]) -> Result<(), (usize, io::Error)> {
        let mut written = 0;
        while written < lines.len() {
            let left = &lines[written..];
            let max = self.rotation.max_file_bytes;
            let part = self.open().and_then(|(file, bytes)| {
                let part = fitting(left, max.saturating_sub(bytes));
                if part.is_empty() && bytes != 0 {
                    return Ok(0);
                }
                // A line longer than a whole file gets one for itself.
                let part = if part.is_empty() { first_line(left) } else { part };
                append(file, bytes, part).map(|()| part.len())
            });
            match part.and_then(|part| if part == 0 { self.rotate().map(|()| 0) } else { Ok(part) }) {
                Ok(part) => written += part,
                Err(cause) => return Err((written, cause)),
            }
        }
        Ok(())
    }

    /// Opens the files there are for reading, oldest first.
    pub fn files(path: &Path, rotation: Rotation) -> Vec<File> {
        let aside = (1..=rotation.keep).rev().map(|number| numbered(path, number));
        aside.chain([path.to_owned()]).filter_map(|path| File::open(path).ok()).collect()
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file = None;
        if self.rotation.keep == 0 {
            return fs::remove_file(&self.path);
        }
        // More were kept once.
        for number in self.rotation.keep.. {
            match fs::remove_file(numbered(&self.path, number)) {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                    if self.rotation.keep < number {
                        break;
                    }
                }
                Err(cause) => return Err(cause),
                Ok(()) => {}
            }
        }
        for number in (1..self.rotation.keep).rev() {
            let (from, to) = (numbered(&self.path, number), numbered(&self.path, number + 1));
            match fs::rename(from, to) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
                _ => {}
            }
        }
        fs::rename(&self.path, numbered(&self.path, 1))
    }
}

/// Opens a file for appending, with the bytes in it. A line that a crash of the machine has torn is ended.
fn open(path: &Path) -> io::Result<(File, u64)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // What services write is for the same eyes as the logs of apps.
    let file = File::options().create(true).read(true).append(true).mode(0o640).open(path)?;
    let mut bytes = file.metadata()?.len();
    if bytes != 0 {
        let mut last = [0];
        file.read_exact_at(&mut last, bytes - 1)?;
        if last != *b"\n" {
            append(&file, bytes, b"\n")?;
            bytes += 1;
        }
    }
    Ok((file, bytes))
}

/// Writes all of it behind what is there, or takes back what it wrote of it: half a line is none.
fn append(file: &File, bytes: u64, part: &[u8]) -> io::Result<()> {
    let mut left = part;
    while !left.is_empty() {
        match rustix::io::retry_on_intr(|| rustix::io::write(file, left)) {
            Ok(count) if count != 0 => left = &left[count..],
            failed => {
                // On a full disk there is always room for less.
                let _ = file.set_len(bytes);
                return Err(failed.map_or_else(Into::into, |_| io::ErrorKind::WriteZero.into()));
            }
        }
    }
    Ok(())
}

/// Returns the whole lines at the beginning that take up to `room` bytes.
fn fitting(lines: &[u8], room: u64) -> &[u8] {
    let room = usize::try_from(room).unwrap_or(usize::MAX).min(lines.len());
    if room == lines.len() {
        return lines;
    }
    let end = lines[..room].iter().rposition(|byte| *byte == b'\n');
    end.map_or(&[], |end| &lines[..=end])
}

fn first_line(lines: &[u8]) -> &[u8] {
    let end = lines.iter().position(|byte| *byte == b'\n');
    end.map_or(lines, |end| &lines[..=end])
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(OsString::from(format!(".{number}")));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn a_full_file_is_set_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/db.log");
        let mut file = RotatedFile::new(path.clone(), Rotation { max_file_bytes: 6, keep: 2 });
        // A batch is parted between lines, and a line is never.
        file.write(b"1\n2\n3\n4\nlonger than a file\n5\n").unwrap();
        assert_eq!([read(&path), read(&numbered(&path, 1))], ["5\n", "longer than a file\n"]);
        assert_eq!(read(&numbered(&path, 2)), "4\n");
        assert_eq!(RotatedFile::files(&path, file.rotation).len(), 3);
        file.limit(Rotation { max_file_bytes: 6, keep: 0 });
        file.write(b"6\n7\n8\n9\n").unwrap();
        assert_eq!(read(&path), "8\n9\n");
        assert_eq!(mode(&path), 0o640);
        file.limit(Rotation { max_file_bytes: 4, keep: 1 });
        file.write(b"10\n").unwrap();
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 2);
    }

    #[test]
    fn what_others_do_with_the_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.log");
        fs::write(&path, "to").unwrap();
        let mut file = RotatedFile::new(path.clone(), Rotation { max_file_bytes: 100, keep: 2 });
        file.write(b"1\n").unwrap();
        assert_eq!(read(&path), "to\n1\n");
        let moved = folder.path().join("moved");
        fs::rename(&path, &moved).unwrap();
        file.write(b"2\n").unwrap();
        assert_eq!([read(&moved), read(&path)], ["to\n1\n", "2\n"]);
        fs::remove_file(&path).unwrap();
        file.write(b"3\n").unwrap();
        File::create(&path).unwrap();
        file.write(b"4\n").unwrap();
        assert_eq!(read(&path), "4\n");
    }

    #[test]
    fn what_cannot_be_written_is_told_with_how_much_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.log");
        // A folder in the place of the file that would be set aside.
        fs::create_dir_all(numbered(&path, 1).join("x")).unwrap();
        let mut file = RotatedFile::new(path.clone(), Rotation { max_file_bytes: 4, keep: 1 });
        assert_eq!(file.write(b"1\n2\n3\n").unwrap_err().0, 4);
        assert_eq!(read(&path), "1\n2\n");
        fs::remove_dir_all(numbered(&path, 1)).unwrap();
        file.write(b"3\n").unwrap();
        assert_eq!([read(&numbered(&path, 1)), read(&path)], ["1\n2\n", "3\n"]);
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }
}
