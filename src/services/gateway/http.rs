//! Connections: accepted up to a limit, kept open while they are of use, drained at the stop.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::net::sockopt::set_tcp_user_timeout;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::Gateway;
use crate::error::{Code, Error, Result};
use crate::process::signals::Signals;
use crate::process::tcp;

/// Headers and bytes of a head that are read at all; what is over the limits but below these gets an answer of ours
/// (see `stages.rs`), what is over these gets hyper's own 431 or 414.
const HEADERS: usize = 200;
const LEAST_HEAD_BYTES: usize = 64 * 1024;
/// How long after the stop a request that is on its way is waited for.
const ON_ITS_WAY: Duration = Duration::from_millis(250);
/// Descriptors left for everything that is no client.
const RESERVED: u64 = 64;

/// Binds an address to listen on; `hint` says how another one is given.
///
/// # Errors
/// That of [`Code::of_io`]: [`Code::Conflict`] when something else has it.
pub(super) fn bind(address: SocketAddr, hint: &'static str) -> Result<TcpListener> {
    let listen = || {
        let socket = tcp::listen_on(address)?;
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket)
    };
    listen().map_err(|cause: io::Error| {
        Error::new(Code::of_io(&cause), format!("cannot listen on {address}: {cause}"))
            .hint(hint)
            .caused_by(cause)
    })
}

/// Serves until the stop, then lets requests in flight end within `grace`, or until somebody stops a second time.
///
/// After the stop nothing more is accepted and each answer closes its connection; those that are idle are closed a
/// moment later, so that no request is lost that was on its way.
pub(super) async fn serve(
    listeners: Vec<TcpListener>,
    gateway: Arc<Gateway>,
    signals: &Signals,
    grace: Duration,
) {
    let wanted = u64::from(gateway.state.load().settings.gateway.limits.connections);
    let places = Arc::new(Semaphore::new(connections(wanted)));
    let drain = GracefulShutdown::new();
    let begin = |stream, peer, place: OwnedSemaphorePermit| {
        let serving = connection(Arc::clone(&gateway), stream, peer, drain.watcher(), signals.stop.clone());
        tokio::spawn(async move {
            serving.await;
            drop(place);
        });
    };
    let turn = Cell::new(0);
    let accepting = async {
        loop {
            let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
            match accept(&listeners, &turn).await {
                Ok((stream, peer)) => begin(stream, peer, place),
                Err(cause) => {
                    // Out of descriptors, mostly: some connection has to end before the next can be accepted.
                    warn!(error = %cause, "A connection could not be accepted: {cause}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = signals.stop.cancelled() => {}
    }
    // Who is in the kernel's queue already has been told that somebody listens.
    while let Ok(place) = Arc::clone(&places).try_acquire_owned()
        && let Some(Ok((stream, peer))) = accept(&listeners, &turn).now_or_never()
    {
        begin(stream, peer, place);
    }
    drop(listeners);
    let drained = async {
        if drain.count() != 0 {
            tokio::time::sleep(ON_ITS_WAY).await;
        }
        drain.shutdown().await;
    };
    tokio::select! {
        () = drained => {}
        () = tokio::time::sleep(grace) => {
            warn!(grace_ms = grace.as_millis(), "The grace time is over with requests in flight");
        }
        () = signals.force.cancelled() => warn!("Stopped a second time: requests in flight are given up"),
    }
}

/// Accepts a connection on any of these sockets. Each time another one is looked at first, so that none waits for ever.
async fn accept(listeners: &[TcpListener], turn: &Cell<usize>) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        let (before, from) = listeners.split_at(turn.get() % listeners.len());
        turn.set(turn.get().wrapping_add(1));
        let mut all = from.iter().chain(before).map(|listener| listener.poll_accept(context));
        all.find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
}

async fn connection(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    peer: SocketAddr,
    watcher: Watcher,
    stop: CancellationToken,
) {
    let _open = gateway.metrics.connected();
    // Answers are written whole: waiting for more to send would only delay their end.
    let _ = stream.set_nodelay(true);
    let limits = gateway.state.load().settings.gateway.limits;
    let unread = u32::try_from(limits.unread_timeout.as_millis()).unwrap_or(u32::MAX);
    if let Err(cause) = set_tcp_user_timeout(&stream, unread) {
        debug!(error = %cause, "A connection has no limit for what is left unread: {cause}");
    }
    let asked = AtomicBool::new(false);
    let service = service_fn(|request| {
        asked.store(true, Ordering::Relaxed);
        let (gateway, stop) = (Arc::clone(&gateway), &stop);
        async move {
            let mut response = gateway.answer(peer, request).await;
            if stop.is_cancelled() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_headers(HEADERS)
        .max_buf_size(LEAST_HEAD_BYTES.max(2 * (limits.address_bytes + limits.header_bytes) as usize))
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(watcher.watch(serving));
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = tokio::time::sleep(limits.head_timeout) => {
            if !asked.load(Ordering::Relaxed) {
                debug!(peer = %peer, "A connection brought no request in time");
                return;
            }
            serving.await
        }
    };
    if let Err(cause) = ended {
        debug!(peer = %peer, error = %cause, "A connection broke: {cause}");
    }
}

/// Returns how many connections may be open, of those that are wanted, and raises the limit of descriptors as far as that takes.
fn connections(wanted: u64) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = wanted + RESERVED;
    let raised = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    let limit = match current {
        Some(current) if current < raised => {
            let done = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum });
            if done.is_ok() { raised } else { current }
        }
        _ => wanted,
    };
    usize::try_from(limit.saturating_sub(RESERVED)).unwrap_or(usize::MAX).max(16)
}
