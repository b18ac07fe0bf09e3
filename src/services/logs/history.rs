//! Reads the newest entries from the ends of files, whatever their size, in bounded memory.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Deserialize;

use super::api::Type;
use super::names::FileName;

/// Bytes of entries at most, however many were asked for.
const MOST_BYTES: usize = 32 << 20;
/// Bytes read at once from the end of a file, at least.
const BLOCK: usize = 16 * 1024;
/// A line longer than this was not written by us and is left out.
const LONGEST_LINE: usize = 1 << 20;

/// A line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) app: String,
    pub(super) kind: Type,
    pub(super) line: Vec<u8>,
}

/// Returns the newest `count` lines of all files by their time, oldest first. What is written to a file after the
/// length given with it is not looked at.
pub(super) fn newest(folder: &Path, files: Vec<(FileName, u64)>, count: usize) -> io::Result<Vec<Found>> {
    let mut by_source: BTreeMap<(String, Type), Vec<(NaiveDate, u64)>> = BTreeMap::new();
    for (FileName { app, date, kind }, length) in files {
        by_source.entry((app, kind)).or_default().push((date, length));
    }
    let mut heads = BinaryHeap::new();
    for ((app, kind), mut days) in by_source {
        days.sort_unstable();
        let mut source = Source { folder: folder.to_owned(), app, kind, days, reader: None };
        if let Some((time, line)) = source.previous()? {
            heads.push(Head { time, line, source });
        }
    }
    let mut found = Vec::new();
    let mut bytes = 0;
    while let Some(Head { line, mut source, .. }) = heads.pop() {
        bytes += line.len();
        if found.len() >= count || bytes > MOST_BYTES {
            break;
        }
        found.push(Found { app: source.app.clone(), kind: source.kind, line });
        if let Some((time, line)) = source.previous()? {
            heads.push(Head { time, line, source });
        }
    }
    found.reverse();
    Ok(found)
}

/// A line and the time it tells; `None` for a line that does not tell.
type Timed = (Option<DateTime<FixedOffset>>, Vec<u8>);

/// The newest line of a source that is not taken yet.
struct Head {
    time: Option<DateTime<FixedOffset>>,
    line: Vec<u8>,
    source: Source,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        // A line that does not tell its time stays beside the one after it: it is taken at once.
        match (self.time, other.time) {
            (Some(own), Some(others)) => own.cmp(&others),
            (own, others) => others.is_some().cmp(&own.is_some()),
        }
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

/// All files of one app and type, read backwards from the newest day.
struct Source {
    folder: PathBuf,
    app: String,
    kind: Type,
    /// Days with their lengths that are not begun, the newest last.
    days: Vec<(NaiveDate, u64)>,
    reader: Option<Backwards>,
}

impl Source {
    fn previous(&mut self) -> io::Result<Option<Timed>> {
        loop {
            if let Some(reader) = &mut self.reader {
                if let Some(line) = reader.previous()? {
                    return Ok(Some((time_of(&line), line)));
                }
                self.reader = None;
            }
            let Some((date, length)) = self.days.pop() else { return Ok(None) };
            let name = FileName { app: self.app.clone(), date, kind: self.kind };
            self.reader = Some(Backwards::new(self.folder.join(name.to_string()), length));
        }
    }
}

fn time_of(line: &[u8]) -> Option<DateTime<FixedOffset>> {
    #[derive(Deserialize)]
    struct OnlyTime {
        time: String,
    }
    let only: OnlyTime = serde_json::from_slice(line).ok()?;
    DateTime::parse_from_rfc3339(&only.time).ok()
}

/// The lines of one file, the last one first. No descriptor is held between two blocks, so that any number of files can
/// be read side by side.
struct Backwards {
    path: PathBuf,
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
    fn new(path: PathBuf, length: u64) -> Self {
        Self { path, unread: length, buffer: Vec::new(), unsearched: 0, skipping: false }
    }

    fn previous(&mut self) -> io::Result<Option<Vec<u8>>> {
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
                self.read_block()?;
            }
        }
    }

    fn read_block(&mut self) -> io::Result<()> {
        // More for a long line, which would be moved with each block otherwise.
        let size = BLOCK.max(self.buffer.len()).min(usize::try_from(self.unread).unwrap_or(BLOCK));
        let from = self.unread - size as u64;
        let mut block = vec![0; size];
        let read = (OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&self.path))
            .and_then(|file| file.read_exact_at(&mut block, from));
        match read {
            Ok(()) => {}
            // It was deleted or cut meanwhile: it has nothing more to tell.
            Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
                self.unread = 0;
                return Ok(());
            }
            Err(cause) => return Err(cause),
        }
        self.unread = from;
        block.append(&mut self.buffer);
        self.buffer = block;
        self.unsearched = size;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn texts(found: &[Found]) -> Vec<String> {
        found.iter().map(|found| String::from_utf8_lossy(&found.line).into_owned()).collect()
    }

    fn files(folder: &Path, contents: &[(&str, &str)]) -> Vec<(FileName, u64)> {
        contents
            .iter()
            .map(|(name, text)| {
                fs::write(folder.join(name), text).unwrap();
                (FileName::parse(name).unwrap(), text.len() as u64)
            })
            .collect()
    }

    fn at(time: &str) -> String {
        format!("{{\"time\":\"2026-01-{time}:00:00.000Z\"}}")
    }

    #[test]
    fn the_newest_lines_come_merged_by_time_over_apps_types_and_days() {
        let folder = tempfile::tempdir().unwrap();
        let of = |times: &[&str]| times.iter().map(|time| at(time) + "\n").collect::<String>();
        let files = files(
            folder.path(),
            &[
                ("a-20260114-events.log", &of(&["14T08", "14T20"])),
                ("a-20260115-events.log", &of(&["15T02", "15T09"])),
                ("a-20260115-errors.log", &of(&["15T03"])),
                ("b-20260115-events.log", &of(&["15T01", "15T08"])),
                ("empty-20260115-events.log", ""),
            ],
        );
        let all = ["14T08", "14T20", "15T01", "15T02", "15T03", "15T08", "15T09"].map(at);
        for count in [0, 1, 3, 6, 7, 100] {
            let found = newest(folder.path(), files.clone(), count).unwrap();
            assert_eq!(texts(&found), all[all.len().saturating_sub(count)..]);
        }
    }

    #[test]
    fn what_is_no_entry_stays_where_it_is_and_what_is_too_long_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(LONGEST_LINE * 2);
        let medium = "y".repeat(BLOCK * 3);
        let (one, two) = (at("15T01"), at("15T02"));
        let text = format!("{long}\n{one}\n{{\"torn\n\n{long}\n{medium}\n{two}\nunfinished");
        let files = files(
            folder.path(),
            &[("a-20260115-events.log", &text), ("b-20260115-events.log", &at("15T03"))],
        );
        let found = newest(folder.path(), files, 10).unwrap();
        assert_eq!(texts(&found), [&*one, "{\"torn", &medium, &two, &at("15T03"), "unfinished"]);
    }

    #[test]
    fn a_file_is_read_up_to_its_length_at_the_time_and_may_vanish() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (at("15T01"), at("15T02"));
        let mut files = files(folder.path(), &[("a-20260115-events.log", &format!("{one}\n{two}\n"))]);
        files[0].1 = one.len() as u64 + 1;
        assert_eq!(texts(&newest(folder.path(), files.clone(), 10).unwrap()), [one]);
        fs::remove_file(folder.path().join("a-20260115-events.log")).unwrap();
        assert_eq!(newest(folder.path(), files, 10).unwrap(), []);
    }
}
