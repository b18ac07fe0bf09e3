//! Functions of dates and times.

use chrono::{Datelike, Days, Months, NaiveDateTime, NaiveTime, Timelike};
use rusqlite::types::Value;

use super::Function;
use super::call::{Answer, Call, or_null, text};
use super::format::{format, monday_week, sunday_week};
use super::moment::{now, written};

/// Functions that tell the time.
pub(super) const CLOCK: &[Function] = &[
    ("now", -1, |_| Ok(text(written(now())))),
    ("sysdate", -1, |_| Ok(text(written(now())))),
    ("localtime", -1, |_| Ok(text(written(now())))),
    ("localtimestamp", -1, |_| Ok(text(written(now())))),
    ("utc_timestamp", -1, |_| Ok(text(written(now())))),
    ("curdate", 0, |_| Ok(text(now().date().to_string()))),
    ("utc_date", 0, |_| Ok(text(now().date().to_string()))),
    ("curtime", -1, |_| Ok(text(now().time().to_string()))),
    ("utc_time", -1, |_| Ok(text(now().time().to_string()))),
    ("unix_timestamp", 0, |_| Ok(Value::Integer(now().and_utc().timestamp()))),
];

/// Functions that compute with the dates they are given.
pub(super) const FUNCTIONS: &[Function] = &[
    ("unix_timestamp", 1, |call| Ok(moment(call, |at| Value::Integer(at.and_utc().timestamp())))),
    ("from_unixtime", 1, |call| Ok(or_null(from_unix(call), |at| text(written(at))))),
    ("from_unixtime", 2, |call| {
        Ok(or_null(from_unix(call).zip(call.text(1)), |(at, pattern)| text(format(at, &pattern))))
    }),
    ("date_format", 2, |call| {
        Ok(or_null(call.moment(0).zip(call.text(1)), |(moment, pattern)| text(format(moment.at, &pattern))))
    }),
    ("datediff", 2, |call| {
        let days = call.moment(0).zip(call.moment(1)).map(|(a, b)| a.at.date() - b.at.date());
        Ok(or_null(days, |days| Value::Integer(days.num_days())))
    }),
    ("year", 1, |call| Ok(moment(call, |at| Value::Integer(at.year().into())))),
    ("quarter", 1, |call| Ok(moment(call, |at| Value::Integer((at.month0() / 3 + 1).into())))),
    ("month", 1, |call| Ok(moment(call, |at| Value::Integer(at.month().into())))),
    ("monthname", 1, |call| Ok(moment(call, |at| text(at.format("%B").to_string())))),
    ("day", 1, |call| Ok(moment(call, |at| Value::Integer(at.day().into())))),
    ("dayofmonth", 1, |call| Ok(moment(call, |at| Value::Integer(at.day().into())))),
    ("dayofyear", 1, |call| Ok(moment(call, |at| Value::Integer(at.ordinal().into())))),
    ("dayname", 1, |call| Ok(moment(call, |at| text(at.format("%A").to_string())))),
    ("dayofweek", 1, |call| Ok(moment(call, |at| Value::Integer(at.weekday().number_from_sunday().into())))),
    ("weekday", 1, |call| Ok(moment(call, |at| Value::Integer(at.weekday().num_days_from_monday().into())))),
    ("week", 1, |call| Ok(moment(call, |at| Value::Integer(sunday_week(at.date()).into())))),
    ("week", 2, week),
    ("weekofyear", 1, |call| Ok(moment(call, |at| Value::Integer(at.iso_week().week().into())))),
    ("last_day", 1, |call| Ok(or_null(call.moment(0).and_then(|moment| last_day(moment.at)), text))),
    ("adddate", 2, |call| Ok(moved(call, 1))),
    ("subdate", 2, |call| Ok(moved(call, -1))),
    ("hour", 1, |call| Ok(time(call, |time| time.hour()))),
    ("minute", 1, |call| Ok(time(call, |time| time.minute()))),
    ("second", 1, |call| Ok(time(call, |time| time.second()))),
    ("time_to_sec", 1, |call| Ok(time(call, |time| time.num_seconds_from_midnight()))),
];

fn moment(call: &Call<'_>, make: impl FnOnce(NaiveDateTime) -> Answer) -> Answer {
    or_null(call.moment(0), |moment| make(moment.at))
}

fn time(call: &Call<'_>, make: impl FnOnce(NaiveTime) -> u32) -> Answer {
    or_null(call.time(0), |time| Value::Integer(make(time).into()))
}

fn from_unix(call: &Call<'_>) -> Option<NaiveDateTime> {
    let seconds = call.int(0).filter(|seconds| 0 <= *seconds)?;
    Some(chrono::DateTime::from_timestamp(seconds, 0)?.naive_utc())
}

fn last_day(at: NaiveDateTime) -> Option<String> {
    let first = at.date().with_day(1)?;
    Some((first + Months::new(1) - Days::new(1)).to_string())
}

/// Days are added and the time of day is kept; a date without one stays without.
fn moved(call: &Call<'_>, sign: i64) -> Answer {
    let moved = call.moment(0).zip(call.int(1)).and_then(|(moment, days)| {
        let at = moment.at.checked_add_signed(chrono::TimeDelta::try_days(days.checked_mul(sign)?)?)?;
        Some(if moment.timed { written(at) } else { at.date().to_string() })
    });
    or_null(moved, text)
}

fn week(call: &Call<'_>) -> rusqlite::Result<Answer> {
    let week = call.moment(0).zip(call.int(1)).map(|(moment, mode)| {
        let date = moment.at.date();
        match mode {
            0 => Ok(sunday_week(date)),
            1 => Ok(monday_week(date)),
            3 => Ok(date.iso_week().week()),
            _ => Err(rusqlite::Error::UserFunctionError("WEEK() knows the modes 0, 1 and 3 here".into())),
        }
    });
    Ok(or_null(week.transpose()?, |week| Value::Integer(week.into())))
}
