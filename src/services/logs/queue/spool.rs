//! Entries on disk while `sogoms-logs` is away: a file a process, one entry a line, behind a line that says how far the
//! entries are handed over.
//!
//! The file is locked while its process lives. One that is not was left behind by a process that ended; the next one of the
//! same service hands it over under the old name, so that nothing in it is written twice.

use std::collections::VecDeque;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::services::logs::api::Entry;
use crate::services::logs::files::append_whole;

/// An entry, and its place among those of its sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Numbered {
    pub(super) number: u64,
    pub(super) entry: Entry,
}

/// The spools of one service: those that were left behind, oldest first, and behind them the one of this process.
#[derive(Debug, Default)]
pub(super) struct Spools {
    /// None while no folder can be had: then nothing is kept on disk.
    own: Option<Own>,
    waiting: VecDeque<Spool>,
}

/// How the spool of this process is made when it is needed.
#[derive(Debug)]
struct Own {
    folder: PathBuf,
    source: Arc<str>,
    max_bytes: u64,
    /// It was told that nothing can be appended.
    told: bool,
}

/// One file with entries that are not handed over.
#[derive(Debug)]
struct Spool {
    source: Arc<str>,
    path: PathBuf,
    file: File,
    /// Entries before this offset are handed over.
    taken: u64,
    length: u64,
    /// Where each of the entries ends that were read last and are not taken.
    ends: VecDeque<u64>,
}

/// The first line: twenty digits and a line break.
const HEAD: usize = 21;
/// Bytes of entries that are read at once, unless a single one has more.
const MOST_BYTES: u64 = 4 << 20;

impl Spools {
    /// Finds the spools that were left behind in `folder`, which is made if it is missing.
    pub(super) fn open(folder: &Path, service: &str, source: &Arc<str>, max_bytes: u64) -> Self {
        let left = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .and_then(|()| left_behind(folder, service));
        let waiting: VecDeque<Spool> = match left {
            Ok(waiting) => waiting,
            Err(cause) => {
                warn!(error = %cause, "Log entries are kept in memory alone, since {} cannot be used: {cause}", folder.display());
                return Self::default();
            }
        };
        if !waiting.is_empty() {
            info!(spools = waiting.len(), "Log entries of an earlier process are handed over first");
        }
        let of_others = waiting.iter().map(|spool| spool.length.saturating_sub(spool.taken)).sum();
        let max_bytes = max_bytes.saturating_sub(of_others);
        let own = Own { folder: folder.to_owned(), source: Arc::clone(source), max_bytes, told: false };
        Self { own: Some(own), waiting }
    }

    /// Tells whether entries can be kept on disk at all.
    pub(super) fn is_open(&self) -> bool {
        self.own.is_some()
    }

    /// Tells whether none is there.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Returns the oldest entries, `count` at most, and who numbered them. They stay until [`Spools::taken`].
    pub(super) fn first(&mut self, count: usize) -> Option<(Arc<str>, VecDeque<Numbered>)> {
        while let Some(spool) = self.waiting.front_mut() {
            match spool.first(count) {
                Ok(entries) if !entries.is_empty() => return Some((Arc::clone(&spool.source), entries)),
                Ok(_) => spool.delete(),
                Err(cause) => {
                    warn!(error = %cause, "Cannot read log entries from {}, which stays: {cause}", spool.path.display());
                }
            }
            self.waiting.pop_front();
        }
        None
    }

    /// Notes that so many of the entries that were returned last are handed over.
    pub(super) fn taken(&mut self, count: usize) {
        let Some(spool) = self.waiting.front_mut() else { return };
        if let Err(cause) = spool.advance(count) {
            warn!(error = %cause, "Cannot note in {} what is handed over: {cause}", spool.path.display());
        }
        if spool.length <= spool.taken {
            spool.delete();
            self.waiting.pop_front();
        }
    }

    /// Appends all of these entries and returns none; returns them when they do not fit or cannot be written. Those of a
    /// `batch` are being handed over, and nothing is on disk yet: they count as returned by [`Spools::first`].
    pub(super) fn append(&mut self, entries: Vec<Numbered>, is_batch: bool) -> Vec<Numbered> {
        let Some(own) = &mut self.own else { return entries };
        let mut lines = Vec::new();
        let mut ends = VecDeque::new();
        for entry in &entries {
            serde_json::to_writer(&mut lines, entry).expect("an entry is text, numbers and JSON values");
            lines.push(b'\n');
            ends.push_back(lines.len() as u64);
        }
        match self.waiting.back().filter(|spool| spool.source == own.source) {
            Some(_) => {}
            None => match Spool::create(&own.folder, &own.source) {
                Ok(spool) => self.waiting.push_back(spool),
                Err(cause) => {
                    own.tell(&format!("it cannot be made: {cause}"));
                    return entries;
                }
            },
        }
        let Some(spool) = self.waiting.back_mut() else { return entries };
        if own.max_bytes < spool.length + lines.len() as u64 {
            own.tell(
                "it is full; entries wait in memory, and are dropped and counted when that is full, too",
            );
            return entries;
        }
        match append_whole(&spool.file, &lines) {
            Ok(()) => {
                if is_batch {
                    spool.ends = ends.into_iter().map(|end| spool.length + end).collect();
                }
                spool.length += lines.len() as u64;
                own.told = false;
                Vec::new()
            }
            Err(cause) => {
                own.tell(&format!("it cannot be written: {cause}"));
                entries
            }
        }
    }
}

impl Own {
    fn tell(&mut self, why: &str) {
        if !std::mem::replace(&mut self.told, true) {
            warn!("The spool of log entries in {} is of no use: {why}", self.folder.display());
        }
    }
}

impl Spool {
    fn create(folder: &Path, source: &Arc<str>) -> io::Result<Self> {
        let path = folder.join(format!("{source}.spool"));
        let file = options().create_new(true).open(&path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        append_whole(&file, head(HEAD as u64).as_bytes())?;
        let (source, length) = (Arc::clone(source), HEAD as u64);
        Ok(Self { source, path, file, taken: length, length, ends: VecDeque::new() })
    }

    /// Opens one that was left behind; `None` while its process lives.
    fn left(path: PathBuf, source: &str) -> io::Result<Option<Self>> {
        let mut file = options().open(&path)?;
        let length = file.metadata()?.len();
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        let mut head = [0; HEAD];
        // Its process may have been killed before it wrote even this.
        let taken = file
            .read_exact(&mut head)
            .ok()
            .and_then(|()| std::str::from_utf8(&head).ok()?.trim_end().parse().ok());
        let taken = taken.unwrap_or(HEAD as u64).clamp(HEAD as u64, length.max(HEAD as u64));
        Ok(Some(Self { source: source.into(), path, file, taken, length, ends: VecDeque::new() }))
    }

    fn first(&mut self, count: usize) -> io::Result<VecDeque<Numbered>> {
        self.ends.clear();
        let (mut entries, mut at, mut most) = (VecDeque::new(), self.taken, MOST_BYTES);
        while entries.is_empty() && at < self.length {
            let size = most.min(self.length - at);
            let reaches_end = size == self.length - at;
            let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
            self.file.read_exact_at(&mut bytes, at)?;
            for line in bytes.split_inclusive(|byte| *byte == b'\n').take(count) {
                let Some(line) = line.strip_suffix(b"\n") else { break };
                at += line.len() as u64 + 1;
                // Its process was killed while it wrote what is no entry.
                if let Ok(entry) = serde_json::from_slice(line) {
                    entries.push_back(entry);
                    self.ends.push_back(at);
                }
            }
            if reaches_end && entries.is_empty() {
                break;
            }
            most *= 2;
        }
        Ok(entries)
    }

    fn advance(&mut self, count: usize) -> io::Result<()> {
        let Some(end) = self.ends.drain(..count.min(self.ends.len())).next_back() else { return Ok(()) };
        self.taken = end;
        // What is opened for appending appends whatever the offset.
        let file = OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(&self.path)?;
        file.write_all_at(head(end).as_bytes(), 0)
    }

    fn delete(&self) {
        if let Err(cause) = std::fs::remove_file(&self.path) {
            warn!(error = %cause, "Cannot delete {}: {cause}", self.path.display());
        }
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    options
}

fn head(taken: u64) -> String {
    format!("{taken:020}\n")
}

/// Returns the spools of processes of this service that have ended, oldest first.
fn left_behind(folder: &Path, service: &str) -> io::Result<VecDeque<Spool>> {
    let mut found: Vec<(u64, String)> = std::fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let source = name.strip_suffix(".spool")?;
            // Of `sogoms-db` is `sogoms-db-1a2b-3c`, and nothing of `sogoms-db-replica`.
            let (micros, pid) = source.strip_prefix(service)?.strip_prefix('-')?.split_once('-')?;
            u64::from_str_radix(pid, 16).ok()?;
            Some((u64::from_str_radix(micros, 16).ok()?, source.to_owned()))
        })
        .collect();
    found.sort_unstable();
    let mut left = VecDeque::new();
    for (_, source) in found {
        match Spool::left(folder.join(format!("{source}.spool")), &source) {
            Ok(spool) => left.extend(spool),
            Err(cause) => {
                warn!(error = %cause, "Cannot open the spool {source} in {}: {cause}", folder.display());
            }
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::logs::api::LogEvent;
    use std::os::unix::fs::PermissionsExt;

    fn entry(number: u64) -> Numbered {
        let event =
            LogEvent { app_id: "prokov".to_owned(), event: number.to_string(), ..LogEvent::default() };
        Numbered { number, entry: Entry::Event(event) }
    }

    fn entries(numbers: std::ops::Range<u64>) -> Vec<Numbered> {
        numbers.map(entry).collect()
    }

    fn open(folder: &Path, source: &str) -> Spools {
        Spools::open(folder, "sogoms-db", &source.into(), 1 << 20)
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn entries_come_back_in_their_order_and_the_file_goes_when_all_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let mut spools = open(folder.path(), "sogoms-db-1-a");
        assert!(spools.is_open() && spools.first(10).is_none());
        assert_eq!(spools.append(entries(0..5), false), []);
        let mode = std::fs::metadata(folder.path().join("sogoms-db-1-a.spool")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let numbers = |spools: &mut Spools, count| {
            let taken = spools.first(count).map(|(_, entries)| entries).unwrap_or_default();
            taken.into_iter().map(|entry| entry.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&mut spools, 3), [0, 1, 2]);
        spools.taken(2);
        assert_eq!(spools.append(entries(5..7), false), []);
        assert_eq!(numbers(&mut spools, 10), [2, 3, 4, 5, 6]);
        spools.taken(5);
        assert_eq!((numbers(&mut spools, 10), files(folder.path())), (vec![], 0));
        assert_eq!(spools.append(entries(7..8), false), []);
        assert_eq!(numbers(&mut spools, 10), [7]);
    }

    #[test]
    fn the_next_process_hands_over_what_was_left_and_not_what_another_one_has() {
        let folder = tempfile::tempdir().unwrap();
        let mut killed = open(folder.path(), "sogoms-db-2-a");
        killed.append(entries(0..5), false);
        killed.first(5).unwrap();
        killed.taken(2);
        // Killed in the middle of a line.
        append_whole(&killed.waiting[0].file, b"{\"number\":5,\"en").unwrap();
        drop(killed);
        std::fs::write(folder.path().join("sogoms-db-1-a.spool"), "").unwrap();
        std::fs::write(folder.path().join("sogoms-db-replica-1-a.spool"), "").unwrap();
        let mut alive = open(folder.path(), "sogoms-db-3-b");
        let other = open(folder.path(), "sogoms-db-4-c");
        assert!(other.is_empty());
        alive.append(entries(1..2), false);
        let (source, left) = alive.first(10).unwrap();
        assert_eq!((&*source, Vec::from(left)), ("sogoms-db-2-a", entries(2..5)));
        alive.taken(3);
        let (source, own) = alive.first(10).unwrap();
        assert_eq!((&*source, Vec::from(own)), ("sogoms-db-3-b", entries(1..2)));
        alive.taken(1);
        assert!(alive.first(10).is_none());
        assert_eq!(files(folder.path()), 1, "only the other service's");
    }

    #[test]
    fn what_does_not_fit_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut spools = Spools::open(folder.path(), "sogoms-db", &"sogoms-db-1-a".into(), 300);
        assert_eq!(spools.append(entries(0..2), false), []);
        assert_eq!(spools.append(entries(2..8), false), entries(2..8));
        assert_eq!(spools.first(10).unwrap().1.len(), 2);
    }

    #[test]
    fn an_entry_larger_than_a_read_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut spools = Spools::open(folder.path(), "sogoms-db", &"sogoms-db-1-a".into(), 1 << 30);
        let event = LogEvent { message: Some("x".repeat(9 << 20)), ..LogEvent::default() };
        let large = Numbered { number: 1, entry: Entry::Event(event) };
        spools.append(vec![large.clone()], false);
        spools.append(entries(2..3), false);
        assert_eq!(spools.first(1).unwrap().1, [large]);
        spools.taken(1);
        assert_eq!(Vec::from(spools.first(10).unwrap().1), entries(2..3));
    }

    #[test]
    fn a_batch_on_its_way_is_taken_like_one_that_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut spools = open(folder.path(), "sogoms-db-1-a");
        assert_eq!(spools.append(entries(0..3), true), []);
        assert_eq!(spools.append(entries(3..5), false), []);
        spools.taken(2);
        assert_eq!(Vec::from(spools.first(10).unwrap().1), entries(2..5));
    }
}
