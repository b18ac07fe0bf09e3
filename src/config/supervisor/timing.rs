//! When a service is asked for its health, restarted and given up: for all services, and for one.

use std::time::Duration;

use crate::config::yaml::Fields;

const SECOND: Duration = Duration::from_secs(1);
const SHORTEST: Duration = Duration::from_millis(10);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The times of one service. The section `supervisor` gives them for all services, and a service may have its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Time between two health checks of a service that was ready (`health_interval`).
    pub health_interval: Duration,
    /// How long one of them may take (`health_timeout`).
    pub health_timeout: Duration,
    /// Health answers in a row that have to be missing before it is restarted, from 1 (`health_misses`).
    pub health_misses: u32,
    /// Longest time between two health checks of a service that starts; the first ones come faster
    /// (`start_interval`).
    pub start_interval: Duration,
    /// How long one of them may take (`start_health_timeout`).
    pub start_health_timeout: Duration,
    /// How long it may take from its start until it is ready (`start_timeout`).
    pub start_timeout: Duration,
    /// First pause before a restart; each further one is twice as long (`restart_delay`).
    pub restart_delay: Duration,
    /// Restarts within the window after which it counts as failed (`max_restarts`).
    pub max_restarts: u32,
    /// How long it has to be ready for its earlier restarts to be forgotten (`restart_window`).
    pub restart_window: Duration,
    /// After what time a failed service is tried again; never without (`retry_failed_after`).
    pub retry_failed_after: Option<Duration>,
    /// Time between TERM and KILL (`stop_timeout`).
    pub stop_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            health_interval: Duration::from_secs(10),
            health_timeout: Duration::from_secs(3),
            health_misses: 3,
            start_interval: Duration::from_millis(250),
            start_health_timeout: SECOND,
            start_timeout: MINUTE,
            restart_delay: Duration::from_secs(2),
            max_restarts: 5,
            restart_window: MINUTE,
            retry_failed_after: None,
            stop_timeout: Duration::from_secs(5),
        }
    }
}

impl Timing {
    /// Takes the keys of a section; what it does not give is as in `default`.
    pub(super) fn of(fields: &mut Fields<'_>, default: &Self) -> Self {
        Self {
            health_interval: fields
                .duration("health_interval", SECOND..=HOUR)
                .unwrap_or(default.health_interval),
            health_timeout: fields
                .duration("health_timeout", SHORTEST..=MINUTE)
                .unwrap_or(default.health_timeout),
            health_misses: fields.integer("health_misses", 1..=1000).unwrap_or(default.health_misses),
            start_interval: fields
                .duration("start_interval", SHORTEST..=MINUTE)
                .unwrap_or(default.start_interval),
            start_health_timeout: fields
                .duration("start_health_timeout", SHORTEST..=MINUTE)
                .unwrap_or(default.start_health_timeout),
            start_timeout: fields.duration("start_timeout", SHORTEST..=HOUR).unwrap_or(default.start_timeout),
            restart_delay: fields.duration("restart_delay", SHORTEST..=HOUR).unwrap_or(default.restart_delay),
            max_restarts: fields.integer("max_restarts", 0..=1000).unwrap_or(default.max_restarts),
            restart_window: fields.duration("restart_window", SECOND..=DAY).unwrap_or(default.restart_window),
            retry_failed_after: fields
                .duration("retry_failed_after", SECOND..=DAY)
                .or(default.retry_failed_after),
            stop_timeout: fields
                .duration("stop_timeout", Duration::ZERO..=HOUR)
                .unwrap_or(default.stop_timeout),
        }
    }

    /// Returns the keys whose values differ.
    pub fn changed_keys(&self, other: &Self) -> Vec<&'static str> {
        [
            ("health_interval", self.health_interval == other.health_interval),
            ("health_timeout", self.health_timeout == other.health_timeout),
            ("health_misses", self.health_misses == other.health_misses),
            ("start_interval", self.start_interval == other.start_interval),
            ("start_health_timeout", self.start_health_timeout == other.start_health_timeout),
            ("start_timeout", self.start_timeout == other.start_timeout),
            ("restart_delay", self.restart_delay == other.restart_delay),
            ("max_restarts", self.max_restarts == other.max_restarts),
            ("restart_window", self.restart_window == other.restart_window),
            ("retry_failed_after", self.retry_failed_after == other.retry_failed_after),
            ("stop_timeout", self.stop_timeout == other.stop_timeout),
        ]
        .into_iter()
        .filter_map(|(key, is_same)| (!is_same).then_some(key))
        .collect()
    }
}
