//! A handle on the one thread that touches the log files.

use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::clock::Clock;
use super::entry::Prepared;
use super::follow::{Following, Sources};
use super::names::FileName;
use super::retention::Retention;
use super::status::Status;
use super::thread::Thread;
use crate::config::LogsSettings;
use crate::error::{Code, Error, Result};

/// Commands that wait for the thread; further callers wait for their place until their deadline.
const COMMANDS_QUEUED: usize = 256;

/// A handle on the thread; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
}

/// How far a write came.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// How many entries, from the first on, are in their files.
    pub(super) count: usize,
    /// Why the next one is not.
    pub(super) failure: Option<Error>,
}

/// The log files as they were between two writes.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The folder they are in.
    pub(super) folder: PathBuf,
    /// The files, in no order.
    pub(super) files: Vec<FoundFile>,
    /// Every line that is written after it, if that was wanted.
    pub(super) following: Option<Following>,
}

/// A log file at the time of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundFile {
    pub(super) name: FileName,
    /// What it is known by when it is renamed.
    pub(super) inode: u64,
    /// Its bytes; what is written behind them is not part of the snapshot.
    pub(super) length: u64,
    /// When it was written to last.
    pub(super) modified: Option<std::time::SystemTime>,
}

/// What the configuration says about the files.
#[derive(Debug, Clone)]
pub(super) struct Keeping {
    pub(super) retention: Retention,
    pub(super) settings: LogsSettings,
}

#[derive(Debug)]
pub(super) enum Command {
    Write { entries: Vec<Prepared>, written: oneshot::Sender<Written> },
    Snapshot { sources: Sources, follow: bool, taken: oneshot::Sender<io::Result<Snapshot>> },
    Reload(Keeping),
    Tick,
    Stop,
}

impl Writer {
    /// Starts the thread: it makes the folder if it is missing, deletes what is older than it is kept, and finds out how
    /// far the entries of each sender are written.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the folder cannot be made.
    pub(super) fn start(
        folder: &Path,
        keeping: Keeping,
        clock: Clock,
        status: Status,
    ) -> Result<(Self, JoinHandle<()>)> {
        let cannot = |cause: io::Error| {
            Error::new(Code::Unavailable, format!("cannot keep logs in {}: {cause}", folder.display()))
                .hint("the folder must be one that this user may write to; see `places.logs` of sogoms.yaml")
                .caused_by(cause)
        };
        let (commands, queue) = mpsc::channel(COMMANDS_QUEUED);
        let thread = Thread::new(folder, keeping, clock, status).map_err(cannot)?;
        let running = std::thread::Builder::new().name("log-writer".to_owned()).spawn(|| thread.run(queue));
        Ok((Self { commands }, running.map_err(cannot)?))
    }

    /// Writes the entries in their order and returns when they are in their files, or one cannot be written.
    pub(super) async fn write(&self, entries: Vec<Prepared>) -> Result<Written> {
        let (written, answer) = oneshot::channel();
        self.send(Command::Write { entries, written }).await?;
        answer.await.map_err(|_| stopped())
    }

    /// Returns the files of these sources, and from then on each line that is written to them if `follow`.
    pub(super) async fn snapshot(&self, sources: Sources, follow: bool) -> Result<Snapshot> {
        let (taken, answer) = oneshot::channel();
        self.send(Command::Snapshot { sources, follow, taken }).await?;
        answer.await.map_err(|_| stopped())?.map_err(|cause| {
            Error::new(Code::Unavailable, format!("the log files cannot be listed: {cause}")).caused_by(cause)
        })
    }

    /// Puts a new configuration in force, and opens the files anew: somebody may have moved them away.
    pub(super) async fn reload(&self, keeping: Keeping) -> Result<()> {
        self.send(Command::Reload(keeping)).await
    }

    /// Has the thread do what time asks for: a new day, a sync, a look at the disk.
    pub(super) async fn tick(&self) -> Result<()> {
        self.send(Command::Tick).await
    }

    /// Ends the thread when everything that waits is written.
    pub(super) async fn stop(&self) -> Result<()> {
        self.send(Command::Stop).await
    }

    async fn send(&self, command: Command) -> Result<()> {
        self.commands.send(command).await.map_err(|_| stopped())
    }
}

fn stopped() -> Error {
    Error::new(Code::Unavailable, "sogoms-logs is stopping").retry_after(1)
}
