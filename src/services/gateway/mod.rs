//! `sogoway`: the HTTP gateway. The only place, with the administration, that knows HTTP.
//!
//! A request is a row of named stages, each a file: `tenant` (which app), `auth` (who), `routes` (what), `plan` (one
//! action of sogoms-db; pure), `call`, `respond`. They stand in a row in `stages`.

pub mod accounts;
pub mod api;
mod auth;
mod body;
mod call;
pub mod caller;
pub mod compile;
mod compress;
mod context;
mod control;
mod cors;
mod demands;
mod etag;
mod events;
pub mod explain;
mod finish;
mod http;
mod input;
mod messages;
mod metrics;
mod negotiate;
mod options;
mod origin;
pub mod plan;
mod probes;
mod problem;
mod ready;
mod respond;
pub mod routes;
#[cfg(test)]
mod sample;
mod sign_in;
mod stages;
mod state;
pub(crate) mod static_files;
mod tenant;
mod traffic;
pub mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tracing::{error, info};

use self::compress::Compressor;
use self::context::RequestIds;
use self::events::Events;
use self::metrics::Metrics;
use self::origin::StrangeProxies;
use self::sign_in::Passwords;
use self::state::State;
use super::logs::queue::LogQueue;
use super::{Start, db};
use crate::config::GatewaySettings;
use crate::error::{Code, Error, Result};
use crate::ipc::peer::Access;
use crate::ipc::server::{self, Limits};
use crate::ipc::{Api as _, Client};
use crate::process::group;
use crate::process::signals::Signals;

/// What all requests share.
#[derive(Debug)]
struct Gateway {
    /// Replaced whole by a reload; a request keeps the one it began with.
    state: ArcSwap<State>,
    db: Client<db::api::Request>,
    events: Events,
    passwords: Passwords,
    request_ids: RequestIds,
    strange_proxies: StrangeProxies,
    compressor: Compressor,
    metrics: Metrics,
    /// The addresses that are listened on.
    listening: Vec<String>,
    began: Instant,
}

/// How long a call waits for sogoms-db that is just restarting.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the log entries that wait may take at the stop.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs the gateway until the stop.
///
/// # Errors
/// [`Code::Config`] when the configuration cannot be used as a whole, that of [`Code::of_io`]
/// when its port or its socket cannot be had. An app that is wrong is left out, a database that is down is waited for.
pub async fn run(start: Start, signals: Signals) -> Result<()> {
    let config = start.places.config.clone();
    let state = load(config.clone(), None).await?;
    if let Some(problem) = state.errors_as_a_whole().next() {
        return Err(Error::new(Code::Config, problem.headline()).hint("see all problems with `sogo check`"));
    }
    let settings = state.settings.clone();

    let (web, figures) = sockets(&start, &settings.gateway)?;
    let group = settings.ipc.group.as_deref().map(group::id).transpose()?;
    let control = start.unix_listener(api::Request::NAME, group)?;
    let bound =
        |listener: &TcpListener| listener.local_addr().map_or_else(|_| "?".to_owned(), |at| at.to_string());
    let listening: Vec<String> = web.iter().chain(&figures).map(bound).collect();
    info!(listen = listening[0], apps = state.tenants().count(), "sogoway listens on {}", listening[0]);

    let max_frame_bytes = usize::try_from(settings.ipc.max_frame_bytes).unwrap_or(usize::MAX);
    let mut first_id = [0; 4];
    getrandom::fill(&mut first_id)
        .map_err(|cause| Error::new(Code::Internal, "the system gives no random numbers").caused_by(cause))?;
    let socket_of = |service| start.places.socket(service, 1);
    let gateway = Arc::new(Gateway {
        state: ArcSwap::from_pointee(state),
        db: Client::new(&socket_of(db::api::Request::NAME), PATIENCE, max_frame_bytes),
        events: Events::new(LogQueue::of(api::Request::NAME, &start.places, &settings)),
        passwords: Passwords::new(settings.gateway.bcrypt_threads),
        request_ids: RequestIds::from(u32::from_ne_bytes(first_id)),
        strange_proxies: StrangeProxies::default(),
        compressor: Compressor::default(),
        metrics: Metrics::new(SystemTime::now(), figures.is_some()),
        listening,
        began: Instant::now(),
    });
    let limits = Limits { max_frame_bytes, ..Limits::default() };
    start.notifier.ready();
    let answering =
        server::serve(control, Arc::clone(&gateway), Access::own(group), limits, signals.stop.clone());
    let reloading = tokio::spawn(reload(Arc::clone(&gateway), config, signals.clone()));
    if let Some(listener) = figures {
        tokio::spawn(metrics::serve(listener, Arc::clone(&gateway), signals.stop.clone()));
    }
    let serving = http::serve(web, Arc::clone(&gateway), &signals, settings.gateway.grace);
    tokio::join!(answering, serving);
    reloading.abort();
    gateway.events.drain(LAST_WORDS).await;
    info!("sogoway has stopped");
    Ok(())
}

/// Returns the sockets of the API and that of the figures: those that were handed over, else those of the settings.
fn sockets(start: &Start, settings: &GatewaySettings) -> Result<(Vec<TcpListener>, Option<TcpListener>)> {
    let mut web = start.inherited.tcp(start.port)?;
    let is_for_figures = |socket: &TcpListener| socket.local_addr().ok() == settings.metrics.listen;
    let figures = match (web.iter().position(is_for_figures), settings.metrics.listen) {
        (Some(at), _) => Some(web.remove(at)),
        (None, Some(mut address)) => {
            // Each instance has figures of its own, on a port of its own.
            let beyond = u16::try_from(start.instance - 1).unwrap_or(u16::MAX);
            address.set_port(address.port().saturating_add(beyond));
            Some(http::bind(address, "give another address as `gateway.metrics.listen` in sogoms.yaml")?)
        }
        (None, None) => None,
    };
    if web.is_empty() {
        let mut address = settings.listen;
        address.set_port(start.port.unwrap_or(address.port()));
        let hint = "give another port with -port, or another address as `gateway.listen` in sogoms.yaml";
        web.push(http::bind(address, hint)?);
    }
    Ok((web, figures))
}

/// Reads the configuration beside the thread that serves.
async fn load(config: PathBuf, old: Option<Arc<State>>) -> Result<State> {
    tokio::task::spawn_blocking(move || State::load(&config, old.as_deref()))
        .await
        .map_err(|cause| Error::new(Code::Internal, "reading the configuration failed").caused_by(cause))
}

/// Replaces the state with each SIGHUP; requests in flight end with the one they began with.
async fn reload(gateway: Arc<Gateway>, config: PathBuf, mut signals: Signals) {
    while signals.reload.changed().await.is_ok() {
        match load(config.clone(), Some(gateway.state.load_full())).await {
            Ok(state) => {
                let problems = state.problems().len();
                gateway.state.store(Arc::new(state));
                info!(problems, "The configuration was read again");
            }
            Err(error) => error!(cause = error.cause(), "{error}; the old configuration stays in force"),
        }
    }
}
