//! Calls a service: one persistent connection to each of its processes, which carries many calls at once.

mod link;
mod peers;

use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use self::link::{Begun, Heard, Link};
use self::peers::{Counted as AtPeer, Peers};
use super::action::{Action, Api, Reply};
use super::frame;
use crate::error::{Code, Error, Result};

/// A handle on one service; cheap to clone, all clones share the connections.
///
/// Nothing is connected before the first call, and a broken connection is made anew by the next one.
#[derive(Debug)]
pub struct Client<A> {
    shared: Arc<Shared>,
    api: PhantomData<fn(A)>,
}

impl<A> Clone for Client<A> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), api: PhantomData }
    }
}

/// How one call is made.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// How long to wait for the reply; the service stops its work at that moment.
    pub deadline: Duration,
    /// The HTTP request that it belongs to.
    pub request_id: Option<&'a str>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(30), request_id: None }
    }
}

#[derive(Debug)]
struct Shared {
    peers: Peers,
    max_frame_bytes: usize,
    next_id: AtomicU64,
    /// Calls that wait for their reply, or for a connection.
    waiting: AtomicUsize,
}

/// Counts a call as long as it waits.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<A: Api> Client<A> {
    /// Makes a handle on the service whose socket is `path`; a call waits up to `patience` for it to be there, and
    /// no frame larger than `max_frame_bytes` is sent or accepted.
    ///
    /// `NAME.1.sock` stands for all instances of the service, whose sockets stand beside it: a call goes to the one with the
    /// least to do, and to another one when it cannot be reached. Instances that come and go are noticed within a second.
    pub fn new(path: &Path, patience: Duration, max_frame_bytes: usize) -> Self {
        Self::over(Peers::new(path, true, patience, max_frame_bytes), max_frame_bytes)
    }

    /// The same for the one process whose socket this is.
    pub fn of_one(path: &Path, patience: Duration, max_frame_bytes: usize) -> Self {
        Self::over(Peers::new(path, false, patience, max_frame_bytes), max_frame_bytes)
    }

    fn over(peers: Peers, max_frame_bytes: usize) -> Self {
        let (next_id, waiting) = (AtomicU64::new(1), AtomicUsize::new(0));
        Self { shared: Arc::new(Shared { peers, max_frame_bytes, next_id, waiting }), api: PhantomData }
    }

    /// Calls with the default deadline of 30 s.
    pub async fn call<X: Action<Api = A>>(&self, action: X) -> Result<X::Reply> {
        self.call_with(Options::default(), action).await
    }

    /// Calls an action and returns the reply that belongs to it.
    ///
    /// # Errors
    /// What the service answered; [`Code::Unavailable`] when it cannot be reached (nothing was done),
    /// [`Code::ConnectionLost`] when it went away before it answered (what was asked may have been done),
    /// [`Code::Timeout`] when the deadline passed.
    pub async fn call_with<X: Action<Api = A>>(&self, options: Options<'_>, action: X) -> Result<X::Reply> {
        let late =
            || Error::new(Code::Timeout, format!("{} did not answer within {:?}", A::NAME, options.deadline));
        let _counted = Counted::new(&self.shared.waiting);
        let until = Instant::now() + options.deadline;
        // The service cuts the work off itself; the extra time lets its own, better words arrive.
        let cut_off = until + Duration::from_millis(250);
        let (id, bytes) = self.request(options, action)?;
        loop {
            let (_at_peer, mut begun) =
                tokio::time::timeout_at(until, self.begin(id, &bytes)).await.map_err(|_| late())??;
            match tokio::time::timeout_at(cut_off, begun.queue.recv()).await {
                Ok(Some(Heard::Reply(reply))) => return X::Reply::decode(reply?.0),
                // It stopped before it got the request: another process does it, or its next one.
                Ok(Some(Heard::NotSent)) => {}
                Ok(None) => return Err(lost::<A>()),
                Err(_) => return Err(late()),
            }
        }
    }

    /// Returns how many calls wait for their reply, streams aside.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    /// Calls an action that answers with a stream of replies, over a connection of its own: whoever reads slowly or leaves
    /// early stops nobody else, and the service sees at once that nobody reads any more.
    pub async fn stream<X: Action<Api = A>>(
        &self,
        options: Options<'_>,
        action: X,
    ) -> Result<Replies<X::Reply>> {
        let (id, bytes) = self.request(options, action)?;
        let (_, link) = self.shared.peers.own_link().await.map_err(|cause| self.unreachable(cause))?;
        let begun = link.begin(id, &bytes).await.ok_or_else(lost::<A>)?;
        Ok(Replies { begun, _link: link, lost: lost::<A>, ended: false, reply: PhantomData })
    }

    async fn begin(&self, id: u64, bytes: &Bytes) -> Result<(AtPeer, Begun)> {
        // A link found open may break before our request is in its queue: then nothing was sent, and we try anew.
        loop {
            let (at_peer, link) = self.shared.peers.link().await.map_err(|cause| self.unreachable(cause))?;
            if let Some(begun) = link.begin(id, bytes).await {
                return Ok((at_peer, begun));
            }
        }
    }

    fn unreachable(&self, cause: io::Error) -> Error {
        unreachable::<A>(self.shared.peers.named(), cause)
    }

    fn request<X: Action<Api = A>>(&self, options: Options<'_>, action: X) -> Result<(u64, Bytes)> {
        let deadline = u64::try_from(options.deadline.as_millis()).unwrap_or(u64::MAX);
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let bytes = frame::request::<A>(id, &action.into(), deadline, options.request_id)?;
        if bytes.len() > self.shared.max_frame_bytes {
            return Err(frame::too_large(self.shared.max_frame_bytes));
        }
        Ok((id, bytes))
    }
}

/// The replies of a streaming action, in order.
#[expect(missing_debug_implementations, reason = "nothing in it would tell a person anything")]
pub struct Replies<R> {
    begun: Begun,
    /// The connection ends with it.
    _link: Link,
    lost: fn() -> Error,
    ended: bool,
    reply: PhantomData<fn() -> R>,
}

impl<R: Reply> Replies<R> {
    /// Reads to the end, whatever it is that is answered: returns how many replies a stream had, and the JSON of the last
    /// frame, which is the whole reply of an action without a stream.
    ///
    /// # Errors
    /// What the service answered, and [`Code::ConnectionLost`] when it went away.
    pub async fn last(mut self) -> Result<(usize, Bytes)> {
        let mut before = 0;
        while let Some(Heard::Reply(reply)) = self.begun.queue.recv().await {
            match reply? {
                (json, false) => return Ok((before, json)),
                (_, true) => before += 1,
            }
        }
        Err((self.lost)())
    }

    /// Returns the next reply, `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<R>> {
        if self.ended {
            return None;
        }
        match self.begun.queue.recv().await {
            Some(Heard::Reply(Ok((json, more)))) => {
                self.ended = !more;
                // The frame after the last item holds none.
                more.then(|| R::decode(json))
            }
            Some(Heard::Reply(Err(error))) => {
                self.ended = true;
                Some(Err(error))
            }
            Some(Heard::NotSent) | None => {
                self.ended = true;
                Some(Err((self.lost)()))
            }
        }
    }
}

fn lost<A: Api>() -> Error {
    Error::new(Code::ConnectionLost, format!("{} went away before it answered", A::NAME))
        .hint("it is not known whether it did what was asked; see `sogo ctl status`")
}

fn unreachable<A: Api>(path: &Path, cause: io::Error) -> Error {
    let hint = match cause.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("this user may not open {}: use the service's own user or root", path.display())
        }
        // The supervisor is what would tell; nothing tells why it is not there itself.
        _ if A::NAME == "sogoctl" => {
            "is it running? `sogo ctl run` starts it; is it this installation? see --dir and --config"
                .to_owned()
        }
        _ => {
            "is it running? try `sogo ctl status`; is it this installation? see --dir and --config".to_owned()
        }
    };
    Error::new(Code::Unavailable, format!("cannot reach {} at {}", A::NAME, path.display()))
        .hint(hint)
        .retry_after(1)
        .caused_by(cause)
}
