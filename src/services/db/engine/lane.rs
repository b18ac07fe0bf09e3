//! A bounded number of connections, and a bounded queue of who waits for one.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Code, Error, Result};

/// Who may wait for each connection; one more is refused at once.
const WAITING_PER_CONNECTION: u32 = 64;
/// How long anybody waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections of one kind to one database.
#[derive(Debug)]
pub(super) struct Lane<C> {
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle<C>>>,
    waiting: AtomicU32,
    open: Arc<AtomicU32>,
    size: u32,
}

/// A connection that nobody uses.
#[derive(Debug)]
pub(super) struct Idle<C> {
    /// The connection.
    pub(super) connection: C,
    /// Since when.
    pub(super) since: Instant,
}

/// The right to use one connection; whoever holds it may open one or take an idle one.
#[derive(Debug)]
pub(super) struct Place(
    #[expect(dead_code, reason = "it is held, and given back by being dropped")] OwnedSemaphorePermit,
);

/// Counts one connection as open until it is dropped.
#[derive(Debug)]
pub(super) struct Opened(Arc<AtomicU32>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts a caller as waiting until it is dropped.
struct Waiting<'a>(&'a AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<C> Lane<C> {
    /// Makes a lane of at most `size` connections, at least one.
    pub(super) fn new(size: u32) -> Self {
        let size = size.max(1);
        Self {
            permits: Arc::new(Semaphore::new(size as usize)),
            idle: Mutex::new(Vec::new()),
            waiting: AtomicU32::new(0),
            open: Arc::default(),
            size,
        }
    }

    /// Waits for a place, in order of arrival.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when too many wait already, or after ten seconds.
    pub(super) async fn enter(&self) -> Result<Place> {
        if let Some(place) = self.try_enter() {
            return Ok(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if self.size.saturating_mul(WAITING_PER_CONNECTION) <= before {
            return Err(busy());
        }
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }

    /// Takes a place if one is free at once.
    pub(super) fn try_enter(&self) -> Option<Place> {
        Arc::clone(&self.permits).try_acquire_owned().ok().map(Place)
    }

    /// Takes all places, once all that work have ended; nobody gets one in between. `None` when that takes longer than
    /// `patience`.
    pub(super) async fn enter_alone(&self, patience: Duration) -> Option<Place> {
        let all = Arc::clone(&self.permits).acquire_many_owned(self.size);
        tokio::time::timeout(patience, all).await.ok()?.ok().map(Place)
    }

    /// Takes the connection that was used last.
    pub(super) fn take(&self) -> Option<Idle<C>> {
        self.idle().pop()
    }

    /// Keeps a connection for the next one.
    pub(super) fn put(&self, connection: C) {
        self.idle().push(Idle { connection, since: Instant::now() });
    }

    /// Removes and returns connections that nobody used for `age`.
    pub(super) fn unused_for(&self, age: Duration) -> Vec<Idle<C>> {
        let mut idle = self.idle();
        let fresh = idle.iter().position(|idle| idle.since.elapsed() < age).unwrap_or(idle.len());
        idle.drain(..fresh).collect()
    }

    /// Counts a connection that was opened; it keeps what is returned as long as it lives.
    pub(super) fn opened(&self) -> Opened {
        self.open.fetch_add(1, Ordering::Relaxed);
        Opened(Arc::clone(&self.open))
    }

    /// Returns what [`Self::opened`] does for a connection that does not count.
    #[expect(clippy::unused_self, reason = "it reads as its neighbour does")]
    pub(super) fn uncounted(&self) -> Opened {
        Opened(Arc::new(AtomicU32::new(1)))
    }

    /// Returns how many connections are open.
    pub(super) fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    /// Returns how many connections there may be.
    pub(super) fn size(&self) -> u32 {
        self.size
    }

    /// Returns how many places are taken.
    pub(super) fn busy(&self) -> u32 {
        let free = u32::try_from(self.permits.available_permits()).unwrap_or(u32::MAX);
        self.size.saturating_sub(free)
    }

    /// Returns how many wait for a place.
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle<C>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy() -> Error {
    Error::new(Code::Unavailable, "the database has too much to do")
        .hint("see which statements are slow, or raise `pool_size`")
        .retry_after(1)
}
