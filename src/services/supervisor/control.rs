//! The control socket: passes requests on to the one task that owns the state of the services.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::api::{Health, Reload, Reloaded, Request, Services, Status};
use crate::error::{Code, Error, Result};
use crate::ipc::peer::{Access, Peer};
use crate::ipc::{Answer, Call, Handle, Service, answer};
use crate::services::health;

/// What the control socket asks the task that owns the state.
#[derive(Debug)]
pub(super) enum Question {
    /// The state of every service.
    Status(oneshot::Sender<Services>),
    /// SIGHUP to one service.
    Reload(Reload, Peer, oneshot::Sender<Result<Reloaded>>),
}

/// Answers on the control socket.
#[derive(Debug)]
pub(super) struct Control {
    questions: mpsc::Sender<Question>,
    access: Access,
    since: Instant,
}

impl Control {
    /// Makes it; `access` says who may connect at all.
    pub(super) fn new(questions: mpsc::Sender<Question>, access: Access) -> Self {
        Self { questions, access, since: Instant::now() }
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Result<T> {
        let ending = || Error::new(Code::Unavailable, "sogoctl is ending");
        let (reply, answered) = oneshot::channel();
        self.questions.send(question(reply)).await.map_err(|_| ending())?;
        answered.await.map_err(|_| ending())
    }

    /// Members of the configured group may look; only root and our own user may change something.
    fn may_change(&self, peer: Peer) -> Result<()> {
        if peer.uid == 0 || peer.uid == self.access.uid {
            return Ok(());
        }
        Err(Error::new(Code::Forbidden, "this user may look at the services and not change them")
            .hint("use the user that sogoctl runs as, or root"))
    }
}

impl Service for Control {
    type Api = Request;

    async fn dispatch(&self, call: Call, request: Request) -> Result<Answer> {
        match request {
            Request::Status(action) => answer(self.handle(&call, action).await),
            Request::Reload(action) => answer(self.handle(&call, action).await),
            Request::Health(action) => answer(self.handle(&call, action).await),
        }
    }
}

impl Handle<Status> for Control {
    async fn handle(&self, _: &Call, _: Status) -> Result<Services> {
        self.ask(Question::Status).await
    }
}

impl Handle<Reload> for Control {
    async fn handle(&self, call: &Call, reload: Reload) -> Result<Reloaded> {
        self.may_change(call.peer)?;
        self.ask(|reply| Question::Reload(reload, call.peer, reply)).await?
    }
}

impl Handle<Health> for Control {
    async fn handle(&self, _: &Call, _: Health) -> Result<health::Health> {
        Ok(health::Health::of("sogoctl", self.since.elapsed(), Vec::new()))
    }
}

/// Returns milliseconds for the wire.
pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
