//! The hours and minutes of a schedule in words.

use super::names::{and, runs};
use crate::config::{Field, Pattern};
use crate::services::lang::Lang;

/// The time of day in words.
pub(super) struct Time {
    pub(super) text: String,
    /// Whether it is a rhythm (`every 15 minutes`), other than times of day (`at 08:00`).
    pub(super) is_rhythm: bool,
}

/// More times than this are not listed one by one.
const LISTED: u32 = 6;

pub(super) fn of(pattern: &Pattern, lang: Lang) -> Time {
    let (minutes, hours) = (pattern.minutes, pattern.hours);
    if minutes.count() * hours.count() <= LISTED {
        let times = hours.values().flat_map(|hour| minutes.values().map(move |minute| clock(hour, minute)));
        let times = and(&times.collect::<Vec<_>>(), lang);
        return Time { text: format!("{} {times}", lang.of("à", "at")), is_rhythm: false };
    }
    let text =
        if hours.count() == 24 { in_every_hour(minutes, lang) } else { in_some_hours(minutes, hours, lang) };
    Time { text, is_rhythm: true }
}

fn in_every_hour(minutes: Field, lang: Lang) -> String {
    match rhythm(minutes, 60) {
        Some(1) => return lang.of("toutes les minutes", "every minute").to_owned(),
        Some(step) if 60 % step == 0 && step < 60 => return every_minutes(step, lang),
        Some(60) => return lang.of("toutes les heures pile", "every hour on the hour").to_owned(),
        Some(step) => {
            return lang.of(
                format!("toutes les {step} minutes, comptées à partir de chaque heure pile"),
                format!("every {step} minutes, counted anew from each full hour"),
            );
        }
        None => {}
    }
    format!("{} {}", at_minutes(minutes, lang), lang.of("de chaque heure", "of every hour"))
}

fn in_some_hours(minutes: Field, hours: Field, lang: Lang) -> String {
    let first = clock(lowest(hours), lowest(minutes));
    let last = clock(highest(hours), highest(minutes));
    let only_minute = minutes.count() == 1;
    if let Some(step) = rhythm(hours, 24).filter(|step| only_minute && 24 % step == 0) {
        return lang.of(
            format!("toutes les {step} heures à partir de {first}"),
            format!("every {step} hours from {first}"),
        );
    }
    let hour_runs = runs(&hours.values().collect::<Vec<_>>());
    let step = rhythm(minutes, 60).filter(|step| 60 % step == 0 && *step < 60);
    let how_often = match step {
        Some(1) => Some(lang.of("toutes les minutes", "every minute").to_owned()),
        Some(step) => Some(every_minutes(step, lang)),
        None if only_minute => Some(lang.of("toutes les heures", "every hour").to_owned()),
        None => None,
    };
    if let (Some(how_often), [_]) = (&how_often, hour_runs.as_slice()) {
        return lang
            .of(format!("{how_often} de {first} à {last}"), format!("{how_often} from {first} to {last}"));
    }
    let hours: Vec<String> = hour_runs
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            _ => lang.of(format!("{first} à {last}"), format!("{first} to {last}")),
        })
        .collect();
    let what = how_often.filter(|_| step.is_some()).unwrap_or_else(|| at_minutes(minutes, lang));
    let hours = and(&hours, lang);
    lang.of(format!("{what} pendant les heures {hours}"), format!("{what} in the hours {hours}"))
}

fn at_minutes(minutes: Field, lang: Lang) -> String {
    let list = and(&minutes.values().map(|minute| minute.to_string()).collect::<Vec<_>>(), lang);
    match minutes.count() {
        1 => lang.of(format!("à la minute {list}"), format!("at minute {list}")),
        _ => lang.of(format!("aux minutes {list}"), format!("at minutes {list}")),
    }
}

fn every_minutes(step: u32, lang: Lang) -> String {
    lang.of(format!("toutes les {step} minutes"), format!("every {step} minutes"))
}

/// Returns the step if the values are all multiples of one below `end`; that of 0 alone is `end`.
fn rhythm(field: Field, end: u32) -> Option<u32> {
    let step = field.values().nth(1).unwrap_or(end);
    (0 < step && field.values().eq((0..end).step_by(step as usize))).then_some(step)
}

pub(super) fn clock(hour: u32, minute: u32) -> String {
    format!("{hour:02}:{minute:02}")
}

fn lowest(field: Field) -> u32 {
    field.values().next().unwrap_or_default()
}

fn highest(field: Field) -> u32 {
    field.values().next_back().unwrap_or_default()
}
