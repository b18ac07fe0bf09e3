//! Answers the requests of `sogoms-logs`.

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;

use super::api::{Entry, Health, LogError, LogEvent, LogMany, Logged, LoggedMany, Refused, Request};
use super::clock::Clock;
use super::entry::prepare;
use super::tail::tail;
use super::writer::{Writer, Written};
use crate::error::Result;
use crate::ipc::{Answer, Api, Call, Handle, Service, answer};
use crate::services::health;

/// The service, apart from its socket.
#[derive(Debug)]
pub(super) struct Logs {
    writer: Writer,
    clock: Clock,
    began: Instant,
    problems: Arc<ArcSwap<Vec<String>>>,
}

impl Logs {
    /// Puts it together; `problems` is what `health` tells about the configuration.
    pub(super) fn new(writer: Writer, clock: Clock, problems: Arc<ArcSwap<Vec<String>>>) -> Self {
        Self { writer, clock, began: Instant::now(), problems }
    }

    async fn write(&self, call: &Call, entry: Entry) -> Result<Logged> {
        let prepared = prepare(entry, call.request_id.as_deref(), self.clock.now())?;
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
            Request::Tail(action) => tail(&self.writer, action).await,
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
        let (mut acceptable, mut places, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let sent = u32::try_from(action.entries.len()).unwrap_or(u32::MAX);
        for (index, entry) in (0..sent).zip(action.entries) {
            match prepare(entry, call.request_id.as_deref(), now) {
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

impl Handle<Health> for Logs {
    async fn handle(&self, _: &Call, _: Health) -> Result<health::Health> {
        let problems = self.problems.load().as_ref().clone();
        Ok(health::Health::of(Request::NAME, self.began.elapsed(), problems))
    }
}
