//! What a caller and the task that works for it both hold: which connection the statement runs on, and whether anybody
//! still waits for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tracing::warn;

use super::host::Host;

/// How often KILL QUERY is repeated: one that comes between two statements ends nothing.
const AGAIN: Duration = Duration::from_millis(100);
/// After how many of them the connection is given up as it is.
const KILLS: u32 = 20;

/// How far the work for one caller is.
#[derive(Debug, Default)]
pub(super) struct Watch {
    stage: Mutex<Stage>,
    given_up: Notify,
}

#[derive(Debug, Default)]
struct Stage {
    abandoned: bool,
    running_on: Option<u32>,
}

impl Watch {
    /// Says that the work begins on the connection with this id; false when nobody waits for it any more.
    pub(super) fn begin(&self, connection: u32) -> bool {
        let mut stage = self.stage();
        stage.running_on = (!stage.abandoned).then_some(connection);
        !stage.abandoned
    }

    /// Says that the work is over. False when it was abandoned: a KILL QUERY may still be on its way to the connection.
    pub(super) fn end(&self) -> bool {
        let mut stage = self.stage();
        stage.running_on = None;
        !stage.abandoned
    }

    /// Waits until the server did not obey and the connection is to be dropped.
    pub(super) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    fn abandon(&self) -> Option<u32> {
        let mut stage = self.stage();
        stage.abandoned = true;
        stage.running_on
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the statement on the server when it is dropped before the work has ended.
pub(super) struct Guard {
    /// The server that it runs on.
    pub(super) host: Arc<Host>,
    pub(super) watch: Arc<Watch>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.watch.abandon().is_none() {
            return;
        }
        // Without a runtime the process is ending, and its connections with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(end(Arc::clone(&self.host), Arc::clone(&self.watch)));
        }
    }
}

async fn end(host: Arc<Host>, watch: Arc<Watch>) {
    for _ in 0..KILLS {
        let Some(connection) = watch.abandon() else { return };
        match tokio::time::timeout(host.server.connect_timeout, host.kill(connection)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(connection, "An abandoned statement could not be ended: {error}"),
            Err(_) => break,
        }
        tokio::time::sleep(AGAIN).await;
    }
    watch.given_up.notify_one();
}
