//! The history: the lines of all files merged by their time, from the newest or from the oldest, in bounded memory.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::api::Type;
use super::filter::{Matcher, time_of};
use super::lines::{Backwards, Forwards};
use super::writer::FoundFile;

/// Bytes of entries that [`newest`] returns at most, however many were asked for.
const MOST_BYTES: usize = 32 << 20;
/// A file that was last written to so long before a moment holds nothing from it on: clocks are put right, but not by more.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60 * 60);

/// A line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) app: String,
    pub(super) kind: Type,
    pub(super) line: Vec<u8>,
}

/// Returns the newest `count` wanted lines of all files by their time, oldest first; fewer when nobody `waits` for them
/// any more. What was written to a file after the snapshot is not looked at.
pub(super) fn newest(
    folder: &Path,
    files: Vec<FoundFile>,
    wanted: &Matcher,
    count: usize,
    waits: &dyn Fn() -> bool,
) -> io::Result<Vec<Found>> {
    let mut merged = Merged::new(folder, files, wanted, Order::NewestFirst, waits)?;
    let mut found = Vec::new();
    let mut bytes = 0;
    while found.len() < count {
        let Some(line) = merged.next()? else { break };
        bytes += line.line.len();
        if bytes > MOST_BYTES {
            break;
        }
        found.push(line);
    }
    found.reverse();
    Ok(found)
}

/// Passes each wanted line of all files on, by their time, oldest first, until `pass` says that it is enough or nobody
/// `waits` any more.
pub(super) fn oldest_first(
    folder: &Path,
    files: Vec<FoundFile>,
    wanted: &Matcher,
    waits: &dyn Fn() -> bool,
    mut pass: impl FnMut(Found) -> bool,
) -> io::Result<()> {
    let mut merged = Merged::new(folder, files, wanted, Order::OldestFirst, waits)?;
    while let Some(found) = merged.next()? {
        if !pass(found) {
            break;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    NewestFirst,
    OldestFirst,
}

/// The lines of several sources as one series.
struct Merged<'a> {
    folder: &'a Path,
    wanted: &'a Matcher,
    waits: &'a dyn Fn() -> bool,
    heads: BinaryHeap<Head>,
}

/// The line of a source that is its next one.
struct Head {
    order: Order,
    time: Option<DateTime<FixedOffset>>,
    line: Vec<u8>,
    source: Source,
}

/// All files of one app and type.
struct Source {
    app: String,
    kind: Type,
    /// Those that are not begun, the next one last.
    files: Vec<FoundFile>,
    reader: Option<Reader>,
}

enum Reader {
    Backwards(Backwards),
    Forwards(Forwards),
}

impl<'a> Merged<'a> {
    fn new(
        folder: &'a Path,
        files: Vec<FoundFile>,
        wanted: &'a Matcher,
        order: Order,
        waits: &'a dyn Fn() -> bool,
    ) -> io::Result<Self> {
        let mut by_source: BTreeMap<(String, Type), Vec<FoundFile>> = BTreeMap::new();
        for file in files.into_iter().filter(|file| may_hold(file, wanted)) {
            by_source.entry((file.name.app.clone(), file.name.kind)).or_default().push(file);
        }
        let mut merged = Self { folder, wanted, waits, heads: BinaryHeap::new() };
        for ((app, kind), mut files) in by_source {
            files.sort_unstable_by_key(|file| file.name.moment());
            if order == Order::OldestFirst {
                files.reverse();
            }
            merged.advance(order, Source { app, kind, files, reader: None })?;
        }
        Ok(merged)
    }

    fn next(&mut self) -> io::Result<Option<Found>> {
        let Some(Head { order, line, source, .. }) = self.heads.pop() else { return Ok(None) };
        let found = Found { app: source.app.clone(), kind: source.kind, line };
        self.advance(order, source)?;
        Ok(Some(found))
    }

    fn advance(&mut self, order: Order, mut source: Source) -> io::Result<()> {
        if let Some(line) = source.next(self.folder, order, self.wanted, self.waits)? {
            self.heads.push(Head { order, time: time_of(&line), line, source });
        }
        Ok(())
    }
}

fn may_hold(file: &FoundFile, wanted: &Matcher) -> bool {
    let (Some(since), Some(modified)) = (wanted.since(), file.modified) else { return true };
    DateTime::<chrono::Utc>::from(modified + CLOCKS_DIFFER) >= since
}

impl Source {
    fn next(
        &mut self,
        folder: &Path,
        order: Order,
        wanted: &Matcher,
        waits: &dyn Fn() -> bool,
    ) -> io::Result<Option<Vec<u8>>> {
        loop {
            let line = match &mut self.reader {
                Some(Reader::Backwards(reader)) => reader.previous(folder)?,
                Some(Reader::Forwards(reader)) => reader.next(folder)?,
                None => None,
            };
            match line {
                Some(line) if wanted.matches(&line) => return Ok(Some(line)),
                // A rare line may be long looked for.
                Some(_) if waits() => {}
                Some(_) => return Ok(None),
                None => {
                    let Some(file) = self.files.pop() else { return Ok(None) };
                    self.reader = Some(match order {
                        Order::NewestFirst => Reader::Backwards(Backwards::new(file)),
                        Order::OldestFirst => Reader::Forwards(Forwards::new(file)),
                    });
                }
            }
        }
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        // A line that does not tell its time stays beside the one before it: it is taken at once.
        let by_time = match (self.time, other.time) {
            (Some(own), Some(others)) if self.order == Order::NewestFirst => own.cmp(&others),
            (Some(own), Some(others)) => others.cmp(&own),
            (own, others) => others.is_some().cmp(&own.is_some()),
        };
        // What happened at once stands in the same order each time.
        let (own, others) = (&self.source, &other.source);
        by_time.then_with(|| match self.order {
            Order::NewestFirst => (&own.app, own.kind).cmp(&(&others.app, others.kind)),
            Order::OldestFirst => (&others.app, others.kind).cmp(&(&own.app, own.kind)),
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::logs::names::FileName;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    fn texts(found: &[Found]) -> Vec<String> {
        found.iter().map(|found| String::from_utf8_lossy(&found.line).into_owned()).collect()
    }

    fn files(folder: &Path, contents: &[(&str, &str)]) -> Vec<FoundFile> {
        let file = |(name, text): &(&str, &str)| {
            fs::write(folder.join(name), text).unwrap();
            let metadata = fs::metadata(folder.join(name)).unwrap();
            let name = FileName::parse(name).unwrap();
            FoundFile {
                name,
                inode: metadata.ino(),
                length: text.len() as u64,
                modified: metadata.modified().ok(),
            }
        };
        contents.iter().map(file).collect()
    }

    fn at(time: &str) -> String {
        format!("{{\"time\":\"2026-01-{time}:00:00.000Z\"}}")
    }

    fn of(times: &[&str]) -> String {
        times.iter().map(|time| at(time) + "\n").collect()
    }

    fn both_ways(folder: &Path, files: &[FoundFile], count: usize) -> [Vec<String>; 2] {
        let (wanted, waits) = (Matcher::default(), || true);
        let newest = newest(folder, files.to_vec(), &wanted, count, &waits).unwrap();
        let mut oldest = Vec::new();
        oldest_first(folder, files.to_vec(), &wanted, &waits, |found| {
            oldest.push(found);
            oldest.len() < count
        })
        .unwrap();
        [texts(&newest), texts(&oldest)]
    }

    #[test]
    fn lines_come_merged_by_time_over_apps_types_days_and_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(
            folder.path(),
            &[
                ("a-20260114-events.1.log", &of(&["14T08"])),
                ("a-20260114-events.2.log", &of(&["14T09", "14T10"])),
                ("a-20260114-events.10.log", &of(&["14T11"])),
                ("a-20260114-events.log", &of(&["14T20"])),
                ("a-20260115-events.log", &of(&["15T02", "15T09"])),
                ("a-20260115-errors.log", &of(&["15T03"])),
                ("b-20260115-events.log", &of(&["15T01", "15T08"])),
                ("empty-20260115-events.log", ""),
            ],
        );
        let all = ["14T08", "14T09", "14T10", "14T11", "14T20", "15T01", "15T02", "15T03", "15T08", "15T09"]
            .map(at);
        for count in [1, 3, 6, 9, 10, 100] {
            let [newest, oldest] = both_ways(folder.path(), &files, count);
            assert_eq!(newest, all[all.len().saturating_sub(count)..]);
            assert_eq!(oldest, all[..count.min(all.len())]);
        }
    }

    #[test]
    fn a_file_that_is_set_aside_while_it_is_read_is_read_to_its_end_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (one, two, three) = (at("15T01"), at("15T02"), at("15T03"));
        let before = format!("{one}\n{two}\n");
        let mut files = files(folder.path(), &[("a-20260115-events.log", &format!("{before}{three}\n"))]);
        files[0].length = before.len() as u64;
        assert_eq!(
            both_ways(folder.path(), &files, 10),
            [[one.clone(), two.clone()], [one.clone(), two.clone()]]
        );
        fs::rename(path("a-20260115-events.log"), path("a-20260115-events.3.log")).unwrap();
        fs::write(path("a-20260115-events.log"), format!("{three}\n").repeat(9)).unwrap();
        assert_eq!(both_ways(folder.path(), &files, 10), [[one.clone(), two.clone()], [one, two]]);
        fs::remove_file(path("a-20260115-events.3.log")).unwrap();
        assert_eq!(both_ways(folder.path(), &files, 10), [Vec::<String>::new(), Vec::new()]);
    }

    #[test]
    fn only_what_is_wanted_comes_and_nothing_when_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(
            folder.path(),
            &[
                ("a-20260114-events.log", &of(&["14T08", "14T09"])),
                ("a-20260115-events.log", &of(&["15T02", "15T09"])),
            ],
        );
        let filter = crate::services::logs::api::Filter {
            since: Some("2026-01-14T09:00:00Z".to_owned()),
            until: Some("2026-01-15T09:00:00Z".to_owned()),
            ..Default::default()
        };
        let wanted = Matcher::new(filter).unwrap();
        let found = newest(folder.path(), files.clone(), &wanted, 10, &|| true).unwrap();
        assert_eq!(texts(&found), ["14T09", "15T02"].map(at));
        let found = newest(folder.path(), files.clone(), &wanted, 1, &|| true).unwrap();
        assert_eq!(texts(&found), [at("15T02")]);
        assert_eq!(newest(folder.path(), files, &wanted, 10, &|| false).unwrap(), []);
    }
}
