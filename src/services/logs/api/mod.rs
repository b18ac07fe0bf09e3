//! What may be asked of `sogoms-logs`.

mod examples;
mod read;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use read::{AppFiles, Bucket, Filter, Message, Rate, Search, Stats, StatsReply, Tail};

use crate::actions;
use crate::error::Error;
use crate::services::health;

/// All requests of `sogoms-logs`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Request {
    /// See [`LogEvent`].
    LogEvent(LogEvent),
    /// See [`LogError`].
    LogError(LogError),
    /// See [`LogMany`].
    LogMany(LogMany),
    /// See [`Tail`].
    Tail(Tail),
    /// See [`Search`].
    Search(Search),
    /// See [`Stats`].
    Stats(Stats),
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    LogEvent => Logged,
    LogError => Logged,
    LogMany => LoggedMany,
    Tail => Line,
    Search => Line,
    Stats => StatsReply,
    Health => HealthReply,
}

/// Writes what happened in an app: a sign-in, a registration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEvent {
    /// The app; the file is `{app}-{YYYYMMDD}-events.log`.
    pub app_id: String,
    /// What happened, in a word: `login`, `register`.
    pub event: String,
    /// The same for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The user it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// The HTTP request it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Which service says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// When it happened (RFC 3339), if not now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Anything else; values whose names speak of secrets are redacted.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

/// Writes what went wrong, or nearly.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogError {
    /// The app; the file is `{app}-{YYYYMMDD}-errors.log`.
    pub app_id: String,
    /// How bad it is.
    #[serde(default)]
    pub level: Level,
    /// What was wrong, for a person.
    pub message: String,
    /// The error's code (`DB_ERROR`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The user it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// The HTTP request it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Which service says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// When it happened (RFC 3339), if not now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Anything else; values whose names speak of secrets are redacted.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

/// Writes many entries in their order, as services do that collect theirs in a [`LogQueue`](super::queue::LogQueue).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogMany {
    /// What the sender calls itself, another name at each of its starts: 1 to 80 of a-z, 0-9 and `-`. With it, an entry that
    /// is sent again is not written again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The number of the first entry under that name; the others follow one by one. Numbers grow from call to call.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub first: u64,
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One entry of [`LogMany`]: `{"event": {…}}` or `{"error": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// What `log_event` takes.
    Event(LogEvent),
    /// What `log_error` takes.
    Error(LogError),
}

/// How bad something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// It went on, but somebody should look.
    Warn,
    /// It failed.
    #[default]
    Error,
}

/// Which of an app's files an entry stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// What happened.
    Events,
    /// What went wrong.
    Errors,
}

/// Tells the state of the service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

/// The reply to [`Health`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReply {
    /// The service itself.
    #[serde(flatten)]
    pub health: health::Health,
    /// The files and how the writing goes.
    pub storage: Storage,
}

/// The files of the logs and how the writing goes. What is counted is counted since the start of the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// Log files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Free bytes of their disk, if it tells within half a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
    /// Free bytes below which the oldest files go.
    pub min_free_bytes: u64,
    /// Whether the last line could be written.
    pub writable: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Lines that were written.
    pub lines: u64,
    /// Entries that were sent again and not written again.
    pub doubles: u64,
    /// Entries that could not be written and are lost.
    pub dropped: u64,
    /// Files that were deleted to keep the floor of free disk.
    pub deleted_for_room: u64,
}

/// The reply to what was written: it is in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {}

/// The reply to [`LogMany`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LoggedMany {
    /// How many entries from the first on need not be sent again: each of them is written or refused. Fewer than were
    /// sent when writing failed midway; the rest may be sent again.
    pub taken: u32,
    /// Those among them that can never be written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
}

/// An entry of [`LogMany`] that can never be written.
#[derive(Debug, Serialize, Deserialize)]
pub struct Refused {
    /// Its place among the entries, from 0.
    pub index: u32,
    /// What is wrong with it.
    pub error: Error,
}

/// One entry, as it stands in its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The app it belongs to.
    pub app: String,
    /// Which of the app's files it stands in.
    #[serde(rename = "type")]
    pub kind: Type,
    /// The entry, as the JSON object of its line.
    pub entry: Map<String, Value>,
}
