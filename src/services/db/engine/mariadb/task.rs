//! The task that owns a connection while it works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::connection::Link;
use super::errors::{Failure, abandoned};
use super::watch::{Guard, Watch};
use super::{MariaDb, OnLink};
use crate::error::{Code, Error, Result};

/// An idle connection younger than this was not left over by a server that has been restarted since.
const FRESH: Duration = Duration::from_millis(100);

/// Runs work on a connection in a task of its own and waits for it. Dropped, the work is ended on the server.
///
/// `repeatable` work may begin on a connection that turns out to be gone; other work asks the connection first.
pub(super) async fn run<T: Send + 'static>(
    engine: &Arc<MariaDb>,
    repeatable: bool,
    work: Box<OnLink<T>>,
) -> Result<T> {
    let place = engine.lane.enter().await?;
    let watch = Arc::new(Watch::default());
    let guard = Guard { engine: Arc::clone(engine), watch: Arc::clone(&watch) };
    let owner = Arc::clone(engine);
    let running = tokio::spawn(async move {
        // Held to the end, also when nobody waits any more: the statement still uses the server.
        let _place = place;
        owner.work(repeatable, &watch, &*work).await
    });
    let outcome = running.await;
    drop(guard);
    outcome.unwrap_or_else(|cause| {
        Err(Error::new(Code::Internal, "a fault of ours ended the statement").caused_by(cause))
    })
}

/// A connection that was gone before the statement shows it within this time. One that breaks later was broken while the
/// statement ran, maybe by an operator who wanted it ended: it is not run once more.
const AT_ONCE: Duration = Duration::from_millis(200);

impl MariaDb {
    async fn work<T>(self: &Arc<Self>, repeatable: bool, watch: &Watch, work: &OnLink<T>) -> Result<T> {
        let mut tried = false;
        loop {
            let (mut link, idle) = self.link(repeatable).await?;
            if !watch.begin(link.conn.id()) {
                self.keep(link);
                return Err(abandoned());
            }
            let begun = Instant::now();
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
                Err(failure)
                    if tried || !wanted || !failure.may_be_repeated(idle && begun.elapsed() < AT_ONCE) =>
                {
                    return Err(failure.into());
                }
                Err(_) => tried = true,
            }
        }
    }

    /// Returns a connection, and whether it was idle before: such a one may be gone.
    async fn link(self: &Arc<Self>, repeatable: bool) -> Result<(Link, bool)> {
        while let Some(mut idle) = self.lane.take() {
            if repeatable || idle.since.elapsed() < FRESH {
                return Ok((idle.connection, true));
            }
            match tokio::time::timeout(self.server.connect_timeout, idle.connection.ping()).await {
                Ok(Ok(())) => return Ok((idle.connection, true)),
                Ok(Err(_)) | Err(_) => drop(self.lane.unused_for(Duration::ZERO)),
            }
        }
        let link = self.server.open(self.lane.opened()).await?;
        tokio::spawn(Arc::clone(self).reserve());
        Ok((link, false))
    }
}
