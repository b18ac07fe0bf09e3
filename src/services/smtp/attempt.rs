//! One try to deliver one mail to one recipient.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::api::State;
use super::bulk::Shared;
use super::changes::{Change, Changes};
use super::events::Events;
use super::moment::now;
use super::queue::{self, Content, Load, Loaded};
use super::retry::{Provider, Tried, Verdict, verdict};
use super::senders::Sender;
use super::waiting::Entry;
use super::wire::Envelope;
use super::wire::address::Address;
use crate::error::{Code, Error, Result};
use crate::store::Store;

/// How long it is waited before a result is written again that could not be: the disk is full, mostly.
const WRITE_AGAIN: Duration = Duration::from_secs(1);

/// What tries need. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    pub(super) store: Store,
    pub(super) changes: Changes,
    pub(super) events: Events,
    pub(super) batches: Batches,
    /// Set when the service is to end: nothing more is begun.
    pub(super) stop: CancellationToken,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// When the mail is tried again, if it is.
    pub(super) again: Option<i64>,
    /// What the try says of the provider, and in which words.
    pub(super) provider: Provider,
    pub(super) reply: String,
}

impl Ended {
    fn without_a_word(again: Option<i64>) -> Self {
        Self { again, provider: Provider::Same, reply: String::new() }
    }
}

impl Attempts {
    /// Tries once, and returns when what came of it is on the disk.
    pub(super) async fn attempt(&self, sender: Arc<Sender>, entry: Entry) -> Ended {
        let (app, id) = (Arc::clone(&entry.app), entry.id);
        let loaded = self.store.read(move |connection| queue::load(connection, &app, id, now())).await;
        let loaded = match loaded {
            Ok(Load::Mail(loaded)) => loaded,
            Ok(Load::Gone) => return Ended::without_a_word(None),
            Ok(Load::Suppressed(reason)) => {
                let verdict = finished(State::Suppressed, reason);
                return self.finish(&sender, &entry, "", verdict).await;
            }
            Err(error) => {
                warn!(mail = id, cause = error.cause(), "A mail could not be read: {error}");
                return Ended::without_a_word(Some(now() + 10_000));
            }
        };
        let address = loaded.address.clone();
        let (envelope, content) = match self.prepare(&sender, &loaded).await {
            Ok(prepared) => prepared,
            Err(error) => {
                // What is in the store was checked when it was accepted: another version may see it otherwise.
                let verdict = finished(State::Failed, format!("the mail cannot be built: {error}"));
                return self.finish(&sender, &entry, &address, verdict).await;
            }
        };
        let begun = AtomicBool::new(false);
        let outcome = sender.transport.deliver(&envelope, &content, self.mark(id, &begun)).await;
        if self.stop.is_cancelled() && !begun.load(Ordering::Relaxed) {
            // It was not begun, so nothing came of it: it stays as it is.
            return Ended::without_a_word(None);
        }
        let tried =
            Tried { accepted: loaded.accepted, tries: loaded.tries + 1, now: now(), chance: chance() };
        let verdict = verdict(outcome, tried, &sender.smtp.retry, sender.smtp.unknown);
        self.finish(&sender, &entry, &address, verdict).await
    }

    /// Notes on the disk that the content goes out from now on.
    async fn mark(&self, id: i64, begun: &AtomicBool) -> Result<()> {
        if self.stop.is_cancelled() {
            return Err(Error::new(Code::Unavailable, "the service is about to end"));
        }
        self.store.write(move |connection| queue::mark_sending(connection, id, now())).await?;
        begun.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn prepare(&self, sender: &Sender, loaded: &Loaded) -> Result<(Envelope, Vec<u8>)> {
        let parse = |text: &str| {
            Address::parse(text).map_err(|fault| Error::new(Code::Validation, fault.to_string()))
        };
        let envelope = Envelope { sender: parse(&loaded.sender)?, recipient: parse(&loaded.address)? };
        let content = match &loaded.content {
            Content::Whole(content) => content.clone(),
            Content::OfBatch { batch, message_id, data } => {
                let shared = self.batches.get(&self.store, *batch).await?;
                shared.build(sender, message_id, loaded.accepted, data)?
            }
        };
        Ok((envelope, content))
    }

    /// Writes what came of it until that works: a mail that went out must never be forgotten to have done so.
    async fn finish(&self, sender: &Sender, entry: &Entry, address: &str, verdict: Verdict) -> Ended {
        let (id, suppress_days) = (entry.id, sender.smtp.suppress_days);
        loop {
            let writing = verdict.clone();
            let written = self.store.write(move |connection| {
                queue::write_verdict(connection, id, &writing, now(), suppress_days)
            });
            match written.await {
                Ok(true) => break,
                Ok(false) => return Ended { again: None, ..Ended::of(&verdict) },
                Err(error) => {
                    error!(
                        mail = id,
                        state = verdict.state.name(),
                        cause = error.cause(),
                        "What came of a mail cannot be written: {error}"
                    );
                    tokio::time::sleep(WRITE_AGAIN).await;
                }
            }
        }
        self.events.ended(&entry.app, id, address, &verdict);
        self.changes.tell(Change { id, state: verdict.state, reply: Some(verdict.reply.clone()) });
        Ended::of(&verdict)
    }
}

impl Ended {
    fn of(verdict: &Verdict) -> Self {
        Self { again: verdict.due, provider: verdict.provider, reply: verdict.reply.clone() }
    }
}

fn finished(state: State, reply: String) -> Verdict {
    Verdict { state, due: None, reply, suppress: false, counts: false, provider: Provider::Same }
}

/// Returns a number from 0 to 1.
pub(super) fn chance() -> f64 {
    let mut byte = [127];
    // Without random bytes the waits are not spread, and everything else is the same.
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

/// The bulk sendings whose mails went last, ready to be filled in.
#[derive(Debug, Clone, Default)]
pub(super) struct Batches(Arc<Mutex<VecDeque<Kept>>>);

/// The number of a sending, and the sending.
type Kept = (i64, Arc<Shared>);

impl Batches {
    /// Sendings that are kept.
    const KEPT: usize = 16;

    /// Returns a sending, ready to be filled in.
    ///
    /// # Errors
    /// Those of [`Shared::read`], and when the store cannot be read.
    pub(super) async fn get(&self, store: &Store, batch: i64) -> Result<Arc<Shared>> {
        if let Some(shared) = self.kept(batch) {
            return Ok(shared);
        }
        let source = store.read(move |connection| queue::batch_source(connection, batch)).await?;
        let shared = Arc::new(Shared::read(&source)?);
        self.keep(batch, &shared);
        Ok(shared)
    }

    fn kept(&self, batch: i64) -> Option<Arc<Shared>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(number, _)| *number == batch).map(|(_, shared)| Arc::clone(shared))
    }

    fn keep(&self, batch: i64, shared: &Arc<Shared>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(Self::KEPT - 1);
        kept.push_front((batch, Arc::clone(shared)));
    }
}
