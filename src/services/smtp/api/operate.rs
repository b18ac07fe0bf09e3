//! The actions of who runs the service.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Recipient, State};

/// Renders a mail and sends nothing. A variable that the data lack is an error.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The app.
    pub app_id: String,
    /// Name of one of the app's templates; without it, `subject` and the bodies are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The subject line, a template in Go's syntax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text part, a template in Go's syntax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The HTML part, a template in Go's syntax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_html: Option<String>,
    /// What the texts are filled with.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// Who would get it; an address of example.com without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// The reply to [`Preview`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previewed {
    /// The subject line.
    pub subject: String,
    /// The text part, also when it was made from the HTML.
    pub text: String,
    /// The HTML part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The headers, one a line, as they would be sent.
    pub headers: Vec<String>,
    /// Bytes of the whole mail.
    pub bytes: u64,
}

/// Lists mails of the queue, newest first, one entry a recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueList {
    /// Only this app's, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Only in these states; without any, those that are not finished: queued, sending, deferred, unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<State>,
    /// Only to this address, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Only what was accepted at least so many seconds ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older_than_s: Option<u64>,
    /// Only entries with a smaller number: the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// The most entries to answer, up to 1000.
    #[serde(default = "QueueList::default_limit")]
    pub limit: u32,
}

impl QueueList {
    /// The number of entries without a number.
    pub const fn default_limit() -> u32 {
        100
    }
}

/// The reply to [`QueueList`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mails {
    /// Whether there are more.
    pub more: bool,
    /// The entries.
    pub mails: Vec<Mail>,
}

/// One mail to one recipient, as the queue has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its number.
    pub id: i64,
    /// The app.
    pub app: String,
    /// Who gets it.
    pub to: String,
    /// The subject line; empty once it is no longer kept.
    pub subject: String,
    /// The state.
    pub state: State,
    /// Tries so far.
    pub tries: u32,
    /// When it was accepted (RFC 3339).
    pub accepted: String,
    /// When its state changed last (RFC 3339).
    pub changed: String,
    /// When the next try comes (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<String>,
    /// What the server said, or why it is in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Whether it belongs to a bulk sending.
    pub bulk: bool,
    /// Message-ID of the mail, without brackets.
    pub message_id: String,
}

/// Shows a mail with all its recipients and its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueShow {
    /// The number of an entry of the queue, or a Message-ID.
    pub mail: String,
}

/// The reply to [`QueueShow`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Message-ID, without brackets.
    pub message_id: String,
    /// The app.
    pub app: String,
    /// The sender's address for the server.
    pub sender: String,
    /// When it was accepted (RFC 3339).
    pub accepted: String,
    /// The key under which it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Where it stands for each recipient.
    pub recipients: Vec<Recipient>,
    /// The whole mail as it is sent; absent once it is no longer kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Tries mails again at once: those that wait for another try, and those that failed or are unknown where they are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueRetry {
    /// Numbers of the entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<i64>,
    /// Instead of numbers: those of this app in `states`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// With `app_id`: in these states (`deferred` without any; `failed`, `unknown`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<State>,
}

/// Takes mails out of the queue that have not gone out: they are kept as `cancelled`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueCancel {
    /// Numbers of the entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<i64>,
    /// Instead of numbers: those of this app in `states`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// With `app_id`: in these states (`queued` and `deferred` without any; `unknown`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<State>,
}

/// How many were changed; what was in no state for it was left alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The number.
    pub changed: u64,
}

/// Lists addresses that get no mail of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuppressionsList {
    /// Only this app's, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Only this address, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The most to answer, up to 10 000.
    #[serde(default = "SuppressionsList::default_limit")]
    pub limit: u32,
}

impl SuppressionsList {
    /// The number of addresses without a number.
    pub const fn default_limit() -> u32 {
        1000
    }
}

/// The reply to [`SuppressionsList`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressions {
    /// The addresses, newest first.
    pub suppressions: Vec<Suppression>,
}

/// An address that gets no mail of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The app.
    pub app: String,
    /// The address.
    pub address: String,
    /// Why.
    pub reason: String,
    /// Since when (RFC 3339).
    pub since: String,
    /// Until when (RFC 3339); for ever without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Sends no mail of an app to an address from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuppressionsAdd {
    /// The app.
    pub app_id: String,
    /// The address.
    pub address: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For so many days; for ever without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// Sends mail of an app to an address again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuppressionsRemove {
    /// The app.
    pub app_id: String,
    /// The address.
    pub address: String,
}

/// Tries the provider of an app again that was paused, after what was wrong has been mended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The app.
    pub app_id: String,
}

/// The reply to [`Resume`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// Whether it was paused.
    pub was_paused: bool,
}

/// Connects to the provider of an app, step by step, and tells what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The app.
    pub app_id: String,
}

/// The reply to [`Probe`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeReply {
    /// What was tried, in its order; it ends with the first step that failed.
    pub steps: Vec<Step>,
}

/// One step of [`Probe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was tried: `connect`, `tls`, `sign in`, …
    pub name: String,
    /// How it went.
    pub state: StepState,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Well.
    Ok,
    /// It works, and somebody should look.
    Warning,
    /// It does not work.
    Failed,
}
