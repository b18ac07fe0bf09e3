//! Dates and times as text, number and value.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rusqlite::types::ValueRef;

use super::call::Call;

/// A moment that an argument tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: NaiveDateTime,
    /// Whether a time of day was given.
    pub(super) timed: bool,
}

/// Returns the time it is, to the second.
pub(super) fn now() -> NaiveDateTime {
    let now = Utc::now();
    chrono::DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now).naive_utc()
}

/// Writes a moment as MariaDB does: with a fraction only if it has one.
pub(super) fn written(at: NaiveDateTime) -> String {
    let seconds = at.format("%Y-%m-%d %H:%M:%S");
    match at.and_utc().timestamp_subsec_micros() {
        0 => seconds.to_string(),
        micros => format!("{seconds}.{micros:06}"),
    }
}

impl Call<'_> {
    /// Returns an argument as a moment; `None` for NULL and for what is no date.
    pub(super) fn moment(&self, index: usize) -> Option<Moment> {
        match self.raw(index) {
            ValueRef::Null => None,
            ValueRef::Integer(number) => from_number(number),
            _ => parse(&self.text(index)?),
        }
    }

    /// Returns an argument as a time of day, of a moment or alone.
    pub(super) fn time(&self, index: usize) -> Option<NaiveTime> {
        let text = self.text(index)?;
        let alone = text.split(['T', ' ']).next_back().unwrap_or_default();
        if alone.contains(':') { clock(alone) } else { self.moment(index).map(|moment| moment.at.time()) }
    }
}

/// Reads `YYYY-MM-DD`, with `HH:MM[:SS[.ffffff]]` behind a blank or a `T`; one digit is enough for month and day.
pub(super) fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().and_then(from_number);
    }
    let (date, time) =
        text.split_once(['T', ' ']).map_or((text, None), |(date, time)| (date, Some(time.trim())));
    let mut parts = date.split(['-', '/', '.']);
    let mut part = || parts.next().filter(|part| (1..=4).contains(&part.len()))?.parse::<u32>().ok();
    let (year, month, day) = (part()?, part()?, part()?);
    if parts.next().is_some() {
        return None;
    }
    // Two digits are a year of 1970 to 2069.
    let short = date.find(['-', '/', '.']) == Some(2);
    let year = if short { year + if year < 70 { 2000 } else { 1900 } } else { year };
    let date = NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)?;
    let time_of_day = match time {
        Some(time) => clock(time.trim_end_matches('Z'))?,
        None => NaiveTime::MIN,
    };
    Some(Moment { at: date.and_time(time_of_day), timed: time.is_some() })
}

/// Reads `HH:MM[:SS[.ffffff]]`.
fn clock(text: &str) -> Option<NaiveTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':').map(str::parse::<u32>);
    let hour = parts.next()?.ok()?;
    let minute = parts.next().unwrap_or(Ok(0)).ok()?;
    let second = parts.next().unwrap_or(Ok(0)).ok()?;
    let micros = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros)
}

/// Reads `YYYYMMDD` and `YYYYMMDDHHMMSS`.
fn from_number(number: i64) -> Option<Moment> {
    let number = u64::try_from(number).ok()?;
    let (date, time) =
        if number < 100_000_000 { (number, None) } else { (number / 1_000_000, Some(number % 1_000_000)) };
    let part = |value: u64, divisor: u64, modulus: u64| u32::try_from(value / divisor % modulus).ok();
    let year = i32::try_from(date / 10_000).ok().filter(|year| (1000..=9999).contains(year))?;
    let day = NaiveDate::from_ymd_opt(year, part(date, 100, 100)?, part(date, 1, 100)?)?;
    let clock = time.unwrap_or(0);
    let clock =
        NaiveTime::from_hms_opt(part(clock, 10_000, 100)?, part(clock, 100, 100)?, part(clock, 1, 100)?)?;
    Some(Moment { at: day.and_time(clock), timed: time.is_some() })
}
