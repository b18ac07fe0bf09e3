//! The connections to one mail server: few, kept while there is mail, and never trusted to be still open.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::dialogue::{Connection, Trail};
use super::failure::Failure;
use super::types::{Envelope, Outcome, Server};
use crate::error::Result;

/// The connections to one server.
pub(super) struct Pool {
    server: Server,
    tls: Arc<ClientConfig>,
    /// One a connection that may be there.
    places: Semaphore,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// The one that was used last stands last, and is used first: so those that are too many grow old.
    connections: Vec<(Connection, Instant)>,
    /// Whether a task waits to close those that grow old.
    is_watched: bool,
}

impl Pool {
    pub(super) fn new(server: Server, tls: Arc<ClientConfig>) -> Arc<Self> {
        let places = Semaphore::new(server.connections.clamp(1, Semaphore::MAX_PERMITS));
        Arc::new(Self { server, tls, places, idle: Mutex::default() })
    }

    pub(super) async fn deliver(
        self: &Arc<Self>,
        envelope: &Envelope,
        message: &[u8],
        before_content: impl Future<Output = Result<()>>,
    ) -> Outcome {
        let _place = self.places.acquire().await;
        match self.try_deliver(envelope, message, before_content).await {
            Ok(reply) => Outcome::Sent { reply },
            Err(failure) => failure.outcome(),
        }
    }

    async fn try_deliver(
        self: &Arc<Self>,
        envelope: &Envelope,
        message: &[u8],
        before_content: impl Future<Output = Result<()>>,
    ) -> Result<String, Failure> {
        let mut connection = self.offer(envelope, message.len()).await?;
        match connection.give(message, pin!(before_content)).await {
            Ok(reply) => {
                self.keep(connection);
                Ok(reply.to_string())
            }
            Err(failure) => Err(self.after(connection, failure)),
        }
    }

    /// Finds a connection on which the server takes this envelope. One that turns out to be closed is replaced: nothing was said
    /// about the mail yet.
    async fn offer(self: &Arc<Self>, envelope: &Envelope, bytes: usize) -> Result<Connection, Failure> {
        while let Some(mut connection) = self.take() {
            match connection.offer(envelope, bytes).await {
                Ok(()) => return Ok(connection),
                Err(failure) if failure.is_stale() => {}
                Err(failure) => return Err(self.after(connection, failure)),
            }
        }
        let mut connection = Connection::open(&self.server, &self.tls, &mut Trail::new()).await?;
        match connection.offer(envelope, bytes).await {
            Ok(()) => Ok(connection),
            Err(failure) => Err(self.after(connection, failure)),
        }
    }

    /// Keeps a connection on which only this mail failed.
    fn after(self: &Arc<Self>, connection: Connection, failure: Failure) -> Failure {
        if failure.leaves_usable() {
            self.keep(connection);
        }
        failure
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((mut connection, since)) = idle.connections.pop() {
            if since.elapsed() < self.server.idle && connection.is_open() {
                return Some(connection);
            }
        }
        None
    }

    fn keep(self: &Arc<Self>, connection: Connection) {
        if self.server.mails_per_connection <= connection.mails {
            tokio::spawn(connection.quit());
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.connections.push((connection, Instant::now()));
        if !idle.is_watched {
            idle.is_watched = true;
            tokio::spawn(watch(Arc::downgrade(self)));
        }
    }

    /// Closes the connections that nobody uses.
    pub(super) async fn close(&self) {
        let connections = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut idle.connections)
        };
        for (connection, _) in connections {
            connection.quit().await;
        }
    }

    /// Takes out those that grew old, and tells whether there are others to watch.
    fn take_old(&self) -> (Vec<(Connection, Instant)>, bool) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |(_, since): &(Connection, Instant)| since.elapsed() < self.server.idle;
        let first_young = idle.connections.iter().position(is_young).unwrap_or(idle.connections.len());
        let old = idle.connections.drain(..first_young).collect();
        idle.is_watched = !idle.connections.is_empty();
        (old, idle.is_watched)
    }
}

/// Closes connections once they have been idle for long enough; ends when there are none.
async fn watch(pool: Weak<Pool>) {
    loop {
        let Some(idle) = pool.upgrade().map(|pool| pool.server.idle) else { return };
        sleep(idle).await;
        let Some((old, goes_on)) = pool.upgrade().map(|pool| pool.take_old()) else { return };
        for (connection, _) in old {
            connection.quit().await;
        }
        if !goes_on {
            return;
        }
    }
}
