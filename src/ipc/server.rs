//! Answers calls on a socket: many at once on each connection, replies as they are ready.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{FutureExt as _, StreamExt};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{Shutdown, shutdown};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error, warn};

use super::action::{Action, Api, Reply, decode};
use super::call::Call;
use super::frame::{self, Frame};
use super::listen::Listener;
use super::peer::{Access, Peer};
use crate::error::{Code, Error, Result};

/// What answers the requests of one [`Api`].
pub trait Service: Send + Sync + 'static {
    /// The requests it understands.
    type Api: Api;

    /// Answers one request. Dropped when the caller's deadline passes or the connection breaks.
    fn dispatch(&self, call: Call, request: Self::Api) -> impl Future<Output = Result<Answer>> + Send;
}

/// Answers one action; an implementation for each is what [`Service::dispatch`] matches over.
pub trait Handle<A: Action> {
    /// Does what `action` asks and returns the reply that belongs to it.
    fn handle(&self, call: &Call, action: A) -> impl Future<Output = Result<A::Reply>> + Send;
}

/// What goes back to the caller.
#[derive(Debug)]
pub enum Answer {
    /// The JSON of one result.
    One(Vec<u8>),
    /// The JSON of several results, each in a frame that says `more`, until the sender is dropped; then a frame whose
    /// result is null. An error in the place of a result ends it at once.
    Stream(mpsc::Receiver<Result<Vec<u8>>>),
}

/// Turns a handler's reply into an answer.
pub fn answer<R: Reply>(reply: Result<R>) -> Result<Answer> {
    let mut json = Vec::with_capacity(128);
    reply?.encode(&mut json)?;
    Ok(Answer::One(json))
}

/// Limits of a server; every queue in it is bounded.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest frame that is read or written, in bytes.
    pub max_frame_bytes: usize,
    /// Calls in work on one connection; a further one waits unread in the socket.
    pub in_flight_per_connection: usize,
    /// Calls in work altogether; a further one is answered [`Code::Unavailable`].
    pub in_flight: usize,
    /// Open connections; a further one is closed at once.
    pub connections: usize,
    /// How long a call may take whose caller names no deadline.
    pub default_deadline: Duration,
    /// How long calls in work may go on after the stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: frame::MAX_BYTES,
            in_flight_per_connection: 256,
            in_flight: 1024,
            connections: 512,
            default_deadline: Duration::from_secs(60),
            grace: Duration::from_secs(4),
        }
    }
}

/// Longest deadline that a caller may ask for: a day, for commands that follow something.
const LONGEST_DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// Serves until `stop`, then lets the calls in work end within the grace time.
pub async fn serve<S: Service>(
    listener: Listener,
    service: Arc<S>,
    access: Access,
    limits: Limits,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    let server =
        Arc::new(Server { service, limits, in_flight: Semaphore::new(limits.in_flight), stop: stop.clone() });
    while let Some(accepted) = stop.run_until_cancelled(listener.socket.accept()).await {
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(cause) => {
                // Out of descriptors, mostly: some connection has to end before the next can be accepted.
                warn!(error = %cause, "A connection could not be accepted: {cause}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if connections.len() >= limits.connections {
            warn!(connections = limits.connections, "Too many connections: closing a new one");
            continue;
        }
        match access.check(&stream) {
            Ok(peer) => drop(connections.spawn(connection(Arc::clone(&server), stream, peer))),
            Err(refusal) => drop(connections.spawn(refuse(stream, refusal))),
        }
    }
    // Who has connected before the end is still heard; with a socket that was handed over, by whoever gets it next.
    if listener.refuse_more() {
        while let Some(Ok((stream, _))) = listener.socket.accept().now_or_never() {
            if let Ok(peer) = access.check(&stream) {
                connections.spawn(connection(Arc::clone(&server), stream, peer));
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.grace, connections.wait()).await.is_err() {
        warn!(connections = connections.len(), "The grace time is over with calls still in work");
    }
}

struct Server<S> {
    service: Arc<S>,
    limits: Limits,
    in_flight: Semaphore,
    stop: CancellationToken,
}

async fn refuse(mut stream: UnixStream, refusal: Error) {
    warn!(hint = refusal.hint.as_deref(), "Refused a connection: {refusal}");
    let mut out = BytesMut::new();
    put(&mut out, &frame::failure("", &refusal));
    let _ = stream.write_all(&out).await;
}

/// Replies wait here for the writer; a slow reader stops its own connection, nobody else's.
const REPLIES_QUEUED: usize = 64;

/// How often it is looked whether a caller that sends no more has gone altogether.
const LOOK_PERIOD: Duration = Duration::from_millis(100);

async fn connection<S: Service>(server: Arc<Server<S>>, stream: UnixStream, peer: Peer) {
    let (mut reader, writer) = stream.into_split();
    let (replies, queue) = mpsc::channel(REPLIES_QUEUED);
    let mut writing = tokio::spawn(write_replies(writer, queue));
    let mut calls = JoinSet::new();
    tokio::select! {
        () = read_requests(&server, &mut reader, peer, &mut calls, &replies) => {}
        _ = &mut writing => {}
    }
    // Nobody reads any more when the writer is gone; otherwise what is in work is still answered.
    drop(replies);
    if writing.is_finished() {
        return;
    }
    let answered = async {
        while calls.join_next().await.is_some() {}
        let _ = writing.await;
    };
    tokio::select! {
        () = answered => {}
        () = gone(reader.as_ref()) => debug!(peer.pid = peer.pid, "A caller left with calls in work"),
    }
}

/// Returns when the peer has closed the connection altogether. One that has only ended its own direction still reads.
async fn gone(socket: &UnixStream) {
    loop {
        let mut ends = [PollFd::new(socket, PollFlags::empty())];
        let polled = poll(&mut ends, Some(&Timespec::default()));
        if polled.is_ok() && ends[0].revents().contains(PollFlags::HUP) {
            return;
        }
        tokio::time::sleep(LOOK_PERIOD).await;
    }
}

async fn read_requests<S: Service>(
    server: &Arc<Server<S>>,
    reader: &mut OwnedReadHalf,
    peer: Peer,
    calls: &mut JoinSet<()>,
    replies: &mpsc::Sender<Bytes>,
) {
    let mut frames = FramedRead::new(reader, frame::codec(server.limits.max_frame_bytes));
    let mut stopping = false;
    loop {
        while calls.len() >= server.limits.in_flight_per_connection {
            calls.join_next().await;
        }
        while calls.try_join_next().is_some() {}
        let next = if stopping {
            Some(frames.next().await)
        } else {
            server.stop.run_until_cancelled(frames.next()).await
        };
        let bytes = match next {
            Some(Some(Ok(bytes))) => bytes.freeze(),
            None => {
                // What a caller sends from here on fails for it, so that it knows to turn elsewhere; what it has sent
                // before is still in the socket, and is done.
                stopping = true;
                let _ = shutdown(frames.get_ref().as_ref(), Shutdown::Read);
                continue;
            }
            Some(None) => return,
            Some(Some(Err(cause))) => {
                debug!(peer.pid = peer.pid, error = %cause, "A connection ended in the middle of a frame: {cause}");
                // After a length that is too large nothing tells where the next frame begins.
                if cause.kind() == std::io::ErrorKind::InvalidData {
                    let refusal = frame::too_large(server.limits.max_frame_bytes);
                    let _ = replies.send(frame::failure("", &refusal)).await;
                }
                return;
            }
        };
        calls.spawn(one_call(Arc::clone(server), bytes, peer, replies.clone()));
    }
}

async fn one_call<S: Service>(
    server: Arc<Server<S>>,
    bytes: Bytes,
    peer: Peer,
    replies: mpsc::Sender<Bytes>,
) {
    let Server { service, limits, in_flight, .. } = &*server;
    let received = match Frame::parse(&bytes) {
        Ok(received) => received,
        Err((id, refusal)) => {
            let _ = replies.send(frame::failure(&id, &refusal)).await;
            return;
        }
    };
    let Ok(_permit) = in_flight.try_acquire() else {
        let overload =
            Error::new(Code::Unavailable, format!("{} has too much to do", S::Api::NAME)).retry_after(1);
        let _ = replies.send(frame::failure(&received.id, &overload)).await;
        return;
    };
    let time =
        received.deadline_ms.map_or(limits.default_deadline, Duration::from_millis).min(LONGEST_DEADLINE);
    let call = Call {
        action: received.action.as_ref().into(),
        deadline: Instant::now() + time,
        request_id: received.request_id.as_deref().map(Into::into),
        peer,
    };
    let id = &*received.id;
    let outcome = async {
        let request = decode::<S::Api>(&received.action, received.params)?;
        match tokio::time::timeout(time, service.dispatch(call.clone(), request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::new(Code::Timeout, format!("`{}` took longer than {time:?}", call.action))),
        }
    };
    match outcome.await {
        Ok(Answer::One(json)) => send(&replies, limits, id, Ok(json), false).await,
        Ok(Answer::Stream(mut items)) => {
            // An item goes out as soon as it is there, so none of them can say that it is the last: a frame of its own does.
            while let Some(item) = server.stop.run_until_cancelled(items.recv()).await.flatten() {
                let last = item.is_err();
                send(&replies, limits, id, item, !last).await;
                if last || replies.is_closed() {
                    return;
                }
            }
            send(&replies, limits, id, Ok(b"null".to_vec()), false).await;
        }
        Err(error) => {
            log_failure::<S::Api>(&call, &error);
            send(&replies, limits, id, Err(error), false).await;
        }
    }
}

/// The cause of a failure is logged once, here, where the call is answered.
fn log_failure<A: Api>(call: &Call, error: &Error) {
    let request_id = call.request_id.as_deref();
    match (error.cause(), error.code) {
        (Some(cause), _) => {
            warn!(action = %call.action, request_id, code = %error.code, cause, "{} failed: {error}: {cause}", call.action);
        }
        (None, Code::Internal) => {
            error!(action = %call.action, request_id, "{} failed in {}: {error}", call.action, A::NAME);
        }
        (None, _) => {
            debug!(action = %call.action, request_id, code = %error.code, "{} refused: {error}", call.action);
        }
    }
}

async fn send(replies: &mpsc::Sender<Bytes>, limits: &Limits, id: &str, result: Result<Vec<u8>>, more: bool) {
    let bytes = match result {
        Ok(json) => frame::success(id, &json, more),
        Err(error) => frame::failure(id, &error),
    };
    let bytes = if bytes.len() > limits.max_frame_bytes {
        frame::failure(id, &frame::too_large(limits.max_frame_bytes))
    } else {
        bytes
    };
    // The connection is gone when this fails, and with it whoever waited.
    let _ = replies.send(bytes).await;
}

/// Writes what is queued in as few system calls as it takes.
async fn write_replies(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Bytes>) {
    let mut batch = Vec::with_capacity(REPLIES_QUEUED);
    let mut out = BytesMut::new();
    while queue.recv_many(&mut batch, REPLIES_QUEUED).await > 0 {
        for reply in batch.drain(..) {
            put(&mut out, &reply);
        }
        if let Err(cause) = writer.write_all(&out).await {
            debug!(error = %cause, "A caller left before its reply: {cause}");
            return;
        }
        out.clear();
        // One large reply must not keep its memory for ever.
        if out.capacity() > 256 * 1024 {
            out = BytesMut::new();
        }
    }
}

fn put(out: &mut BytesMut, frame: &Bytes) {
    let length =
        u32::try_from(frame.len()).expect("a frame is never longer than its limit, which fits 32 bits");
    out.reserve(4 + frame.len());
    out.put_u32(length);
    out.put_slice(frame);
}
