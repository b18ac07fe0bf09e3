//! How far a replica is, told by the positions in the primary's log. Pure.
//!
//! Seconds_Behind_Master is not asked: it needs a privilege of its own, and is 0 while a replica has not noticed yet
//! that its primary is out of reach.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A position in the log: the last number of each domain, from a GTID list such as `0-1-100,2-1-7`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position(Vec<(u32, u64)>);

impl Position {
    /// Reads a list of GTIDs; one that cannot be read is no position at all.
    pub(super) fn parse(list: &str) -> Self {
        let gtid = |text: &str| {
            let mut parts = text.trim().split('-');
            let domain = parts.next()?.parse().ok()?;
            let number = parts.nth(1)?.parse().ok()?;
            parts.next().is_none().then_some((domain, number))
        };
        Self(list.split(',').map(gtid).collect::<Option<_>>().unwrap_or_default())
    }

    /// Tells whether nothing has been logged, or no log is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether a server at this position has everything that one at `other` has.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let has = |(domain, number): &(u32, u64)| {
            self.0.iter().any(|(known, reached)| known == domain && number <= reached)
        };
        other.0.iter().all(has)
    }
}

/// Where the primary was of late.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<(Instant, Position)>);

impl History {
    /// Notes where the primary was at this moment or later; what is older than `window` is forgotten.
    pub(super) fn note(&mut self, at: Instant, position: Position, window: Duration) {
        while self.0.front().is_some_and(|(then, _)| window < at.saturating_duration_since(*then)) {
            self.0.pop_front();
        }
        if position.is_empty() {
            self.0.clear();
        } else {
            self.0.push_back((at, position));
        }
    }

    /// Forgets everything: another server is the primary.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Tells whether nothing is known of the primary.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the last moment at which a replica that is here now had everything that had been written by then.
    pub(super) fn reached(&self, replica: &Position) -> Option<Instant> {
        self.0.iter().rev().find(|(_, position)| replica.covers(position)).map(|(at, _)| *at)
    }

    /// Tells whether a replica has all that is known to have been written.
    pub(super) fn complete(&self, replica: &Position) -> bool {
        self.0.back().is_some_and(|(_, last)| replica.covers(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_covers_what_came_before_it_in_every_domain() {
        let cases = [
            ("0-1-100", "0-1-100", true),
            ("0-1-101", "0-1-100", true),
            ("0-1-99", "0-1-100", false),
            // Another server has written since; the numbers of a domain go on.
            ("0-2-101", "0-1-100", true),
            ("0-1-100", "0-1-100,1-1-5", false),
            ("1-1-5, 0-1-100", "0-1-100,1-1-5", true),
            ("", "0-1-1", false),
            ("0-1-1", "", true),
            ("0-1-9999999999999", "0-1-9999999999998", true),
            ("nonsense", "0-1-1", false),
            ("0-1", "0-1-1", false),
            ("0-1-2-3", "0-1-1", false),
        ];
        for (here, there, expected) in cases {
            assert_eq!(Position::parse(here).covers(&Position::parse(there)), expected, "{here} {there}");
        }
    }

    #[test]
    fn the_history_tells_when_a_replica_was_up_to_date() {
        let (begin, second) = (Instant::now(), Duration::from_secs(1));
        let mut history = History::default();
        let at = |number: u32| begin + second * number;
        let position = |number: u32| Position::parse(&format!("0-1-{number}"));
        for number in 1..=9 {
            history.note(at(number), position(number), second * 5);
        }
        let reached = |number: u32| history.reached(&position(number));
        assert_eq!((reached(9), reached(7), reached(20)), (Some(at(9)), Some(at(7)), Some(at(9))));
        // Further behind than is remembered.
        assert_eq!(reached(2), None);
        assert!(history.complete(&position(9)) && !history.complete(&position(8)));
        history.note(at(10), Position::default(), second * 5);
        assert!(history.is_empty() && history.reached(&position(9)).is_none());
    }
}
