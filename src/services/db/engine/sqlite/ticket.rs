//! What a caller and the thread that works for it both hold: whether the work has begun, ended, or is in vain.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::InterruptHandle;

/// How often an abandoned statement is interrupted until it ends: an interrupt between two steps has no effect.
const AGAIN: Duration = Duration::from_millis(5);

/// How far a piece of work is. An interrupt is sent under the lock, so it never meets the work of somebody else.
pub(super) struct Ticket(Mutex<Stage>);

struct Stage {
    abandoned: bool,
    running: Option<InterruptHandle>,
}

impl Ticket {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Stage { abandoned: false, running: None }))
    }

    /// Says that the work begins, and how to interrupt it; false when nobody waits for it any more.
    pub(super) fn begin(&self, interrupt: InterruptHandle) -> bool {
        let mut stage = self.stage();
        stage.running = (!stage.abandoned).then_some(interrupt);
        !stage.abandoned
    }

    /// Says that the work is over.
    pub(super) fn end(&self) {
        self.stage().running = None;
    }

    /// Tells whether nobody waits for the work any more.
    pub(super) fn abandoned(&self) -> bool {
        self.stage().abandoned
    }

    /// Interrupts the work; false when nothing runs.
    fn interrupt(&self) -> bool {
        let mut stage = self.stage();
        stage.abandoned = true;
        stage.running.as_ref().map(InterruptHandle::interrupt).is_some()
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Interrupts the work when it is dropped before the work has ended.
pub(super) struct Guard(pub(super) Arc<Ticket>);

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.0.interrupt() {
            return;
        }
        // Without a runtime the process is ending.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let ticket = Arc::clone(&self.0);
            runtime.spawn(async move {
                while ticket.interrupt() {
                    tokio::time::sleep(AGAIN).await;
                }
            });
        }
    }
}
