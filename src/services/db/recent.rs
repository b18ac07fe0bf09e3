//! Whose writes are so recent that a replica may not have them yet.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Users that are remembered; with more of them everybody counts as one who has just written.
const USERS: usize = 16 * 1024;

/// Who has written of late. Right after its making everybody counts: what was written before it is not known.
#[derive(Debug)]
pub(super) struct RecentWriters {
    window: Duration,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    users: HashMap<i64, Instant>,
    everybody: Instant,
}

/// A write while it is under way; it counts from its end, however it ends.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    writers: &'a RecentWriters,
    user: Option<i64>,
}

impl RecentWriters {
    /// Makes the memory of those who wrote within `window`.
    pub(super) fn new(window: Duration, now: Instant) -> Self {
        Self { window, known: Mutex::new(Known { users: HashMap::new(), everybody: now }) }
    }

    /// Says that a write begins. One that is for nobody in particular counts as everybody's.
    pub(super) fn write(&self, user: Option<i64>) -> Writing<'_> {
        Writing { writers: self, user }
    }

    /// Tells whether this user may read what is as old as the window.
    pub(super) fn may_read_old(&self, user: i64, now: Instant) -> bool {
        let known = self.known();
        let past = |then: Instant| self.window < now.saturating_duration_since(then);
        past(known.everybody) && known.users.get(&user).is_none_or(|then| past(*then))
    }

    fn wrote(&self, user: Option<i64>, now: Instant) {
        let mut known = self.known();
        let Some(user) = user else {
            known.everybody = now;
            return;
        };
        if USERS <= known.users.len() && !known.users.contains_key(&user) {
            known.users.retain(|_, then| now.saturating_duration_since(*then) <= self.window);
            if USERS <= known.users.len() {
                known.users.clear();
                known.everybody = now;
                return;
            }
        }
        known.users.insert(user, now);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.writers.wrote(self.user, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(5);
    const LATER: Duration = Duration::from_secs(6);

    #[test]
    fn a_user_who_wrote_reads_nothing_old_until_the_window_is_over() {
        let begin = Instant::now();
        let writers = RecentWriters::new(WINDOW, begin);
        // What was written before the start is not known.
        assert!(!writers.may_read_old(1, begin + WINDOW));
        let now = begin + LATER;
        assert!(writers.may_read_old(1, now));
        writers.wrote(Some(1), now);
        assert!(!writers.may_read_old(1, now + WINDOW));
        assert!(writers.may_read_old(2, now));
        assert!(writers.may_read_old(1, now + LATER));
        writers.wrote(None, now + LATER);
        assert!(!writers.may_read_old(2, now + LATER));
    }

    #[test]
    fn a_write_counts_from_its_end() {
        let writers = RecentWriters::new(WINDOW, Instant::now());
        let writing = writers.write(Some(1));
        let before_its_end = Instant::now();
        drop(writing);
        assert!(!writers.may_read_old(1, before_its_end + WINDOW));
    }

    #[test]
    fn more_users_than_are_remembered_make_everybody_wait() {
        let begin = Instant::now();
        let writers = RecentWriters::new(WINDOW, begin);
        let now = begin + LATER;
        for user in 0..=i64::try_from(USERS).unwrap() {
            writers.wrote(Some(user), now);
        }
        assert!(!writers.may_read_old(-1, now) && writers.may_read_old(0, now + LATER));
        assert!(writers.known().users.len() <= USERS);
        // Those whose time is over make room.
        for user in 0..=i64::try_from(USERS).unwrap() {
            writers.wrote(Some(user), now + LATER);
            writers.wrote(Some(-user), now + LATER * 2);
        }
        assert!(writers.known().users.len() <= USERS);
    }
}
