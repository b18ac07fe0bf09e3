//! The control socket: passes requests on to the one task that owns the state of the services.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};

use super::api::{
    Detail, Events, Health, Plan, Reload, ReloadSelf, Reloaded, Request, Restart, ServiceStatus, Services,
    Start, Status, Steered, SteeredService, Stop, Upgrade, Wait, Why,
};
use super::configuration;
use super::fleet::Upgradable;
use super::output::Output;
use super::usage::{Looks, PAUSE};
use crate::config::Supervisor;
use crate::error::{Code, Error, Result};
use crate::ipc::peer::{Access, Peer};
use crate::ipc::{Answer, Call, Handle, Service, answer};
use crate::services::health;

/// A stream of events, as JSON.
pub(super) type EventStream = mpsc::Receiver<Result<Vec<u8>>>;

/// What the control socket asks the task that owns the state.
#[derive(Debug)]
pub(super) enum Question {
    /// The state of every service.
    Status(oneshot::Sender<Services>),
    /// Everything about one.
    Why(Why, oneshot::Sender<Result<Detail>>),
    /// Services are to run, to stop, or both.
    Steer(Command, Vec<String>, Peer, oneshot::Sender<Result<Steered>>),
    /// Which of these services, or of all, could be upgraded.
    Upgradable(Vec<String>, oneshot::Sender<Result<Upgradable>>),
    /// SIGHUP to one service.
    Reload(Reload, Peer, oneshot::Sender<Result<Reloaded>>),
    /// A newer file, and whether only to tell what would be done about it.
    Apply(Supervisor, ReloadSelf, oneshot::Sender<Result<Plan>>),
    /// Services are waited for.
    Wait(Wait, oneshot::Sender<Result<Services>>),
    /// The names of these services, or of all, if there are such.
    Names(Vec<String>, oneshot::Sender<Result<Vec<String>>>),
    /// Changes of state.
    Events(Events, oneshot::Sender<Result<EventStream>>),
}

/// What an operator has services do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Run, if they do not.
    Start,
    /// Stop, and stay so.
    Stop,
    /// Stop, and run again.
    Restart,
    /// Stop, and run again as another program.
    Upgrade,
}

/// The file that says which services run, and what was wrong with it of late.
#[derive(Debug, Clone)]
pub(super) struct OwnFile {
    /// The configuration folder.
    folder: PathBuf,
    problems: Arc<ArcSwap<Vec<String>>>,
}

impl OwnFile {
    /// Makes it for a configuration folder whose file was read just now, and was good.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, problems: Arc::default() }
    }

    /// Reads it anew. What is wrong with it is shown by `health` until it is read without a fault.
    ///
    /// # Errors
    /// [`Code::Config`] with everything that is wrong with it.
    pub(super) async fn read(&self) -> Result<Supervisor> {
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || configuration(&folder)).await.map_err(|cause| {
            Error::new(Code::Internal, "reading the configuration failed").caused_by(cause)
        })?;
        let told = read.as_ref().err().map(|error| error.message.lines().map(str::to_owned).collect());
        self.problems.store(Arc::new(told.unwrap_or_default()));
        read.map(|(supervisor, _)| supervisor)
    }
}

/// Answers on the control socket.
#[derive(Debug)]
pub(super) struct Control {
    questions: mpsc::Sender<Question>,
    access: Access,
    file: OwnFile,
    output: Output,
    looks: Arc<Looks>,
    since: Instant,
}

impl Control {
    /// Makes it; `access` says who may connect at all.
    pub(super) fn new(
        questions: mpsc::Sender<Question>,
        access: Access,
        file: OwnFile,
        output: Output,
    ) -> Self {
        Self { questions, access, file, output, looks: Arc::default(), since: Instant::now() }
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Result<T> {
        let ending = || Error::new(Code::Unavailable, "sogoctl is ending");
        let (reply, answered) = oneshot::channel();
        self.questions.send(question(reply)).await.map_err(|_| ending())?;
        answered.await.map_err(|_| ending())
    }

    /// Notes what services take of the machine, beside the thread that serves.
    async fn look(&self, mut services: Vec<ServiceStatus>, with_memory: bool) -> Result<Vec<ServiceStatus>> {
        let looks = Arc::clone(&self.looks);
        let look = move || {
            looks.take(&mut services, with_memory);
            services
        };
        tokio::task::spawn_blocking(look)
            .await
            .map_err(|cause| Error::new(Code::Internal, "looking at the services failed").caused_by(cause))
    }

    /// Looks at what the services take now and then, until the supervisor ends.
    pub(super) async fn keep_looking(&self) {
        while let Ok(Services { services }) = self.ask(Question::Status).await
            && self.look(services, false).await.is_ok()
        {
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn steer(&self, call: &Call, command: Command, services: Vec<String>) -> Result<Steered> {
        self.may_change(call.peer)?;
        self.ask(|reply| Question::Steer(command, services, call.peer, reply)).await?
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
            Request::Why(action) => answer(self.handle(&call, action).await),
            Request::Start(action) => answer(self.handle(&call, action).await),
            Request::Stop(action) => answer(self.handle(&call, action).await),
            Request::Restart(action) => answer(self.handle(&call, action).await),
            Request::Upgrade(action) => answer(self.handle(&call, action).await),
            Request::Reload(action) => answer(self.handle(&call, action).await),
            Request::ReloadSelf(action) => answer(self.handle(&call, action).await),
            Request::Wait(action) => answer(self.handle(&call, action).await),
            Request::Events(action) => {
                self.ask(|reply| Question::Events(action, reply)).await?.map(Answer::Stream)
            }
            Request::Logs(mut action) => {
                let names = std::mem::take(&mut action.services);
                let names = self.ask(|reply| Question::Names(names, reply)).await??;
                self.output.stream(names, &action).map(Answer::Stream)
            }
            Request::Health(action) => answer(self.handle(&call, action).await),
        }
    }
}

impl Handle<Status> for Control {
    async fn handle(&self, _: &Call, _: Status) -> Result<Services> {
        let Services { services } = self.ask(Question::Status).await?;
        Ok(Services { services: self.look(services, true).await? })
    }
}

impl Handle<Why> for Control {
    async fn handle(&self, _: &Call, why: Why) -> Result<Detail> {
        let mut detail = self.ask(|reply| Question::Why(why, reply)).await??;
        // The looks at the others are kept when all are looked at.
        let Services { services } = self.ask(Question::Status).await?;
        let looked = self.look(services, true).await?;
        let found = looked.into_iter().find(|one| one.service == detail.status.service);
        detail.status.usage = found.and_then(|found| found.usage);
        Ok(detail)
    }
}

impl Handle<Start> for Control {
    async fn handle(&self, call: &Call, start: Start) -> Result<Steered> {
        self.steer(call, Command::Start, start.services).await
    }
}

impl Handle<Stop> for Control {
    async fn handle(&self, call: &Call, stop: Stop) -> Result<Steered> {
        self.steer(call, Command::Stop, stop.services).await
    }
}

impl Handle<Restart> for Control {
    async fn handle(&self, call: &Call, restart: Restart) -> Result<Steered> {
        self.steer(call, Command::Restart, restart.services).await
    }
}

impl Handle<Upgrade> for Control {
    async fn handle(&self, call: &Call, upgrade: Upgrade) -> Result<Steered> {
        /// How long a program may take to tell its version.
        const TRIAL: Duration = Duration::from_secs(10);
        if !upgrade.dry_run {
            self.may_change(call.peer)?;
        }
        let Upgradable { services, trials, runner } =
            self.ask(|reply| Question::Upgradable(upgrade.services, reply)).await??;
        let stale = services.iter().filter(|one| one.changed).map(|one| one.service.clone());
        let stale: Vec<String> = stale.collect();
        if upgrade.dry_run || stale.is_empty() {
            return Ok(Steered { services });
        }
        for trial in trials {
            let program = trial.binary.display().to_string();
            runner.run(trial, TRIAL).await.map_err(|reason| {
                let message = format!("the new {program} does not run: asked for its version it {reason}");
                Error::new(Code::Conflict, message).hint("nothing was changed; put one there that runs")
            })?;
        }
        let mut steered = self.steer(call, Command::Upgrade, stale).await?;
        let is_new = |one: &SteeredService| !one.changed;
        steered.services.extend(services.into_iter().filter(is_new));
        Ok(steered)
    }
}

impl Handle<Reload> for Control {
    async fn handle(&self, call: &Call, reload: Reload) -> Result<Reloaded> {
        self.may_change(call.peer)?;
        self.ask(|reply| Question::Reload(reload, call.peer, reply)).await?
    }
}

impl Handle<ReloadSelf> for Control {
    async fn handle(&self, call: &Call, reload: ReloadSelf) -> Result<Plan> {
        if !reload.dry_run {
            self.may_change(call.peer)?;
            tracing::info!(
                peer.uid = call.peer.uid,
                peer.pid = call.peer.pid,
                "Reading sogoctl.yaml anew, as user {} asked",
                call.peer.uid
            );
        }
        let newer = self.file.read().await?;
        self.ask(|reply| Question::Apply(newer, reload, reply)).await?
    }
}

impl Handle<Wait> for Control {
    async fn handle(&self, _: &Call, wait: Wait) -> Result<Services> {
        self.ask(|reply| Question::Wait(wait, reply)).await?
    }
}

impl Handle<Health> for Control {
    async fn handle(&self, _: &Call, _: Health) -> Result<health::Health> {
        let problems = self.file.problems.load().as_ref().clone();
        Ok(health::Health::of("sogoctl", self.since.elapsed(), problems))
    }
}

/// Returns milliseconds for the wire.
pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
