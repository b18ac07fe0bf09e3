//! Moments, which are milliseconds since 1970 here.

use chrono::{DateTime, Local, SecondsFormat};

/// Returns the moment that it is.
pub(super) fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

/// Returns a moment as people and programs read it (RFC 3339, local time).
pub(super) fn shown(moment: i64) -> String {
    let moment = DateTime::from_timestamp_millis(moment).unwrap_or_default();
    moment.with_timezone(&Local).to_rfc3339_opts(SecondsFormat::Millis, false)
}
