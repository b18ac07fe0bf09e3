//! A schedule told to a person: in words, with its next runs, and with what the changes of the clocks do to it. Pure.

mod change;
mod days;
mod names;
#[cfg(test)]
mod tests;
mod times;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::schedule::{Schedule, Slot};
use crate::config::Pattern;
use crate::services::lang::Lang;
pub use change::{Effect, Warning};

/// What a person wants to know of a schedule. The keys are for programs and stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The five fields.
    pub schedule: String,
    /// Name of the time zone.
    pub timezone: String,
    /// When it runs, in words.
    pub words: String,
    /// The next runs.
    pub next: Vec<Run>,
    /// The changes of the clocks in the next two years that matter to it.
    pub clock_changes: Vec<Warning>,
}

/// One run to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The name of its slot.
    pub slot: String,
    /// When it starts, by the clocks of the time zone (RFC 3339).
    pub local: String,
    /// When it starts, in UTC (RFC 3339).
    pub at: String,
}

/// Explains a schedule with its next `count` runs after an instant.
pub fn explain(schedule: &Schedule, after: DateTime<Utc>, count: usize, lang: Lang) -> Explanation {
    Explanation {
        schedule: schedule.pattern().text().to_owned(),
        timezone: schedule.zone().name().to_owned(),
        words: in_words(schedule.pattern(), lang),
        next: schedule.slots(after).take(count).map(|slot| run(schedule, &slot)).collect(),
        clock_changes: change::warnings(schedule, after, lang),
    }
}

/// Says in words when something is due: `Monday to Friday at 02:30`.
pub fn in_words(pattern: &Pattern, lang: Lang) -> String {
    let time = times::of(pattern, lang);
    let days = days::of(pattern, lang);
    match (time.is_rhythm, days) {
        (true, days::When::Always) => time.text,
        (true, days::When::EveryDay { months }) => format!("{}, {months}", time.text),
        (true, days::When::Weekdays(days) | days::When::Dates(days)) => format!("{}, {days}", time.text),
        (false, days::When::Always) => format!("{} {}", lang.of("tous les jours", "every day"), time.text),
        (false, days::When::EveryDay { months }) => {
            format!("{} {months} {}", lang.of("tous les jours", "every day"), time.text)
        }
        (false, days::When::Weekdays(days)) => format!("{days} {}", time.text),
        (false, days::When::Dates(days)) => format!("{} {days}", time.text),
    }
}

fn run(schedule: &Schedule, slot: &Slot) -> Run {
    Run {
        slot: slot.key(),
        local: slot.at.with_timezone(&schedule.zone()).to_rfc3339_opts(SecondsFormat::Secs, true),
        at: slot.at.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}
