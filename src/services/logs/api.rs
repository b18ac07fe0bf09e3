//! What may be asked of `sogoms-logs`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::actions;
use crate::error::Error;
use crate::ipc::{Api, Example};
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
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    LogEvent => Logged,
    LogError => Logged,
    LogMany => LoggedMany,
    Tail => Line,
    Health => health::Health,
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
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// What happened.
    Events,
    /// What went wrong.
    Errors,
}

/// Answers the last entries, and those that follow; a streaming action.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// Only these apps; all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    /// Only this type of entries, if given.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Type>,
    /// How many entries that are there already to answer: the newest, oldest of them first.
    #[serde(default = "Tail::default_lines")]
    pub lines: u32,
    /// Whether to go on with what is written from now on, until the caller leaves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
}

impl Tail {
    /// The number of entries without a number: 10, as tail(1) has it.
    pub const fn default_lines() -> u32 {
        10
    }
}

/// Tells the state of the service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

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

impl Api for Request {
    const NAME: &'static str = "sogoms-logs";
    const SUMMARY: &'static str = "central logs: a file an app, day and type, one JSON entry a line";

    fn examples() -> Vec<Example> {
        let app_id = || "prokov".to_owned();
        let fields = Map::from_iter([("ip".to_owned(), Value::from("192.0.2.7"))]);
        let event = LogEvent {
            app_id: app_id(),
            event: "login".to_owned(),
            user_id: Some(2),
            request_id: Some("01JFA2".to_owned()),
            fields: fields.clone(),
            ..LogEvent::default()
        };
        let entry = serde_json::json!({
            "time": "2026-01-15T08:00:00.123+01:00", "level": "info", "event": "login", "user_id": 2,
            "request_id": "01JFA2", "fields": {"ip": "192.0.2.7"},
        });
        vec![
            Example::of(
                "Writes an event of an app (sign-in, registration, …) to `{app}-{YYYYMMDD}-events.log`. `fields` \
                 holds anything else, `message` says it to a person, `service` (text) is who says it, and `time` \
                 (RFC 3339) is when it happened, if not now. The reply comes when the line is written.",
                event.clone(),
                &Logged {},
            ),
            Example::of(
                "Writes to `{app}-{YYYYMMDD}-errors.log` with a level: `error` (default), `warn` or `info`. The other \
                 parameters are those of `log_event`.",
                LogError {
                    app_id: app_id(),
                    level: Level::Warn,
                    message: "The database answered after 4 s".to_owned(),
                    code: Some("TIMEOUT".to_owned()),
                    ..LogError::default()
                },
                &Logged {},
            ),
            Example::of(
                "Writes many entries in their order, each as `{\"event\": …}` or `{\"error\": …}` with the parameters \
                 of `log_event` or `log_error`. `taken` tells how many from the first on are dealt with; `refused`, \
                 if there, names those of them that can never be written (`index` from 0, `error`). Only when the \
                 very first cannot be written for now is it an error.",
                LogMany { entries: vec![Entry::Event(event)] },
                &LoggedMany { taken: 1, refused: Vec::new() },
            ),
            Example::of(
                "Streams the newest `lines` entries (10 without it), oldest first, of all apps or of `apps`, of both types or of \
                 `type` (`events`, `errors`); with `follow` it goes on until the caller leaves. Each entry's frame \
                 says `\"more\":true`; the last frame does not, and its result is null. A caller that reads too slowly \
                 is cut off with `UNAVAILABLE`.",
                Tail { apps: vec![app_id()], kind: None, lines: 10, follow: false },
                &Line {
                    app: app_id(),
                    kind: Type::Events,
                    entry: entry.as_object().cloned().unwrap_or_default(),
                },
            ),
            Example::of(
                "Tells that the service is well.",
                Health {},
                &health::Health::example("sogoms-logs"),
            ),
        ]
    }
}
