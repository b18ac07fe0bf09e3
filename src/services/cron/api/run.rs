//! Runs of jobs, as they are told.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

/// One run of a job, or a slot that was not run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its number on this host.
    pub run: i64,
    /// The app.
    pub app_id: String,
    /// The job.
    pub job: String,
    /// The slot: the local time that the schedule means, or `manual:` and the moment at which somebody asked for it.
    pub slot: String,
    /// The moment of the slot (RFC 3339, UTC), as all times here.
    pub due: String,
    /// How it is with it.
    pub state: State,
    /// Why it was not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The same, or what it waits for, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How many attempts were begun.
    pub attempts: u32,
    /// When the next one begins, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<String>,
    /// When the first attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When the last one ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// What it did: for a `query_email` the counts of groups, accepted and refused mails.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub result: Value,
    /// What was wrong with the latest attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Each attempt, where one run is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempt_list: Vec<Attempt>,
}

/// One attempt of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// When it began.
    pub started: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// How it ended; `running` while it goes on.
    pub state: State,
    /// What was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How it is with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for its moment, for its turn, or for the next attempt.
    Waiting,
    /// It goes on.
    Running,
    /// It did what it should.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// The end of the process cut it off, and it is not begun again.
    Interrupted,
    /// An operator ended it.
    Cancelled,
    /// It was not run; see the reason.
    NotRun,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Interrupted,
        Self::Cancelled,
        Self::NotRun,
    ];

    /// Returns its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::NotRun => "not_run",
        }
    }

    /// Returns the state of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Tells whether nothing follows any more.
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a slot was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// `enabled: false` in the file.
    NotEnabled,
    /// An operator had disabled the job.
    Disabled,
    /// An earlier run went on (`overlap: skip`).
    Overlap,
    /// Too many runs waited for their turn (`overlap: queue`).
    QueueFull,
    /// Nobody was there to start it, and `catch_up` says that it is left out.
    Missed,
    /// Nobody was there to start it, and one later run made up for it.
    CaughtUp,
    /// It could not begin within `catch_up_within` of its slot.
    TooLate,
    /// Another host had the slot.
    OtherHost,
    /// The job was taken out of the file before it ran.
    Removed,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::NotEnabled,
        Self::Disabled,
        Self::Overlap,
        Self::QueueFull,
        Self::Missed,
        Self::CaughtUp,
        Self::TooLate,
        Self::OtherHost,
        Self::Removed,
    ];

    /// Returns its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotEnabled => "not_enabled",
            Self::Disabled => "disabled",
            Self::Overlap => "overlap",
            Self::QueueFull => "queue_full",
            Self::Missed => "missed",
            Self::CaughtUp => "caught_up",
            Self::TooLate => "too_late",
            Self::OtherHost => "other_host",
            Self::Removed => "removed",
        }
    }

    /// Returns the reason of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// Says it to a person.
    pub const fn told(self) -> &'static str {
        match self {
            Self::NotEnabled => "`enabled: false` in cron.yaml",
            Self::Disabled => "an operator had disabled the job (`sogo cron enable`)",
            Self::Overlap => "an earlier run was still going (`overlap: skip`)",
            Self::QueueFull => "too many runs were waiting (`overlap: queue`)",
            Self::Missed => "sogoms-cron did not run at the time (`catch_up`)",
            Self::CaughtUp => "sogoms-cron did not run at the time; a later run made up for it",
            Self::TooLate => "it could not begin in time (`catch_up_within`)",
            Self::OtherHost => "another host had the slot",
            Self::Removed => "the job was taken out of cron.yaml",
        }
    }
}

/// Over how many hosts a slot is started once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claims {
    /// Over all hosts that share the app's database: by its table `sogo_cron_slot`.
    Many,
    /// On this host alone: by its own durable state.
    One,
    /// Nothing is started: `hosts: many` demands the table `sogo_cron_slot`, which is missing.
    Missing,
    /// It is not known yet: the database has not answered.
    Unknown,
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Many => "many",
            Self::One => "one",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        })
    }
}

/// What a job would do; the reply to [`DryRun`](super::DryRun).
#[derive(Debug, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The app.
    pub app_id: String,
    /// The job.
    pub job: String,
    /// What it would do, in a sentence.
    pub summary: String,
    /// Rows of the query, of a `query_email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Mails that would be sent, of a `query_email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<u64>,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<Mail>,
}

/// One mail that would be sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mail {
    /// The value that makes its group; the number of its row without `group_by`.
    pub group: Value,
    /// How many rows it is about.
    pub rows: u64,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its text part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Its HTML part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_html: Option<String>,
    /// Why it could not be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}
