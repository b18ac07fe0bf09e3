//! DATE_FORMAT, with MariaDB's codes and English names.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

/// Writes a moment by a pattern; an unknown code stands for itself, as on MariaDB.
pub(super) fn format(at: NaiveDateTime, pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => match letters.next() {
                Some(code) => write(&mut out, at, code),
                None => out.push('%'),
            },
            _ => out.push(letter),
        }
    }
    out
}

fn write(out: &mut String, at: NaiveDateTime, code: char) {
    let (date, hour) = (at.date(), at.hour());
    let noon = if hour < 12 { "AM" } else { "PM" };
    let twelve = (hour + 11) % 12 + 1;
    let written = match code {
        'Y' => write!(out, "{:04}", at.year()),
        'y' => write!(out, "{:02}", at.year().rem_euclid(100)),
        'm' => write!(out, "{:02}", at.month()),
        'c' => write!(out, "{}", at.month()),
        'M' => write!(out, "{}", at.format("%B")),
        'b' => write!(out, "{}", at.format("%b")),
        'd' => write!(out, "{:02}", at.day()),
        'e' => write!(out, "{}", at.day()),
        'D' => write!(out, "{}{}", at.day(), ordinal(at.day())),
        'j' => write!(out, "{:03}", at.ordinal()),
        'W' => write!(out, "{}", at.format("%A")),
        'a' => write!(out, "{}", at.format("%a")),
        'w' => write!(out, "{}", at.weekday().num_days_from_sunday()),
        'H' => write!(out, "{hour:02}"),
        'k' => write!(out, "{hour}"),
        'h' | 'I' => write!(out, "{twelve:02}"),
        'l' => write!(out, "{twelve}"),
        'i' => write!(out, "{:02}", at.minute()),
        's' | 'S' => write!(out, "{:02}", at.second()),
        'f' => write!(out, "{:06}", at.and_utc().timestamp_subsec_micros()),
        'p' => write!(out, "{noon}"),
        'r' => write!(out, "{twelve:02}:{:02}:{:02} {noon}", at.minute(), at.second()),
        'T' => write!(out, "{hour:02}:{:02}:{:02}", at.minute(), at.second()),
        'U' => write!(out, "{:02}", sunday_week(date)),
        'u' => write!(out, "{:02}", monday_week(date)),
        'V' => write!(out, "{:02}", sunday_week_of_year(date).1),
        'X' => write!(out, "{:04}", sunday_week_of_year(date).0),
        'v' => write!(out, "{:02}", date.iso_week().week()),
        'x' => write!(out, "{:04}", date.iso_week().year()),
        other => write!(out, "{other}"),
    };
    written.expect("text is written to memory");
}

fn ordinal(day: u32) -> &'static str {
    match day {
        11..=13 => "th",
        _ if day % 10 == 1 => "st",
        _ if day % 10 == 2 => "nd",
        _ if day % 10 == 3 => "rd",
        _ => "th",
    }
}

/// Returns the week of the year that begins on Sunday, 0 before the first Sunday (mode 0).
pub(super) fn sunday_week(date: NaiveDate) -> u32 {
    (date.ordinal() + 6 - date.weekday().num_days_from_sunday()) / 7
}

/// Returns the week that begins on Monday, 0 before the first with four days in the year (mode 1).
pub(super) fn monday_week(date: NaiveDate) -> u32 {
    let week = date.iso_week();
    match week.year() - date.year() {
        0 => week.week(),
        // The last days of December that belong to the next year go on counting.
        1 => NaiveDate::from_ymd_opt(date.year(), 12, 24).map_or(53, |day| day.iso_week().week() + 1),
        _ => 0,
    }
}

/// Returns year and week that begins on Sunday, from 1; days before the first belong to the last year (mode 2).
fn sunday_week_of_year(date: NaiveDate) -> (i32, u32) {
    match sunday_week(date) {
        0 => (date.year() - 1, NaiveDate::from_ymd_opt(date.year() - 1, 12, 31).map_or(52, sunday_week)),
        week => (date.year(), week),
    }
}
