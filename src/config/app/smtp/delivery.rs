//! How much of an app's mail goes at a time, and what becomes of what did not go out.

use std::time::Duration;

use crate::config::yaml::Fields;

/// How much of an app's mail goes at a time. Limits of a domain hold for the domain of the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLimits {
    /// Mails that are being given to the server at the same time.
    pub connections: u32,
    /// Mails a minute; as many as go without it.
    pub per_minute: Option<u32>,
    /// Mails an hour; as many as go without it.
    pub per_hour: Option<u32>,
    /// Mails to one domain that are being given to the server at the same time.
    pub domain_connections: Option<u32>,
    /// Mails a minute to one domain.
    pub domain_per_minute: Option<u32>,
    /// Mails an hour to one domain.
    pub domain_per_hour: Option<u32>,
    /// Bytes of a mail with its attachments at most.
    pub max_bytes: usize,
    /// Mails that wait at most; further ones are refused, and a bulk sending waits for room.
    pub max_waiting: u32,
}

impl Default for MailLimits {
    fn default() -> Self {
        Self {
            connections: 4,
            per_minute: None,
            per_hour: None,
            domain_connections: None,
            domain_per_minute: None,
            domain_per_hour: None,
            max_bytes: 10 << 20,
            max_waiting: 100_000,
        }
    }
}

impl MailLimits {
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        const CONNECTIONS: std::ops::RangeInclusive<u32> = 1..=64;
        const MAILS: std::ops::RangeInclusive<u32> = 1..=100_000;
        let default = Self::default();
        let limits = Self {
            connections: fields.integer("connections", CONNECTIONS).unwrap_or(default.connections),
            per_minute: fields.integer("per_minute", MAILS),
            per_hour: fields.integer("per_hour", MAILS),
            domain_connections: fields.integer("domain_connections", CONNECTIONS),
            domain_per_minute: fields.integer("domain_per_minute", MAILS),
            domain_per_hour: fields.integer("domain_per_hour", MAILS),
            max_bytes: fields.integer("max_bytes", 10_000..=100 << 20).unwrap_or(default.max_bytes),
            max_waiting: fields.integer("max_waiting", 1..=1_000_000).unwrap_or(default.max_waiting),
        };
        fields.finish();
        limits
    }
}

/// When a mail that did not go out is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailRetry {
    /// The wait after the first try; it doubles with each further one.
    pub delay: Duration,
    /// The longest wait.
    pub max_delay: Duration,
    /// Since its acceptance: what has not gone out by then failed.
    pub max_age: Duration,
    /// Tries at most.
    pub max_attempts: u32,
}

impl Default for MailRetry {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(60),
            max_delay: Duration::from_secs(60 * 60),
            max_age: Duration::from_secs(48 * 60 * 60),
            max_attempts: 100,
        }
    }
}

impl MailRetry {
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        const SHORTEST: Duration = Duration::from_secs(1);
        const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
        let default = Self::default();
        let retry = Self {
            delay: fields.duration("delay", SHORTEST..=LONGEST).unwrap_or(default.delay),
            max_delay: fields.duration("max_delay", SHORTEST..=LONGEST).unwrap_or(default.max_delay),
            max_age: fields.duration("max_age", SHORTEST..=LONGEST).unwrap_or(default.max_age),
            max_attempts: fields.integer("max_attempts", 1..=1000).unwrap_or(default.max_attempts),
        };
        fields.finish();
        retry
    }
}

/// What becomes of a mail that may have gone out, since the answer to its content was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUnknown {
    /// It waits for a person.
    #[default]
    Wait,
    /// It is sent again: nobody misses a mail, and somebody may get it twice.
    Resend,
    /// It counts as failed: nobody gets it twice, and somebody may miss it.
    Fail,
}
