//! `sogoms-cron`: the apps' scheduled jobs, each slot started once.
//!
//! `keeper` is the one task that owns them: at each look `policy` (pure) decides what has passed by `schedule` (pure), `runs`
//! writes it to the disk, and `attempt` does the work: `query_email`, `http` or `service_job`. Where several hosts share an
//! app's database, `claims` asks there whose a slot is. `service` answers who asks.

pub mod api;
mod attempt;
mod claims;
mod clock;
pub mod explain;
mod failure;
mod host;
pub mod http;
mod jobs;
mod keeper;
mod policy;
mod query_email;
mod runs;
pub mod schedule;
mod service;
pub mod service_job;
mod tools;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};
use tracing::{error, info};

use self::api::Request;
use self::jobs::Jobs;
use self::keeper::{Command, Commands, Keeper, Seen};
use self::runs::Runs;
use self::service::Cron;
use self::tools::Tools;
use super::logs::queue::LogQueue;
use super::{Start, read_configuration};
use crate::error::Result;
use crate::ipc::Api;
use crate::ipc::peer::Access;
use crate::ipc::server::{Limits, serve};
use crate::process::group;
use crate::process::signals::Signals;

/// Commands that wait for the keeper; a further one waits for its place.
const COMMANDS_QUEUED: usize = 64;

/// How long the log entries that wait may take at the stop.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs `sogoms-cron` until the stop.
///
/// # Errors
/// When its durable state or its socket cannot be used, or `ipc.group` does not exist. A wrong app is no reason to stop.
pub async fn run(start: Start, signals: Signals) -> Result<()> {
    let registry = read_configuration(start.places.config.clone()).await?;
    let group = registry.settings.ipc.group.as_deref().map(group::id).transpose()?;
    let limits = Limits {
        max_frame_bytes: usize::try_from(registry.settings.ipc.max_frame_bytes).unwrap_or(usize::MAX),
        ..Limits::default()
    };
    let listener = start.listener(Request::NAME, group)?;
    let (runs, host) = Runs::open(&start.places.state.join("sogoms-cron.db"), host::name()?).await?;
    let logs = LogQueue::of(Request::NAME, &start.places, &registry.settings);
    let tools = Arc::new(Tools::new(&start.places, &registry.settings, host, logs.clone())?);
    let seen = Arc::new(Seen {
        jobs: ArcSwap::from_pointee(Jobs::new(&registry, &Jobs::default())),
        failure: ArcSwap::default(),
        running: watch::channel(0).0,
        ended: watch::channel(0).0,
    });
    let keeper = Keeper::new(Arc::clone(&seen), runs.clone(), Arc::clone(&tools)).await?;
    let (asking, commands) = mpsc::channel(COMMANDS_QUEUED);
    let commands_to = Commands(asking);
    start.notifier.ready();
    info!(host = tools.host, "Ready, as the host {}", tools.host);

    let keeping = tokio::spawn({
        let stop = signals.stop.clone();
        async move {
            // Without its keeper the service is of no use: the supervisor starts another.
            let _stopped = stop.clone().drop_guard();
            keeper.run(commands, stop).await;
        }
    });
    let reloading = tokio::spawn({
        let (config, mut reload, Commands(asking)) =
            (start.places.config, signals.reload, commands_to.clone());
        async move {
            while reload.changed().await.is_ok() {
                match read_configuration(config.clone()).await {
                    Ok(registry) => _ = asking.send(Command::Reload(Box::new(registry))).await,
                    Err(error) => {
                        error!(cause = error.cause(), "{error}; the old configuration stays in force");
                    }
                }
            }
        }
    });
    let service = Arc::new(Cron { seen, runs, tools, commands: commands_to, began: Instant::now() });
    serve(listener, service, Access::own(group), limits, signals.stop).await;
    reloading.abort();
    if let Err(fault) = keeping.await {
        error!("The task that keeps the jobs ended with a fault: {fault}");
    }
    logs.drain(LAST_WORDS).await;
    Ok(())
}
