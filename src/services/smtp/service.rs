//! Answers the requests of `sogoms-smtp`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use serde_json::{Map, Value};
use tokio::sync::{broadcast, mpsc};

use super::api::{
    Addresses, BulkItem, BulkProgress, Changed, Preview, Previewed, Request, SendBulk, SendMail,
    SendTemplate, Sent, State,
};
use super::attempt::Attempts;
use super::bulk::Texts;
use super::changes::Change;
use super::courier::Courier;
use super::intake::Intake;
use super::letter::{self, Given, Head, fingerprint, message_id};
use super::moment::now;
use super::queue::{self, Incoming, Open};
use super::senders::{Sender, Senders};
use super::wire::text_of_html;
use crate::error::{Code, Error, Result};
use crate::ipc::{Answer, Call, Handle, Reply, Service, answer};
use crate::store::Connection;
use crate::template::{Data, Missing, Rendered};

/// Frames of a bulk sending that wait for their reader.
const FRAMES: usize = 8;
/// The longest that a call may wait for the first try.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// The service, apart from its socket. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Mailer {
    pub(super) attempts: Attempts,
    pub(super) courier: Courier,
    pub(super) senders: Arc<ArcSwap<Senders>>,
    pub(super) began: Instant,
}

/// A mail that is ready to be taken in.
struct Ready {
    sender: Arc<Sender>,
    key: Option<String>,
    fingerprint: Vec<u8>,
    head: Head,
    texts: Rendered,
    wait: Option<Duration>,
}

impl Mailer {
    /// Returns an app that sends mail.
    ///
    /// # Errors
    /// Those of [`Senders::get`].
    pub(super) fn sender(&self, app: &str) -> Result<Arc<Sender>> {
        self.senders.load().get(app)
    }

    /// Takes a mail in. The work goes on when the caller leaves: what is on the disk must be tried, too.
    async fn take_in(&self, ready: Ready) -> Result<Sent> {
        let wait = ready.wait;
        let changes = self.attempts.changes.listen();
        let mailer = self.clone();
        let taking = tokio::spawn(async move { mailer.write(ready).await });
        let sent = taking
            .await
            .map_err(|cause| Error::new(Code::Internal, "taking the mail in failed").caused_by(cause))??;
        match wait {
            Some(wait) => self.first_tries(sent, changes, wait.min(LONGEST_WAIT)).await,
            None => Ok(sent),
        }
    }

    async fn write(&self, ready: Ready) -> Result<Sent> {
        let Ready { sender, key, fingerprint, head, texts, .. } = ready;
        let app = sender.app.name.clone();
        let most = sender.smtp.limits.max_waiting as usize;
        if most <= self.courier.waiting(&app) {
            let error = Error::new(Code::Unavailable, format!("{most} mails of `{app}` wait already"));
            return Err(error
                .hint("`sogo smtp health` says why; `smtp.limits.max_waiting` is the limit")
                .retry_after(30));
        }
        let accepted = now();
        let message_id = message_id(&sender, accepted)?;
        let subject = texts.subject.clone();
        let recipients = queue::each_once(head.recipients());
        let content = letter::build(&sender, &message_id, accepted, head, texts)?;
        let incoming = Incoming {
            app: app.clone(),
            message_id,
            fingerprint: key.is_some().then_some(fingerprint),
            key,
            place: None,
            sender: sender.from.address.to_string(),
            subject,
            accepted,
            content,
            recipients,
        };
        let taken = self.attempts.store.write(move |connection| incoming.write(connection)).await?;
        if !taken.repeated {
            let waiting = taken.recipients.iter().filter(|recipient| recipient.state == State::Queued);
            let mails = waiting.map(|recipient| Open {
                id: recipient.id,
                app: app.clone(),
                address: recipient.address.clone(),
                bulk: false,
                due: accepted,
            });
            self.courier.add(mails.collect()).await;
        }
        Ok(Sent { message_id: taken.message_id, recipients: taken.recipients, repeated: taken.repeated })
    }

    /// Waits until each recipient has the result of its first try, or until the time is over.
    async fn first_tries(
        &self,
        mut sent: Sent,
        mut changes: broadcast::Receiver<Change>,
        wait: Duration,
    ) -> Result<Sent> {
        let until = tokio::time::Instant::now() + wait;
        while sent.recipients.iter().any(|recipient| recipient.state.is_first()) {
            match tokio::time::timeout_at(until, changes.recv()).await {
                Ok(Ok(change)) => {
                    let recipient = sent.recipients.iter_mut().find(|recipient| recipient.id == change.id);
                    if let Some(recipient) = recipient {
                        (recipient.state, recipient.reply) = (change.state, change.reply);
                    }
                }
                Ok(Err(_)) => {
                    let message_id = sent.message_id.clone();
                    let look = move |connection: &Connection| queue::recipients_of(connection, &message_id);
                    sent.recipients = self.attempts.store.read(look).await?;
                }
                Err(_) => break,
            }
        }
        Ok(sent)
    }

    async fn bulk(&self, action: SendBulk) -> Result<Answer> {
        let sender = self.sender(&action.app_id)?;
        let follow = action.stream;
        let (out, mut progress) = mpsc::channel(FRAMES);
        let intake = Intake::new(self.clone(), sender, action, out)?;
        tokio::spawn(intake.run(follow));
        if !follow {
            let mut all = BulkProgress::default();
            while let Some(part) = progress.recv().await {
                let BulkProgress { total, accepted, done, results } = part?;
                (all.total, all.accepted, all.done) = (total, accepted, done);
                all.results.extend(results);
            }
            all.results.sort_by_key(|item: &BulkItem| item.index);
            return answer(Ok(all));
        }
        let (frames, items) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(part) = progress.recv().await {
                let frame = part.and_then(|part| {
                    let mut json = Vec::new();
                    part.encode(&mut json).map(|()| json)
                });
                if frames.send(frame).await.is_err() {
                    return;
                }
            }
        });
        Ok(Answer::Stream(items))
    }

    /// Writes what an operator changes, and has the courier follow.
    pub(super) async fn changed(&self, changed: Vec<Open>, again: bool) -> Changed {
        let count = changed.len() as u64;
        if again {
            self.courier.add(changed).await;
        } else {
            self.courier.remove(changed.iter().map(|mail| mail.id).collect()).await;
            for mail in changed {
                let reply = Some("somebody took it out of the queue".to_owned());
                self.attempts.changes.tell(Change { id: mail.id, state: State::Cancelled, reply });
            }
        }
        Changed { changed: count }
    }
}

impl Service for Mailer {
    type Api = Request;

    async fn dispatch(&self, call: Call, request: Request) -> Result<Answer> {
        match request {
            Request::SendMail(action) => answer(self.handle(&call, action).await),
            Request::SendTemplate(action) => answer(self.handle(&call, action).await),
            Request::SendBulk(action) => self.bulk(action).await,
            Request::Preview(action) => answer(self.handle(&call, action).await),
            Request::QueueList(action) => answer(self.handle(&call, action).await),
            Request::QueueShow(action) => answer(self.handle(&call, action).await),
            Request::QueueRetry(action) => answer(self.handle(&call, action).await),
            Request::QueueCancel(action) => answer(self.handle(&call, action).await),
            Request::SuppressionsList(action) => answer(self.handle(&call, action).await),
            Request::SuppressionsAdd(action) => answer(self.handle(&call, action).await),
            Request::SuppressionsRemove(action) => answer(self.handle(&call, action).await),
            Request::Resume(action) => answer(self.handle(&call, action).await),
            Request::Probe(action) => answer(self.handle(&call, action).await),
            Request::Health(action) => answer(self.handle(&call, action).await),
        }
    }
}

impl Handle<SendMail> for Mailer {
    async fn handle(&self, _: &Call, mut action: SendMail) -> Result<Sent> {
        let (key, wait) = (action.idempotency_key.take(), action.wait_ms.take());
        let fingerprint = fingerprint(&action);
        let head = Head::of(Given {
            to: &action.to,
            cc: &action.cc,
            bcc: &action.bcc,
            reply_to: action.reply_to.as_deref(),
            headers: &action.headers,
            attachments: &action.attachments,
            automatic: action.automatic,
        })?;
        let texts = Rendered { subject: action.subject, text: action.body, html: action.body_html };
        let sender = self.sender(&action.app_id)?;
        let wait = wait.map(Duration::from_millis);
        self.take_in(Ready { sender, key, fingerprint, head, texts, wait }).await
    }
}

impl Handle<SendTemplate> for Mailer {
    async fn handle(&self, _: &Call, mut action: SendTemplate) -> Result<Sent> {
        let (key, wait) = (action.idempotency_key.take(), action.wait_ms.take());
        let fingerprint = fingerprint(&action);
        let head = Head::of(Given {
            to: &action.to,
            cc: &action.cc,
            bcc: &action.bcc,
            reply_to: action.reply_to.as_deref(),
            headers: &action.headers,
            attachments: &action.attachments,
            automatic: action.automatic,
        })?;
        let sender = self.sender(&action.app_id)?;
        let data = Data::from(&Value::Object(action.data));
        let texts = sender.templates.render(&action.template, &data, sender.missing())?;
        let wait = wait.map(Duration::from_millis);
        self.take_in(Ready { sender, key, fingerprint, head, texts, wait }).await
    }
}

impl Handle<Preview> for Mailer {
    async fn handle(&self, _: &Call, action: Preview) -> Result<Previewed> {
        let sender = self.sender(&action.app_id)?;
        let texts = Texts::of(
            &sender,
            action.template.as_deref(),
            action.subject.as_deref(),
            action.body.as_deref(),
            action.body_html.as_deref(),
        )?;
        let data = Data::from(&Value::Object(action.data));
        let rendered = match &action.template {
            Some(name) => sender.templates.render(name, &data, Missing::Error)?,
            None => texts.compile()?.render(&data, Missing::Error)?,
        };
        let to = Addresses::from(action.to.as_deref().unwrap_or("recipient@example.com"));
        let head = Head::of(Given {
            to: &to,
            cc: &Addresses::default(),
            bcc: &Addresses::default(),
            reply_to: None,
            headers: &Map::new(),
            attachments: &[],
            automatic: false,
        })?;
        let accepted = now();
        let message_id = message_id(&sender, accepted)?;
        let (subject, html) = (rendered.subject.clone(), rendered.html.clone());
        let text = rendered.text.clone();
        let text = text.or_else(|| html.as_deref().map(text_of_html)).unwrap_or_default();
        let content = letter::build(&sender, &message_id, accepted, head, rendered)?;
        let bytes = content.len() as u64;
        let content = String::from_utf8_lossy(&content);
        let head =
            content.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
        let headers = head.split("\r\n").map(str::to_owned).collect();
        Ok(Previewed { subject, text, html, headers, bytes })
    }
}
