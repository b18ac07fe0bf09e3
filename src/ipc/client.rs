//! Calls a service: one persistent connection that carries many calls at once.

use std::collections::HashMap;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::codec::FramedRead;
use tracing::{debug, warn};

use super::action::{Action, Api, Reply};
use super::frame::{self, Incoming};
use crate::error::{Code, Error, Result};

/// A handle on one service; cheap to clone, all clones share the connection.
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
    path: PathBuf,
    /// How long a call may wait for a service that is not there: it may just be restarting.
    patience: Duration,
    max_frame_bytes: usize,
    next_id: AtomicU64,
    /// Calls that wait for their reply, or for a connection.
    waiting: AtomicUsize,
    link: tokio::sync::Mutex<Option<Link>>,
}

/// The two ends of a live connection that a call needs.
#[derive(Debug, Clone)]
struct Link {
    out: mpsc::Sender<Bytes>,
    waiting: Arc<Waiting>,
}

type Sink = mpsc::Sender<Result<(Bytes, bool)>>;

/// Who waits for which reply; `None` once the connection is gone.
#[derive(Debug)]
struct Waiting(Mutex<Option<HashMap<u64, Sink>>>);

impl Waiting {
    fn with<T>(&self, look: impl FnOnce(&mut Option<HashMap<u64, Sink>>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Forgets a call when its future is dropped.
struct Entry {
    id: u64,
    waiting: Arc<Waiting>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.waiting.with(|map| map.as_mut().and_then(|map| map.remove(&self.id)));
    }
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

/// Requests that wait for the writer; a further call waits for its place.
const REQUESTS_QUEUED: usize = 256;
/// Replies of one stream that wait for their reader; further ones wait in the socket.
const STREAM_QUEUED: usize = 16;
/// First pause between two tries to connect; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

impl<A: Api> Client<A> {
    /// Makes a handle on the service whose socket is `path`; a call waits up to `patience` for it to be there, and
    /// no frame larger than `max_frame_bytes` is sent or accepted.
    pub fn new(path: &Path, patience: Duration, max_frame_bytes: usize) -> Self {
        let shared = Shared {
            path: path.to_owned(),
            patience,
            max_frame_bytes,
            next_id: AtomicU64::new(1),
            waiting: AtomicUsize::new(0),
            link: tokio::sync::Mutex::new(None),
        };
        Self { shared: Arc::new(shared), api: PhantomData }
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
        let mut replies =
            tokio::time::timeout_at(until, self.begin(options, action)).await.map_err(|_| late())??;
        // The service cuts the work off itself; the extra time lets its own, better words arrive.
        let cut_off = until + Duration::from_millis(250);
        match tokio::time::timeout_at(cut_off, replies.queue.recv()).await {
            Ok(Some(reply)) => X::Reply::decode(reply?.0),
            Ok(None) => Err(lost::<A>()),
            Err(_) => Err(late()),
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
        let link = self.shared.open::<A>(Instant::now() + self.shared.patience).await?;
        let begun = link.begin(id, &bytes).await.ok_or_else(lost::<A>)?;
        Ok(Replies { begun, _link: link, lost: lost::<A>, ended: false, reply: PhantomData })
    }

    async fn begin<X: Action<Api = A>>(&self, options: Options<'_>, action: X) -> Result<Begun> {
        let (id, bytes) = self.request(options, action)?;
        // A link found open may break before our request is in its queue: then nothing was sent, and we try anew.
        loop {
            if let Some(begun) = self.shared.link::<A>().await?.begin(id, &bytes).await {
                return Ok(begun);
            }
        }
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

impl Link {
    /// Queues a request; `None` when the connection is gone and nothing was sent.
    async fn begin(&self, id: u64, bytes: &Bytes) -> Option<Begun> {
        let (sink, queue) = mpsc::channel(STREAM_QUEUED);
        self.waiting.with(|map| map.as_mut().map(|map| map.insert(id, sink)))?;
        let entry = Entry { id, waiting: Arc::clone(&self.waiting) };
        self.out.send(bytes.clone()).await.ok()?;
        Some(Begun { queue, _entry: entry })
    }
}

struct Begun {
    queue: mpsc::Receiver<Result<(Bytes, bool)>>,
    _entry: Entry,
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
    /// Returns the next reply, `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<R>> {
        if self.ended {
            return None;
        }
        match self.begun.queue.recv().await {
            Some(Ok((json, more))) => {
                self.ended = !more;
                // The frame after the last item holds none.
                more.then(|| R::decode(json))
            }
            Some(Err(error)) => {
                self.ended = true;
                Some(Err(error))
            }
            None => {
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

impl Shared {
    async fn link<A: Api>(&self) -> Result<Link> {
        // The patience of a call begins here, not when those before it have lost theirs.
        let until = Instant::now() + self.patience;
        let mut slot = self.link.lock().await;
        let lives = |link: &&Link| !link.out.is_closed() && link.waiting.with(|map| map.is_some());
        if let Some(link) = slot.as_ref().filter(lives) {
            return Ok(link.clone());
        }
        Ok(slot.insert(self.open::<A>(until).await?).clone())
    }

    /// Makes a new connection, trying until then.
    async fn open<A: Api>(&self, until: Instant) -> Result<Link> {
        let stream = self.connect::<A>(until).await?;
        let (reader, writer) = stream.into_split();
        let (out, queue) = mpsc::channel(REQUESTS_QUEUED);
        let waiting = Arc::new(Waiting(Mutex::new(Some(HashMap::new()))));
        let reading = tokio::spawn(read_replies(reader, Arc::clone(&waiting), self.max_frame_bytes));
        tokio::spawn(write_requests(writer, queue, reading));
        Ok(Link { out, waiting })
    }

    async fn connect<A: Api>(&self, until: Instant) -> Result<UnixStream> {
        let mut pause = FIRST_PAUSE;
        loop {
            let cause = match UnixStream::connect(&self.path).await {
                Ok(stream) => return Ok(stream),
                Err(cause) => cause,
            };
            let restarting =
                matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
            if !restarting || Instant::now() + pause > until {
                return Err(unreachable::<A>(&self.path, cause));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }
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

/// Writes what is queued in as few system calls as it takes; ends when the handles are gone or the service is.
async fn write_requests(
    mut writer: OwnedWriteHalf,
    mut queue: mpsc::Receiver<Bytes>,
    mut reading: tokio::task::JoinHandle<()>,
) {
    let mut batch = Vec::with_capacity(REQUESTS_QUEUED);
    let mut out = BytesMut::new();
    loop {
        let count = tokio::select! {
            count = queue.recv_many(&mut batch, REQUESTS_QUEUED) => count,
            _ = &mut reading => return,
        };
        if count == 0 {
            reading.abort();
            return;
        }
        for request in batch.drain(..) {
            let length = u32::try_from(request.len()).expect("a frame is never longer than its limit");
            out.put_u32(length);
            out.put_slice(&request);
        }
        if let Err(cause) = writer.write_all(&out).await {
            debug!(error = %cause, "A service left: {cause}");
            // The reader sees the same end and tells everybody who waits.
            return;
        }
        out.clear();
    }
}

async fn read_replies(reader: OwnedReadHalf, waiting: Arc<Waiting>, max_frame_bytes: usize) {
    /// Tells everybody who waits that the connection is gone, however the task ends.
    struct Gone(Arc<Waiting>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.with(Option::take);
        }
    }
    let gone = Gone(waiting);
    let mut frames = FramedRead::new(reader, frame::codec(max_frame_bytes));
    while let Some(read) = frames.next().await {
        let reply = match read {
            Ok(bytes) => Incoming::parse(&bytes.freeze()),
            // A service that is killed resets the connection; whoever waits is told that it went away.
            Err(cause) if cause.kind() != io::ErrorKind::InvalidData => return,
            Err(cause) => {
                warn!(error = %cause, "A service sent what is no frame: {cause}");
                return;
            }
        };
        let Incoming { id, more, outcome } = match reply {
            Ok(reply) => reply,
            Err(error) => {
                warn!(cause = error.cause(), "{error}");
                continue;
            }
        };
        let sink = gone.0.with(|map| {
            let map = map.as_mut()?;
            if more { map.get(&id).cloned() } else { map.remove(&id) }
        });
        // Nobody waits any more for a call that was given up.
        if let Some(sink) = sink {
            let _ = sink.send(outcome.map(|json| (json, more))).await;
        }
    }
}
