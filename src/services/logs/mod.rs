//! `sogoms-logs`: one place for what the apps and their services have to say.
//!
//! Entries are checked, redacted and turned into lines where they arrive (`entry`); one thread (`writer`) alone touches
//! the files. A reply comes when the line is in its file.
//!
//! Writing: `service` → `entry` → `writer` (a handle) → `thread` → `files`, with `seen` (nothing twice), `room` (the floor of
//! free disk), `sync` (what a power cut leaves) and `retention`. Reading: `reading` → `history` → `lines`, with `filter`.

pub mod api;
mod clock;
mod entry;
mod files;
mod filter;
mod follow;
mod history;
mod lines;
mod names;
pub mod queue;
mod reading;
mod redact;
mod retention;
mod room;
mod search;
mod seen;
mod service;
mod stats;
mod status;
mod sync;
mod tail;
#[cfg(test)]
mod tests;
mod thread;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use self::clock::Clock;
use self::reading::Readers;
use self::retention::Retention;
use self::service::Logs;
use self::status::Status;
use self::writer::{Keeping, Writer};
use super::{Start, read_configuration};
use crate::config::{Problem, Registry};
use crate::error::Result;
use crate::ipc::server::{Limits, serve};
use crate::ipc::{Api, peer::Access};
use crate::process::group;
use crate::process::signals::Signals;

/// How often it is looked what time asks for: a new day, a sync, a full disk that has room again.
const TICK: Duration = Duration::from_secs(1);

/// Runs `sogoms-logs` until the stop.
///
/// # Errors
/// [`Code::Unavailable`](crate::error::Code::Unavailable) when the folder of the logs or the socket cannot be used,
/// [`Code::Conflict`](crate::error::Code::Conflict) when another instance runs.
pub async fn run(start: Start, signals: Signals) -> Result<()> {
    run_with(start, signals, Clock::system()).await
}

/// The app under whose name stands what is about the installation as a whole.
pub const OWN_APP: &str = "sogoms";

async fn run_with(start: Start, signals: Signals, clock: Clock) -> Result<()> {
    let registry = read_configuration(start.places.config.clone()).await?;
    let group = registry.settings.ipc.group.as_deref().map(group::id).transpose()?;
    let limits =
        Limits { max_frame_bytes: registry.settings.ipc.max_frame_bytes as usize, ..Limits::default() };
    let retention = Retention::of(&registry, &Retention::default());

    let listener = start.listener(api::Request::NAME, group)?;
    let (folder, status) = (start.places.logs.clone(), Status::default());
    let keeping = Keeping { retention, settings: registry.settings.logs };
    let (writer, thread) = Writer::start(&folder, keeping.clone(), clock.clone(), status.clone())?;
    let told = Told::default();
    told.store(&registry);
    let readers = Readers::new(Arc::clone(&told.apps));
    let (began, problems) = (Instant::now(), Arc::clone(&told.problems));
    let service = Arc::new(Logs { writer: writer.clone(), clock, began, folder, status, readers, problems });
    start.notifier.ready();
    info!(folder = %start.places.logs.display(), "Ready, and writing to {}", start.places.logs.display());

    let upkeep = CancellationToken::new();
    let stop = signals.stop.clone();
    let keeping = tokio::spawn({
        let (reload, writer, stop) = (signals.reload, writer.clone(), stop.clone());
        let keep_up = keep_up(start.places.config, reload, writer, keeping, told);
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
    Keeping { mut retention, mut settings }: Keeping,
    told: Told,
) -> Result<()> {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
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
                told.store(&registry);
                // While `sogoms.yaml` is wrong nobody knows what it wants.
                if !registry.is_wrong_as_a_whole() {
                    settings = registry.settings.logs;
                }
                writer.reload(Keeping { retention: retention.clone(), settings }).await?;
                info!(apps = registry.apps.len(), "Reloaded: log files are opened anew, times of keeping are current");
            }
        }
    }
}

/// What the service knows of the configuration besides what its files are kept by.
#[derive(Debug, Clone, Default)]
struct Told {
    /// What is wrong with it, for `health`.
    problems: Arc<ArcSwap<Vec<String>>>,
    /// The apps, and ourselves.
    apps: Arc<ArcSwap<Vec<String>>>,
}

impl Told {
    /// Logs what is wrong with the configuration and keeps it.
    fn store(&self, registry: &Registry) {
        let errors = registry.problems.iter().filter(|problem| problem.is_error());
        let problems: Vec<String> = errors.map(Problem::headline).collect();
        for problem in &problems {
            warn!("{problem}");
        }
        self.problems.store(Arc::new(problems));
        let broken = registry.problems.iter().filter_map(|problem| problem.app.clone());
        let apps = registry.apps.iter().map(|app| app.name.clone()).chain(broken);
        self.apps.store(Arc::new(apps.chain([OWN_APP.to_owned()]).collect()));
    }
}
