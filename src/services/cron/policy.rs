//! What becomes of the slots and the runs of a job. No I/O, and the clock comes in as a value.
//!
//! A slot is decided once: it becomes a run that waits for its moment, or a run that was not run and says why. A run that
//! waits is started when its moment has come and nothing stands in its way.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::api::Reason;
use super::schedule::{Schedule, Slot};
use crate::config::{CatchUp, Overlap, Retry, Rules};

#[cfg(test)]
mod tests;

/// A slot that is found within this time is on time: looking takes a moment, and so does a busy machine.
pub(super) const ON_TIME: Duration = Duration::from_secs(60);
/// Missed slots of one job that are told one by one; of older ones only that there were some.
pub(super) const MOST_TOLD: usize = 1000;
/// Missed slots of one job that `catch_up: all` makes up for; older ones are not run.
pub(super) const MOST_CAUGHT_UP: usize = 100;
/// Runs of one job that wait for their turn; a further one is not run.
pub(super) const MOST_WAITING: usize = 100;

/// A moment at which a job is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// Its name, by which it is unique among the slots of its job: the local time that the schedule means.
    pub key: String,
    /// The moment itself.
    pub at: DateTime<Utc>,
}

/// Whether a job runs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enabled {
    /// It does.
    Yes,
    /// Its file says that it does not.
    NotByFile,
    /// An operator said that it does not.
    NotByOperator,
}

/// The slots of a job that have passed since its last ones were decided.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// So many slots, or from so long ago, that they are told as one.
    pub untold: Option<Untold>,
    /// The others, oldest first.
    pub slots: Vec<Due>,
}

/// Slots that are told as one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Untold {
    /// The first of them.
    pub first: Due,
    /// When those begin that are told one by one.
    pub until: DateTime<Utc>,
}

impl Untold {
    /// Says to a person that there are several.
    pub(super) fn why(&self) -> String {
        format!("this stands for all slots before {}: sogoms-cron did not run at the time", self.until)
    }
}

/// How far back slots are looked for one by one.
const LONGEST_ABSENCE: TimeDelta = TimeDelta::days(31);

/// Returns the slots after `decided`, up to `now`.
pub(super) fn passed(schedule: &Schedule, decided: DateTime<Utc>, now: DateTime<Utc>) -> Passed {
    let due = |slot: Slot| Due { key: slot.key(), at: slot.at };
    let between = |after: DateTime<Utc>, until: DateTime<Utc>| {
        schedule.slots(after).take_while(move |slot| slot.at <= until).map(due)
    };
    let begin = decided.max(now - LONGEST_ABSENCE);
    let first = if decided < begin { between(decided, begin).next() } else { None };
    let mut slots: Vec<Due> = between(begin, now).collect();
    let too_many = slots.len().saturating_sub(MOST_TOLD);
    let first = first.or_else(|| slots.drain(..too_many).next());
    if let Some(too_many) = slots.len().checked_sub(MOST_TOLD) {
        slots.drain(..too_many);
    }
    let until = slots.first().map_or(now, |slot| slot.at);
    Passed { untold: first.map(|first| Untold { first, until }), slots }
}

/// What becomes of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It runs.
    Run {
        /// Not before this moment.
        start: DateTime<Utc>,
        /// Whether it makes up for a slot that nobody was there to start.
        late: bool,
    },
    /// It does not.
    NotRun(Reason),
}

/// Decides the slots that have passed since the last look, oldest first; `job` is a name that is unique here.
pub(super) fn decide(
    rules: &Rules,
    enabled: Enabled,
    job: &str,
    passed: Vec<Due>,
    now: DateTime<Utc>,
) -> Vec<(Due, Verdict)> {
    let not_enabled = match enabled {
        Enabled::Yes => None,
        Enabled::NotByFile => Some(Reason::NotEnabled),
        Enabled::NotByOperator => Some(Reason::Disabled),
    };
    if let Some(reason) = not_enabled {
        return passed.into_iter().map(|due| (due, Verdict::NotRun(reason))).collect();
    }
    let count = passed.len();
    let newest = passed.last().map(|due| due.at);
    let verdict = |index: usize, due: &Due| {
        let late = lateness(due.at, now);
        if late <= ON_TIME {
            return Verdict::Run { start: due.at + jitter(job, &due.key, rules.jitter), late: false };
        }
        if rules.catch_up == CatchUp::Skip {
            return Verdict::NotRun(Reason::Missed);
        }
        if rules.catch_up_within < late {
            return Verdict::NotRun(Reason::TooLate);
        }
        match rules.catch_up {
            CatchUp::All if count - index <= MOST_CAUGHT_UP => Verdict::Run { start: now, late: true },
            CatchUp::Once if newest == Some(due.at) => Verdict::Run { start: now, late: true },
            CatchUp::All => Verdict::NotRun(Reason::Missed),
            CatchUp::Once | CatchUp::Skip => Verdict::NotRun(Reason::CaughtUp),
        }
    };
    passed.into_iter().enumerate().map(|(index, due)| (due.clone(), verdict(index, &due))).collect()
}

/// What stands in the way of a run whose moment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing.
    Now,
    /// It has to wait for its turn.
    Wait,
    /// It is not run at all.
    Never(Reason),
}

/// Decides whether a run may start, while `going` others of its job run or wait for another attempt, and `before` wait for
/// their first. `asked` is a run that an operator asked for, or that makes up for a missed slot: neither is skipped.
pub(super) fn start(overlap: Overlap, asked: bool, going: usize, before: usize) -> Start {
    match overlap {
        Overlap::Allow => Start::Now,
        _ if going == 0 && before == 0 => Start::Now,
        Overlap::Skip if asked => Start::Wait,
        Overlap::Skip => Start::Never(Reason::Overlap),
        Overlap::Queue if before < MOST_WAITING => Start::Wait,
        Overlap::Queue => Start::Never(Reason::QueueFull),
    }
}

/// How an attempt ended that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Another attempt may succeed.
    Passing,
    /// No other attempt would.
    Lasting,
}

/// What follows an attempt that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Another attempt, at this moment.
    Retry(DateTime<Utc>),
    /// Nothing.
    End,
}

/// Decides what follows the failure of attempt number `attempts`, from 1.
pub(super) fn after(retry: Retry, attempts: u32, fault: Fault, now: DateTime<Utc>) -> After {
    if fault == Fault::Lasting || retry.max_attempts <= attempts {
        return After::End;
    }
    After::Retry(now + delta(retry.delay))
}

/// Decides what follows when a run was found that an end of the process has cut off, after `attempts` attempts; `due` is the
/// moment of its slot.
pub(super) fn resume(rules: &Rules, attempts: u32, due: DateTime<Utc>, now: DateTime<Utc>) -> After {
    if is_too_late(rules, due, now) {
        return After::End;
    }
    after(rules.retry, attempts, Fault::Passing, now)
}

/// Tells whether a run whose slot was at `due` may not begin any more, nor begin again.
pub(super) fn is_too_late(rules: &Rules, due: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    rules.catch_up_within < lateness(due, now)
}

/// Returns how long a run of a job may have to wait for its moment, or for its next attempt.
pub(super) fn longest_wait(rules: &Rules) -> TimeDelta {
    delta(rules.retry.delay.max(rules.jitter))
}

fn lateness(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (now - due).to_std().unwrap_or_default()
}

/// Returns by how much a slot is put off: at most `limit`, and always the same for the same slot of the same job.
fn jitter(job: &str, slot: &str, limit: Duration) -> TimeDelta {
    let hash = Sha256::new().chain_update(job).chain_update([0]).chain_update(slot).finalize();
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    delta(Duration::from_millis(number % limit.saturating_add(1)))
}

fn delta(duration: Duration) -> TimeDelta {
    // Durations of the configuration end at ten years.
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
