//! The time of day, which may be put forward and back while we look elsewhere.

use chrono::{DateTime, Utc};

use super::runs::moment;

/// Tells the time in whole milliseconds: what is kept of it on disk.
pub(super) fn now() -> DateTime<Utc> {
    moment(Utc::now().timestamp_millis())
}
