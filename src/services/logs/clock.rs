//! The time of day, as a value.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Local};

/// Tells the local time, with its offset from UTC.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<FixedOffset> + Send + Sync>);

impl Clock {
    /// Returns the clock of this machine, in its time zone.
    pub fn system() -> Self {
        Self::new(|| Local::now().fixed_offset())
    }

    /// Makes a clock from any way to tell the time.
    pub fn new(now: impl Fn() -> DateTime<FixedOffset> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Tells the time.
    pub fn now(&self) -> DateTime<FixedOffset> {
        (self.0)()
    }

    /// Returns how a moment is written in an entry: RFC 3339 with milliseconds and offset.
    pub fn written(moment: DateTime<FixedOffset>) -> String {
        moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, false)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", Self::written(self.now()))
    }
}
