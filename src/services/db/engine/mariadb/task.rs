//! The task that owns a connection while it works.

use std::sync::Arc;
use std::time::Duration;

use super::connection::Link;
use super::errors::{Failure, abandoned};
use super::watch::{Guard, Watch};
use super::{MariaDb, OnLink};
use crate::error::{Code, Error, Result};

/// An idle connection younger than this was not left over by a server that has been restarted since.
const FRESH: Duration = Duration::from_millis(100);

/// Runs work on a connection in a task of its own and waits for it. Dropped, the work is ended on the server.
pub(super) async fn run<T: Send + 'static>(engine: &Arc<MariaDb>, work: Box<OnLink<T>>) -> Result<T> {
    let place = engine.lane.enter().await?;
    let watch = Arc::new(Watch::default());
    let guard = Guard { engine: Arc::clone(engine), watch: Arc::clone(&watch) };
    let owner = Arc::clone(engine);
    let running = tokio::spawn(async move {
        // Held to the end, also when nobody waits any more: the statement still uses the server.
        let _place = place;
        owner.work(&watch, &*work).await
    });
    let outcome = running.await;
    drop(guard);
    outcome.unwrap_or_else(|cause| {
        Err(Error::new(Code::Internal, "a fault of ours ended the statement").caused_by(cause))
    })
}

impl MariaDb {
    async fn work<T>(self: &Arc<Self>, watch: &Watch, work: &OnLink<T>) -> Result<T> {
        let mut tried = false;
        loop {
            let mut link = self.link().await?;
            if !watch.begin(link.conn.id()) {
                self.keep(link);
                return Err(abandoned());
            }
            let outcome = tokio::select! {
                outcome = work(self, &mut link) => outcome,
                () = watch.given_up() => return Err(abandoned()),
            };
            let wanted = watch.end();
            let lost = outcome.as_ref().is_err_and(Failure::lost);
            if wanted && !lost && !link.spoilt {
                self.keep(link);
            } else {
                drop(link);
            }
            if lost && wanted {
                // What broke this connection may have broken the idle ones as well.
                drop(self.lane.unused_for(Duration::ZERO));
            }
            match outcome {
                Ok(done) => return Ok(done),
                Err(failure) if tried || !wanted || !failure.may_be_repeated() => {
                    return Err(failure.into());
                }
                Err(_) => tried = true,
            }
        }
    }

    /// Returns a connection that is alive. One that has been idle is asked first: a statement that broke on it could
    /// not be told from one that was ended by an operator, who does not want to see it run once more.
    async fn link(self: &Arc<Self>) -> Result<Link> {
        while let Some(mut idle) = self.lane.take() {
            if idle.since.elapsed() < FRESH {
                return Ok(idle.connection);
            }
            match tokio::time::timeout(self.server.connect_timeout, idle.connection.ping()).await {
                Ok(Ok(())) => return Ok(idle.connection),
                Ok(Err(_)) | Err(_) => drop(self.lane.unused_for(Duration::ZERO)),
            }
        }
        let link = self.server.open(self.lane.opened()).await?;
        tokio::spawn(Arc::clone(self).reserve());
        Ok(link)
    }
}
