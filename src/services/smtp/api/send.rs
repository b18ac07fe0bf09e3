//! The actions that send.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Addresses;

/// Sends a mail whose text is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendMail {
    /// The app whose `smtp:` is used.
    pub app_id: String,
    /// Who gets it.
    pub to: Addresses,
    /// Who gets a copy.
    #[serde(default, skip_serializing_if = "Addresses::is_empty")]
    pub cc: Addresses,
    /// Who gets a copy that the others do not see.
    #[serde(default, skip_serializing_if = "Addresses::is_empty")]
    pub bcc: Addresses,
    /// Where answers go, if not to the app's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The subject line.
    pub subject: String,
    /// The text part; made from `body_html` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The HTML part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_html: Option<String>,
    /// Files that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Further headers, such as `X-Campaign`; those that mail itself needs cannot be set.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// What makes this mail the same one when it is sent again: then it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Whether no person wrote it (`Auto-Submitted: auto-generated`), so that no absence note answers it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// How long to wait for the first try before the reply; without it the reply comes when the mail is on the disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
}

/// Sends a mail made from one of the app's templates (`emails/*.yaml`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendTemplate {
    /// The app whose `smtp:` and templates are used.
    pub app_id: String,
    /// Name of the template: its file without `.yaml`.
    pub template: String,
    /// Who gets it.
    pub to: Addresses,
    /// What the template is filled with.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// Who gets a copy.
    #[serde(default, skip_serializing_if = "Addresses::is_empty")]
    pub cc: Addresses,
    /// Who gets a copy that the others do not see.
    #[serde(default, skip_serializing_if = "Addresses::is_empty")]
    pub bcc: Addresses,
    /// Where answers go, if not to the app's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Files that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Further headers; those that mail itself needs cannot be set.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// What makes this mail the same one when it is sent again: then it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Whether no person wrote it (`Auto-Submitted: auto-generated`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// How long to wait for the first try before the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
}

/// Sends one mail to each of many recipients, who do not see each other. A streaming action where `stream` is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendBulk {
    /// The app whose `smtp:` and templates are used.
    pub app_id: String,
    /// Who gets one, each with its own data.
    pub recipients: Vec<BulkRecipient>,
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
    /// Data of all recipients; what a recipient has of its own goes before it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// Where answers go, if not to the app's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Further headers; those that mail itself needs cannot be set.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// Address (`https://` or `mailto:`) by which a recipient unsubscribes, a template in Go's syntax that may hold
    /// `{{.Email}}`; without it the app's `smtp.unsubscribe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// What makes this sending the same one when it is sent again: recipients that were accepted then are not again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Whether to answer as it goes, until each recipient has a result; else one reply comes when all are on the disk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
}

/// One recipient of [`SendBulk`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkRecipient {
    /// The address.
    pub to: String,
    /// What the texts are filled with for this recipient; `Email` is the address where it says nothing else.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Its name, as the recipient sees it.
    pub name: String,
    /// Its media type; `application/octet-stream` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Its bytes in base64.
    pub content: String,
}

/// Where a mail to one recipient stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Accepted, on the disk, and not yet given to the server.
    Queued,
    /// The server is being given its content.
    Sending,
    /// The server answers for it from now on.
    Sent,
    /// It did not go out this time; another try comes.
    Deferred,
    /// It did not go out, and is not tried again.
    Failed,
    /// The server was given it and its answer was lost: it may have gone out, and is not repeated blindly.
    Unknown,
    /// It is not sent, since the address takes no mail of this app.
    Suppressed,
    /// Somebody took it out of the queue.
    Cancelled,
}

impl State {
    /// All of them, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Deferred,
        Self::Failed,
        Self::Unknown,
        Self::Suppressed,
        Self::Cancelled,
    ];

    /// Returns its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Suppressed => "suppressed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Returns whether a first try has not ended yet.
    pub const fn is_first(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }
}

/// The reply to [`SendMail`] and [`SendTemplate`]: the mail is on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its Message-ID, without brackets.
    pub message_id: String,
    /// Where it stands for each recipient.
    pub recipients: Vec<Recipient>,
    /// Whether it had been accepted before under the same key: this call changed nothing.
    #[serde(default)]
    pub repeated: bool,
}

/// Where a mail stands for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Its number in the queue, for `queue_show` and the others.
    pub id: i64,
    /// The address.
    pub address: String,
    /// The state.
    pub state: State,
    /// What the server said, or why it is in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

/// The reply to [`SendBulk`]; of a stream each frame has what is new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkProgress {
    /// How many recipients were given.
    pub total: u64,
    /// How many of them are dealt with: on the disk, or refused.
    pub accepted: u64,
    /// How many have a result: sent, deferred, failed, unknown, suppressed, cancelled or refused.
    pub done: u64,
    /// Recipients whose state is new.
    pub results: Vec<BulkItem>,
}

/// One recipient of [`SendBulk`] and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkItem {
    /// Its place among the recipients, from 0.
    pub index: u64,
    /// The address, as it was given.
    pub address: String,
    /// Message-ID of its mail, without brackets; absent when it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The state; `failed` without a message id was refused: the address or the data are wrong, and nothing is kept.
    pub state: State,
    /// What the server said, or why it is in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}
