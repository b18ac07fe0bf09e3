//! When a job runs: five fields in a time zone become instants. Pure.
//!
//! Wall clocks are put forward and back, and one rule says what that means for a job:
//!
//! - A schedule without a `*` in minute and hour names times of day. It runs **once for each of them**: at the first moment
//!   at which the wall clock shows that time or a later one. A time that is left out in spring runs right after the gap; one
//!   that comes twice in autumn runs the first time only.
//! - A schedule with a `*` in minute or hour follows **real time**: it runs in each minute whose wall time fits, in both
//!   hours that autumn shows twice, and not at all for what spring leaves out.
//!
//! docs/SCHEDULES.md shows what comes of it; tests/it/schedules compares it with another program that knows nothing of this
//! one.

pub mod clock;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::config::{Pattern, PatternFault};

/// Five fields in a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pattern: Pattern,
    zone: Tz,
}

/// One time at which a job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The wall time that the schedule names; it may be one that the clocks left out.
    pub local: NaiveDateTime,
    /// When it is due.
    pub at: DateTime<Utc>,
    /// What tells it from the other slot of a wall time that comes twice.
    offset: Option<FixedOffset>,
}

impl Slot {
    /// Returns the text that no other slot of the job has: `2026-10-24T08:00`, and `2026-10-25T02:30+02:00` where the clocks
    /// show that time twice.
    pub fn key(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local.format("%Y-%m-%dT%H:%M"))?;
        self.offset.map_or(Ok(()), |offset| write!(f, "{offset}"))
    }
}

impl Schedule {
    /// Reads five fields that are meant in this time zone.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, PatternFault> {
        Ok(Self::new(Pattern::parse(text)?, zone))
    }

    /// Puts fields that were read already into a time zone.
    pub fn new(pattern: Pattern, zone: Tz) -> Self {
        Self { pattern, zone }
    }

    /// Returns the fields.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Returns the time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Tells whether it follows real time, other than one that names times of day.
    pub fn follows_real_time(&self) -> bool {
        self.pattern.minutes.has_star || self.pattern.hours.has_star
    }

    /// Returns the first slot that is due after an instant. `None` when there is none in fifty years.
    ///
    /// Times that spring leaves out are due at one instant together; [`Schedule::next`] goes on through them.
    pub fn after(&self, instant: DateTime<Utc>) -> Option<Slot> {
        if self.follows_real_time() { self.real_after(instant) } else { self.named_after(instant) }
    }

    /// Returns the slot that follows this one.
    pub fn next(&self, slot: &Slot) -> Option<Slot> {
        if self.follows_real_time() {
            return self.real_after(slot.at);
        }
        // What the clocks left out is due at one instant together, so the wall time tells them apart.
        self.named_from(slot.local.checked_add_signed(MINUTE)?, |at| slot.at <= at)
    }

    /// Returns the slots that are due after an instant, one after the other.
    pub fn slots(&self, after: DateTime<Utc>) -> impl Iterator<Item = Slot> {
        std::iter::successors(self.after(after), |slot| self.next(slot))
    }

    fn named_after(&self, instant: DateTime<Utc>) -> Option<Slot> {
        self.named_from(following_minute(self.wall(instant))?, |at| instant < at)
    }

    /// Returns the first slot of a wall time from `from` on that is due when it should be.
    fn named_from(&self, mut from: NaiveDateTime, is_due: impl Fn(DateTime<Utc>) -> bool) -> Option<Slot> {
        loop {
            let local = self.pattern.next(from)?;
            let slot = self.slot(local, clock::reached(self.zone, local)?);
            if is_due(slot.at) {
                return Some(slot);
            }
            // The clocks were put back before `from`, and this time has been shown already.
            from = local.checked_add_signed(MINUTE)?;
        }
    }

    fn real_after(&self, instant: DateTime<Utc>) -> Option<Slot> {
        let mut from = following_minute(self.wall(instant))?;
        let mut since = instant.checked_add_signed(TimeDelta::nanoseconds(1))?;
        if let Some(turn) = clock::put_back_after(self.zone, instant) {
            let local = self.pattern.next(from)?;
            if let Some(at) = clock::reached(self.zone, local).filter(|at| *at < turn) {
                return Some(self.slot(local, at));
            }
            // From here on the clock shows times again that lie behind `from`.
            (from, since) = (self.wall(turn), turn);
        }
        loop {
            let local = self.pattern.next(from)?;
            let shown = clock::shown(self.zone, local);
            if let Some(at) = shown.into_iter().flatten().find(|at| since <= *at) {
                return Some(self.slot(local, at));
            }
            from = local.checked_add_signed(MINUTE)?;
        }
    }

    fn slot(&self, local: NaiveDateTime, at: DateTime<Utc>) -> Slot {
        let twice = matches!(self.zone.from_local_datetime(&local), MappedLocalTime::Ambiguous(..));
        Slot { local, at, offset: twice.then(|| self.zone.offset_from_utc_datetime(&at.naive_utc()).fix()) }
    }

    fn wall(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.with_timezone(&self.zone).naive_local()
    }
}

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Returns the first whole minute after a wall time.
fn following_minute(time: NaiveDateTime) -> Option<NaiveDateTime> {
    // The pattern rounds up to whole minutes.
    time.checked_add_signed(TimeDelta::nanoseconds(1))
}
