//! What happens to a service next: an event goes in, the next phase and what to do about it come out. No I/O, and
//! time and chance come in as values.

use std::time::{Duration, Instant};

use super::api::State;
use crate::config::Timing;

/// Longest pause before a restart, unless the first one is longer already.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How much of a pause is left to chance, so that services that fell together do not all come back together.
const JITTER: f64 = 0.2;

/// What the configuration says about one service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Its times and numbers.
    pub timing: Timing,
    /// Whether anything tells if it is well; without that it counts as ready once it runs.
    pub has_health_check: bool,
    /// Whether it says itself that it is ready, so that nothing else makes it so.
    pub announces: bool,
}

/// Where in its life a service is; [`State`] without the times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It waits for the services that it depends on.
    Waiting,
    /// It runs, and has until `give_up` to answer.
    Starting {
        /// When it counts as not coming up.
        give_up: Instant,
    },
    /// It runs and answers.
    Ready {
        /// Since when without a miss.
        since: Instant,
    },
    /// It runs and did not answer of late.
    Unhealthy {
        /// Health answers that were missing in a row.
        misses: u32,
    },
    /// It was told to stop.
    Stopping {
        /// When it is killed; `None` when that was done.
        kill_at: Option<Instant>,
        /// What comes afterwards.
        then: Then,
    },
    /// It ended and is started again.
    Backoff {
        /// When.
        until: Instant,
    },
    /// It ended too often.
    Failed {
        /// When it is tried once more all the same, if ever.
        retry_at: Option<Instant>,
    },
    /// It ended because it was told to.
    Stopped,
}

/// What follows when a service that was told to stop has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It stays so.
    Stay,
    /// It is started again, as an operator asked: without a pause, and not counted.
    Start,
    /// It is started again since it was not well: after a pause, and counted.
    Pause,
}

/// What can happen to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// All that it depends on is ready.
    Cleared,
    /// Its process runs.
    Spawned,
    /// Its process could not be started, for this reason.
    NotSpawned(String),
    /// Its process and all others of its group have ended, in this way.
    Ended(String),
    /// It answered its health check.
    Answered,
    /// It said that it is ready.
    Announced,
    /// It said that it is coming to its end, by itself.
    Leaving,
    /// It did not, for this reason.
    Missed(String),
    /// It is to run, for this reason.
    Start(String),
    /// It is to stop and to stay so, for this reason.
    Stop(String),
    /// It is to end and to be started again, for this reason.
    Restart(String),
    /// It is to end at once.
    Force,
    /// Time has passed: see [`Life::due`].
    Due,
}

/// What is to be done about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Start its process.
    Spawn,
    /// Send TERM to its process group.
    Terminate,
    /// Send KILL to its process group.
    Kill,
}

/// The life of one service. [`Life::step`] alone changes it.
#[derive(Debug, Clone)]
pub(super) struct Life {
    /// Where it is.
    pub phase: Phase,
    /// Why it is there, for a person.
    pub why: String,
    /// Restarts since the beginning.
    pub restarts: u32,
    /// Restarts since it was last ready for long.
    recent: u32,
}

impl Life {
    /// Begins a life that waits for what it depends on.
    pub(super) fn new() -> Self {
        Self { phase: Phase::Waiting, why: "has not been started yet".to_owned(), restarts: 0, recent: 0 }
    }

    /// Returns the phase without its times.
    pub(super) fn state(&self) -> State {
        match self.phase {
            Phase::Waiting => State::Waiting,
            Phase::Starting { .. } => State::Starting,
            Phase::Ready { .. } => State::Ready,
            Phase::Unhealthy { .. } => State::Unhealthy,
            Phase::Stopping { .. } => State::Stopping,
            Phase::Backoff { .. } => State::Backoff,
            Phase::Failed { .. } => State::Failed,
            Phase::Stopped => State::Stopped,
        }
    }

    /// Tells whether it has no process and will soon not get one by itself.
    pub(super) fn rests(&self) -> bool {
        matches!(self.phase, Phase::Failed { .. } | Phase::Stopped)
    }

    /// Returns when [`Event::Due`] has to come, if nothing else happens before.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.phase {
            Phase::Starting { give_up } => Some(give_up),
            Phase::Stopping { kill_at, .. } => kill_at,
            Phase::Backoff { until } => Some(until),
            Phase::Failed { retry_at } => retry_at,
            Phase::Waiting | Phase::Ready { .. } | Phase::Unhealthy { .. } | Phase::Stopped => None,
        }
    }

    /// Takes one event at the time `now` and returns what has to be done. An event that means nothing in the present
    /// phase changes nothing. `chance`, from 0 to 1, decides where in its range a pause lies.
    pub(super) fn step(&mut self, rules: &Rules, event: Event, now: Instant, chance: f64) -> Option<Action> {
        match event {
            Event::Cleared
            | Event::Spawned
            | Event::Answered
            | Event::Announced
            | Event::Missed(_)
            | Event::Leaving => self.progress(rules, event, now),
            Event::NotSpawned(how) | Event::Ended(how) => self.ended(rules, &how, now, chance),
            Event::Start(_) | Event::Stop(_) | Event::Restart(_) | Event::Force => {
                self.command(rules, event, now)
            }
            Event::Due => self.time_passed(rules, now),
        }
    }

    /// A process comes up, is well, or is not.
    fn progress(&mut self, rules: &Rules, event: Event, now: Instant) -> Option<Action> {
        match (self.phase, event) {
            (Phase::Waiting, Event::Cleared) => self.start(rules, now),
            (Phase::Starting { .. }, Event::Spawned) if !rules.has_health_check && !rules.announces => {
                self.enter(Phase::Ready { since: now }, "runs; nothing tells whether it is well", None)
            }
            (phase @ Phase::Starting { .. }, Event::Answered) if rules.announces => {
                self.enter(phase, "answers its health check and has not said yet that it is ready", None)
            }
            (Phase::Starting { .. } | Phase::Unhealthy { .. }, Event::Answered) => {
                self.enter(Phase::Ready { since: now }, "answers its health check", None)
            }
            (Phase::Starting { .. }, Event::Announced) => {
                self.enter(Phase::Ready { since: now }, "said that it is ready", None)
            }
            (phase @ Phase::Starting { .. }, Event::Missed(reason)) => {
                self.enter(phase, format!("runs and is not ready yet: {reason}"), None)
            }
            (Phase::Ready { since }, Event::Missed(reason)) => {
                self.forget_restarts(rules, since, now);
                self.missed(rules, 1, reason, now)
            }
            (Phase::Unhealthy { misses }, Event::Missed(reason)) => {
                self.missed(rules, misses + 1, reason, now)
            }
            (Phase::Ready { since }, Event::Leaving) => {
                self.forget_restarts(rules, since, now);
                self.leaving(rules, now)
            }
            (Phase::Starting { .. } | Phase::Unhealthy { .. }, Event::Leaving) => self.leaving(rules, now),
            _ => None,
        }
    }

    fn missed(&mut self, rules: &Rules, misses: u32, reason: String, now: Instant) -> Option<Action> {
        if misses < rules.timing.health_misses {
            return self.enter(Phase::Unhealthy { misses }, reason, None);
        }
        let why = if misses == 1 {
            format!("missed a health check: {reason}")
        } else {
            format!("missed {misses} health checks in a row: {reason}")
        };
        self.terminate(rules, now, Then::Pause, why)
    }

    /// It ends by itself, and has the time of any stop for that.
    fn leaving(&mut self, rules: &Rules, now: Instant) -> Option<Action> {
        let kill_at = Some(now + rules.timing.stop_timeout);
        self.enter(Phase::Stopping { kill_at, then: Then::Pause }, "said that it stops", None)
    }

    /// Its processes have ended, or none could be started.
    fn ended(&mut self, rules: &Rules, how: &str, now: Instant, chance: f64) -> Option<Action> {
        match self.phase {
            Phase::Starting { .. } | Phase::Unhealthy { .. } => self.pause(rules, now, chance, how),
            Phase::Ready { since } => {
                self.forget_restarts(rules, since, now);
                self.pause(rules, now, chance, how)
            }
            Phase::Stopping { then: Then::Pause, .. } => {
                let why = std::mem::take(&mut self.why);
                self.pause(rules, now, chance, &why)
            }
            Phase::Stopping { then: Then::Start, .. } => {
                let why = std::mem::take(&mut self.why);
                self.enter(Phase::Waiting, why, None)
            }
            Phase::Stopping { then: Then::Stay, .. } => {
                let why = format!("{}, and {how}", self.why);
                self.enter(Phase::Stopped, why, None)
            }
            Phase::Waiting | Phase::Backoff { .. } | Phase::Failed { .. } | Phase::Stopped => None,
        }
    }

    /// Somebody wants it to run, to stop, or both.
    fn command(&mut self, rules: &Rules, event: Event, now: Instant) -> Option<Action> {
        match (self.phase, event) {
            (Phase::Stopping { kill_at, .. }, Event::Start(why) | Event::Restart(why)) => {
                self.enter(Phase::Stopping { kill_at, then: Then::Start }, why, None)
            }
            (
                Phase::Backoff { .. } | Phase::Failed { .. } | Phase::Stopped,
                Event::Start(why) | Event::Restart(why),
            ) => {
                self.recent = 0;
                self.enter(Phase::Waiting, why, None)
            }
            (Phase::Starting { .. } | Phase::Ready { .. } | Phase::Unhealthy { .. }, Event::Restart(why)) => {
                self.recent = 0;
                self.terminate(rules, now, Then::Start, why)
            }
            (Phase::Waiting | Phase::Backoff { .. } | Phase::Failed { .. }, Event::Stop(why)) => {
                self.enter(Phase::Stopped, why, None)
            }
            (Phase::Stopping { kill_at, then }, Event::Stop(why)) if then != Then::Stay => {
                self.enter(Phase::Stopping { kill_at, then: Then::Stay }, why, None)
            }
            (Phase::Starting { .. } | Phase::Ready { .. } | Phase::Unhealthy { .. }, Event::Stop(why)) => {
                self.terminate(rules, now, Then::Stay, why)
            }
            (Phase::Waiting | Phase::Backoff { .. } | Phase::Failed { .. }, Event::Force) => {
                self.enter(Phase::Stopped, "was told to stop", None)
            }
            (
                Phase::Starting { .. }
                | Phase::Ready { .. }
                | Phase::Unhealthy { .. }
                | Phase::Stopping { .. },
                Event::Force,
            ) => {
                let stopping = Phase::Stopping { kill_at: None, then: Then::Stay };
                self.enter(stopping, "was told to end at once", Some(Action::Kill))
            }
            _ => None,
        }
    }

    fn time_passed(&mut self, rules: &Rules, now: Instant) -> Option<Action> {
        match self.phase {
            Phase::Starting { give_up } if give_up <= now => {
                let why = format!("was not ready within {:?}", rules.timing.start_timeout);
                self.terminate(rules, now, Then::Pause, why)
            }
            Phase::Backoff { until } if until <= now => {
                self.restarts += 1;
                self.start(rules, now)
            }
            Phase::Failed { retry_at: Some(retry_at) } if retry_at <= now => {
                self.restarts += 1;
                self.start(rules, now)
            }
            Phase::Stopping { kill_at: Some(kill_at), then } if kill_at <= now => {
                self.phase = Phase::Stopping { kill_at: None, then };
                Some(Action::Kill)
            }
            _ => None,
        }
    }

    fn enter(&mut self, phase: Phase, why: impl Into<String>, action: Option<Action>) -> Option<Action> {
        self.phase = phase;
        self.why = why.into();
        action
    }

    fn start(&mut self, rules: &Rules, now: Instant) -> Option<Action> {
        let why = match (rules.announces, rules.has_health_check) {
            (true, _) => "was started and has not said yet that it is ready",
            (false, true) => "was started and has not answered yet",
            (false, false) => "was started",
        };
        self.enter(Phase::Starting { give_up: now + rules.timing.start_timeout }, why, Some(Action::Spawn))
    }

    /// Ends a process that runs.
    fn terminate(&mut self, rules: &Rules, now: Instant, then: Then, why: String) -> Option<Action> {
        let kill_at = Some(now + rules.timing.stop_timeout);
        self.enter(Phase::Stopping { kill_at, then }, why, Some(Action::Terminate))
    }

    /// Only a long stretch of being ready makes up for earlier restarts: a window that slides would never fill up
    /// once the pauses have grown.
    fn forget_restarts(&mut self, rules: &Rules, ready_since: Instant, now: Instant) {
        if rules.timing.restart_window <= now.duration_since(ready_since) {
            self.recent = 0;
        }
    }

    fn pause(&mut self, rules: &Rules, now: Instant, chance: f64, how: &str) -> Option<Action> {
        let Timing { max_restarts, restart_window, restart_delay, retry_failed_after, .. } = rules.timing;
        let recent = self.recent;
        if max_restarts <= recent {
            let why = if recent == 0 {
                format!("{how}; `max_restarts` is 0")
            } else {
                let times = if recent == 1 { "once".to_owned() } else { format!("{recent} times") };
                format!("{how}; it was restarted {times} without being ready for {restart_window:?}")
            };
            let retry_at = retry_failed_after.map(|after| now + after);
            let why = match retry_failed_after {
                Some(after) => format!("{why}; it is tried again after {after:?}"),
                None => why,
            };
            return self.enter(Phase::Failed { retry_at }, why, None);
        }
        self.recent += 1;
        let pause = pause_before(self.recent, restart_delay, chance);
        let why = format!("{how}; restart {} of {max_restarts} follows after {pause:.1?}", self.recent);
        self.enter(Phase::Backoff { until: now + pause }, why, None)
    }
}

/// Returns the pause before the `nth` restart, from 1: twice as long each time, never more than
/// [`LONGEST_PAUSE`] unless `first` is, and shorter by up to a fifth as `chance` (0 to 1) has it.
pub(super) fn pause_before(nth: u32, first: Duration, chance: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(nth.saturating_sub(1));
    first.saturating_mul(doubled).min(LONGEST_PAUSE.max(first)).mul_f64(1.0 - JITTER * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
