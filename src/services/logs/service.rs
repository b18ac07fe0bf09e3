//! Answers the requests of `sogoms-logs`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;

use super::api::{
    Entry, Health, HealthReply, LogError, LogEvent, LogMany, Logged, LoggedMany, Refused, Request, Stats,
    StatsReply,
};
use super::clock::Clock;
use super::entry::{Sent, is_source, prepare};
use super::filter::invalid;
use super::reading::Readers;
use super::search::search;
use super::stats::stats;
use super::status::Status;
use super::tail::tail;
use super::writer::{Writer, Written};
use crate::error::Result;
use crate::ipc::{Answer, Api, Call, Handle, Service, answer};
use crate::services::health;

/// The service, apart from its socket.
#[derive(Debug)]
pub(super) struct Logs {
    pub(super) writer: Writer,
    pub(super) clock: Clock,
    pub(super) began: Instant,
    pub(super) folder: PathBuf,
    pub(super) status: Status,
    pub(super) readers: Readers,
    /// What `health` tells about the configuration.
    pub(super) problems: Arc<ArcSwap<Vec<String>>>,
}

impl Logs {
    async fn write(&self, call: &Call, entry: Entry) -> Result<Logged> {
        let prepared = prepare(entry, None, call.request_id.as_deref(), self.clock.now())?;
        let Written { failure, .. } = self.writer.write(vec![prepared]).await?;
        failure.map_or(Ok(Logged {}), Err)
    }
}

impl Service for Logs {
    type Api = Request;

    async fn dispatch(&self, call: Call, request: Request) -> Result<Answer> {
        match request {
            Request::LogEvent(action) => answer(self.handle(&call, action).await),
            Request::LogError(action) => answer(self.handle(&call, action).await),
            Request::LogMany(action) => answer(self.handle(&call, action).await),
            Request::Tail(action) => tail(&self.writer, &self.readers, action).await,
            Request::Search(action) => search(&self.writer, &self.readers, action).await,
            Request::Stats(action) => answer(self.handle(&call, action).await),
            Request::Health(action) => answer(self.handle(&call, action).await),
        }
    }
}

impl Handle<LogEvent> for Logs {
    async fn handle(&self, call: &Call, action: LogEvent) -> Result<Logged> {
        self.write(call, Entry::Event(action)).await
    }
}

impl Handle<LogError> for Logs {
    async fn handle(&self, call: &Call, action: LogError) -> Result<Logged> {
        self.write(call, Entry::Error(action)).await
    }
}

impl Handle<LogMany> for Logs {
    async fn handle(&self, call: &Call, action: LogMany) -> Result<LoggedMany> {
        let now = self.clock.now();
        let source: Option<Arc<str>> = match action.source {
            Some(source) if !is_source(&source) => {
                return Err(invalid("source", "is 1 to 80 of a-z, 0-9 and `-`".to_owned()));
            }
            source => source.map(Arc::from),
        };
        let (mut acceptable, mut places, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let sent = u32::try_from(action.entries.len()).unwrap_or(u32::MAX);
        for (index, entry) in (0..sent).zip(action.entries) {
            let number = action.first.saturating_add(u64::from(index));
            let sent = source.clone().map(|source| Sent { source, number });
            match prepare(entry, sent, call.request_id.as_deref(), now) {
                Ok(prepared) => {
                    acceptable.push(prepared);
                    places.push(index);
                }
                Err(error) => refused.push(Refused { index, error }),
            }
        }
        let Written { count, failure } = self.writer.write(acceptable).await?;
        let taken = places.get(count).copied().unwrap_or(sent);
        match failure {
            Some(failure) if taken == 0 => Err(failure),
            _ => {
                refused.retain(|refused| refused.index < taken);
                Ok(LoggedMany { taken, refused })
            }
        }
    }
}

impl Handle<Stats> for Logs {
    async fn handle(&self, _: &Call, action: Stats) -> Result<StatsReply> {
        stats(&self.writer, &self.readers, action).await
    }
}

impl Handle<Health> for Logs {
    async fn handle(&self, _: &Call, _: Health) -> Result<HealthReply> {
        let problems = self.problems.load().as_ref().clone();
        let health = health::Health::of(Request::NAME, self.began.elapsed(), problems);
        Ok(HealthReply { health, storage: self.status.storage(self.folder.clone()).await })
    }
}
