//! Password work, kept off the thread that serves: a few threads, a short queue, and then a refusal.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::auth::password;
use crate::error::{Code, Error, Result};

/// The threads that hash and verify passwords.
#[derive(Debug)]
pub(in super::super) struct Passwords {
    threads: Arc<Semaphore>,
    /// Places of those who work and those who wait.
    places: Semaphore,
}

/// Those who may wait for each thread: at 0.4 s each, the last one waits about 3 s.
const WAITING: usize = 8;

impl Passwords {
    /// Allows so many threads.
    pub(in super::super) fn new(threads: u32) -> Self {
        let threads = usize::try_from(threads).unwrap_or(1).max(1);
        Self { threads: Arc::new(Semaphore::new(threads)), places: Semaphore::new(threads * (1 + WAITING)) }
    }

    /// Tells whether the password belongs to the hash; see [`password::verify`].
    pub(super) async fn verify(&self, password: String, hash: Option<String>, even: u32) -> Result<bool> {
        self.work(move || password::verify(&password, hash.as_deref(), even)).await
    }

    /// Returns the hash of a password that was checked.
    pub(super) async fn hash(&self, password: String, cost: u32) -> Result<String> {
        self.work(move || password::hash(&password, cost)).await?
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let overload =
            |_| Error::new(Code::Unavailable, "too many passwords wait to be checked").retry_after(2);
        let _place = self.places.try_acquire().map_err(overload)?;
        let threads = Arc::clone(&self.threads);
        let thread = threads.acquire_owned().await.expect("the semaphore is never closed");
        // Work cannot be stopped once it has begun: it keeps its thread even when nobody waits any more.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(thread);
            done
        });
        done.await.map_err(|cause| Error::new(Code::Internal, "password work broke off").caused_by(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_is_refused_and_then_it_goes_on() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("correct horse".to_owned(), 4).await.unwrap();
        let tries = (0..20).map(|_| passwords.verify("correct horse".to_owned(), Some(hash.clone()), 4));
        let outcomes = futures_util::future::join_all(tries).await;
        // One that is verified at once gives its place to the next.
        assert!(
            (1 + WAITING..20)
                .contains(&outcomes.iter().filter(|outcome| matches!(outcome, Ok(true))).count())
        );
        let refused = outcomes.into_iter().find_map(Result::err).unwrap();
        assert_eq!((refused.code, refused.retry_after), (Code::Unavailable, Some(2)));
        assert!(passwords.verify("correct horse".to_owned(), Some(hash), 4).await.unwrap());
    }
}
