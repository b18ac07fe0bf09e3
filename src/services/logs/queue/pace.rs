//! Keeps a flood of one kind from the logs: it is counted, and the count told with the next one that is told.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::auth::rate::Tries;
use crate::config::Rate;

/// Entries of one kind that are told in a minute.
const TOLD: Rate = Rate { tries: 60, window: Duration::from_secs(60) };

/// Decides which of many entries of one kind are told.
#[derive(Debug)]
pub struct Pace<K> {
    told: Tries<K>,
    untold: HashMap<K, u64>,
}

impl<K: Hash + Eq + Clone> Default for Pace<K> {
    fn default() -> Self {
        Self { told: Tries::new(TOLD), untold: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone> Pace<K> {
    /// Returns how many of this kind were not told before this one, if this one may be told.
    pub fn take(&mut self, kind: &K, now: Instant) -> Option<u64> {
        if self.told.take(kind.clone(), now).is_ok() {
            return Some(self.untold.remove(kind).unwrap_or(0));
        }
        *self.untold.entry(kind.clone()).or_default() += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_by_its_count() {
        let mut pace = Pace::default();
        let start = Instant::now();
        for _ in 0..60 {
            assert_eq!(pace.take(&"refused", start), Some(0));
        }
        for _ in 0..10 {
            assert_eq!(pace.take(&"refused", start), None);
        }
        assert_eq!(pace.take(&"failed", start), Some(0));
        assert_eq!(pace.take(&"refused", start + Duration::from_secs(1)), Some(10));
    }
}
