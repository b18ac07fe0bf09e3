//! What the wall clocks of a time zone show. Pure.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

/// One moment at which the clocks of a zone are put forward or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// What the clocks would show if nothing was changed.
    pub from: NaiveDateTime,
    /// What they show instead.
    pub to: NaiveDateTime,
}

impl Change {
    /// Tells whether the clocks go forward, so that times are left out; otherwise times come twice.
    pub fn is_forward(&self) -> bool {
        self.from < self.to
    }
}

/// Returns the first moment at which the clocks show this time or a later one.
///
/// `None` outside of what the calendar can count.
pub fn reached(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.to_utc()),
        MappedLocalTime::None => Some(GapInfo::new(&local, &zone)?.end?.to_utc()),
    }
}

/// Returns the moments at which the clocks show this time: none, one, or two in their order.
pub fn shown(zone: Tz, local: NaiveDateTime) -> [Option<DateTime<Utc>>; 2] {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::None => [None, None],
        MappedLocalTime::Single(at) => [Some(at.to_utc()), None],
        MappedLocalTime::Ambiguous(first, second) => [Some(first.to_utc()), Some(second.to_utc())],
    }
}

/// Returns when the clocks are put back, if what they show at this instant will then be shown once more.
pub fn put_back_after(zone: Tz, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&instant.with_timezone(&zone).naive_local()) {
        MappedLocalTime::Ambiguous(first, second) if first == instant => {
            Some(first_change(zone, instant, second.to_utc()))
        }
        _ => None,
    }
}

/// Returns the changes of the clocks after one instant and before another.
pub fn changes(zone: Tz, after: DateTime<Utc>, before: DateTime<Utc>) -> impl Iterator<Item = Change> {
    // No zone has ever changed its clocks twice within such a time.
    const STRIDE: TimeDelta = TimeDelta::hours(12);
    let steps = std::iter::successors(Some(after), move |at| at.checked_add_signed(STRIDE));
    steps.take_while(move |at| *at < before).filter_map(move |from| {
        let to = from.checked_add_signed(STRIDE)?.min(before);
        if seconds_ahead(zone, from) == seconds_ahead(zone, to) {
            return None;
        }
        let at = first_change(zone, from, to);
        let ahead_before = TimeDelta::seconds(seconds_ahead(zone, from));
        let from = at.naive_utc().checked_add_signed(ahead_before)?;
        Some(Change { at, from, to: at.with_timezone(&zone).naive_local() })
    })
}

/// Returns the first whole second after `from` at which the clocks are no longer as far ahead; at `to` they are not.
fn first_change(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    let before = seconds_ahead(zone, from);
    let (mut low, mut high) = (from.timestamp(), to.timestamp());
    while 1 < high - low {
        let middle = low + (high - low) / 2;
        let at = DateTime::from_timestamp(middle, 0).unwrap_or(to);
        if seconds_ahead(zone, at) == before { low = middle } else { high = middle }
    }
    DateTime::from_timestamp(high, 0).unwrap_or(to)
}

fn seconds_ahead(zone: Tz, at: DateTime<Utc>) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}
