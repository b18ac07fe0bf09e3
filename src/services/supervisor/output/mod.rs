//! What the services print: caught from their pipes, kept in a file each, shown to whoever asks.
//!
//! One thread reads every pipe and never touches a disk; another writes, from a bounded queue between the two. A thread and
//! not a task for reading, since a service that writes as fast as it can would take its turns from health checks and the
//! control socket.

mod history;
mod lines;
mod pipes;
mod queue;
mod reading;
mod terminal;
mod writer;

use std::io::{self, PipeWriter};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use self::lines::parse;
use self::pipes::{Pipes, Source};
use self::queue::Queues;
use self::writer::{Subscription, Writer};
use super::api::{OutputLine, Stream};
use crate::config::Rotation;
use crate::error::{Code, Error, Result};
use crate::services::logs::queue::Clock;

/// Bytes of all services that wait for the disk at most.
const QUEUED_BYTES: usize = 16 << 20;
/// How long the end waits for a disk that does not answer.
const LAST_WRITES: Duration = Duration::from_millis(500);
/// Threads that read files at once; a further reader waits for its turn.
const READERS: usize = 4;

/// Where the services' output goes. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Output {
    shared: Arc<Shared>,
    readers: Arc<Semaphore>,
}

/// Where lines are shown beside their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// Nowhere.
    Nowhere,
    /// On our standard error.
    OnStandardError,
}

/// What the two threads and all handles share.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told when the writer has something to do.
    work: Condvar,
    pipes: Pipes,
    clock: Clock,
    /// Without it nothing is kept in files.
    folder: Option<PathBuf>,
}

#[derive(Debug)]
struct State {
    queues: Queues,
    subscriptions: Vec<(Subscription, oneshot::Sender<writer::Snapshot>)>,
    /// Told by the writer when everything is written and it has ended.
    end: Option<mpsc::Sender<()>>,
}

/// The pipes of one process.
#[derive(Debug)]
pub(super) struct Capture {
    /// What becomes its standard output.
    pub stdout: PipeWriter,
    /// What becomes its standard error.
    pub stderr: PipeWriter,
    /// Our ends.
    pub rest: Rest,
}

/// Our ends of the pipes of one process.
#[derive(Debug)]
pub(super) struct Rest {
    sources: [Arc<Mutex<Source>>; 2],
    shared: Arc<Shared>,
}

impl Output {
    /// Starts the threads; the files go to `folder`.
    ///
    /// # Errors
    /// [`Code::Internal`] when the kernel gives no thread or no descriptor.
    pub(super) fn start(folder: Option<PathBuf>, show: Show, clock: Clock) -> Result<Self> {
        let cannot = |cause: io::Error| {
            Error::new(Code::Internal, "cannot catch the output of services").caused_by(cause)
        };
        let state = State { queues: Queues::new(QUEUED_BYTES), subscriptions: Vec::new(), end: None };
        let pipes = Pipes::new().map_err(cannot)?;
        let (state, work) = (Mutex::new(state), Condvar::new());
        let shared = Arc::new(Shared { state, work, pipes, clock, folder });
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(run).map(|_| ()).map_err(cannot)
        };
        let (reader, writer) = (Arc::clone(&shared), Writer::new(Arc::clone(&shared)));
        spawn("output-reader", Box::new(move || pipes::read_all(&reader)))?;
        spawn("output-writer", Box::new(move || writer.run()))?;
        let output = Self { shared, readers: Arc::new(Semaphore::new(READERS)) };
        if show == Show::OnStandardError {
            let lines = output.subscribe(Subscription::to_all()).0;
            spawn("output-shown", Box::new(move || terminal::show(lines)))?;
        }
        Ok(output)
    }

    /// Makes the pipes for a new process of a service.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub(super) fn capture(&self, service: &str) -> io::Result<Capture> {
        let service: Arc<str> = service.into();
        let pipe = |stream| self.shared.pipes.add(Arc::clone(&service), stream);
        let ((stdout, ours), (stderr, ours_too)) = (pipe(Stream::Stdout)?, pipe(Stream::Stderr)?);
        let rest = Rest { sources: [ours, ours_too], shared: Arc::clone(&self.shared) };
        Ok(Capture { stdout, stderr, rest })
    }

    /// Says how large the files of a service may become.
    pub(super) fn limit(&self, service: &str, rotation: Rotation) {
        self.shared.state().queues.limit(&service.into(), rotation);
    }

    /// Returns the last lines that a service has written, oldest first.
    pub(super) fn last_lines(&self, service: &str) -> Vec<OutputLine> {
        let lines = self.shared.state().queues.last(service);
        lines.iter().map(|line| parse(service, line)).collect()
    }

    /// Ends the threads when everything that was read is written, or the disk takes too long. It blocks its thread.
    pub(super) fn close(&self) {
        let (end, ended) = mpsc::channel();
        self.shared.state().end = Some(end);
        self.shared.pipes.wake();
        // Too late is as good as done: nobody is left to wait.
        let _ = ended.recv_timeout(LAST_WRITES);
    }
}

impl Rest {
    /// Reads what the process has written so far, so that its last lines are there when its end is told.
    pub(super) fn read(&self) {
        for source in &self.sources {
            pipes::read_rest(&self.shared, source);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // What panicked has left a queue in which at worst lines are missing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> String {
        Clock::written(self.clock.now())
    }

    fn push(&self, service: &Arc<str>, text: &[u8], lines: u64) {
        if lines != 0 {
            self.state().queues.push(service, text, lines);
            self.work.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
