//! The actions that read what was written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Level, Type};

/// Which entries somebody wants to see; what is absent excludes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only from this moment on (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only before this moment (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Only what is this bad or worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Only entries with a value, at any depth, in which this regular expression is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grep: Option<String>,
    /// Only entries with these values: keys of the entry or of its `fields`, with dots between those of nested objects.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Filter {
    fn is_open(&self) -> bool {
        *self == Self::default()
    }
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
    /// Which of them.
    #[serde(default, skip_serializing_if = "Filter::is_open")]
    pub filter: Filter,
}

impl Tail {
    /// The number of entries without a number: 10, as tail(1) has it.
    pub const fn default_lines() -> u32 {
        10
    }

    /// How many entries may be asked for.
    pub const MOST_LINES: u32 = 10_000;
}

/// Answers all entries of the whole history that fit, oldest first; a streaming action.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Only these apps; all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    /// Only this type of entries, if given.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Type>,
    /// Which of them.
    #[serde(default, skip_serializing_if = "Filter::is_open")]
    pub filter: Filter,
    /// The most entries to answer, the oldest first; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Counts the entries that fit: by level, over time, by what they say, and by file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    /// Only these apps; all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    /// Only this type of entries, if given.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Type>,
    /// Which of them.
    #[serde(default, skip_serializing_if = "Filter::is_open")]
    pub filter: Filter,
    /// Over which time the rate is counted.
    #[serde(default)]
    pub bucket: Bucket,
    /// How many of the most frequent messages to answer.
    #[serde(default = "Stats::default_top")]
    pub top: u32,
}

impl Stats {
    /// The number of messages without a number.
    pub const fn default_top() -> u32 {
        10
    }
}

/// A span of time that entries are counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// A minute.
    Minute,
    /// An hour.
    #[default]
    Hour,
    /// A day.
    Day,
}

/// The reply to [`Stats`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsReply {
    /// Entries that fit.
    pub entries: u64,
    /// Among them by level.
    pub levels: BTreeMap<Level, u64>,
    /// How many came when, oldest first; spans without any are left out, and so are all before the newest thousand.
    pub rate: Vec<Rate>,
    /// What was said most often; digits are `#`, so that messages that differ in them alone count as one.
    pub top: Vec<Message>,
    /// The files of each app and type.
    pub files: Vec<AppFiles>,
}

/// How many entries came in one span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// When it began (RFC 3339).
    pub time: String,
    /// How many entries.
    pub entries: u64,
}

/// What was said, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The event or the message.
    pub message: String,
    /// How bad it is.
    pub level: Level,
    /// How often.
    pub entries: u64,
    /// When it was said last.
    pub last: String,
}

/// The files of one app and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppFiles {
    /// The app.
    pub app: String,
    /// The type of its entries.
    #[serde(rename = "type")]
    pub kind: Type,
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Entries in them that fit.
    pub entries: u64,
}
