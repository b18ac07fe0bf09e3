//! Taking a bulk sending in, chunk by chunk, and telling how it goes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;

use super::api::{BulkItem, BulkProgress, BulkRecipient, SendBulk, State};
use super::bulk::{Own, Shared, Source};
use super::changes::Change;
use super::letter::{build, fingerprint, message_id};
use super::moment::now;
use super::queue::{self, Accepted, Batch, Incoming, Open, Place};
use super::senders::Sender;
use super::service::Mailer;
use super::wire::address::Mailbox;
use crate::error::{Code, Error, Result};

/// Recipients of one sending at most.
const MOST: usize = 100_000;
/// Recipients that are taken in with one transaction.
const CHUNK: usize = 250;
/// Mails that are built before others get their turn.
const BREATH: usize = 16;
/// How often it is looked whether there is room for more.
const LOOK_FOR_ROOM: Duration = Duration::from_millis(100);
/// Results wait so long for others to go with them.
const GATHER: Duration = Duration::from_millis(100);
/// Results of one frame at most.
const RESULTS: usize = 500;

/// A sending that is being taken in.
pub(super) struct Intake {
    mailer: Mailer,
    sender: Arc<Sender>,
    shared: Shared,
    batch: Batch,
    recipients: Vec<BulkRecipient>,
    /// Where progress goes; whoever listens may leave, and everything is taken in all the same.
    out: mpsc::Sender<Result<BulkProgress>>,
    accepted: u64,
    done: u64,
    /// Recipients without a result yet, by their number in the queue.
    open: HashMap<i64, (u64, String, String)>,
}

impl Intake {
    /// Checks what all recipients share.
    ///
    /// # Errors
    /// [`Code::Validation`].
    pub(super) fn new(
        mailer: Mailer,
        sender: Arc<Sender>,
        asked: SendBulk,
        out: mpsc::Sender<Result<BulkProgress>>,
    ) -> Result<Self> {
        if asked.recipients.is_empty() || MOST < asked.recipients.len() {
            let message =
                format!("a bulk sending has 1 to {MOST} recipients, not {}", asked.recipients.len());
            return Err(Error::new(Code::Validation, message).field("recipients", "is not so many"));
        }
        let source = Source::of(&sender, &asked)?;
        let kept = serde_json::to_string(&source).unwrap_or_default();
        let shared = Shared::new(source)?;
        let mut request = asked;
        let key = request.idempotency_key.take();
        request.stream = false;
        let fingerprint = fingerprint(&request);
        let app = request.app_id;
        let batch = Batch { app, key, fingerprint, accepted: now(), source: kept };
        let recipients = request.recipients;
        Ok(Self {
            mailer,
            sender,
            shared,
            batch,
            recipients,
            out,
            accepted: 0,
            done: 0,
            open: HashMap::new(),
        })
    }

    /// Takes everybody in, and with `follow` tells results until each recipient has one.
    pub(super) async fn run(mut self, follow: bool) {
        let mut changes = self.mailer.attempts.changes.listen();
        let stop = self.mailer.attempts.stop.clone();
        let work = async {
            self.take_in().await?;
            if follow {
                self.follow(&mut changes).await?;
            }
            Ok(())
        };
        let ended: Option<Result<()>> = stop.run_until_cancelled(work).await;
        let stopped = || Err(Error::new(Code::Unavailable, "sogoms-smtp is about to end"));
        if let Err(error) = ended.unwrap_or_else(stopped) {
            let _ = self.out.send(Err(error)).await;
        }
    }

    async fn take_in(&mut self) -> Result<()> {
        let batch = self.batch.clone();
        let (number, accepted) =
            self.mailer.attempts.store.write(move |connection| batch.write(connection)).await?;
        let recipients = std::mem::take(&mut self.recipients);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let total = recipients.len();
        for (index, chunk) in recipients.chunks(CHUNK).enumerate() {
            self.wait_for_room().await;
            let first = index * CHUNK;
            let mut results = Vec::with_capacity(chunk.len());
            let mut incoming = Vec::with_capacity(chunk.len());
            for (place, recipient) in (first..).zip(chunk) {
                if place % BREATH == 0 {
                    tokio::task::yield_now().await;
                }
                match self.one(number, accepted, place, recipient, &mut seen) {
                    Ok(mail) => incoming.push((place, recipient.to.clone(), mail)),
                    Err(error) => results.push(BulkItem {
                        index: place as u64,
                        address: recipient.to.clone(),
                        message_id: None,
                        state: State::Failed,
                        reply: Some(error.message.into_owned()),
                    }),
                }
            }
            self.done += results.len() as u64;
            let written = self.mailer.attempts.store.write(move |connection| {
                let write =
                    |(place, to, mail): (usize, String, Incoming)| Ok((place, to, mail.write(connection)?));
                incoming.into_iter().map(write).collect::<Result<Vec<_>>>()
            });
            let written = written.await?;
            self.hand_over(&written).await;
            results.extend(written.into_iter().filter_map(|(place, to, mail)| self.item(place, to, mail)));
            results.sort_by_key(|item| item.index);
            self.accepted += chunk.len() as u64;
            self.tell(total, results).await;
        }
        Ok(())
    }

    /// Makes the mail of one recipient; it is built once to see that it can be.
    fn one(
        &self,
        batch: i64,
        accepted: i64,
        place: usize,
        recipient: &BulkRecipient,
        seen: &mut BTreeMap<String, usize>,
    ) -> Result<Incoming> {
        let own = Own { to: recipient.to.clone(), data: recipient.data.clone() };
        let (head, texts) = self.shared.fill(&self.sender, &own)?;
        let address = head.to.first().map(|to: &Mailbox| to.address.to_string()).unwrap_or_default();
        if let Some(before) = seen.insert(address.to_lowercase(), place) {
            let message = format!("the address stands in the list already, at place {before}");
            return Err(Error::new(Code::Duplicate, message));
        }
        let message_id = message_id(&self.sender, accepted)?;
        let subject = texts.subject.clone();
        build(&self.sender, &message_id, accepted, head, texts)?;
        Ok(Incoming {
            app: self.batch.app.clone(),
            message_id,
            key: None,
            fingerprint: None,
            place: Some(Place { batch, place: i64::try_from(place).unwrap_or(i64::MAX) }),
            sender: self.sender.from.address.to_string(),
            subject,
            accepted,
            content: serde_json::to_vec(&own).unwrap_or_default(),
            recipients: vec![address],
        })
    }

    async fn wait_for_room(&self) {
        let most = self.sender.smtp.limits.max_waiting as usize;
        while most <= self.mailer.courier.waiting(&self.batch.app) + CHUNK.min(most - 1) {
            tokio::time::sleep(LOOK_FOR_ROOM).await;
        }
    }

    /// Has those tried that were not there before.
    async fn hand_over(&self, written: &[(usize, String, Accepted)]) {
        let fresh = written.iter().filter(|(_, _, mail)| !mail.repeated);
        let mails = fresh.flat_map(|(_, _, mail)| &mail.recipients);
        let mails = mails.filter(|recipient| recipient.state == State::Queued).map(|recipient| Open {
            id: recipient.id,
            app: self.batch.app.clone(),
            address: recipient.address.clone(),
            bulk: true,
            due: self.batch.accepted,
        });
        self.mailer.courier.add(mails.collect()).await;
    }

    fn item(&mut self, place: usize, address: String, mail: Accepted) -> Option<BulkItem> {
        let recipient = mail.recipients.into_iter().next()?;
        let index = place as u64;
        if recipient.state.is_first() {
            self.open.insert(recipient.id, (index, address.clone(), mail.message_id.clone()));
        } else {
            self.done += 1;
        }
        let message_id = Some(mail.message_id);
        Some(BulkItem { index, address, message_id, state: recipient.state, reply: recipient.reply })
    }

    /// Tells results until each recipient has one, or nobody listens any more.
    async fn follow(&mut self, changes: &mut broadcast::Receiver<Change>) -> Result<()> {
        let total = usize::try_from(self.accepted).unwrap_or(usize::MAX);
        while !self.open.is_empty() && !self.out.is_closed() {
            let mut results = Vec::new();
            let until = Instant::now() + GATHER;
            while results.len() < RESULTS && !self.open.is_empty() {
                match tokio::time::timeout_at(until, changes.recv()).await {
                    Ok(Ok(change)) => results.extend(self.changed(change)),
                    Ok(Err(_)) => results.extend(self.look().await?),
                    Err(_) => break,
                }
            }
            if !results.is_empty() {
                self.tell(total, results).await;
            }
        }
        Ok(())
    }

    fn changed(&mut self, change: Change) -> Option<BulkItem> {
        let (index, address, message_id) = self.open.remove(&change.id)?;
        self.done += 1;
        let message_id = Some(message_id);
        Some(BulkItem { index, address, message_id, state: change.state, reply: change.reply })
    }

    /// Looks at the store for what was missed.
    async fn look(&mut self) -> Result<Vec<BulkItem>> {
        let ids: Vec<i64> = self.open.keys().copied().collect();
        let found =
            self.mailer.attempts.store.read(move |connection| queue::states(connection, &ids)).await?;
        let changed = found.into_iter().filter(|change| !change.state.is_first());
        Ok(changed.filter_map(|change| self.changed(change)).collect())
    }

    async fn tell(&mut self, total: usize, results: Vec<BulkItem>) {
        let progress =
            BulkProgress { total: total as u64, accepted: self.accepted, done: self.done, results };
        let _ = self.out.send(Ok(progress)).await;
    }
}
