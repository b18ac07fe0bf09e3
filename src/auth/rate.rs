//! How often somebody may try: so many times at once, and then one more each part of the time.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::config::Rate;

/// Counts tries by key, with the generic cell rate algorithm: one moment in memory a key, no timers.
///
/// With 5 tries a minute, five may be made at once and the next one 12 s later. At most [`Tries::KEYS`] keys are
/// remembered: then those that may try freely again are forgotten, and if that does not do, the half that may soonest:
/// who tries many keys once does not free the one that was tried often.
#[derive(Debug)]
pub struct Tries<K> {
    rate: Rate,
    /// When the key's last try is paid off, were they made at the allowed pace.
    paid: HashMap<K, Instant>,
}

impl<K: Hash + Eq> Tries<K> {
    /// How many keys are remembered.
    pub const KEYS: usize = 100_000;

    /// Allows so many tries in so much time.
    pub fn new(rate: Rate) -> Self {
        Self { rate, paid: HashMap::new() }
    }

    /// Counts a try of `key` at `now`.
    ///
    /// # Errors
    /// The time to wait before the next try; a refused try does not count.
    pub fn take(&mut self, key: K, now: Instant) -> Result<(), Duration> {
        let pace = self.rate.window / self.rate.tries.max(1);
        if Self::KEYS <= self.paid.len() && !self.paid.contains_key(&key) {
            self.paid.retain(|_, paid| now < *paid);
            if Self::KEYS <= self.paid.len() {
                self.forget_half();
            }
        }
        let paid = self.paid.entry(key).or_insert(now);
        let next = (*paid).max(now) + pace;
        match next.saturating_duration_since(now + self.rate.window) {
            Duration::ZERO => {
                *paid = next;
                Ok(())
            }
            wait => Err(wait),
        }
    }

    /// Returns how many tries `key` has left at `now`, and the time until it has all of them again.
    pub fn left(&self, key: &K, now: Instant) -> (u32, Duration) {
        let pace = (self.rate.window / self.rate.tries.max(1)).as_nanos().max(1);
        let owed = self.paid.get(key).map_or(Duration::ZERO, |paid| paid.saturating_duration_since(now));
        let taken = u32::try_from(owed.as_nanos().div_ceil(pace)).unwrap_or(u32::MAX);
        (self.rate.tries.saturating_sub(taken), owed)
    }

    /// Forgets those that may try freely again soonest, at least half of all.
    fn forget_half(&mut self) {
        let mut moments: Vec<Instant> = self.paid.values().copied().collect();
        let middle = moments.len() / 2;
        let (_, median, _) = moments.select_nth_unstable(middle);
        let median = *median;
        self.paid.retain(|_, paid| median < *paid);
    }

    /// Forgets the tries of `key`: it was the right one after all.
    pub fn forget(&mut self, key: &K) {
        self.paid.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn five_a_minute() -> Tries<&'static str> {
        Tries::new(Rate { tries: 5, window: Duration::from_secs(60) })
    }

    #[test]
    fn tries_are_counted_by_key_and_come_back_with_time() {
        let mut tries = five_a_minute();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..5 {
            assert_eq!(tries.take("alice", start), Ok(()));
        }
        assert_eq!(tries.take("alice", start), Err(Duration::from_secs(12)));
        assert_eq!(tries.take("bob", start), Ok(()));
        assert_eq!(tries.take("alice", at(11)), Err(Duration::from_secs(1)));
        assert_eq!(tries.take("alice", at(12)), Ok(()));
        assert_eq!(tries.take("alice", at(12)), Err(Duration::from_secs(12)));
        // After a pause all five are there again, and no more than five.
        for _ in 0..5 {
            assert_eq!(tries.take("alice", at(600)), Ok(()));
        }
        assert!(tries.take("alice", at(600)).is_err());
    }

    #[test]
    fn what_is_left_is_known() {
        let mut tries = five_a_minute();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(tries.left(&"alice", start), (5, Duration::ZERO));
        for left in [4, 3, 2, 1, 0] {
            assert_eq!(tries.take("alice", start), Ok(()));
            assert_eq!(tries.left(&"alice", start), (left, Duration::from_secs(u64::from(5 - left) * 12)));
        }
        assert_eq!(tries.left(&"alice", at(11)), (0, Duration::from_secs(49)));
        assert_eq!(tries.left(&"alice", at(12)), (1, Duration::from_secs(48)));
        assert_eq!(tries.left(&"alice", at(60)), (5, Duration::ZERO));
    }

    #[test]
    fn a_forgotten_key_begins_anew() {
        let mut tries = five_a_minute();
        let now = Instant::now();
        while tries.take("alice", now).is_ok() {}
        tries.forget(&"alice");
        assert_eq!(tries.take("alice", now), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut tries = Tries::new(Rate { tries: 5, window: Duration::from_secs(60) });
        let now = Instant::now();
        for key in 0..=Tries::<usize>::KEYS {
            assert!(tries.take(key, now).is_ok());
        }
        assert!(tries.paid.len() <= Tries::<usize>::KEYS);
    }

    #[test]
    fn many_other_keys_do_not_free_one_that_was_tried_too_often() {
        let mut tries = Tries::new(Rate { tries: 5, window: Duration::from_secs(60) });
        let now = Instant::now();
        while tries.take(0, now).is_ok() {}
        for key in 1..3 * Tries::<usize>::KEYS {
            assert!(tries.take(key, now).is_ok());
        }
        assert!(tries.take(0, now).is_err());
    }
}
