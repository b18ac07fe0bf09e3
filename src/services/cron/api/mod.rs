//! What may be asked of `sogoms-cron`.

mod examples;
mod run;

use serde::{Deserialize, Serialize};

pub use self::run::{Attempt, Claims, Mail, Reason, Rehearsal, Run, State};
use crate::actions;
use crate::services::health;

/// All requests of `sogoms-cron`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Request {
    /// See [`List`].
    List(List),
    /// See [`Next`].
    Next(Next),
    /// See [`Trigger`].
    Trigger(Trigger),
    /// See [`DryRun`].
    DryRun(DryRun),
    /// See [`Status`].
    Status(Status),
    /// See [`History`].
    History(History),
    /// See [`Wait`].
    Wait(Wait),
    /// See [`Enable`].
    Enable(Enable),
    /// See [`Disable`].
    Disable(Disable),
    /// See [`Cancel`].
    Cancel(Cancel),
    /// See [`Takeover`].
    Takeover(Takeover),
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    List => Jobs,
    Next => Slots,
    Trigger => Run,
    DryRun => Rehearsal,
    Status => StatusReply,
    History => Runs,
    Wait => Run,
    Enable => Job,
    Disable => Job,
    Cancel => Run,
    Takeover => Run,
    Health => HealthReply,
}

/// Tells every job, with its next run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only those of this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
}

/// Tells when jobs will run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// Only those of this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// How many slots, 1 to 1000.
    #[serde(default = "Next::default_count")]
    pub count: u32,
}

impl Next {
    /// Returns how many slots are told if nobody says.
    pub const fn default_count() -> u32 {
        10
    }
}

/// Runs a job now, whether it is enabled or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// Its app; may be left out when only one app has a job of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Its name.
    pub job: String,
}

/// Tells what a job would do now, and does nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// Its app; may be left out when only one app has a job of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Its name.
    pub job: String,
    /// How many of the mails are rendered, 0 to 1000.
    #[serde(default = "DryRun::default_mails")]
    pub mails: u32,
}

impl DryRun {
    /// Returns how many mails are rendered if nobody says.
    pub const fn default_mails() -> u32 {
        100
    }
}

/// Tells the last runs, and what makes sure that each slot is started once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Only those of this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Only those of this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// How many runs, 1 to 1000; those that were not run are not among them.
    #[serde(default = "Status::default_limit")]
    pub limit: u32,
}

impl Status {
    /// Returns how many runs are told if nobody says.
    pub const fn default_limit() -> u32 {
        20
    }
}

/// Tells what was run, and what was not and why, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Only that of this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Only that of this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Only runs in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Only this run, with its attempts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<i64>,
    /// Only runs with a smaller number, to go on where the last answer ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// How many, 1 to 1000.
    #[serde(default = "History::default_limit")]
    pub limit: u32,
}

impl History {
    /// Returns how many runs are told if nobody says.
    pub const fn default_limit() -> u32 {
        50
    }
}

/// Waits until a run has ended. How long is the `deadline_ms` of the call.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Its number.
    pub run: i64,
}

/// Has a job run by itself again that an operator had disabled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enable {
    /// Its app; may be left out when only one app has a job of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Its name.
    pub job: String,
}

/// Has a job no longer run by itself, until somebody enables it: no reload and no restart does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disable {
    /// Its app; may be left out when only one app has a job of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Its name.
    pub job: String,
}

/// Ends a run that goes on, or one that waits.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Its number.
    pub run: i64,
}

/// Runs here what another host had begun and can no longer end.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Takeover {
    /// Its app; may be left out when only one app has a job of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Its job.
    pub job: String,
    /// Its slot.
    pub slot: String,
}

/// Tells the state of the service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

/// The reply to [`List`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Jobs {
    /// The jobs, by app and name.
    pub jobs: Vec<Job>,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its app.
    pub app_id: String,
    /// Its name.
    pub job: String,
    /// What it does: `query_email`, `http` or `service`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its schedule, as it is written.
    pub schedule: String,
    /// The time zone of the schedule.
    pub timezone: String,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// Who says that it does not: `file` or `operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_by: Option<String>,
    /// When it runs next (RFC 3339 with the offset of its time zone), if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Its runs that go on or wait.
    pub going: u64,
    /// The latest run that has ended, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Run>,
}

/// The reply to [`Next`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// The slots, soonest first.
    pub slots: Vec<Slot>,
}

/// A moment at which a job will run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its app.
    pub app_id: String,
    /// Its job.
    pub job: String,
    /// The name of the slot: the local time that the schedule means.
    pub slot: String,
    /// The moment (RFC 3339 with the offset of the job's time zone).
    pub at: String,
}

/// The reply to [`Status`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusReply {
    /// What this host is called among those that run the jobs of an app.
    pub host: String,
    /// For each app with jobs, what makes sure that a slot is started once.
    pub apps: Vec<AppClaims>,
    /// The runs, newest first.
    pub runs: Vec<Run>,
}

/// What makes sure that each slot of an app is started once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppClaims {
    /// The app.
    pub app_id: String,
    /// Over how many hosts that holds.
    pub claims: Claims,
}

/// The reply to [`History`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Runs {
    /// The runs, newest first.
    pub runs: Vec<Run>,
    /// Whether there are older ones.
    pub more: bool,
}

/// The reply to [`Health`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReply {
    /// The service itself.
    #[serde(flatten)]
    pub health: health::Health,
    /// Jobs that run by themselves.
    pub jobs: u64,
    /// Runs that go on at the moment.
    pub running: u64,
    /// Why the durable state could not be written of late, if so: no run starts then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}
