//! Brings what was written to the disk itself, as `logs.sync` says.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::error;

use super::files::Files;
use crate::config::SyncPolicy;

/// Time between two syncs under [`SyncPolicy::Interval`]: a little less than that between two ticks, to miss none.
const INTERVAL: Duration = Duration::from_millis(900);
/// Files that may wait for a slow disk before the writing waits, too.
const FILES_BEHIND: usize = 128;

/// What was written and may not be on the disk yet.
#[derive(Debug, Default)]
pub(super) struct Unsynced {
    /// Files with new lines.
    pub(super) files: Vec<Arc<File>>,
    /// The folder, if files were made or renamed in it.
    pub(super) folder: Option<PathBuf>,
}

impl Unsynced {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folder.is_none()
    }

    /// Returns when all of it is on the disk.
    fn sync(&self) -> io::Result<()> {
        self.files.iter().try_for_each(|file| file.sync_data())?;
        match &self.folder {
            // The disk knows a new name only when its folder is there too.
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

/// A thread that waits for the disk, so that the one that writes need not.
#[derive(Debug)]
pub(super) struct Syncer {
    policy: SyncPolicy,
    last: Instant,
    work: SyncSender<Unsynced>,
    thread: JoinHandle<()>,
}

impl Syncer {
    /// Starts the thread.
    pub(super) fn start(policy: SyncPolicy) -> io::Result<Self> {
        // One that waits is enough: while it does, what is written next gathers in its files.
        let (work, queue) = sync_channel(1);
        let thread = std::thread::Builder::new().name("log-sync".to_owned()).spawn(|| run(queue))?;
        Ok(Self { policy, last: Instant::now(), work, thread })
    }

    /// Puts a new policy in force.
    pub(super) fn follow(&mut self, policy: SyncPolicy) {
        self.policy = policy;
    }

    /// Hands over what is due, without waiting for it.
    pub(super) fn when_due(&mut self, files: &mut Files) {
        if self.policy == SyncPolicy::Never {
            files.take_unsynced();
        } else if INTERVAL <= self.last.elapsed() {
            self.last = Instant::now();
            let unsynced = files.take_unsynced();
            if unsynced.is_empty() {
                return;
            }
            if let Err(TrySendError::Full(unsynced) | TrySendError::Disconnected(unsynced)) =
                self.work.try_send(unsynced)
            {
                // The disk is behind. What it is behind with holds descriptors, so it is not let fall back for ever.
                if FILES_BEHIND < unsynced.files.len() {
                    unsynced.sync().unwrap_or_else(|cause| tell(&cause));
                } else {
                    files.give_back(unsynced);
                }
            }
        }
    }

    /// Waits until what was written is on the disk, if it is to be before it is acknowledged.
    pub(super) fn before_answer(&mut self, files: &mut Files) -> io::Result<()> {
        if self.policy == SyncPolicy::Always { files.take_unsynced().sync() } else { Ok(()) }
    }

    /// Brings everything to the disk and ends the thread.
    pub(super) fn stop(self, files: &mut Files) {
        let Self { policy, work, thread, .. } = self;
        drop(work);
        // A thread that panicked has told so itself.
        let _ = thread.join();
        if policy != SyncPolicy::Never
            && let Err(cause) = files.take_unsynced().sync()
        {
            tell(&cause);
        }
    }
}

fn run(queue: Receiver<Unsynced>) {
    for unsynced in queue {
        if let Err(cause) = unsynced.sync() {
            tell(&cause);
        }
    }
}

fn tell(cause: &io::Error) {
    error!(error = %cause, "Log lines may not be on the disk, which failed: {cause}");
}
