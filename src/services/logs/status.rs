//! How the writing goes, for `health`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::api::Storage;
use super::names::FileName;
use super::room::free_bytes;

/// What the thread that writes tells of itself. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Status(Arc<Mutex<Told>>);

#[derive(Debug, Clone, Default)]
struct Told {
    lines: u64,
    doubles: u64,
    dropped: u64,
    deleted_for_room: u64,
    min_free_bytes: u64,
    failure: Option<String>,
}

/// How long looking at the folder may take: a disk that hangs must not make the service look dead.
const PATIENCE: Duration = Duration::from_millis(500);

impl Status {
    fn with(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Lines were written, and others were there already.
    pub(super) fn wrote(&self, lines: u64, doubles: u64) {
        self.with(|told| {
            told.lines += lines;
            told.doubles += doubles;
            if lines != 0 {
                told.failure = None;
            }
        });
    }

    /// A line could not be written.
    pub(super) fn failed(&self, why: String) {
        self.with(|told| told.failure = Some(why));
    }

    /// Entries are lost.
    pub(super) fn dropped(&self, entries: u64) {
        self.with(|told| told.dropped += entries);
    }

    /// Files were deleted to make room.
    pub(super) fn made_room(&self, files: u64) {
        self.with(|told| told.deleted_for_room += files);
    }

    /// The floor of free disk that is in force.
    pub(super) fn floor(&self, bytes: u64) {
        self.with(|told| told.min_free_bytes = bytes);
    }

    /// Tells all of it, with what the folder and its disk tell.
    pub(super) async fn storage(&self, folder: PathBuf) -> Storage {
        let looking = tokio::task::spawn_blocking(move || look(&folder));
        let looked = tokio::time::timeout(PATIENCE, looking).await;
        let (files, bytes, free_bytes) = looked.ok().and_then(Result::ok).unwrap_or_default();
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Storage {
            files,
            bytes,
            free_bytes,
            min_free_bytes: told.min_free_bytes,
            writable: told.failure.is_none(),
            failure: told.failure,
            lines: told.lines,
            doubles: told.doubles,
            dropped: told.dropped,
            deleted_for_room: told.deleted_for_room,
        }
    }
}

/// Returns the number of log files, their bytes, and the free bytes of their disk.
fn look(folder: &Path) -> (u64, u64, Option<u64>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_str().and_then(FileName::parse).is_some());
    let lengths = ours.filter_map(|entry| entry.metadata().ok().filter(std::fs::Metadata::is_file));
    let (files, bytes) = lengths.fold((0, 0), |(files, bytes), metadata| (files + 1, bytes + metadata.len()));
    (files, bytes, free_bytes(folder).ok())
}
