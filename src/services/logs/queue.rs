//! How the other services log: entries go into a queue, a task hands them over.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::api::{Entry, Level, LogError, LogEvent, LogMany, Request};
pub use super::clock::Clock;
use crate::error::Code;
use crate::ipc::Client;
use crate::ipc::client::Options;

/// A service's way to `sogoms-logs`: it never waits and never fails. Cheap to clone.
///
/// Entries wait in memory while `sogoms-logs` is away. When the queue is full the newest are dropped and counted, and an
/// entry with the count (`"code": "DROPPED"`) is written to the app's errors as soon as there is somebody to write it.
/// An entry is written at least once: when the service dies after writing and before answering, it is sent again.
#[derive(Debug, Clone)]
pub struct LogQueue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    service: &'static str,
    clock: Clock,
    entries: mpsc::Sender<Entry>,
    dropped: Dropped,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// How many entries of each app were dropped and not yet told.
type Dropped = Arc<Mutex<BTreeMap<String, u64>>>;

/// Entries handed over in one call at most.
const BATCH: usize = 256;
/// How long one call may take before it is made again.
const PATIENCE: Duration = Duration::from_secs(10);
/// First pause after a call that failed; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl LogQueue {
    /// Starts the task that hands entries over; must be called inside a tokio runtime.
    ///
    /// `service` is written into each entry that names none, `capacity` is how many entries may wait. The client's own
    /// patience should be zero, since the queue itself tries again.
    pub fn start(service: &'static str, client: Client<Request>, capacity: usize, clock: Clock) -> Self {
        let (entries, queue) = mpsc::channel(capacity.max(1));
        let dropped = Dropped::default();
        let stop = CancellationToken::new();
        let delivery = Delivery {
            service,
            client,
            queue,
            pending: VecDeque::new(),
            dropped: Arc::clone(&dropped),
            stop: stop.clone(),
        };
        let task = Mutex::new(Some(tokio::spawn(delivery.run())));
        Self { shared: Arc::new(Shared { service, clock, entries, dropped, stop, task }) }
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

    /// Stops taking entries and returns when those that wait are handed over, at the latest after `grace`.
    pub async fn drain(&self, grace: Duration) {
        self.shared.stop.cancel();
        let task = self.shared.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut task) = task else { return };
        if tokio::time::timeout(grace, &mut task).await.is_err() {
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
            drop_entries(&self.shared.dropped, &entry, 1);
        }
    }
}

fn drop_entries(dropped: &Dropped, entry: &Entry, count: u64) {
    let app = match entry {
        Entry::Event(event) => &event.app_id,
        Entry::Error(error) => &error.app_id,
    };
    let mut dropped = dropped.lock().unwrap_or_else(PoisonError::into_inner);
    *dropped.entry(app.clone()).or_default() += count;
}

/// The task behind a queue: the only place that would change if entries waited on disk.
struct Delivery {
    service: &'static str,
    client: Client<Request>,
    queue: mpsc::Receiver<Entry>,
    /// Taken from the queue and not yet acknowledged, oldest first.
    pending: VecDeque<Entry>,
    dropped: Dropped,
    stop: CancellationToken,
}

impl Delivery {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        let mut size = BATCH;
        while self.fill().await {
            match self.hand_over(size).await {
                Ok(()) => (pause, size) = (FIRST_PAUSE, BATCH),
                // Several large entries do not fit into one message.
                Err(Code::TooLarge) => size = (size / 2).max(1),
                Err(_) => {
                    let longest = if self.stop.is_cancelled() { FIRST_PAUSE } else { LONGEST_PAUSE };
                    tokio::select! {
                        () = tokio::time::sleep(pause.min(longest)) => pause = (pause * 2).min(LONGEST_PAUSE),
                        () = self.stop.cancelled(), if !self.stop.is_cancelled() => {}
                    }
                }
            }
        }
    }

    /// Waits until there is something to hand over; false when the queue has stopped and is empty.
    async fn fill(&mut self) -> bool {
        while self.pending.is_empty() {
            let mut batch = Vec::new();
            tokio::select! {
                count = self.queue.recv_many(&mut batch, BATCH) => {
                    if count == 0 && !self.tell_dropped() {
                        return false;
                    }
                }
                () = self.stop.cancelled(), if !self.queue.is_closed() => self.queue.close(),
            }
            self.pending.extend(batch);
        }
        true
    }

    /// Appends an entry for each app that lost some; false when none did.
    fn tell_dropped(&mut self) -> bool {
        let dropped = std::mem::take(&mut *self.dropped.lock().unwrap_or_else(PoisonError::into_inner));
        let any = !dropped.is_empty();
        for (app_id, count) in dropped {
            self.pending.push_back(Entry::Error(LogError {
                app_id,
                level: Level::Warn,
                message: format!("{count} log entries were dropped: sogoms-logs did not take them in time"),
                code: Some("DROPPED".to_owned()),
                service: Some(self.service.to_owned()),
                fields: Map::from_iter([("dropped".to_owned(), Value::from(count))]),
                ..LogError::default()
            }));
        }
        any
    }

    async fn hand_over(&mut self, size: usize) -> Result<(), Code> {
        let entries: Vec<Entry> = self.pending.iter().take(size).cloned().collect();
        let sent = entries.len();
        let options = Options { deadline: PATIENCE, request_id: None };
        let done = match self.client.call_with(options, LogMany { entries }).await {
            Ok(done) => done,
            Err(error) if error.code == Code::TooLarge && sent == 1 => {
                let entry = self.pending.pop_front().expect("one entry was just sent from here");
                drop_entries(&self.dropped, &entry, 1);
                self.tell_dropped();
                return Ok(());
            }
            Err(error) => return Err(error.code),
        };
        for refused in &done.refused {
            warn!(log.index = refused.index, "sogoms-logs refused an entry: {}", refused.error);
        }
        self.pending.drain(..(done.taken as usize).min(sent));
        // There is somebody again to write down what was lost.
        self.tell_dropped();
        if done.taken == 0 { Err(Code::Unavailable) } else { Ok(()) }
    }
}
