//! How the other services log: entries go into a queue, a task hands them over.

mod delivery;
mod pace;
mod spool;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use self::delivery::Delivery;
use super::api::{Entry, LogError, LogEvent, Request};
pub use super::clock::Clock;
pub use pace::Pace;

use crate::config::{Places, Settings};
use crate::ipc::{Api, Client};

/// A service's way to `sogoms-logs`: it never waits and never fails. Cheap to clone.
///
/// While `sogoms-logs` is away, entries go to a file of this process (its spool), and are handed over in their order when it
/// is back: by this process, or by the next one of the same service if this one is killed. When the spool is full they wait
/// in memory; when that is full, too, the newest are dropped and counted, and an entry with the count
/// (`"code": "DROPPED"`) is written to the app's errors as soon as there is somebody to write it.
///
/// Entries are numbered, and `sogoms-logs` writes none twice. What was logged and neither handed over nor in the spool when
/// this process is killed is lost: some milliseconds, or what a failing hand-over was about.
#[derive(Debug, Clone)]
pub struct LogQueue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    service: &'static str,
    clock: Clock,
    entries: mpsc::Sender<Entry>,
    dropped: Arc<Dropped>,
    stop: CancellationToken,
    give_up: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Entries that were dropped.
#[derive(Debug, Default)]
struct Dropped {
    /// How many of each app are not yet told.
    untold: Mutex<BTreeMap<String, u64>>,
    /// How many there were in all.
    count: AtomicU64,
}

/// Where entries wait.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Entries in memory at most.
    pub in_memory: usize,
    /// The folder of the spools; none keeps entries in memory alone.
    pub spool: Option<PathBuf>,
    /// Bytes of this service's spools at most.
    pub spool_max_bytes: u64,
}

/// How long putting the last entries into the spool may take at the stop.
const LAST_WRITE: Duration = Duration::from_secs(1);

impl LogQueue {
    /// Starts the queue of a service, as its configuration has it; must be called inside a tokio runtime.
    pub fn of(service: &'static str, places: &Places, settings: &Settings) -> Self {
        let max_frame_bytes = usize::try_from(settings.ipc.max_frame_bytes).unwrap_or(usize::MAX);
        let socket = places.socket(Request::NAME, 1);
        let spool_max_bytes = settings.logs.spool_max_bytes;
        let waiting = Waiting {
            in_memory: usize::try_from(settings.logs.queue).unwrap_or(usize::MAX),
            spool: (spool_max_bytes != 0).then(|| places.state.join("spool")),
            spool_max_bytes,
        };
        let client = Client::of_one(&socket, Duration::ZERO, max_frame_bytes);
        Self::start(service, client, waiting, Clock::system())
    }

    /// Starts the task that hands entries over; must be called inside a tokio runtime.
    ///
    /// `service` is written into each entry that names none. The client's own patience should be zero, since the queue
    /// itself tries again.
    pub fn start(service: &'static str, client: Client<Request>, waiting: Waiting, clock: Clock) -> Self {
        let (entries, queue) = mpsc::channel(waiting.in_memory.max(1));
        let dropped = Arc::<Dropped>::default();
        let (stop, give_up) = (CancellationToken::new(), CancellationToken::new());
        let delivery = Delivery {
            service,
            source: source(service, &clock).into(),
            client,
            queue,
            dropped: Arc::clone(&dropped),
            stop: stop.clone(),
            give_up: give_up.clone(),
            waiting,
        };
        let task = Mutex::new(Some(tokio::spawn(delivery.run())));
        Self { shared: Arc::new(Shared { service, clock, entries, dropped, stop, give_up, task }) }
    }

    /// Logs what happened. The time and the service are filled in where they are absent.
    pub fn event(&self, mut event: LogEvent) {
        self.stamp(&mut event.time, &mut event.service);
        self.push(Entry::Event(event));
    }

    /// Logs what went wrong. The time and the service are filled in where they are absent.
    pub fn error(&self, mut error: LogError) {
        self.stamp(&mut error.time, &mut error.service);
        self.push(Entry::Error(error));
    }

    /// Returns how many entries wait in memory, and how many were dropped in all.
    pub fn figures(&self) -> (usize, u64) {
        let entries = &self.shared.entries;
        (entries.max_capacity() - entries.capacity(), self.shared.dropped.count.load(Ordering::Relaxed))
    }

    /// Stops taking entries and returns when those that wait are handed over, or in the spool; at the latest a second after
    /// `grace`.
    pub async fn drain(&self, grace: Duration) {
        self.shared.stop.cancel();
        let task = self.shared.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut task) = task else { return };
        if tokio::time::timeout(grace, &mut task).await.is_ok() {
            return;
        }
        self.shared.give_up.cancel();
        if tokio::time::timeout(LAST_WRITE, &mut task).await.is_err() {
            task.abort();
            warn!("The grace time is over before all log entries were handed over");
        }
    }

    fn stamp(&self, time: &mut Option<String>, service: &mut Option<String>) {
        time.get_or_insert_with(|| Clock::written(self.shared.clock.now()));
        service.get_or_insert_with(|| self.shared.service.to_owned());
    }

    fn push(&self, entry: Entry) {
        if let Err(TrySendError::Full(entry) | TrySendError::Closed(entry)) =
            self.shared.entries.try_send(entry)
        {
            drop_entry(&self.shared.dropped, &entry);
        }
    }
}

/// Returns what this process calls itself: no other one ever does.
fn source(service: &str, clock: &Clock) -> String {
    format!("{service}-{:x}-{:x}", clock.now().timestamp_micros(), std::process::id())
}

fn drop_entry(dropped: &Dropped, entry: &Entry) {
    let app = match entry {
        Entry::Event(event) => &event.app_id,
        Entry::Error(error) => &error.app_id,
    };
    dropped.count.fetch_add(1, Ordering::Relaxed);
    let mut untold = dropped.untold.lock().unwrap_or_else(PoisonError::into_inner);
    *untold.entry(app.clone()).or_default() += 1;
}
