//! Requests with one idempotency key that come at once: one goes to the database, the others wait and get its answer,
//! without a connection each.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Mutex as Turn;

use super::api::{IdempotencyKey, Written};
use super::errors as words;
use crate::error::Result;

/// The keys that are in work.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<Name, Shared>>);

/// User, route and key.
type Name = (i64, String, String);

/// What the first one stored, for those who waited for it: a tag of its request, and the answer.
type Shared = Arc<Turn<Option<(String, Written)>>>;

impl Turns {
    /// Writes, when nobody else writes with this key any more, or returns what was answered to one who did.
    ///
    /// # Errors
    /// [`Code::KeyReused`](crate::error::Code::KeyReused) when that was another request, and the errors of `write`.
    pub(super) async fn take(
        &self,
        key: &IdempotencyKey,
        write: impl Future<Output = Result<Written>>,
    ) -> Result<Written> {
        let name = (key.user_id, key.route.clone(), key.key.clone());
        let here = Here { turns: self, shared: self.shared(&name), name };
        let mut done = here.shared.lock().await;
        match &*done {
            Some((request, _)) if *request != key.request => Err(words::key_reused()),
            Some((_, answer)) => Ok(Written { repeated: true, ..answer.clone() }),
            None => {
                let written = write.await?;
                // Nothing is kept of what found no row, so nothing is shared.
                if written.affected_rows != Some(0) {
                    *done = Some((key.request.clone(), written.clone()));
                }
                Ok(written)
            }
        }
    }

    fn shared(&self, name: &Name) -> Shared {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_default())
    }
}

/// Somebody's place among those who have one key; the last to leave takes it out of the map.
struct Here<'a> {
    turns: &'a Turns,
    name: Name,
    shared: Shared,
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        let mut turns = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One is the map's, one is ours; who comes now has to pass the map's lock first.
        if Arc::strong_count(&self.shared) == 2 {
            turns.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::future::join_all;

    use super::*;
    use crate::error::{Code, Error};

    fn key(key: &str, request: &str) -> IdempotencyKey {
        IdempotencyKey { user_id: 1, route: "POST tasks".into(), key: key.into(), request: request.into() }
    }

    fn answer(insert_id: u64) -> Written {
        Written { insert_id: Some(insert_id), ..Written::default() }
    }

    #[tokio::test]
    async fn who_comes_meanwhile_gets_the_answer_of_the_first() {
        let (turns, count) = (Turns::default(), AtomicU64::new(0));
        let once = |name: &'static str| {
            let (turns, count) = (&turns, &count);
            async move {
                let write = async {
                    tokio::task::yield_now().await;
                    Ok(answer(count.fetch_add(1, Ordering::Relaxed)))
                };
                turns.take(&key(name, "r"), write).await
            }
        };
        let all = join_all((0..100).map(|number| once(if number % 2 == 0 { "a" } else { "b" }))).await;
        assert_eq!(count.load(Ordering::Relaxed), 2);
        let repeated = all.iter().filter(|written| written.as_ref().unwrap().repeated).count();
        assert_eq!(repeated, 98);
        assert!(turns.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_failure_is_nobodys_answer_but_its_own() {
        let turns = Turns::default();
        let (same, different) = (key("a", "r"), key("a", "another"));
        let after = |outcome: Result<Written>| async {
            // The others come meanwhile.
            tokio::task::yield_now().await;
            outcome
        };
        let failed = turns.take(&same, after(Err(Error::new(Code::Deadlock, ""))));
        let next = turns.take(&same, after(Ok(answer(7))));
        let other = turns.take(&different, after(Ok(answer(8))));
        let (failed, next, other) = tokio::join!(failed, next, other);
        assert_eq!(failed.unwrap_err().code, Code::Deadlock);
        assert_eq!(next.unwrap(), answer(7));
        assert_eq!(other.unwrap_err().code, Code::KeyReused);
    }
}
