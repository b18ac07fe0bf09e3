//! Mails a minute and an hour, counted exactly: never more in any minute, in any hour. Pure; moments are milliseconds.

use std::collections::VecDeque;

use crate::config::MailLimits;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// How much of an app's mail may go at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Tries at the same time.
    pub(super) connections: u32,
    /// Tries at the same time to one domain.
    pub(super) domain_connections: Option<u32>,
    /// Of the app.
    pub(super) mails: Rates,
    /// Of one domain.
    pub(super) domain: Rates,
}

/// How many in any minute and in any hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rates {
    /// In any minute.
    pub(super) per_minute: Option<u32>,
    /// In any hour.
    pub(super) per_hour: Option<u32>,
}

impl Rates {
    /// Tells whether it limits nothing.
    pub(super) fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

impl Limits {
    /// Takes them from the configuration of an app.
    pub(super) fn of(limits: &MailLimits) -> Self {
        Self {
            connections: limits.connections,
            domain_connections: limits.domain_connections,
            mails: Rates { per_minute: limits.per_minute, per_hour: limits.per_hour },
            domain: Rates { per_minute: limits.domain_per_minute, per_hour: limits.domain_per_hour },
        }
    }
}

/// The tries of the last hour, as far as a limit may ask for them.
#[derive(Debug, Default)]
pub(super) struct Limit {
    tries: VecDeque<i64>,
}

impl Limit {
    /// Moments that are remembered: the highest limit there is.
    const MOST: usize = 100_000;

    /// Counts a try, if there is a limit to count it for.
    pub(super) fn count(&mut self, rates: &Rates, now: i64) {
        if rates.is_open() {
            return;
        }
        while self.tries.front().is_some_and(|oldest| *oldest <= now - HOUR) || Self::MOST <= self.tries.len()
        {
            self.tries.pop_front();
        }
        self.tries.push_back(now);
    }

    /// Returns from which moment on the next try is allowed, `now` if it is already.
    pub(super) fn free_at(&self, rates: &Rates, now: i64) -> i64 {
        let free = |most: Option<u32>, window: i64| {
            let before = self.tries.len().checked_sub(usize::try_from(most?).unwrap_or(usize::MAX))?;
            // The try that makes room when it leaves the window.
            self.tries.get(before).map(|oldest| oldest + window)
        };
        let [minute, hour] = [free(rates.per_minute, MINUTE), free(rates.per_hour, HOUR)];
        now.max(minute.unwrap_or(now)).max(hour.unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_and_no_hour_has_more_than_its_limit() {
        let rates = Rates { per_minute: Some(3), per_hour: Some(5) };
        let (mut limit, mut now, mut tries) = (Limit::default(), 0, Vec::new());
        while tries.len() < 23 {
            now = limit.free_at(&rates, now);
            limit.count(&rates, now);
            tries.push(now);
            now += 1;
        }
        assert_eq!(tries[..6], [0, 1, 2, MINUTE, MINUTE + 1, HOUR]);
        for (index, first) in tries.iter().enumerate() {
            let within = |window| tries[index..].iter().filter(|at| **at < first + window).count();
            assert!(within(MINUTE) <= 3 && within(HOUR) <= 5, "{index}");
        }
    }

    #[test]
    fn without_a_limit_nothing_is_remembered() {
        let mut limit = Limit::default();
        limit.count(&Rates::default(), 7);
        assert!(limit.tries.is_empty());
        assert_eq!(limit.free_at(&Rates::default(), 7), 7);
    }
}
