//! `sogoms-smtp`: mail that is neither lost nor doubled.
//!
//! A request goes from `service` to `letter` (its bytes) and into the `queue` on the disk; then it is acknowledged. One task,
//! the `courier`, has what waits (`waiting`, with `limits`) and begins tries; an `attempt` gives the mail to the `wire` and writes
//! what came of it (`retry` decides what that means). A bulk sending comes in through `intake`; what its mails share is in `bulk`.

pub mod api;
mod attempt;
mod bulk;
mod changes;
mod courier;
mod events;
mod intake;
mod letter;
mod limits;
mod moment;
mod operate;
mod queue;
mod retry;
mod senders;
mod service;
mod upkeep;
mod waiting;
pub mod wire;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tracing::{error, info, warn};

use self::attempt::{Attempts, chance};
use self::courier::Courier;
use self::events::Events;
use self::moment::now;
use self::retry::{Tried, unknown};
use self::senders::Senders;
use self::service::Mailer;
use super::logs::queue::LogQueue;
use super::{Start, read_configuration};
use crate::config::{MailRetry, OnUnknown};
use crate::error::{Code, Error, Result};
use crate::ipc::server::{Limits, serve};
use crate::ipc::{Api, peer::Access};
use crate::process::group;
use crate::process::signals::Signals;
use crate::store::Store;

/// How long tries that are under way may take at the stop.
const GRACE: Duration = Duration::from_secs(5);
/// How long the log entries that wait may take at the stop.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs `sogoms-smtp` until the stop.
///
/// # Errors
/// When the queue or the socket cannot be used. A wrong app or a mail server that is away is no reason to stop.
pub async fn run(start: Start, signals: Signals) -> Result<()> {
    let registry = read_configuration(start.places.config.clone()).await?;
    let group = registry.settings.ipc.group.as_deref().map(group::id).transpose()?;
    let limits =
        Limits { max_frame_bytes: registry.settings.ipc.max_frame_bytes as usize, ..Limits::default() };
    let senders = Arc::new(Senders::new(&registry, &Senders::default()));
    let listener = start.listener(api::Request::NAME, group)?;
    // Only who has the socket may touch the queue.
    let state = start.places.state.clone();
    let store = tokio::task::spawn_blocking(move || queue::open(&state))
        .await
        .map_err(|cause| Error::new(Code::Internal, "opening the queue failed").caused_by(cause))??;
    recover(&store, &senders).await?;
    let waiting = store.read(queue::waiting).await?;
    start.notifier.ready();
    info!(mails = waiting.len(), "Ready; {} mails wait", waiting.len());

    let logs = LogQueue::of(api::Request::NAME, &start.places, &registry.settings);
    let attempts = Attempts {
        store,
        changes: changes::Changes::default(),
        events: Events(logs.clone()),
        batches: attempt::Batches::default(),
        stop: signals.stop.clone(),
    };
    let (courier, task) = Courier::start(attempts.clone(), Arc::clone(&senders), waiting, GRACE);
    let senders = Arc::new(ArcSwap::new(senders));
    let mailer = Mailer { attempts, courier, senders, began: Instant::now() };

    let upkeep = tokio::spawn(upkeep::keep(mailer.clone()));
    let reloading = tokio::spawn({
        let (mailer, mut reload) = (mailer.clone(), signals.reload.clone());
        async move {
            while reload.changed().await.is_ok() {
                match read_configuration(start.places.config.clone()).await {
                    Ok(registry) => {
                        let senders = Arc::new(Senders::new(&registry, &mailer.senders.load()));
                        mailer.senders.store(Arc::clone(&senders));
                        mailer.courier.set_senders(senders).await;
                    }
                    Err(error) => {
                        error!(cause = error.cause(), "{error}; the old configuration stays in force");
                    }
                }
            }
        }
    });
    serve(listener, Arc::new(mailer), Access::own(group), limits, signals.stop).await;
    reloading.abort();
    upkeep.abort();
    if task.await.is_err() {
        warn!("The task that sends ended with a fault");
    }
    logs.drain(LAST_WORDS).await;
    Ok(())
}

/// Decides about the mails that the service was giving to a server when it ended without a word.
async fn recover(store: &Store, senders: &Arc<Senders>) -> Result<()> {
    let senders = Arc::clone(senders);
    let found = store
        .write(move |connection| {
            queue::recover(connection, now(), |left| {
                let sender = senders.get(&left.app).ok();
                let choice = sender.as_ref().map_or(OnUnknown::Wait, |sender| sender.smtp.unknown);
                let retry = sender.map_or_else(MailRetry::default, |sender| sender.smtp.retry);
                let tried =
                    Tried { accepted: left.accepted, tries: left.tries + 1, now: now(), chance: chance() };
                unknown("the service ended before the server had answered", tried, &retry, choice)
            })
        })
        .await?;
    if found != 0 {
        warn!(mails = found, "Of {found} mails it is not known whether they went out before the last end");
    }
    Ok(())
}
