//! The one thread that touches the log files: it writes, changes the day, makes room, deletes what is old.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::OWN_APP;
use super::api::{Entry, Level, LogError, Request};
use super::clock::Clock;
use super::entry::{Prepared, prepare};
use super::files::Files;
use super::follow::{Follower, Sources, subscription};
use super::names::FileName;
use super::room::{Freed, make_room};
use super::seen::Seen;
use super::status::Status;
use super::sync::Syncer;
use super::writer::{Command, FoundFile, Keeping, Snapshot, Written};
use crate::error::{Code, Error};
use crate::ipc::Api;

/// Writes that are brought to the disk together before they are answered.
const ANSWERS: usize = 256;
/// Bytes that are written between two looks at the disk.
const BYTES_BETWEEN_LOOKS: u64 = 1 << 20;
/// Time between two looks at the disk while there is no room on it, or too little that could be made.
const PAUSE_WITHOUT_ROOM: Duration = Duration::from_millis(200);
/// Time between two lines that tell of too little room.
const PAUSE_TELLING: Duration = Duration::from_secs(60);

pub(super) struct Thread {
    files: Files,
    keeping: Keeping,
    clock: Clock,
    today: NaiveDate,
    followers: Vec<Follower>,
    seen: Seen,
    syncer: Syncer,
    status: Status,
    /// Entries that could not be written and whose callers will not come again, by app.
    dropped: BTreeMap<String, u64>,
    bytes_since_look: u64,
    looked_in_vain: Option<Instant>,
    told_short: Option<Instant>,
}

type Answers = Vec<(oneshot::Sender<Written>, Written)>;

impl Thread {
    pub(super) fn new(folder: &Path, keeping: Keeping, clock: Clock, status: Status) -> io::Result<Self> {
        let files = Files::new(folder.to_owned(), keeping.settings.max_file_bytes)?;
        let syncer = Syncer::start(keeping.settings.sync)?;
        status.floor(keeping.settings.min_free_bytes);
        Ok(Self {
            seen: Seen::recovered(folder),
            today: clock.now().date_naive(),
            files,
            keeping,
            clock,
            followers: Vec::new(),
            syncer,
            status,
            dropped: BTreeMap::new(),
            bytes_since_look: 0,
            looked_in_vain: None,
            told_short: None,
        })
    }

    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        self.sweep();
        self.look_at_disk();
        let mut commands = Vec::new();
        let mut answers = Answers::new();
        loop {
            let received = queue.blocking_recv_many(&mut commands, ANSWERS);
            for command in commands.drain(..) {
                match command {
                    Command::Write { entries, written } => {
                        self.change_day();
                        answers.push((written, self.write(entries)));
                    }
                    Command::Snapshot { sources, follow, taken } => {
                        let _ = taken.send(self.snapshot(sources, follow));
                    }
                    Command::Reload(keeping) => self.reload(keeping),
                    Command::Tick => self.tick(),
                    // What came before it is written; nothing comes behind it.
                    Command::Stop => queue.close(),
                }
            }
            self.answer(&mut answers);
            if received == 0 {
                break;
            }
            self.syncer.when_due(&mut self.files);
        }
        self.tell_dropped();
        self.syncer.stop(&mut self.files);
    }

    fn reload(&mut self, keeping: Keeping) {
        self.keeping = keeping;
        self.files.max_file_bytes = self.keeping.settings.max_file_bytes;
        self.syncer.follow(self.keeping.settings.sync);
        self.status.floor(self.keeping.settings.min_free_bytes);
        self.files.close();
        self.sweep();
        self.look_at_disk();
    }

    fn tick(&mut self) {
        self.change_day();
        self.look_at_disk();
        self.tell_dropped();
    }

    /// Answers the writes when what they wrote is as safe as it is to be.
    fn answer(&mut self, answers: &mut Answers) {
        let synced = if answers.is_empty() { Ok(()) } else { self.syncer.before_answer(&mut self.files) };
        if let Err(cause) = synced {
            let why = format!("the disk failed: {cause}");
            self.status.failed(why.clone());
            self.seen.forget();
            for (_, written) in &mut *answers {
                let failure = Error::new(Code::Unavailable, why.clone()).retry_after(5);
                *written = Written { count: 0, failure: Some(failure) };
            }
        }
        for (caller, written) in answers.drain(..) {
            // Whoever waited may have given up; the entries are written all the same.
            let _ = caller.send(written);
        }
    }

    fn write(&mut self, entries: Vec<Prepared>) -> Written {
        let (mut count, mut doubles) = (0, 0);
        let mut failure = None;
        let mut entries = entries.into_iter();
        for entry in entries.by_ref() {
            if entry.sent.as_ref().is_some_and(|sent| self.seen.has(sent)) {
                doubles += 1;
            } else if let Err(cause) = self.append(&entry) {
                let name = FileName::current(&entry.app, entry.kind, entry.date);
                failure = Some((cannot_write(&name, cause), entry));
                break;
            } else {
                self.pass(entry);
            }
            count += 1;
        }
        let written = count as u64 - doubles;
        self.status.wrote(written, doubles);
        if written != 0 {
            self.tell_dropped();
        }
        let failure = failure.map(|(failure, entry)| {
            self.status.failed(failure.message.to_string());
            // Who counts their entries sends them again; what nobody counts is lost here.
            for lost in std::iter::once(entry).chain(entries).filter(|entry| entry.sent.is_none()) {
                *self.dropped.entry(lost.app).or_default() += 1;
                self.status.dropped(1);
            }
            failure
        });
        Written { count, failure }
    }

    fn append(&mut self, entry: &Prepared) -> io::Result<()> {
        let Prepared { app, kind, date, line, sent } = entry;
        let mut outcome = self.files.append(app, *kind, *date, line);
        if outcome.as_ref().is_err_and(is_full) && self.make_room_at_once() {
            outcome = self.files.append(app, *kind, *date, line);
        }
        outcome?;
        if let Some(sent) = sent {
            self.seen.note(sent);
        }
        self.bytes_since_look += line.len() as u64;
        if self.bytes_between_looks() < self.bytes_since_look {
            self.look_at_disk();
        }
        Ok(())
    }

    /// Passes an entry that was written to whoever follows.
    fn pass(&mut self, entry: Prepared) {
        if !self.followers.is_empty() {
            let entry = Arc::new(entry);
            self.followers.retain(|follower| follower.pass(&entry));
        }
    }

    /// On a small disk it is looked often enough to keep the floor.
    fn bytes_between_looks(&self) -> u64 {
        BYTES_BETWEEN_LOOKS.min(self.keeping.settings.min_free_bytes / 8).max(64 << 10)
    }

    /// Deletes the oldest files if less than the floor is free, and says so.
    fn look_at_disk(&mut self) {
        self.bytes_since_look = 0;
        let freed = self.make_room(self.keeping.settings.min_free_bytes);
        self.tell_freed(&freed);
    }

    /// Makes room on a full disk, whatever the floor; true when there is some now.
    fn make_room_at_once(&mut self) -> bool {
        if self.looked_in_vain.is_some_and(|at| at.elapsed() < PAUSE_WITHOUT_ROOM) {
            return false;
        }
        // A floor of zero says that no file is to be deleted.
        let freed = self.make_room(self.keeping.settings.min_free_bytes);
        self.looked_in_vain = freed.files.is_empty().then(Instant::now);
        let made = !freed.files.is_empty();
        self.tell_freed(&freed);
        made
    }

    fn make_room(&self, floor: u64) -> Freed {
        let (files, today) = (&self.files, self.today);
        make_room(files.folder(), floor, today, |name| files.is_open(name)).unwrap_or_else(|cause| {
            warn!(error = %cause, "Cannot look at the disk of the log files: {cause}");
            Freed::default()
        })
    }

    fn tell_freed(&mut self, freed: &Freed) {
        let floor = self.keeping.settings.min_free_bytes;
        let was_told = self.told_short.is_some_and(|at| at.elapsed() < PAUSE_TELLING);
        if freed.files.is_empty() && (!freed.is_short || was_told) {
            return;
        }
        self.status.made_room(freed.files.len() as u64);
        self.told_short = freed.is_short.then(Instant::now).or(self.told_short);
        let done = match freed.files.len() {
            0 => "there is no older log file to delete".to_owned(),
            count => format!("{count} log files of {} bytes were deleted, the oldest first", freed.bytes),
        };
        let message = format!("less than {floor} bytes of the disk are free: {done}");
        warn!(files = freed.files.len(), bytes = freed.bytes, is_short = freed.is_short, "{message}");
        // The names of thousands of small files would be cut.
        let names = freed.files.iter().take(100).map(|name| Value::from(name.as_str())).collect();
        let fields = [
            ("files", Value::from(freed.files.len())),
            ("bytes", Value::from(freed.bytes)),
            ("names", Value::Array(names)),
        ];
        self.append_own(OWN_APP, "DISK_LOW", message, fields);
    }

    /// Says how many entries were lost, as soon as there is room to say so.
    fn tell_dropped(&mut self) {
        while let Some((app, count)) = self.dropped.pop_first() {
            let message = format!("{count} log entries were dropped: they could not be written");
            if !self.append_own(&app, "DROPPED", message, [("dropped", Value::from(count))]) {
                self.dropped.insert(app, count);
                return;
            }
        }
    }

    /// Writes a line of our own; false when it could not be written.
    fn append_own<const N: usize>(
        &mut self,
        app: &str,
        code: &str,
        message: String,
        fields: [(&str, Value); N],
    ) -> bool {
        let entry = LogError {
            app_id: app.to_owned(),
            level: Level::Warn,
            message,
            code: Some(code.to_owned()),
            service: Some(Request::NAME.to_owned()),
            fields: Map::from_iter(fields.map(|(name, value)| (name.to_owned(), value))),
            ..LogError::default()
        };
        let Ok(entry) = prepare(Entry::Error(entry), None, None, self.clock.now()) else { return true };
        let Prepared { app, kind, date, line, .. } = &entry;
        if self.files.append(app, *kind, *date, line).is_err() {
            return false;
        }
        self.status.wrote(1, 0);
        self.pass(entry);
        true
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
        self.keeping.retention.sweep(self.files.folder(), self.today);
    }

    fn snapshot(&mut self, sources: Sources, follow: bool) -> io::Result<Snapshot> {
        let folder = self.files.folder().to_owned();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder)?.flatten() {
            let Some(name) = entry.file_name().to_str().and_then(FileName::parse) else { continue };
            if !sources.matches(&name.app, name.kind) {
                continue;
            }
            // Of the entry itself: a link is no file of ours. One that is gone by now has nothing to tell.
            if let Some(metadata) = entry.metadata().ok().filter(std::fs::Metadata::is_file) {
                let (inode, length) = (metadata.ino(), metadata.len());
                files.push(FoundFile { name, inode, length, modified: metadata.modified().ok() });
            }
        }
        let following = follow.then(|| {
            let (follower, following) = subscription(sources);
            self.followers.push(follower);
            following
        });
        Ok(Snapshot { folder, files, following })
    }
}

fn is_full(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn cannot_write(name: &FileName, cause: io::Error) -> Error {
    let (message, hint) = if is_full(&cause) {
        (
            format!("cannot write to {name}: the disk is full"),
            "free some space; writing goes on by itself then",
        )
    } else {
        (format!("cannot write to {name}"), "may sogoms-logs write to its folder? see its own log")
    };
    Error::new(Code::Unavailable, message).hint(hint).retry_after(5).caused_by(cause)
}
