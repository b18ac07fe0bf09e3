//! The thread that writes what was read, and hands it to whoever follows.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

use super::lines::note;
use super::queue::Taken;
use super::{Output, Shared};
use crate::config::Rotation;
use crate::process::rotated::RotatedFile;

/// Batches of lines that may wait for one follower.
const BACKLOG: usize = 64;

/// What is written from now on, by service.
pub(super) type Following = mpsc::Receiver<(Arc<str>, Bytes)>;

/// Whose lines somebody wants.
#[derive(Debug)]
pub(super) struct Subscription {
    /// The services; all of them without any.
    services: Vec<String>,
    lines: mpsc::Sender<(Arc<str>, Bytes)>,
    following: Option<Following>,
}

/// The files of some services at one moment: what they hold is what followers from that moment on do not get.
pub(super) type Snapshot = Vec<(String, Vec<Part>)>;

/// What is to be read of one file.
#[derive(Debug)]
pub(super) struct Part {
    pub file: File,
    pub bytes: u64,
}

#[derive(Debug)]
struct Follower {
    services: Vec<String>,
    lines: mpsc::Sender<(Arc<str>, Bytes)>,
    /// Lines that came when there was no room for them.
    missed: HashMap<Arc<str>, u64>,
}

/// What the thread has.
pub(super) struct Writer {
    shared: Arc<Shared>,
    files: HashMap<Arc<str>, Kept>,
    followers: Vec<Follower>,
}

/// The files of one service.
struct Kept {
    file: RotatedFile,
    /// Whether the last lines could not be written.
    fails: bool,
}

enum Work {
    Write(Taken),
    Subscribe(Subscription, oneshot::Sender<Snapshot>),
    End(std::sync::mpsc::Sender<()>),
}

impl Subscription {
    /// Makes one for every service.
    pub(super) fn to_all() -> Self {
        Self::to(Vec::new())
    }

    /// Makes one for these services.
    pub(super) fn to(services: Vec<String>) -> Self {
        let (lines, following) = mpsc::channel(BACKLOG);
        Self { services, lines, following: Some(following) }
    }
}

impl Output {
    /// Follows services; the second is what they have written up to the first line of that.
    pub(super) fn subscribe(
        &self,
        mut subscription: Subscription,
    ) -> (Following, oneshot::Receiver<Snapshot>) {
        let (tell, snapshot) = oneshot::channel();
        let following = subscription.following.take().expect("it was just made, with both ends");
        self.shared.state().subscriptions.push((subscription, tell));
        self.shared.work.notify_one();
        (following, snapshot)
    }
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, files: HashMap::new(), followers: Vec::new() }
    }

    pub(super) fn run(mut self) {
        loop {
            match self.next() {
                Work::Write(taken) => self.write(taken),
                Work::Subscribe(Subscription { services, lines, .. }, tell) => {
                    // Whoever asked may have left meanwhile.
                    let _ = tell.send(self.snapshot(&services));
                    self.followers.push(Follower { services, lines, missed: HashMap::new() });
                }
                Work::End(told) => {
                    let _ = told.send(());
                    return;
                }
            }
        }
    }

    fn next(&self) -> Work {
        let mut state = self.shared.state();
        loop {
            if let Some((subscription, tell)) = state.subscriptions.pop() {
                return Work::Subscribe(subscription, tell);
            }
            if let Some(taken) = state.queues.take() {
                return Work::Write(taken);
            }
            if self.shared.pipes.is_read()
                && let Some(told) = state.end.take()
            {
                return Work::End(told);
            }
            state = self.shared.work.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    fn write(&mut self, taken: Taken) {
        let Taken { service, lost, text, rotation } = taken;
        let mut missing = 0;
        if lost != 0 {
            let words = format!("{lost} lines are missing here: the disk did not take them");
            let note = note(&self.shared.now(), &service, &words);
            missing += if self.put(&service, note, rotation) == 0 { 0 } else { lost };
        }
        missing += self.put(&service, text, rotation);
        if missing != 0 {
            self.shared.state().queues.lose(&service, missing);
        }
    }

    /// Appends lines to the service's file and hands them to its followers. Returns how many could not be written.
    fn put(&mut self, service: &Arc<str>, text: Vec<u8>, rotation: Rotation) -> u64 {
        let missing = self.keep(service, &text, rotation);
        if !self.followers.is_empty() {
            let text = Bytes::from(text);
            self.followers.retain_mut(|follower| follower.pass(service, &text, &self.shared));
        }
        missing
    }

    fn keep(&mut self, service: &Arc<str>, text: &[u8], rotation: Rotation) -> u64 {
        let Some(folder) = &self.shared.folder else { return 0 };
        let kept = self.files.entry(Arc::clone(service)).or_insert_with(|| {
            let file = RotatedFile::new(folder.join(format!("{service}.log")), rotation);
            Kept { file, fails: false }
        });
        kept.file.limit(rotation);
        let outcome = kept.file.write(text);
        let path = kept.file.path();
        match &outcome {
            Ok(()) if kept.fails => info!(service.name = &**service, "{} is written again", path.display()),
            Err((_, cause)) if !kept.fails => tell_failure(service, path, cause),
            _ => {}
        }
        kept.fails = outcome.is_err();
        outcome.map_or_else(|(written, _)| count(&text[written..]), |()| 0)
    }

    fn snapshot(&mut self, services: &[String]) -> Snapshot {
        let Some(folder) = &self.shared.folder else { return Snapshot::new() };
        let parts = |service: &String| {
            let rotation = self.shared.state().queues.rotation(service);
            let files = RotatedFile::files(&folder.join(format!("{service}.log")), rotation);
            let part = |file: File| Some(Part { bytes: file.metadata().ok()?.len(), file });
            (service.clone(), files.into_iter().filter_map(part).collect())
        };
        services.iter().map(parts).collect()
    }
}

fn count(lines: &[u8]) -> u64 {
    lines.split(|byte| *byte == b'\n').count() as u64 - 1
}

fn tell_failure(service: &str, path: &Path, cause: &io::Error) {
    let path = path.display();
    warn!(service.name = service, error = %cause, "Cannot write {path}, so what {service} prints is lost: {cause}");
}

impl Follower {
    /// Hands on what was written; false when the reader has left. What a slow reader misses is counted.
    fn pass(&mut self, service: &Arc<str>, text: &Bytes, shared: &Shared) -> bool {
        if !self.services.is_empty() && !self.services.iter().any(|wanted| **wanted == **service) {
            return !self.lines.is_closed();
        }
        if self.lines.capacity() < 2 {
            *self.missed.entry(Arc::clone(service)).or_default() += count(text);
            return !self.lines.is_closed();
        }
        if let Some(missed) = self.missed.remove(service) {
            let words = format!("{missed} lines are left out here: the reader is too slow");
            // There is room for both.
            let _ = self.lines.try_send((Arc::clone(service), note(&shared.now(), service, &words).into()));
        }
        self.lines.try_send((Arc::clone(service), text.clone())).is_ok()
    }
}
