//! The task that owns a connection while it works.

use std::sync::Arc;
use std::time::Duration;

use super::cluster::Route;
use super::connection::{self, Link};
use super::errors::{Elsewhere, Failure};
use super::host::{Host, Role};
use super::standing::Standing;
use super::watch::{Guard, Watch};
use super::{Job, MariaDb};
use crate::error::Result;
use crate::services::db::engine::lane::Place;

/// An idle connection younger than this was not left over by a server that has been restarted since.
const FRESH: Duration = Duration::from_millis(100);
/// How often work is taken to another server at most; each time it waits until all have been asked.
const MOVES: usize = 3;

/// Runs work on a connection in a task of its own and waits for it. Dropped, the work is ended on the server.
///
/// Work that a server did not begin, or that surely left nothing behind on a server that is lost, goes to the next one.
pub(super) async fn run<T: Send + 'static>(engine: &Arc<MariaDb>, job: Job<T>) -> Result<T> {
    engine.cluster.settle().await;
    let job = Arc::new(job);
    let mut route = job.route;
    let mut moves = 0;
    loop {
        let (host, place) = engine.cluster.enter(route).await?;
        let failure = match attempt(engine, &host, place, &job).await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        moves += 1;
        if moves <= MOVES && goes_elsewhere(engine, &host, &failure).await {
            route = Route::Primary;
            continue;
        }
        return Err(failure.into());
    }
}

/// Tells whether work that failed may be done by another server, once that is known to be another.
async fn goes_elsewhere(engine: &Arc<MariaDb>, host: &Arc<Host>, failure: &Failure) -> bool {
    let cluster = &engine.cluster;
    match (failure.elsewhere(host.role), host.role) {
        (Elsewhere::No, _) => {
            if failure.lost() && !cluster.is_alone() {
                // Whoever comes next is to find the other server already.
                let (cluster, host) = (Arc::clone(cluster), Arc::clone(host));
                tokio::spawn(async move { cluster.reconsider(&host).await });
            }
            false
        }
        (Elsewhere::Yes, Role::Replica) => true,
        (Elsewhere::IfLost, Role::Replica) => {
            cluster.reconsider(host).await;
            !host.candidate().standing.answers()
        }
        (Elsewhere::Yes | Elsewhere::IfLost, Role::Host) => {
            // A server that was too busy to let anybody in, and answers now, may be tried once more.
            cluster.reconsider(host).await
                || !cluster.is_alone() && failure.not_begun() && host.candidate().standing == Standing::Ready
        }
    }
}

async fn attempt<T: Send + 'static>(
    engine: &Arc<MariaDb>,
    host: &Arc<Host>,
    place: Place,
    job: &Arc<Job<T>>,
) -> Result<T, Failure> {
    let watch = Arc::new(Watch::default());
    let guard = Guard { host: Arc::clone(host), watch: Arc::clone(&watch) };
    let (engine, host, job) = (Arc::clone(engine), Arc::clone(host), Arc::clone(job));
    let running = tokio::spawn(async move {
        // Held to the end, also when nobody waits any more: the statement still uses the server.
        let _place = place;
        engine.work(&host, &watch, &job).await
    });
    let outcome = running.await;
    drop(guard);
    outcome.unwrap_or_else(|cause| Err(Failure::fault(cause)))
}

impl MariaDb {
    async fn work<T>(&self, host: &Arc<Host>, watch: &Watch, job: &Job<T>) -> Result<T, Failure> {
        let mut cuts = host.cuts();
        let mut repeated = 0;
        loop {
            let mut link = tokio::select! {
                link = link(host) => link?,
                _ = cuts.changed() => return Err(Failure::unreachable(connection::silent("given up"))),
            };
            if !watch.begin(link.conn.id()) {
                host.keep(link);
                return Err(Failure::abandoned());
            }
            let outcome = tokio::select! {
                outcome = (job.work)(self, &mut link) => outcome,
                () = watch.given_up() => return Err(Failure::abandoned()),
                _ = cuts.changed() => {
                    watch.end();
                    return Err(Failure::cut(job.reads));
                }
            };
            let wanted = watch.end();
            let lost = outcome.as_ref().is_err_and(Failure::lost);
            if wanted && !lost && !link.spoilt && self.cluster.uses(host) {
                host.keep(link);
            } else {
                drop(link);
            }
            if lost && wanted {
                // What broke this connection may have broken the idle ones as well.
                host.close_idle();
            }
            match outcome {
                Err(failure) if wanted && repeated < failure.repetitions() => repeated += 1,
                outcome => return outcome,
            }
        }
    }
}

/// Returns a connection that is alive. One that has been idle is asked first: a statement that broke on it could
/// not be told from one that was ended by an operator, who does not want to see it run once more.
async fn link(host: &Arc<Host>) -> Result<Link, Failure> {
    while let Some(mut idle) = host.lane.take() {
        if idle.since.elapsed() < FRESH {
            return Ok(idle.connection);
        }
        match tokio::time::timeout(host.server.connect_timeout, idle.connection.ping()).await {
            Ok(Ok(())) => return Ok(idle.connection),
            Ok(Err(_)) | Err(_) => host.close_idle(),
        }
    }
    let link = host.server.open(host.lane.opened()).await.map_err(Failure::unreachable)?;
    tokio::spawn(Arc::clone(host).reserve());
    Ok(link)
}
