//! How far the entries of each sender are written, so that what is sent again is not written again.
//!
//! The lines themselves say it (their `id`), so it cannot disagree with them: after a restart the ends of the files are
//! read. What was written and not answered was written last, whatever ended us.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracing::warn;

use super::entry::{Sent, sent_of};
use super::names::FileName;

/// Senders that are remembered; beyond them the one that sent nothing for longest is forgotten.
const SENDERS: usize = 4096;
/// Bytes that are read from the end of a file after a restart: more than one call can have written to it.
const END: u64 = 32 << 20;
/// Files that were written to so long before the last write are not read: each sender had its answer since.
const LONG_AGO: Duration = Duration::from_secs(60);

/// The number of the last entry of each sender that is written.
#[derive(Debug, Default)]
pub(super) struct Seen {
    by_source: HashMap<Arc<str>, Last>,
    /// Counts uses, to know the sender that sent nothing for longest.
    uses: u64,
}

#[derive(Debug)]
struct Last {
    number: u64,
    used: u64,
}

impl Seen {
    /// Reads it from the ends of the files in `folder` that were written to last.
    pub(super) fn recovered(folder: &Path) -> Self {
        let mut seen = Self::default();
        let files = recent(folder).unwrap_or_else(|cause| {
            warn!(error = %cause, "Cannot look at the log files in {}: {cause}", folder.display());
            Vec::new()
        });
        for name in files {
            if let Err(cause) = seen.read_end(&folder.join(&name)) {
                warn!(error = %cause, "Cannot read the end of {name}: {cause}; what it holds may be written twice");
            }
        }
        seen
    }

    /// Tells whether this entry, or one after it, is written already.
    pub(super) fn has(&self, sent: &Sent) -> bool {
        self.by_source.get(&sent.source).is_some_and(|last| sent.number <= last.number)
    }

    /// Notes that an entry is written.
    pub(super) fn note(&mut self, sent: &Sent) {
        self.uses += 1;
        let used = self.uses;
        if let Some(last) = self.by_source.get_mut(&sent.source) {
            *last = Last { number: last.number.max(sent.number), used };
            return;
        }
        if SENDERS <= self.by_source.len() {
            let oldest =
                self.by_source.iter().min_by_key(|(_, last)| last.used).map(|(source, _)| Arc::clone(source));
            oldest.and_then(|source| self.by_source.remove(&source));
        }
        self.by_source.insert(Arc::clone(&sent.source), Last { number: sent.number, used });
    }

    /// Forgets everything: what was written may not last, and is to be written again.
    pub(super) fn forget(&mut self) {
        self.by_source.clear();
    }

    fn read_end(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
        let mut lines = BufReader::with_capacity(1 << 20, file.take(END));
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? != 0 {
            // A torn line was not acknowledged, and says nothing.
            if let Some((source, number)) = line.strip_suffix(b"\n").and_then(sent_of) {
                match self.by_source.get_mut(source) {
                    Some(last) => last.number = last.number.max(number),
                    None => self.note(&Sent { source: source.into(), number }),
                }
            }
            line.clear();
        }
        Ok(())
    }
}

/// Returns the names of the files that were written to shortly before the last write to any of them.
fn recent(folder: &Path) -> io::Result<Vec<String>> {
    let mut files: Vec<(String, SystemTime)> = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok().filter(|name| FileName::parse(name).is_some())?;
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((name, metadata.modified().ok()?))
        })
        .collect();
    let newest = files.iter().map(|(_, modified)| *modified).max();
    let since = newest.and_then(|newest| newest.checked_sub(LONG_AGO));
    files.retain(|(_, modified)| since.is_none_or(|since| since <= *modified));
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sent(source: &str, number: u64) -> Sent {
        Sent { source: source.into(), number }
    }

    #[test]
    fn what_is_written_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let line = |id: &str| format!("{{\"time\":\"x\",\"id\":\"{id}\"}}\n");
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write("a-20260115-events.log", line("one-7") + &line("two-1") + "{\"torn\":1,\"id\":\"one-9\"}");
        write("a-20260115-events.1.log", line("one-6") + &line("one-5"));
        write("b-20260115-errors.log", line("one-8"));
        write("c-20260101-events.log", line("one-10"));
        let long_ago = SystemTime::now() - LONG_AGO * 2;
        File::options()
            .append(true)
            .open(folder.path().join("c-20260101-events.log"))
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        let seen = Seen::recovered(folder.path());
        for (source, number, expected) in [
            ("one", 8, true),
            ("one", 1, true),
            ("one", 9, false),
            ("two", 1, true),
            ("two", 2, false),
            ("three", 0, false),
        ] {
            assert_eq!(seen.has(&sent(source, number)), expected, "{source} {number}");
        }
    }

    #[test]
    fn senders_are_bounded() {
        let mut seen = Seen::default();
        for number in 0..SENDERS as u64 * 2 {
            seen.note(&sent(&format!("s{number}"), 1));
            seen.note(&sent("busy", number));
        }
        assert_eq!(seen.by_source.len(), SENDERS);
        assert!(seen.has(&sent("busy", SENDERS as u64)) && !seen.has(&sent("s0", 1)));
    }
}
