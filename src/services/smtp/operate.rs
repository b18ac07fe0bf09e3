//! Answers the requests of who runs the service.

use std::collections::BTreeMap;

use super::api::{
    AppHealth, Changed, Health, HealthReply, Mails, Probe, ProbeReply, QueueCancel, QueueList, QueueRetry,
    QueueShow, Request, Resume, Resumed, Shown, Step, StepState, Suppression, Suppressions, SuppressionsAdd,
    SuppressionsList, SuppressionsRemove,
};
use super::moment::{now, shown};
use super::queue::{self, Content};
use super::service::Mailer;
use super::wire::address::Address;
use super::wire::{Envelope, probe};
use crate::error::{Code, Error, Result};
use crate::ipc::{Api, Call, Handle};
use crate::services::health;
use crate::store::Connection;

impl Handle<QueueList> for Mailer {
    async fn handle(&self, _: &Call, action: QueueList) -> Result<Mails> {
        self.attempts.store.read(move |connection| queue::list(connection, &action, now())).await
    }
}

impl Handle<QueueShow> for Mailer {
    async fn handle(&self, _: &Call, action: QueueShow) -> Result<Shown> {
        let look = move |connection: &Connection| queue::show(connection, &action);
        let (mut found, content, accepted) = self.attempts.store.read(look).await?;
        let content = match content {
            None => None,
            Some(Content::Whole(content)) => Some(content),
            Some(Content::OfBatch { batch, message_id, data }) => {
                // Without its app nobody knows any more what it looked like.
                let sender = self.sender(&found.app).ok();
                let shared = self.attempts.batches.get(&self.attempts.store, batch).await?;
                sender.and_then(|sender| shared.build(&sender, &message_id, accepted, &data).ok())
            }
        };
        found.content = content.map(|content| String::from_utf8_lossy(&content).into_owned());
        Ok(found)
    }
}

impl Handle<QueueRetry> for Mailer {
    async fn handle(&self, _: &Call, action: QueueRetry) -> Result<Changed> {
        let change = move |connection: &Connection| queue::retry(connection, &action, now());
        Ok(self.changed(self.attempts.store.write(change).await?, true).await)
    }
}

impl Handle<QueueCancel> for Mailer {
    async fn handle(&self, _: &Call, action: QueueCancel) -> Result<Changed> {
        let change = move |connection: &Connection| queue::cancel(connection, &action, now());
        Ok(self.changed(self.attempts.store.write(change).await?, false).await)
    }
}

impl Handle<SuppressionsList> for Mailer {
    async fn handle(&self, _: &Call, action: SuppressionsList) -> Result<Suppressions> {
        let look = move |connection: &Connection| queue::suppressions(connection, &action, now());
        Ok(Suppressions { suppressions: self.attempts.store.read(look).await? })
    }
}

impl Handle<SuppressionsAdd> for Mailer {
    async fn handle(&self, _: &Call, action: SuppressionsAdd) -> Result<Suppression> {
        let SuppressionsAdd { app_id, address, reason, days } = action;
        let sender = self.sender(&app_id)?;
        let address = bare(&address)?;
        let reason = reason.unwrap_or_else(|| "noted by a person".to_owned());
        let since = now();
        let until = days.map(|days| since + i64::from(days) * 24 * 60 * 60 * 1000);
        let noted = Suppression {
            app: sender.app.name.clone(),
            address: address.to_string(),
            reason: reason.clone(),
            since: shown(since),
            until: until.map(shown),
        };
        let add = move |connection: &Connection| {
            queue::remove(connection, &app_id, address.as_str())?;
            queue::add(connection, &app_id, address.as_str(), &reason, since, until)
        };
        self.attempts.store.write(add).await?;
        Ok(noted)
    }
}

impl Handle<SuppressionsRemove> for Mailer {
    async fn handle(&self, _: &Call, action: SuppressionsRemove) -> Result<Changed> {
        let SuppressionsRemove { app_id, address } = action;
        let remove = move |connection: &Connection| queue::remove(connection, &app_id, &address);
        Ok(Changed { changed: self.attempts.store.write(remove).await? as u64 })
    }
}

impl Handle<Resume> for Mailer {
    async fn handle(&self, _: &Call, action: Resume) -> Result<Resumed> {
        self.sender(&action.app_id)?;
        Ok(Resumed { was_paused: self.courier.resume(action.app_id).await? })
    }
}

impl Handle<Probe> for Mailer {
    async fn handle(&self, _: &Call, action: Probe) -> Result<ProbeReply> {
        let sender = self.sender(&action.app_id)?;
        // The sender is an address that the provider knows for sure.
        let envelope =
            Envelope { sender: sender.from.address.clone(), recipient: sender.from.address.clone() };
        let found = probe(&sender.way, &envelope, chrono::Utc::now()).await;
        let steps = found.into_iter().map(|finding| Step {
            name: finding.step,
            state: match (finding.fine, finding.hint.is_some()) {
                (true, false) => StepState::Ok,
                (true, true) => StepState::Warning,
                (false, _) => StepState::Failed,
            },
            detail: finding.detail,
            hint: finding.hint,
        });
        Ok(ProbeReply { steps: steps.collect() })
    }
}

impl Handle<Health> for Mailer {
    async fn handle(&self, _: &Call, _: Health) -> Result<HealthReply> {
        let senders = self.senders.load_full();
        let mut problems = senders.problems.clone();
        let totals = match self.attempts.store.read(queue::totals).await {
            Ok(totals) => totals,
            Err(error) => {
                problems.push(format!("the queue cannot be read: {error}"));
                BTreeMap::default()
            }
        };
        let mut apps = Vec::new();
        for (name, sender) in senders.all() {
            let of_app = totals.get(name.as_ref()).copied().unwrap_or_default();
            let paused = self.courier.paused(name);
            problems.extend(paused.iter().map(|why| format!("{name}: no mail is sent at the moment: {why}")));
            if of_app.unknown != 0 {
                problems.push(format!(
                    "{name}: of {} mails it is not known whether they went out; see `sogo smtp queue list --state unknown`",
                    of_app.unknown
                ));
            }
            apps.push(AppHealth {
                app: name.to_string(),
                provider: sender.smtp.way.name(),
                queued: of_app.queued,
                deferred: of_app.deferred,
                unknown: of_app.unknown,
                oldest_waiting_s: of_app
                    .oldest
                    .map(|oldest| u64::try_from((now() - oldest) / 1000).unwrap_or(0)),
                paused,
            });
        }
        let gone = totals.iter().filter(|(app, _)| !apps.iter().any(|known| known.app == **app));
        for (app, of_app) in gone {
            let waiting = of_app.queued + of_app.deferred;
            if waiting != 0 {
                problems
                    .push(format!("{app}: {waiting} mails wait for an app that is not configured to send"));
            }
        }
        Ok(HealthReply { health: health::Health::of(Request::NAME, self.began.elapsed(), problems), apps })
    }
}

fn bare(text: &str) -> Result<Address> {
    Address::parse(text)
        .map_err(|fault| Error::new(Code::Validation, fault.to_string()).field("address", fault.to_string()))
}
