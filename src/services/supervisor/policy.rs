//! What happens to a service next: an event goes in, the next phase and what to do about it come out. No I/O, and
//! time and chance come in as values.

use std::time::{Duration, Instant};

use super::api::State;

/// Health answers in a row that have to be missing before a service is restarted.
pub(super) const MISSES_TO_RESTART: u32 = 3;
/// How long a service may take from its start to its first good health answer.
pub(super) const TIME_TO_BECOME_READY: Duration = Duration::from_secs(60);
/// Longest pause before a restart, unless the first one is longer already.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How much of a pause is left to chance, so that services that fell together do not all come back together.
const JITTER: f64 = 0.2;

/// What the configuration says about one service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// First pause before a restart; each further one is twice as long.
    pub restart_delay: Duration,
    /// Restarts after which the service counts as failed.
    pub max_restarts: u32,
    /// How long it has to be ready for its earlier restarts to be forgotten.
    pub restart_window: Duration,
    /// Time between TERM and KILL.
    pub stop_timeout: Duration,
    /// Whether anything tells if it is well; without that it counts as ready once it runs.
    pub has_health_check: bool,
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
        /// Whether it is started again afterwards.
        restart: bool,
    },
    /// It ended and is started again.
    Backoff {
        /// When.
        until: Instant,
    },
    /// It ended too often.
    Failed,
    /// It ended because it was told to.
    Stopped,
}

/// What can happen to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// All that it depends on is ready.
    Start,
    /// Its process runs.
    Spawned,
    /// Its process could not be started, for this reason.
    NotSpawned(String),
    /// Its process and all others of its group have ended, in this way.
    Ended(String),
    /// It answered its health check.
    Answered,
    /// It did not, for this reason.
    Missed(String),
    /// It is to stop, and to stay so.
    Stop,
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
            Phase::Failed => State::Failed,
            Phase::Stopped => State::Stopped,
        }
    }

    /// Tells whether it has no process and will not get one by itself.
    pub(super) fn rests(&self) -> bool {
        matches!(self.phase, Phase::Failed | Phase::Stopped)
    }

    /// Returns when [`Event::Due`] has to come, if nothing else happens before.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.phase {
            Phase::Starting { give_up } => Some(give_up),
            Phase::Stopping { kill_at, .. } => kill_at,
            Phase::Backoff { until } => Some(until),
            _ => None,
        }
    }

    /// Takes one event at the time `now` and returns what has to be done. An event that means nothing in the present
    /// phase changes nothing. `chance`, from 0 to 1, decides where in its range a pause lies.
    pub(super) fn step(&mut self, rules: &Rules, event: Event, now: Instant, chance: f64) -> Option<Action> {
        match (self.phase, event) {
            (Phase::Waiting, Event::Start) => self.start(rules, now),
            (Phase::Starting { .. }, Event::Spawned) if !rules.has_health_check => {
                self.enter(Phase::Ready { since: now }, "runs; nothing tells whether it is well", None)
            }
            (Phase::Starting { .. } | Phase::Unhealthy { .. }, Event::Answered) => {
                self.enter(Phase::Ready { since: now }, "answers its health check", None)
            }
            (phase @ Phase::Starting { .. }, Event::Missed(reason)) => {
                self.enter(phase, format!("runs and is not ready yet: {reason}"), None)
            }
            (Phase::Starting { give_up }, Event::Due) if give_up <= now => {
                let why = format!("was not ready within {TIME_TO_BECOME_READY:?}");
                self.restart(rules, now, why)
            }
            (Phase::Ready { since }, Event::Missed(reason)) => {
                self.forget_restarts(rules, since, now);
                self.enter(Phase::Unhealthy { misses: 1 }, reason, None)
            }
            (Phase::Unhealthy { misses }, Event::Missed(reason)) if misses + 1 < MISSES_TO_RESTART => {
                self.enter(Phase::Unhealthy { misses: misses + 1 }, reason, None)
            }
            (Phase::Unhealthy { misses }, Event::Missed(reason)) => {
                let why = format!("missed {} health checks in a row: {reason}", misses + 1);
                self.restart(rules, now, why)
            }
            (Phase::Ready { since }, Event::Ended(how)) => {
                self.forget_restarts(rules, since, now);
                self.pause(rules, now, chance, &how)
            }
            (
                Phase::Starting { .. } | Phase::Unhealthy { .. },
                Event::Ended(how) | Event::NotSpawned(how),
            ) => self.pause(rules, now, chance, &how),
            (Phase::Stopping { restart: true, .. }, Event::Ended(_) | Event::NotSpawned(_)) => {
                let why = std::mem::take(&mut self.why);
                self.pause(rules, now, chance, &why)
            }
            (Phase::Stopping { restart: false, .. }, Event::Ended(how) | Event::NotSpawned(how)) => {
                self.enter(Phase::Stopped, format!("was told to stop, and {how}"), None)
            }
            (Phase::Backoff { until }, Event::Due) if until <= now => {
                self.restarts += 1;
                self.start(rules, now)
            }
            (Phase::Stopping { kill_at: Some(kill_at), restart }, Event::Due) if kill_at <= now => {
                self.phase = Phase::Stopping { kill_at: None, restart };
                Some(Action::Kill)
            }
            (Phase::Waiting | Phase::Backoff { .. } | Phase::Failed, Event::Stop | Event::Force) => {
                self.enter(Phase::Stopped, "was told to stop", None)
            }
            (Phase::Stopping { kill_at, .. }, Event::Stop) => {
                self.enter(Phase::Stopping { kill_at, restart: false }, "was told to stop", None)
            }
            (phase, Event::Stop) if phase != Phase::Stopped => {
                let kill_at = Some(now + rules.stop_timeout);
                let stopping = Phase::Stopping { kill_at, restart: false };
                self.enter(stopping, "was told to stop", Some(Action::Terminate))
            }
            (phase, Event::Force) if phase != Phase::Stopped => {
                let stopping = Phase::Stopping { kill_at: None, restart: false };
                self.enter(stopping, "was told to end at once", Some(Action::Kill))
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
        let why = if rules.has_health_check { "was started and has not answered yet" } else { "was started" };
        self.enter(Phase::Starting { give_up: now + TIME_TO_BECOME_READY }, why, Some(Action::Spawn))
    }

    /// Ends a process that runs and does not answer, to start it again.
    fn restart(&mut self, rules: &Rules, now: Instant, why: String) -> Option<Action> {
        let stopping = Phase::Stopping { kill_at: Some(now + rules.stop_timeout), restart: true };
        self.enter(stopping, why, Some(Action::Terminate))
    }

    /// Only a long stretch of being ready makes up for earlier restarts: a window that slides would never fill up
    /// once the pauses have grown.
    fn forget_restarts(&mut self, rules: &Rules, ready_since: Instant, now: Instant) {
        if rules.restart_window <= now.duration_since(ready_since) {
            self.recent = 0;
        }
    }

    fn pause(&mut self, rules: &Rules, now: Instant, chance: f64, how: &str) -> Option<Action> {
        let Rules { max_restarts, restart_window, .. } = *rules;
        let recent = self.recent;
        if max_restarts <= recent {
            let why = if recent == 0 {
                format!("{how}; `max_restarts` is 0")
            } else {
                let times = if recent == 1 { "once".to_owned() } else { format!("{recent} times") };
                format!("{how}; it was restarted {times} without being ready for {restart_window:?}")
            };
            return self.enter(Phase::Failed, why, None);
        }
        self.recent += 1;
        let pause = pause_before(self.recent, rules.restart_delay, chance);
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
