//! What may be asked of `sogoctl`, on its control socket.

mod examples;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::actions;
use crate::ipc::{Api, Example};
use crate::services::health;

/// All requests of `sogoctl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Request {
    /// See [`Status`].
    Status(Status),
    /// See [`Why`].
    Why(Why),
    /// See [`Start`].
    Start(Start),
    /// See [`Stop`].
    Stop(Stop),
    /// See [`Restart`].
    Restart(Restart),
    /// See [`Upgrade`].
    Upgrade(Upgrade),
    /// See [`Reload`].
    Reload(Reload),
    /// See [`ReloadSelf`].
    ReloadSelf(ReloadSelf),
    /// See [`Wait`].
    Wait(Wait),
    /// See [`Events`].
    Events(Events),
    /// See [`Logs`].
    Logs(Logs),
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    Status => Services,
    Why => Detail,
    Start => Steered,
    Stop => Steered,
    Restart => Steered,
    Upgrade => Steered,
    Reload => Reloaded,
    ReloadSelf => Plan,
    Wait => Services,
    Events => Event,
    Logs => OutputLine,
    Health => health::Health,
}

/// Tells the state of every service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {}

/// Tells everything about one service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// Name of the service, as in sogoctl.yaml.
    pub service: String,
}

/// Has services run that do not.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Names of the services; at least one.
    pub services: Vec<String>,
}

/// Has services stop, and stay so until somebody starts them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Names of the services; at least one.
    pub services: Vec<String>,
}

/// Stops services and starts them again, one after the other: each waits until the one before it is ready.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Names of the services; at least one.
    pub services: Vec<String>,
}

/// Restarts those services whose program is no longer the file that they were started from, one after the other: each
/// waits until the one before it is ready, and one that does not get ready has the rest called off. A new program of ours
/// has to tell its version first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// Only these; all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// Whether only to tell which they are: the `changed` ones of the reply.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// Sends SIGHUP to a service, so that it reads its configuration anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reload {
    /// Name of the service, as in sogoctl.yaml.
    pub service: String,
}

/// Has the supervisor read its own file, sogoctl.yaml, anew.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadSelf {
    /// Whether only to tell what would be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// Waits until services are ready, or have stopped. How long is the `deadline_ms` of the call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Names of the services; all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// What to wait for.
    #[serde(default)]
    pub until: Goal,
}

/// What [`Wait`] waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// All are ready. It is an error as soon as one cannot get ready by itself any more.
    #[default]
    Ready,
    /// None runs, and none will by itself.
    Stopped,
}

/// Answers the latest changes of state, and those that follow; a streaming action.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Only of these services; of all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// How many that were already to answer: the newest, oldest of them first. The last 1000 are known.
    #[serde(default = "Events::default_lines")]
    pub lines: u32,
    /// Whether to go on with what happens from now on, until the caller leaves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
}

impl Events {
    /// The number of events without a number.
    pub const fn default_lines() -> u32 {
        20
    }
}

/// Answers the last lines that services have written, and those that follow; a streaming action.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Only of these services; of all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// How many that are there already to answer of each service: the newest, oldest of them first.
    #[serde(default = "Logs::default_lines")]
    pub lines: u32,
    /// Only from this moment on (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only lines with this text in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// Whether to go on with what is written from now on, until the caller leaves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
}

impl Logs {
    /// The number of lines without a number.
    pub const fn default_lines() -> u32 {
        20
    }

    /// How many lines of a service may be asked for.
    pub const MOST_LINES: u32 = 10_000;
}

/// Tells the state of the supervisor itself.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

/// The reply to [`Status`] and [`Wait`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Services {
    /// The services, in the order in which they start.
    pub services: Vec<ServiceStatus>,
}

/// The state of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// Its name.
    pub service: String,
    /// Its state.
    pub state: State,
    /// Why it is in that state, for a person.
    pub why: String,
    /// Process id, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Milliseconds since it was started, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_ms: Option<u64>,
    /// How often it was restarted by itself since the supervisor began.
    pub restarts: u32,
    /// How long its last health answer took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_us: Option<u64>,
    /// How it is, in its own words (`STATUS=` of sd_notify), while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// What it and everything that it started take of the machine, while it runs; not in the reply to [`Wait`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What the service itself says is wrong with its configuration, while it runs on an older state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// The last lines that it wrote before it failed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<OutputLine>,
}

/// What a service and everything that it started take of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// How many processes these are.
    pub processes: u32,
    /// Processor time since the service was started, in milliseconds.
    pub cpu_ms: u64,
    /// Share of one processor since the look before this one (about ten seconds, less if somebody looks more often), in
    /// percent.
    pub cpu_percent: f64,
    /// Memory; absent where we may not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

/// Memory of several processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Memory {
    /// Memory that is shared counts in parts, one for each of those who share it.
    Pss {
        /// Bytes.
        bytes: u64,
    },
    /// Memory that is shared counts for each whole: the kernel does not let us look closer.
    Rss {
        /// Bytes.
        bytes: u64,
    },
}

/// The states of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for the services that it depends on.
    Waiting,
    /// It runs and has not answered its health check yet.
    Starting,
    /// It runs and answers.
    Ready,
    /// It runs and its last health checks failed.
    Unhealthy,
    /// It ended and is started again after a pause.
    Backoff,
    /// It ended too often; nobody starts it until someone acts.
    Failed,
    /// It was told to stop and has not ended yet.
    Stopping,
    /// It ended because it was told to.
    Stopped,
}

impl State {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Starting,
        Self::Ready,
        Self::Unhealthy,
        Self::Backoff,
        Self::Failed,
        Self::Stopping,
        Self::Stopped,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The reply to [`Start`], [`Stop`] and [`Restart`]: the services as they are right after the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steered {
    /// The services, in the order in which they were named.
    pub services: Vec<SteeredService>,
}

/// What a command did to one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteeredService {
    /// Its name.
    pub service: String,
    /// Whether the command changed anything: a service that runs is not started, one that has stopped not stopped.
    pub changed: bool,
    /// Its state.
    pub state: State,
    /// Why it is in that state, for a person.
    pub why: String,
}

/// The reply to [`Reload`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// The service.
    pub service: String,
    /// The process that got the signal.
    pub pid: u32,
    /// The processes of its other instances, which got it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<u32>,
}

/// The reply to [`ReloadSelf`]: what is done about a newer sogoctl.yaml.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whether it was only told, and not done.
    pub dry_run: bool,
    /// Services that are new.
    pub start: Vec<String>,
    /// Services that are no longer there.
    pub stop: Vec<String>,
    /// Services whose processes have to be started anew.
    pub restart: Vec<ChangedService>,
    /// Services that take the change as they run.
    pub update: Vec<ChangedService>,
    /// Services that stay as they are.
    pub unchanged: Vec<String>,
}

/// A service whose keys in sogoctl.yaml have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedService {
    /// Its name.
    pub service: String,
    /// The keys that have other values.
    pub keys: Vec<String>,
}

/// The reply to [`Why`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// Its state.
    pub status: ServiceStatus,
    /// Milliseconds after which something happens to it by itself, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_ms: Option<u64>,
    /// What happens then, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The services that it waits for before it starts.
    pub needs: Vec<Neighbour>,
    /// The services that wait for it before they start.
    pub needed_by: Vec<Neighbour>,
    /// Its latest changes of state, oldest first.
    pub events: Vec<Event>,
    /// The last lines that it has written, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<OutputLine>,
}

/// A service that another one depends on, or that depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its name.
    pub service: String,
    /// Its state.
    pub state: State,
}

/// One line that a service has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    /// When it was read (RFC 3339); empty for a line in the file that is none of ours.
    pub time: String,
    /// The service.
    pub service: String,
    /// Where it was written.
    pub stream: Stream,
    /// Whether it goes on with the line before it, which was too long for one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continues: bool,
    /// What it says; what a terminal would obey is an escape, such as `\u001b`.
    pub text: String,
}

/// Where a service has written a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
    /// Nowhere: the supervisor tells what is missing.
    Sogoctl,
}

impl Stream {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Stdout, Self::Stderr, Self::Sogoctl];

    /// Returns how it is spelled.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Sogoctl => "sogoctl",
        }
    }
}

/// One change of a service's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When (RFC 3339).
    pub time: String,
    /// The service.
    pub service: String,
    /// The state that it had before.
    pub from: State,
    /// The state that it has since.
    pub to: State,
    /// Why, for a person.
    pub why: String,
    /// Its process, if it had one at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

impl Api for Request {
    const NAME: &'static str = "sogoctl";
    const SUMMARY: &'static str = "supervisor: starts, watches, restarts and stops the services";

    fn examples() -> Vec<Example> {
        examples::all()
    }
}
