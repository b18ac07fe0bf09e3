//! `sogoms-logs`: one place for what the apps and their services have to say.
//!
//! Entries are checked, redacted and turned into lines where they arrive (`entry`); one thread (`writer`) alone touches
//! the files. A reply comes when the line is in its file.

pub mod api;
mod clock;
mod entry;
mod files;
mod follow;
mod history;
mod names;
pub mod queue;
mod redact;
mod retention;
mod service;
mod tail;
#[cfg(test)]
mod tests;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use self::clock::Clock;
use self::retention::Retention;
use self::service::Logs;
use self::writer::Writer;
use super::{Start, read_configuration};
use crate::config::{Problem, Registry};
use crate::error::Result;
use crate::ipc::server::{Limits, serve};
use crate::ipc::{Api, listen::Listener, peer::Access};
use crate::process::group;
use crate::process::signals::Signals;

/// How often it is looked whether a new day has begun.
const TICK: Duration = Duration::from_secs(30);

/// Runs `sogoms-logs` until the stop.
///
/// # Errors
/// [`Code::Unavailable`](crate::error::Code::Unavailable) when the folder of the logs or the socket cannot be used,
/// [`Code::Conflict`](crate::error::Code::Conflict) when another instance runs.
pub async fn run(start: Start, signals: Signals) -> Result<()> {
    run_with(start, signals, Clock::system()).await
}

async fn run_with(start: Start, signals: Signals, clock: Clock) -> Result<()> {
    let registry = read_configuration(start.places.config.clone()).await?;
    let group = registry.settings.ipc.group.as_deref().map(group::id).transpose()?;
    let socket = start.socket.clone().unwrap_or_else(|| start.places.socket(api::Request::NAME, 1));
    let limits =
        Limits { max_frame_bytes: registry.settings.ipc.max_frame_bytes as usize, ..Limits::default() };
    let retention = Retention::of(&registry, &Retention::default());

    let listener = Listener::bind(&socket, group)?;
    let (writer, thread) = Writer::start(&start.places.logs, retention.clone(), clock.clone())?;
    let problems = Arc::new(ArcSwap::from_pointee(told(&registry)));
    let service = Arc::new(Logs::new(writer.clone(), clock, Arc::clone(&problems)));
    info!(socket = %socket.display(), folder = %start.places.logs.display(), "Ready on {}", socket.display());

    let upkeep = CancellationToken::new();
    let stop = signals.stop.clone();
    let keeping = tokio::spawn({
        let (reload, writer, stop) = (signals.reload, writer.clone(), stop.clone());
        let keep_up = keep_up(start.places.config, reload, writer, retention, problems);
        // Without its writer the service is of no use: the supervisor starts another.
        upkeep.clone().run_until_cancelled_owned(async move { keep_up.await.inspect_err(|_| stop.cancel()) })
    });
    serve(listener, service, Access::own(group), limits, stop).await;
    upkeep.cancel();
    let _ = keeping.await;
    writer.stop().await?;
    // What was acknowledged is written already; this waits for entries whose callers have given up.
    if tokio::task::spawn_blocking(|| thread.join()).await.is_ok_and(|joined| joined.is_err()) {
        warn!("The thread that writes ended with a fault");
    }
    Ok(())
}

/// Reloads at each SIGHUP, and sees the days pass; an error when the thread that writes is gone.
async fn keep_up(
    config: PathBuf,
    mut reload: watch::Receiver<u64>,
    writer: Writer,
    mut retention: Retention,
    problems: Arc<ArcSwap<Vec<String>>>,
) -> Result<()> {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = ticks.tick() => writer.tick().await?,
            Ok(()) = reload.changed() => {
                let registry = match read_configuration(config.clone()).await {
                    Ok(registry) => registry,
                    Err(error) => {
                        error!(cause = error.cause(), "{error}; the old configuration stays in force");
                        continue;
                    }
                };
                retention = Retention::of(&registry, &retention);
                problems.store(Arc::new(told(&registry)));
                writer.reload(retention.clone()).await?;
                info!(apps = registry.apps.len(), "Reloaded: log files are opened anew, times of keeping are current");
            }
        }
    }
}

/// Logs what is wrong with the configuration and returns it for `health`.
fn told(registry: &Registry) -> Vec<String> {
    let errors = registry.problems.iter().filter(|problem| problem.is_error());
    let told: Vec<String> = errors.map(Problem::headline).collect();
    for problem in &told {
        warn!("{problem}");
    }
    told
}
