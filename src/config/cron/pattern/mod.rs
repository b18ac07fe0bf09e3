//! The five fields of a schedule, as in a crontab. Pure.
//!
//! A field is `*`, a value, a range `a-b`, a step `*/n` or `a-b/n`, or a list of those. Months and days of the week have
//! names of three letters, and 7 is Sunday as 0 is. What other dialects add (`@daily`, `L`, `W`, `#`, `?`, a sixth field)
//! is refused with what to write instead.

mod field;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

pub use field::Field;
use field::{DAY, HOUR, MINUTE, MONTH, WEEKDAY, Word};

/// Years after which a search for the next matching time ends. 29 February is a Sunday every 28 years, and every 40
/// around a year such as 2100.
const FARTHEST_YEARS: i32 = 50;

/// The five fields of a schedule: the wall times at which something is due.
///
/// A day fits when both of its fields allow it, except that it is enough for one of them to do so when neither contains
/// a `*`, as in every crontab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    /// 0 to 59.
    pub minutes: Field,
    /// 0 to 23.
    pub hours: Field,
    /// Days of the month, 1 to 31.
    pub days: Field,
    /// 1 to 12.
    pub months: Field,
    /// Days of the week, 0 (Sunday) to 6.
    pub weekdays: Field,
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternFault {
    /// What is wrong, with the name of the field.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// Which bytes of the text are wrong.
    pub place: Range<usize>,
}

impl Pattern {
    /// Reads a schedule.
    ///
    /// # Errors
    /// A text without five fields, a field that cannot be read or is out of its limits, and a schedule whose day does not
    /// exist in any of its months, such as 30 February.
    pub fn parse(text: &str) -> Result<Self, PatternFault> {
        let words = words(text);
        let begin = text.len() - text.trim_start().len();
        let whole = || begin..begin + text.trim().len();
        if let Some(name) = text.trim().strip_prefix('@') {
            return Err(nickname(name, whole()));
        }
        let &[minute, hour, day, month, weekday] = words.as_slice() else {
            return Err(PatternFault {
                message: format!("a schedule has five fields, found {}", words.len()),
                hint: match words.len() {
                    6 | 7 => "seconds and years have no field; the five are".to_owned(),
                    _ => "five fields as in a crontab, such as `0 8 * * 1-5`:".to_owned(),
                } + " minute, hour, day of month, month, day of week",
                place: whole(),
            });
        };
        let pattern = Self {
            text: [minute, hour, day, month, weekday].map(|word| word.text).join(" "),
            minutes: Field::parse(minute, &MINUTE)?,
            hours: Field::parse(hour, &HOUR)?,
            days: Field::parse(day, &DAY)?,
            months: Field::parse(month, &MONTH)?,
            weekdays: Field::parse(weekday, &WEEKDAY)?,
        };
        pattern.fires_at_all(day)?;
        Ok(pattern)
    }

    /// Returns the five fields with one blank between them.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether a day of the month and a day of the week are given of which one is enough.
    pub fn either_day(&self) -> bool {
        !self.days.has_star && !self.weekdays.has_star
    }

    /// Returns the first wall time that fits, not before `from`; seconds of `from` are rounded up.
    ///
    /// `None` when there is none in the fifty years that follow.
    pub fn next(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        let from = whole_minute(from)?;
        let last_year = from.year().checked_add(FARTHEST_YEARS)?;
        let mut date = from.date();
        let mut earliest = (from.hour(), from.minute());
        while date.year() <= last_year {
            if !self.months.has(date.month()) {
                date = first_of_next_month(date)?;
            } else if let Some((hour, minute)) =
                self.fits_on(date).then(|| self.time_from(earliest)).flatten()
            {
                return date.and_hms_opt(hour, minute, 0);
            } else {
                date = date.checked_add_days(Days::new(1))?;
            }
            earliest = (0, 0);
        }
        None
    }

    /// Tells whether the day fits, its month apart.
    fn fits_on(&self, date: NaiveDate) -> bool {
        let day = self.days.has(date.day());
        let weekday = self.weekdays.has(date.weekday().num_days_from_sunday());
        if self.either_day() { day || weekday } else { day && weekday }
    }

    /// Returns the first hour and minute that fit, not before these.
    fn time_from(&self, (hour, minute): (u32, u32)) -> Option<(u32, u32)> {
        let later_in_hour =
            self.hours.has(hour).then(|| self.minutes.from(minute)).flatten().map(|minute| (hour, minute));
        later_in_hour.or_else(|| Some((self.hours.from(hour + 1)?, self.minutes.from(0)?)))
    }

    fn fires_at_all(&self, word: Word<'_>) -> Result<(), PatternFault> {
        // Where the days of the week have a say of their own, they come every week.
        let first = self.days.values().next().unwrap_or_default();
        if self.either_day() || self.months.values().any(|month| first <= longest(month)) {
            return Ok(());
        }
        let months: Vec<String> = self.months.values().map(|month| MONTH.show(month)).collect();
        Err(PatternFault {
            message: format!("this schedule never fires: {} has no day {first}", months.join(", ")),
            hint: "name a day that one of its months has".to_owned(),
            place: word.place(),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let start_of = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| Word { text: word, start: start_of(word) }).collect()
}

fn nickname(name: &str, place: Range<usize>) -> PatternFault {
    let instead = match name.to_ascii_lowercase().as_str() {
        "yearly" | "annually" => Some("0 0 1 1 *"),
        "monthly" => Some("0 0 1 * *"),
        "weekly" => Some("0 0 * * 0"),
        "daily" | "midnight" => Some("0 0 * * *"),
        "hourly" => Some("0 * * * *"),
        _ => None,
    };
    PatternFault {
        message: format!("`@{name}` is a short form, and a schedule is written out here"),
        hint: match instead {
            Some(fields) => format!("write `{fields}`"),
            None => "five fields as in a crontab: minute, hour, day of month, month, day of week".to_owned(),
        },
        place,
    }
}

/// Days of the month when it is longest.
fn longest(month: u32) -> u32 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn first_of_next_month(date: NaiveDate) -> Option<NaiveDate> {
    date.with_day(1)?.checked_add_months(Months::new(1))
}

fn whole_minute(time: NaiveDateTime) -> Option<NaiveDateTime> {
    let whole = time.with_second(0)?.with_nanosecond(0)?;
    if whole == time { Some(whole) } else { whole.checked_add_signed(TimeDelta::minutes(1)) }
}
