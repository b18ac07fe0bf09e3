//! One connection to one process of a service, which carries many calls at once.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio_util::codec::FramedRead;
use tracing::{debug, warn};

use crate::error::Result;
use crate::ipc::frame::{self, Incoming};

/// Requests that wait for the writer; a further call waits for its place.
const REQUESTS_QUEUED: usize = 256;
/// Replies of one stream that wait for their reader; further ones wait in the socket.
const STREAM_QUEUED: usize = 16;

/// The two ends of a live connection that a call needs.
#[derive(Debug, Clone)]
pub(super) struct Link {
    out: mpsc::Sender<(u64, Bytes)>,
    waiting: Arc<Waiting>,
}

/// What a call hears from its connection.
#[derive(Debug)]
pub(super) enum Heard {
    /// A reply, and whether more of them follow.
    Reply(Result<(Bytes, bool)>),
    /// The connection broke before the request was sent: nothing was done.
    NotSent,
}

/// Who waits for which reply; `None` once the connection is gone.
#[derive(Debug)]
struct Waiting(Mutex<Option<HashMap<u64, Waiter>>>);

#[derive(Debug)]
struct Waiter {
    sink: mpsc::Sender<Heard>,
    /// Whether the service may have got the request.
    sent: bool,
}

impl Waiting {
    fn with<T>(&self, look: impl FnOnce(&mut Option<HashMap<u64, Waiter>>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says of requests whether they may have been sent.
    fn mark(&self, batch: &[(u64, Bytes)], sent: bool) {
        self.with(|map| {
            for (id, _) in batch {
                if let Some(waiter) = map.as_mut().and_then(|map| map.get_mut(id)) {
                    waiter.sent = sent;
                }
            }
        });
    }

    /// Tells everybody who waits that the connection is gone: those whose request was not sent may try another one.
    fn close(&self) {
        for waiter in self.with(Option::take).into_iter().flatten().map(|(_, waiter)| waiter) {
            if !waiter.sent {
                // There is room: no reply comes before the request was sent.
                let _ = waiter.sink.try_send(Heard::NotSent);
            }
        }
    }
}

/// Forgets a call when its future is dropped.
#[derive(Debug)]
struct Entry {
    id: u64,
    waiting: Arc<Waiting>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.waiting.with(|map| map.as_mut().and_then(|map| map.remove(&self.id)));
    }
}

/// A call that was begun.
#[derive(Debug)]
pub(super) struct Begun {
    /// What it hears; `None` when the connection is gone and nobody knows what became of the request.
    pub(super) queue: mpsc::Receiver<Heard>,
    _entry: Entry,
}

impl Link {
    /// Takes a new connection into service.
    pub(super) fn over(stream: UnixStream, max_frame_bytes: usize) -> Self {
        let (reader, writer) = stream.into_split();
        let (out, queue) = mpsc::channel(REQUESTS_QUEUED);
        let waiting = Arc::new(Waiting(Mutex::new(Some(HashMap::new()))));
        let reading = tokio::spawn(read_replies(reader, Arc::clone(&waiting), max_frame_bytes));
        tokio::spawn(write_requests(writer, queue, Arc::clone(&waiting), reading));
        Self { out, waiting }
    }

    /// Tells whether calls can still be begun on it.
    pub(super) fn lives(&self) -> bool {
        !self.out.is_closed() && self.waiting.with(|map| map.is_some())
    }

    /// Queues a request; `None` when the connection is gone and nothing was sent.
    pub(super) async fn begin(&self, id: u64, bytes: &Bytes) -> Option<Begun> {
        let (sink, queue) = mpsc::channel(STREAM_QUEUED);
        let waiter = Waiter { sink, sent: false };
        self.waiting.with(|map| map.as_mut().map(|map| map.insert(id, waiter)))?;
        let entry = Entry { id, waiting: Arc::clone(&self.waiting) };
        self.out.send((id, bytes.clone())).await.ok()?;
        Some(Begun { queue, _entry: entry })
    }
}

/// Writes what is queued in as few system calls as it takes; ends when the handles are gone or the service is.
async fn write_requests(
    mut writer: OwnedWriteHalf,
    mut queue: mpsc::Receiver<(u64, Bytes)>,
    waiting: Arc<Waiting>,
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
        for (_, request) in &batch {
            let length = u32::try_from(request.len()).expect("a frame is never longer than its limit");
            out.put_u32(length);
            out.put_slice(request);
        }
        waiting.mark(&batch, true);
        let mut written = 0;
        if let Err(cause) = write_all(&mut writer, &out, &mut written).await {
            debug!(error = %cause, "A service left: {cause}");
            // A frame that is not whole is nothing to the service. It still answers what it got before.
            waiting.mark(&batch[whole_frames(&batch, written)..], false);
            drop(queue);
            let _ = reading.await;
            return;
        }
        batch.clear();
        out.clear();
    }
}

/// Writes everything, and counts the bytes in `written` as they go out.
async fn write_all(writer: &mut OwnedWriteHalf, out: &[u8], written: &mut usize) -> io::Result<()> {
    while *written < out.len() {
        match writer.write(&out[*written..]).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => *written += count,
        }
    }
    Ok(())
}

/// Returns how many requests went out whole with this many bytes.
fn whole_frames(batch: &[(u64, Bytes)], written: usize) -> usize {
    const LENGTH_BYTES: usize = 4;
    let mut end = 0;
    let is_whole = |(_, request): &&(u64, Bytes)| {
        end += LENGTH_BYTES + request.len();
        end <= written
    };
    batch.iter().take_while(is_whole).count()
}

async fn read_replies(reader: OwnedReadHalf, waiting: Arc<Waiting>, max_frame_bytes: usize) {
    /// Tells everybody who waits that the connection is gone, however the task ends.
    struct Gone(Arc<Waiting>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.close();
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
            if more {
                map.get(&id).map(|waiter| waiter.sink.clone())
            } else {
                map.remove(&id).map(|waiter| waiter.sink)
            }
        });
        // Nobody waits any more for a call that was given up.
        if let Some(sink) = sink {
            let _ = sink.send(Heard::Reply(outcome.map(|json| (json, more)))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_as_sent_when_all_of_it_went_out() {
        let batch = [(1, Bytes::from_static(b"{}")), (2, Bytes::from_static(b"{ }"))];
        for (written, expected) in [(0, 0), (5, 0), (6, 1), (12, 1), (13, 2)] {
            assert_eq!(whole_frames(&batch, written), expected, "{written}");
        }
    }
}
