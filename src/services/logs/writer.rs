//! The one thread that touches the log files: it writes, changes the day, deletes what is old.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use chrono::NaiveDate;
use tokio::sync::{mpsc, oneshot};

use super::clock::Clock;
use super::entry::Prepared;
use super::files::Files;
use super::follow::{Filter, Follower, Following, subscription};
use super::names::FileName;
use super::retention::Retention;
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
    /// The files and their lengths, in no order.
    pub(super) files: Vec<(FileName, u64)>,
    /// Every line that is written after it, if that was wanted.
    pub(super) following: Option<Following>,
}

#[derive(Debug)]
enum Command {
    Write { entries: Vec<Prepared>, written: oneshot::Sender<Written> },
    Snapshot { filter: Filter, follow: bool, taken: oneshot::Sender<io::Result<Snapshot>> },
    Reload(Retention),
    Tick,
    Stop,
}

impl Writer {
    /// Starts the thread: it makes the folder if it is missing and deletes what is older than it is kept.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the folder cannot be made.
    pub(super) fn start(folder: &Path, retention: Retention, clock: Clock) -> Result<(Self, JoinHandle<()>)> {
        let cannot = |cause: io::Error| {
            Error::new(Code::Unavailable, format!("cannot keep logs in {}: {cause}", folder.display()))
                .hint("the folder must be one that this user may write to; see `places.logs` of sogoms.yaml")
                .caused_by(cause)
        };
        let files = Files::new(folder.to_owned()).map_err(cannot)?;
        let (commands, queue) = mpsc::channel(COMMANDS_QUEUED);
        let today = clock.now().date_naive();
        let thread = Thread { files, retention, clock, today, followers: Vec::new() };
        let running = std::thread::Builder::new().name("log-writer".to_owned()).spawn(|| thread.run(queue));
        Ok((Self { commands }, running.map_err(cannot)?))
    }

    /// Writes the entries in their order and returns when they are in their files, or one cannot be written.
    pub(super) async fn write(&self, entries: Vec<Prepared>) -> Result<Written> {
        let (written, answer) = oneshot::channel();
        self.send(Command::Write { entries, written }).await?;
        answer.await.map_err(|_| stopped())
    }

    /// Returns the files that match, and from then on each line that is written to them if `follow`.
    pub(super) async fn snapshot(&self, filter: Filter, follow: bool) -> Result<Snapshot> {
        let (taken, answer) = oneshot::channel();
        self.send(Command::Snapshot { filter, follow, taken }).await?;
        answer.await.map_err(|_| stopped())?.map_err(|cause| {
            Error::new(Code::Unavailable, format!("the log files cannot be listed: {cause}")).caused_by(cause)
        })
    }

    /// Puts new times of keeping in force, and opens the files anew: somebody may have moved them away.
    pub(super) async fn reload(&self, retention: Retention) -> Result<()> {
        self.send(Command::Reload(retention)).await
    }

    /// Has the thread look whether a new day has begun, for days on which nothing is written.
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

struct Thread {
    files: Files,
    retention: Retention,
    clock: Clock,
    today: NaiveDate,
    followers: Vec<Follower>,
}

impl Thread {
    fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        self.sweep();
        while let Some(command) = queue.blocking_recv() {
            match command {
                Command::Write { entries, written } => {
                    self.change_day();
                    // Whoever waited may have given up; the entries are written all the same.
                    let _ = written.send(self.write(entries));
                }
                Command::Snapshot { filter, follow, taken } => {
                    let _ = taken.send(self.snapshot(filter, follow));
                }
                Command::Reload(retention) => {
                    self.retention = retention;
                    self.files.close();
                    self.sweep();
                }
                Command::Tick => self.change_day(),
                Command::Stop => return,
            }
        }
    }

    fn write(&mut self, entries: Vec<Prepared>) -> Written {
        let mut count = 0;
        for entry in entries {
            let Prepared { app, kind, date, line } = &entry;
            if let Err(cause) = self.files.append(app, *kind, *date, line) {
                let name = FileName { app: app.clone(), date: *date, kind: *kind };
                return Written { count, failure: Some(cannot_write(&name, cause)) };
            }
            count += 1;
            if !self.followers.is_empty() {
                let entry = Arc::new(entry);
                self.followers.retain(|follower| follower.pass(&entry));
            }
        }
        Written { count, failure: None }
    }

    fn change_day(&mut self) {
        let today = self.clock.now().date_naive();
        if today != self.today {
            self.today = today;
            self.files.close();
            self.sweep();
        }
        self.followers.retain(|follower| !follower.has_left());
    }

    fn sweep(&self) {
        self.retention.sweep(self.files.folder(), self.today);
    }

    fn snapshot(&mut self, filter: Filter, follow: bool) -> io::Result<Snapshot> {
        let folder = self.files.folder().to_owned();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder)?.flatten() {
            let Some(name) = entry.file_name().to_str().and_then(FileName::parse) else { continue };
            if !filter.matches(&name.app, name.kind) {
                continue;
            }
            // Of the entry itself: a link is no file of ours. One that is gone by now has nothing to tell.
            if let Some(metadata) = entry.metadata().ok().filter(std::fs::Metadata::is_file) {
                files.push((name, metadata.len()));
            }
        }
        let following = follow.then(|| {
            let (follower, following) = subscription(filter);
            self.followers.push(follower);
            following
        });
        Ok(Snapshot { folder, files, following })
    }
}

fn cannot_write(name: &FileName, cause: io::Error) -> Error {
    let (message, hint) = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            format!("cannot write to {name}: the disk is full"),
            "free some space; writing goes on by itself then",
        ),
        _ => (format!("cannot write to {name}"), "may sogoms-logs write to its folder? see its own log"),
    };
    Error::new(Code::Unavailable, message).hint(hint).retry_after(5).caused_by(cause)
}
