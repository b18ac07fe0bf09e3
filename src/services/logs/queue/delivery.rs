//! The task behind a queue: it hands entries over, and keeps them on disk while it cannot.
//!
//! Entries pass three places, oldest first: the batch that is being handed over, the spools, the queue in memory. A batch
//! that was taken from a spool stays there until it is acknowledged; one that was not is put into the spool before any
//! newer entry is.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::spool::{Numbered, Spools};
use super::{Dropped, Waiting, drop_entry};
use crate::error::Code;
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::logs::api::{Entry, Level, LogError, LogMany, Request};

/// Entries handed over in one call at most.
const BATCH: usize = 256;
/// How long one call may take before it is made again.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked during a call whether the queue fills.
const LOOK_PERIOD: Duration = Duration::from_millis(20);
/// First pause after a call that failed; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What the task is made of.
pub(super) struct Delivery {
    pub(super) service: &'static str,
    /// What this process calls itself.
    pub(super) source: Arc<str>,
    pub(super) client: Client<Request>,
    pub(super) queue: mpsc::Receiver<Entry>,
    pub(super) dropped: Arc<Dropped>,
    /// No entry comes any more.
    pub(super) stop: CancellationToken,
    /// What cannot be handed over at once goes to the spool.
    pub(super) give_up: CancellationToken,
    pub(super) waiting: Waiting,
}

impl Delivery {
    pub(super) async fn run(self) {
        let Waiting { spool, spool_max_bytes, .. } = self.waiting.clone();
        let (service, source) = (self.service, Arc::clone(&self.source));
        let spools = match spool {
            // A folder on a dead disk must not stop a service from logging; it stops its spool.
            Some(folder) => {
                tokio::task::spawn_blocking(move || Spools::open(&folder, service, &source, spool_max_bytes))
                    .await
                    .unwrap_or_default()
            }
            None => Spools::default(),
        };
        let batch = Batch { source: Arc::clone(&self.source), entries: VecDeque::new(), in_spool: false };
        Running { delivery: self, spools, batch, next: VecDeque::new(), last_number: 0 }.run().await;
    }
}

struct Running {
    delivery: Delivery,
    spools: Spools,
    /// What is being handed over.
    batch: Batch,
    /// Taken from the queue and neither in the batch nor in a spool, oldest first.
    next: VecDeque<Numbered>,
    last_number: u64,
}

struct Batch {
    /// Who numbered the entries: this process, or the one that left the spool behind.
    source: Arc<str>,
    entries: VecDeque<Numbered>,
    /// Whether they are in the first spool as well.
    in_spool: bool,
}

impl Running {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        let mut size = BATCH;
        while !self.batch.entries.is_empty() || self.fill().await {
            match self.hand_over(size).await {
                Ok(()) => (pause, size) = (FIRST_PAUSE, BATCH),
                // Several large entries do not fit into one message.
                Err(Code::TooLarge) => size = (size / 2).max(1),
                Err(_) => {
                    self.keep().await;
                    let is_safe =
                        self.batch.in_spool && self.next.is_empty() && self.delivery.queue.is_empty();
                    if self.delivery.stop.is_cancelled() && is_safe || self.delivery.give_up.is_cancelled() {
                        return;
                    }
                    self.rest(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Waits until there is something to hand over; false when the queue has stopped and is empty.
    async fn fill(&mut self) -> bool {
        loop {
            if !self.spools.is_empty()
                && let Some((source, entries)) = self.on_disk(|spools| spools.first(BATCH)).await
            {
                self.batch = Batch { source, entries, in_spool: true };
                return true;
            }
            if self.next.is_empty() && !self.receive().await && !self.tell_dropped() {
                return false;
            }
            if !self.next.is_empty() {
                let entries = std::mem::take(&mut self.next);
                self.batch = Batch { source: Arc::clone(&self.delivery.source), entries, in_spool: false };
                return true;
            }
        }
    }

    /// Waits for entries from the queue and numbers them; false when there will be none.
    async fn receive(&mut self) -> bool {
        let mut entries = Vec::new();
        let Delivery { queue, stop, .. } = &mut self.delivery;
        tokio::select! {
            count = queue.recv_many(&mut entries, BATCH) => {
                self.number(entries);
                count != 0
            }
            () = stop.cancelled(), if !queue.is_closed() => {
                queue.close();
                true
            }
        }
    }

    fn number(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.last_number += 1;
            self.next.push_back(Numbered { number: self.last_number, entry });
        }
    }

    /// Hands the first entries of the batch over, as many as may be told by the number of the first.
    async fn hand_over(&mut self, size: usize) -> Result<(), Code> {
        let first = self.batch.entries.front().map_or(0, |entry| entry.number);
        let in_row = (first..)
            .zip(&self.batch.entries)
            .take(size)
            .take_while(|(number, entry)| *number == entry.number);
        let entries: Vec<Entry> = in_row.map(|(_, entry)| entry.entry.clone()).collect();
        let sent = entries.len();
        let done =
            match self.call(LogMany { source: Some(self.batch.source.to_string()), first, entries }).await {
                Ok(done) => done,
                Err(Code::TooLarge) if sent == 1 => {
                    if let Some(entry) = self.batch.entries.front() {
                        drop_entry(&self.delivery.dropped, &entry.entry);
                    }
                    self.acknowledge(1).await;
                    self.tell_dropped();
                    return Ok(());
                }
                Err(code) => return Err(code),
            };
        self.acknowledge((done as usize).min(sent)).await;
        // There is somebody again to write down what was lost.
        self.tell_dropped();
        if done == 0 { Err(Code::Unavailable) } else { Ok(()) }
    }

    /// Calls and returns how many entries were taken; meanwhile the queue is emptied into the spool if it fills.
    async fn call(&mut self, entries: LogMany) -> Result<u32, Code> {
        let options = Options { deadline: PATIENCE, request_id: None };
        let client = self.delivery.client.clone();
        let call = client.call_with(options, entries);
        tokio::pin!(call);
        let give_up = self.delivery.give_up.clone();
        loop {
            tokio::select! {
                done = &mut call => {
                    let done = done.map_err(|error| error.code)?;
                    for refused in &done.refused {
                        warn!(log.index = refused.index, "sogoms-logs refused an entry: {}", refused.error);
                    }
                    return Ok(done.taken);
                }
                () = give_up.cancelled() => return Err(Code::Timeout),
                () = tokio::time::sleep(LOOK_PERIOD) => {
                    if self.delivery.waiting.in_memory <= self.delivery.queue.len() * 2 {
                        self.keep().await;
                    }
                }
            }
        }
    }

    async fn acknowledge(&mut self, count: usize) {
        self.batch.entries.drain(..count);
        if self.batch.in_spool {
            self.on_disk(move |spools| spools.taken(count)).await;
        }
    }

    /// Puts the batch and what waits in memory into the spool, as far as it has room.
    async fn keep(&mut self) {
        if !self.spools.is_open() {
            return;
        }
        if !self.batch.in_spool && !self.batch.entries.is_empty() {
            // Newer entries would be handed over before it otherwise.
            let batch: Vec<Numbered> = self.batch.entries.iter().cloned().collect();
            self.batch.in_spool = self.on_disk(move |spools| spools.append(batch, true)).await.is_empty();
            if !self.batch.in_spool {
                return;
            }
        }
        loop {
            let mut entries = Vec::new();
            while self.next.len() + entries.len() < BATCH
                && let Ok(entry) = self.delivery.queue.try_recv()
            {
                entries.push(entry);
            }
            self.number(entries);
            if self.next.is_empty() {
                return;
            }
            let next = std::mem::take(&mut self.next).into();
            self.next = self.on_disk(move |spools| spools.append(next, false)).await.into();
            if !self.next.is_empty() {
                return;
            }
        }
    }

    /// Waits before the next try; what comes meanwhile goes to the spool.
    async fn rest(&mut self, pause: Duration) {
        let Delivery { stop, give_up, .. } = &self.delivery;
        let (stop, give_up, is_stopping) = (stop.clone(), give_up.clone(), stop.is_cancelled());
        let until = Instant::now() + if is_stopping { pause.min(FIRST_PAUSE) } else { pause };
        loop {
            let has_room = self.batch.in_spool && self.next.is_empty() && !self.delivery.queue.is_closed();
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                () = stop.cancelled(), if !is_stopping => return,
                () = give_up.cancelled() => return,
                _ = self.receive(), if has_room => self.keep().await,
            }
        }
    }

    /// Queues an entry for each app that lost some; false when none did.
    fn tell_dropped(&mut self) -> bool {
        let dropped =
            std::mem::take(&mut *self.delivery.dropped.untold.lock().unwrap_or_else(PoisonError::into_inner));
        let entries = dropped.into_iter().map(|(app_id, count)| {
            Entry::Error(LogError {
                app_id,
                level: Level::Warn,
                message: format!("{count} log entries were dropped: sogoms-logs did not take them in time"),
                code: Some("DROPPED".to_owned()),
                service: Some(self.delivery.service.to_owned()),
                fields: Map::from_iter([("dropped".to_owned(), Value::from(count))]),
                ..LogError::default()
            })
        });
        let entries: Vec<Entry> = entries.collect();
        let any = !entries.is_empty();
        self.number(entries);
        any
    }

    /// Works with the spools on a thread of its own. Should it panic, they stay as files and are found at the next start.
    async fn on_disk<T: Default + Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Spools) -> T + Send + 'static,
    ) -> T {
        let mut spools = std::mem::take(&mut self.spools);
        let working = tokio::task::spawn_blocking(move || {
            let done = work(&mut spools);
            (spools, done)
        });
        let (spools, done) = working.await.unwrap_or_default();
        self.spools = spools;
        done
    }
}
