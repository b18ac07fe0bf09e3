//! What may be asked of `sogoms-smtp`.

mod addresses;
mod examples;
mod operate;
mod send;

use serde::{Deserialize, Serialize};

pub use addresses::Addresses;
pub use operate::{
    Changed, Mail, Mails, Preview, Previewed, Probe, ProbeReply, QueueCancel, QueueList, QueueRetry,
    QueueShow, Resume, Resumed, Shown, Step, StepState, Suppression, Suppressions, SuppressionsAdd,
    SuppressionsList, SuppressionsRemove,
};
pub use send::{
    Attachment, BulkItem, BulkProgress, BulkRecipient, Recipient, SendBulk, SendMail, SendTemplate, Sent,
    State,
};

use crate::actions;
use crate::services::health;

/// All requests of `sogoms-smtp`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Request {
    /// See [`SendMail`].
    #[serde(rename = "send")]
    SendMail(SendMail),
    /// See [`SendTemplate`].
    SendTemplate(SendTemplate),
    /// See [`SendBulk`].
    SendBulk(SendBulk),
    /// See [`Preview`].
    Preview(Preview),
    /// See [`QueueList`].
    QueueList(QueueList),
    /// See [`QueueShow`].
    QueueShow(QueueShow),
    /// See [`QueueRetry`].
    QueueRetry(QueueRetry),
    /// See [`QueueCancel`].
    QueueCancel(QueueCancel),
    /// See [`SuppressionsList`].
    SuppressionsList(SuppressionsList),
    /// See [`SuppressionsAdd`].
    SuppressionsAdd(SuppressionsAdd),
    /// See [`SuppressionsRemove`].
    SuppressionsRemove(SuppressionsRemove),
    /// See [`Resume`].
    Resume(Resume),
    /// See [`Probe`].
    Probe(Probe),
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    SendMail => Sent,
    SendTemplate => Sent,
    SendBulk => BulkProgress,
    Preview => Previewed,
    QueueList => Mails,
    QueueShow => Shown,
    QueueRetry => Changed,
    QueueCancel => Changed,
    SuppressionsList => Suppressions,
    SuppressionsAdd => Suppression,
    SuppressionsRemove => Changed,
    Resume => Resumed,
    Probe => ProbeReply,
    Health => HealthReply,
}

/// Tells the state of the service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

/// The reply to [`Health`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReply {
    /// The service itself; an app whose provider is paused is among its problems, and the service is well all the same.
    #[serde(flatten)]
    pub health: health::Health,
    /// The queue of each app that sends mail.
    pub apps: Vec<AppHealth>,
}

/// The queue of one app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppHealth {
    /// The app.
    pub app: String,
    /// Where its mail goes: `mail.example.com:587`, or a folder.
    pub provider: String,
    /// Mails that wait for their first try, or are being given to the server.
    pub queued: u64,
    /// Mails that wait for another try.
    pub deferred: u64,
    /// Mails of which nobody knows whether they went out; they wait for a person.
    pub unknown: u64,
    /// Seconds since the oldest of those that wait (`queued`, `deferred`) was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_waiting_s: Option<u64>,
    /// Why nothing is sent at the moment, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
}
