//! What others ask of the keeper.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot};

use super::Keeper;
use crate::config::Registry;
use crate::error::{Code, Error, Result};
use crate::services::cron::api::{Run, State};
use crate::services::cron::clock;
use crate::services::cron::jobs::Jobs;
use crate::services::cron::policy::Due;
use crate::services::cron::runs::{Ended, JobName, Memory, NewRun, Then};

/// A request to the keeper, and where its answer goes.
#[derive(Debug)]
pub(in crate::services::cron) enum Command {
    /// Takes over a configuration.
    Reload(Box<Registry>),
    /// Runs a job now.
    Trigger(JobName, oneshot::Sender<Result<Run>>),
    /// Runs a slot of another host here.
    Adopt(JobName, Due, oneshot::Sender<Result<Run>>),
    /// Ends a run.
    Cancel(i64, oneshot::Sender<Result<Run>>),
    /// Disables a job, or no longer.
    SetDisabled(JobName, bool, oneshot::Sender<Result<()>>),
}

/// The way to the keeper. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::services::cron) struct Commands(pub(in crate::services::cron) mpsc::Sender<Command>);

impl Commands {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// Those of the answer, and [`Code::Unavailable`] while the service stops.
    pub(in crate::services::cron) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T>>) -> Command,
    ) -> Result<T> {
        let stopping = || Error::new(Code::Unavailable, "sogoms-cron is stopping").retry_after(1);
        let (reply, answer) = oneshot::channel();
        self.0.send(command(reply)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

impl Keeper {
    pub(super) async fn obey(&mut self, command: Command) {
        // Who asked may be gone: what was asked for is done all the same.
        match command {
            Command::Reload(registry) => {
                let jobs = Jobs::new(&registry, &self.seen.jobs.load());
                let forgotten = self.forget(&jobs).await;
                self.tell(forgotten);
                self.upcoming.clear();
                self.seen.jobs.store(jobs.into());
            }
            Command::Trigger(name, reply) => _ = reply.send(self.trigger(name).await),
            Command::Adopt(name, due, reply) => _ = reply.send(self.adopt(name, due).await),
            Command::Cancel(run, reply) => _ = reply.send(self.cancel(run).await),
            Command::SetDisabled(name, disabled, reply) => {
                _ = reply.send(self.set_disabled(name, disabled).await);
            }
        }
    }

    async fn trigger(&mut self, name: JobName) -> Result<Run> {
        let now = clock::now();
        let mut at = now;
        loop {
            let key = format!("manual:{}", at.to_rfc3339_opts(SecondsFormat::Millis, true));
            if let Some(run) = self.add(name.clone(), Due { key, at: now }, now).await? {
                return self.runs.one(run).await;
            }
            // Somebody asked within the same millisecond.
            at += TimeDelta::milliseconds(1);
        }
    }

    async fn add(&mut self, name: JobName, due: Due, now: DateTime<Utc>) -> Result<Option<i64>> {
        let run = NewRun { name, due, asked: true, begin: Ok(now), why: None };
        let added = self.runs.decide(vec![run], Vec::new(), now).await?;
        let number = added.first().map(|run| run.run);
        self.open.extend(added.into_iter().map(|run| (run.run, run)));
        Ok(number)
    }

    async fn adopt(&mut self, name: JobName, due: Due) -> Result<Run> {
        let now = clock::now();
        if let Some(run) = self.add(name.clone(), due.clone(), now).await? {
            return self.runs.one(run).await;
        }
        let known = self.runs.of_slot(name, due.key.clone()).await?;
        let Some(known) = known.filter(|run| !self.open.contains_key(&run.run)) else {
            return Err(Error::new(
                Code::Conflict,
                format!("the slot {} waits or goes on here already", due.key),
            ));
        };
        self.runs.settle(known.run, Ended::default(), Then::Wait(now), now).await?;
        let again = self.runs.open_runs().await?.into_iter().find(|run| run.run == known.run);
        self.open.extend(again.map(|run| (run.run, run)));
        self.runs.one(known.run).await
    }

    async fn cancel(&mut self, number: i64) -> Result<Run> {
        let Some(run) = self.open.get(&number).cloned() else {
            let run = self.runs.one(number).await?;
            return Err(Error::new(
                Code::Conflict,
                format!("run {number} has ended already: it is {}", run.state),
            ));
        };
        if let Some(stop) = self.stops.get(&number) {
            stop.cancel();
        } else {
            let now = clock::now();
            let why = Some("an operator cancelled it".to_owned());
            let ended = Ended { why, ..Ended::default() };
            self.runs.settle(run.run, ended, Then::End(State::Cancelled), now).await?;
            self.open.remove(&number);
            self.seen.ended.send_modify(|count| *count += 1);
        }
        self.runs.one(number).await
    }

    async fn set_disabled(&mut self, name: JobName, disabled: bool) -> Result<()> {
        // What has passed until now is decided as it was meant then.
        self.look().await?;
        self.runs.set_disabled(name.clone(), disabled).await?;
        let now = clock::now();
        let memory = self.memory.entry(name);
        memory.or_insert(Memory { schedule: String::new(), decided: now, disabled }).disabled = disabled;
        Ok(())
    }
}
