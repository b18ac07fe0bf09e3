//! What the changes of the clocks do to a schedule.

use chrono::{DateTime, Datelike, Months, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;

use super::names::{and, day, month, ordinal};
use crate::config::Pattern;
use crate::services::cron::schedule::Schedule;
use crate::services::cron::schedule::clock::{self, Change};
use crate::services::lang::Lang;

/// A change of the clocks that matters to a schedule. The keys are for programs and stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// When the clocks are changed, in UTC (RFC 3339).
    pub at: String,
    /// What the clocks would show then.
    pub from: String,
    /// What they show instead.
    pub to: String,
    /// What becomes of the runs.
    pub effect: Effect,
    /// The wall times that it happens to.
    pub times: Vec<String>,
    /// All of that in words.
    pub words: String,
}

/// What a change of the clocks does to runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Their times do not exist, and they start right after the gap.
    Late,
    /// Their times come twice, and they start the first time only.
    FirstTimeOnly,
    /// Their times do not exist, and they do not start.
    LeftOut,
    /// Their times come twice, and they start both times.
    Twice,
}

/// How far ahead it is looked.
const AHEAD: Months = Months::new(24);

pub(super) fn warnings(schedule: &Schedule, after: DateTime<Utc>, lang: Lang) -> Vec<Warning> {
    let Some(before) = after.checked_add_months(AHEAD) else { return Vec::new() };
    clock::changes(schedule.zone(), after, before)
        .filter_map(|change| warning(schedule, &change, lang))
        .collect()
}

fn warning(schedule: &Schedule, change: &Change, lang: Lang) -> Option<Warning> {
    let pattern = schedule.pattern();
    let times = times_within(pattern, change);
    if times.is_empty() || (schedule.follows_real_time() && keeps_its_rhythm(pattern, change)) {
        return None;
    }
    let effect = match (schedule.follows_real_time(), change.is_forward()) {
        (false, true) => Effect::Late,
        (false, false) => Effect::FirstTimeOnly,
        (true, true) => Effect::LeftOut,
        (true, false) => Effect::Twice,
    };
    let times: Vec<String> = times.iter().map(|time| clock_time(*time)).collect();
    Some(Warning {
        at: change.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        from: change.from.format("%Y-%m-%dT%H:%M").to_string(),
        to: change.to.format("%Y-%m-%dT%H:%M").to_string(),
        effect,
        words: format!("{}{}", what_the_clocks_do(change, lang), what_runs_do(effect, &times, change, lang)),
        times,
    })
}

/// Returns the due times that the change leaves out or shows twice.
fn times_within(pattern: &Pattern, change: &Change) -> Vec<NaiveDateTime> {
    let (first, end) = (change.from.min(change.to), change.from.max(change.to));
    let following = |time: &NaiveDateTime| pattern.next(time.checked_add_signed(TimeDelta::minutes(1))?);
    std::iter::successors(pattern.next(first), following).take_while(|time| *time < end).collect()
}

/// Tells whether the runs come in the same intervals as ever: every hour, and at minutes that the change maps onto
/// each other.
fn keeps_its_rhythm(pattern: &Pattern, change: &Change) -> bool {
    let shift = u32::try_from((change.to - change.from).num_minutes().rem_euclid(60)).unwrap_or_default();
    pattern.hours.count() == 24
        && pattern.minutes.values().all(|minute| pattern.minutes.has((minute + shift) % 60))
}

fn what_the_clocks_do(change: &Change, lang: Lang) -> String {
    let date = change.from;
    let weekday = day(date.weekday().num_days_from_sunday(), lang);
    let (name, year) = (month(date.month(), lang), date.year());
    let (from, to) = (clock_time(change.from), clock_time(change.to));
    match lang {
        Lang::Fr => {
            let verb = if change.is_forward() { "avancent" } else { "reculent" };
            let number = ordinal(date.day(), lang);
            format!("le {weekday} {number} {name} {year}, les horloges {verb} de {from} à {to} : ")
        }
        Lang::En => {
            let verb = if change.is_forward() { "go on" } else { "go back" };
            format!("on {weekday} {} {name} {year} the clocks {verb} from {from} to {to}: ", date.day())
        }
    }
}

fn what_runs_do(effect: Effect, times: &[String], change: &Change, lang: Lang) -> String {
    let one = times.len() == 1;
    let pick = |single: &'static str, several: &'static str| if one { single } else { several };
    let what = listed(times, lang);
    let end = clock_time(change.to);
    match (effect, lang) {
        (Effect::Late, Lang::Fr) => {
            format!("{what} {} à {end}", pick("n'existe pas et s'exécute", "n'existent pas et s'exécutent"))
        }
        (Effect::Late, Lang::En) => {
            format!("{what} {} at {end}", pick("does not exist and is run", "do not exist and are run"))
        }
        (Effect::FirstTimeOnly, Lang::Fr) => {
            let verb = pick("revient deux fois et ne s'exécute", "reviennent deux fois et ne s'exécutent");
            format!("{what} {verb} que la première fois")
        }
        (Effect::FirstTimeOnly, Lang::En) => {
            format!("{what} {} the first time only", pick("comes twice and is run", "come twice and are run"))
        }
        (Effect::LeftOut, Lang::Fr) => {
            format!(
                "{what} {}",
                pick("n'existe pas et ne s'exécute pas", "n'existent pas et ne s'exécutent pas")
            )
        }
        (Effect::LeftOut, Lang::En) => {
            format!("{what} {}", pick("does not exist and is not run", "do not exist and are not run"))
        }
        (Effect::Twice, Lang::Fr) => {
            format!("{what} {} les deux fois", pick("revient et s'exécute", "reviennent et s'exécutent"))
        }
        (Effect::Twice, Lang::En) => {
            format!("{what} {} both times", pick("comes twice and is run", "come twice and are run"))
        }
    }
}

/// Lists a few times, and counts many.
fn listed(times: &[String], lang: Lang) -> String {
    const LISTED: usize = 4;
    match times {
        [first, .., last] if LISTED < times.len() => {
            let count = times.len();
            lang.of(
                format!("{count} heures de {first} à {last}"),
                format!("{count} times from {first} to {last}"),
            )
        }
        _ => and(times, lang),
    }
}

fn clock_time(time: NaiveDateTime) -> String {
    time.format("%H:%M").to_string()
}
