//! Tells those who wait for it what became of a mail.

use tokio::sync::broadcast;

use super::api::State;

/// Changes that wait for a reader; one that falls further behind looks at the store instead.
const QUEUED: usize = 4096;

/// A mail to one recipient is in a new state, which is on the disk.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// Its number.
    pub(super) id: i64,
    /// The state.
    pub(super) state: State,
    /// Why, for people.
    pub(super) reply: Option<String>,
}

/// Where changes are told. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(QUEUED))
    }
}

impl Changes {
    /// Tells a change to whoever listens.
    pub(super) fn tell(&self, change: Change) {
        // Nobody listens: nobody misses it.
        let _ = self.0.send(change);
    }

    /// Listens from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}
