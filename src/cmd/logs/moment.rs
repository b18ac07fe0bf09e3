//! Moments as people type them. Pure: the present and its time zone come in.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

use crate::config::parse_duration;

/// Reads a moment: RFC 3339, or a date, a time of today, both, a word, or how long ago it was, by the clock of `now`.
pub(super) fn moment<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    let today = now.date_naive();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment);
    }
    if let Some(ago) = ago(text) {
        return now.clone().fixed_offset().checked_sub_signed(ago);
    }
    let local = match text {
        "now" => return Some(now.fixed_offset()),
        "today" => today.and_time(NaiveTime::MIN),
        "yesterday" => today.checked_sub_days(Days::new(1))?.and_time(NaiveTime::MIN),
        _ => local(text, today)?,
    };
    // An hour that occurs twice is meant the first time; one that is left out begins when the clock goes on.
    let zone = now.timezone();
    let place = |time: NaiveDateTime| zone.from_local_datetime(&time).earliest();
    place(local).or_else(|| place(local + TimeDelta::hours(1))).map(|moment| moment.fixed_offset())
}

fn ago(text: &str) -> Option<TimeDelta> {
    let in_days = [("d", 1), ("w", 7)].into_iter().find_map(|(unit, days)| {
        let count: i64 =
            text.strip_suffix(unit)?.parse().ok().filter(|count| (0..=40_000).contains(count))?;
        Some(TimeDelta::days(count * days))
    });
    in_days.or_else(|| TimeDelta::from_std(parse_duration(text).filter(|_| text != "0")?).ok())
}

fn local(text: &str, today: NaiveDate) -> Option<NaiveDateTime> {
    let time = |text: &str| {
        ["%H:%M:%S%.f", "%H:%M"].into_iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
    };
    let date = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    match text.split_once([' ', 'T']) {
        Some((day, clock)) => Some(date(day)?.and_time(time(clock.trim())?)),
        None => {
            date(text).map(|day| day.and_time(NaiveTime::MIN)).or_else(|| Some(today.and_time(time(text)?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_mean_them() {
        let now = DateTime::parse_from_rfc3339("2026-01-15T08:30:00+01:00").unwrap();
        for (text, expected) in [
            ("2026-01-15T08:00:00Z", Some("2026-01-15T08:00:00+00:00")),
            ("2026-01-15T08:00:00.5+02:00", Some("2026-01-15T08:00:00.500+02:00")),
            ("2026-01-14 22:15", Some("2026-01-14T22:15:00+01:00")),
            ("2026-01-14T22:15:30", Some("2026-01-14T22:15:30+01:00")),
            ("2026-01-14", Some("2026-01-14T00:00:00+01:00")),
            ("07:45", Some("2026-01-15T07:45:00+01:00")),
            ("07:45:10", Some("2026-01-15T07:45:10+01:00")),
            ("now", Some("2026-01-15T08:30:00+01:00")),
            ("today", Some("2026-01-15T00:00:00+01:00")),
            ("yesterday", Some("2026-01-14T00:00:00+01:00")),
            ("10m", Some("2026-01-15T08:20:00+01:00")),
            ("1h30m", Some("2026-01-15T07:00:00+01:00")),
            ("3d", Some("2026-01-12T08:30:00+01:00")),
            ("2w", Some("2026-01-01T08:30:00+01:00")),
            ("0", None),
            ("10", None),
            ("tomorrow", None),
            ("2026-02-30", None),
            ("25:00", None),
            ("-3d", None),
            ("99999999999d", None),
            ("", None),
        ] {
            let read = moment(text, &now).map(|moment| moment.to_rfc3339());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
