//! The pipes on which services write, and the thread that reads them all.

use std::collections::HashMap;
use std::io::{self, PipeReader, PipeWriter, Read as _};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::io::ioctl_fionbio;
use tracing::error;

use super::Shared;
use super::lines::Lines;
use crate::services::supervisor::api::Stream;

/// Bytes that are read of one pipe before the next has its turn; as many as a pipe holds.
const AT_ONCE: usize = 64 << 10;
/// Pipes that are told to be readable at once.
const EVENTS: usize = 64;
/// How often what a process has left is read: more is written by another that has its pipe.
const REST_READS: usize = 16;
/// The key of the descriptor that wakes the thread; those of pipes are larger.
const WAKE: u64 = 0;

/// All pipes that are open.
#[derive(Debug)]
pub(super) struct Pipes {
    epoll: OwnedFd,
    wake: OwnedFd,
    sources: Mutex<HashMap<u64, Arc<Mutex<Source>>>>,
    keys: AtomicU64,
    /// Whether the thread has ended.
    is_read: AtomicBool,
}

/// Our end of one pipe.
#[derive(Debug)]
pub(super) struct Source {
    key: u64,
    service: Arc<str>,
    pipe: PipeReader,
    lines: Lines,
    ended: bool,
}

impl Pipes {
    pub(super) fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&epoll, &wake, epoll::EventData::new_u64(WAKE), epoll::EventFlags::IN)?;
        let (sources, keys, is_read) = (Mutex::default(), AtomicU64::new(WAKE + 1), AtomicBool::new(false));
        Ok(Self { epoll, wake, sources, keys, is_read })
    }

    /// Makes a pipe: the end that a process writes to, which blocks as every program expects, and ours, which does not.
    pub(super) fn add(
        &self,
        service: Arc<str>,
        stream: Stream,
    ) -> io::Result<(PipeWriter, Arc<Mutex<Source>>)> {
        let (pipe, theirs) = io::pipe()?;
        ioctl_fionbio(&pipe, true)?;
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let lines = Lines::new(Arc::clone(&service), stream);
        let source = Arc::new(Mutex::new(Source { key, service, pipe, lines, ended: false }));
        lock(&self.sources).insert(key, Arc::clone(&source));
        let added = epoll::add(
            &self.epoll,
            &lock(&source).pipe,
            epoll::EventData::new_u64(key),
            epoll::EventFlags::IN,
        );
        if let Err(cause) = added {
            lock(&self.sources).remove(&key);
            return Err(cause.into());
        }
        Ok((theirs, source))
    }

    /// Has the thread look whether it is to end.
    pub(super) fn wake(&self) {
        // It fails when the thread was woken very often already.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    /// Tells whether nothing is read any more.
    pub(super) fn is_read(&self) -> bool {
        self.is_read.load(Ordering::Acquire)
    }

    fn forget(&self, source: &Source) {
        // It may live on in the hands of whoever waits for the process.
        let _ = epoll::delete(&self.epoll, &source.pipe);
        lock(&self.sources).remove(&source.key);
    }
}

/// Reads every pipe until the end is wanted.
pub(super) fn read_all(shared: &Shared) {
    let mut buffer = vec![0; AT_ONCE];
    let mut events = Vec::with_capacity(EVENTS);
    loop {
        match epoll::wait(&shared.pipes.epoll, spare_capacity(&mut events), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(cause) => {
                let cause = io::Error::from(cause);
                error!(error = %cause, "The output of services is no longer read: {cause}");
                return ended(shared);
            }
        }
        let mut is_woken = false;
        for event in events.drain(..) {
            let key = event.data.u64();
            is_woken |= key == WAKE;
            let source = lock(&shared.pipes.sources).get(&key).cloned();
            if let Some(source) = source {
                lock(&source).read(shared, &mut buffer);
            }
        }
        if is_woken {
            let sources: Vec<_> = lock(&shared.pipes.sources).values().cloned().collect();
            for source in sources {
                read_rest(shared, &source);
            }
            return ended(shared);
        }
    }
}

/// Tells the writer that nothing more comes.
fn ended(shared: &Shared) {
    // Under the lock, so that it either sees it or is told.
    let _state = shared.state();
    shared.pipes.is_read.store(true, Ordering::Release);
    shared.work.notify_one();
}

/// Reads what is in a pipe just now.
pub(super) fn read_rest(shared: &Shared, source: &Mutex<Source>) {
    let mut buffer = vec![0; AT_ONCE];
    let mut source = lock(source);
    let mut reads = 0..REST_READS;
    while reads.next().is_some() && source.read(shared, &mut buffer) {}
}

impl Source {
    /// Reads once, and hands on the lines that are whole. Returns whether there may be more.
    fn read(&mut self, shared: &Shared, buffer: &mut [u8]) -> bool {
        if self.ended {
            return false;
        }
        let count = match self.pipe.read(buffer) {
            Ok(count) => count,
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => return false,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => return true,
            // A pipe that cannot be read has nothing more to say.
            Err(_) => 0,
        };
        let (time, mut text) = (shared.now(), Vec::with_capacity(count * 2));
        self.ended = count == 0;
        let lines = if self.ended {
            shared.pipes.forget(self);
            self.lines.finish(&time, &mut text)
        } else {
            self.lines.take(&time, &buffer[..count], &mut text)
        };
        shared.push(&self.service, &text, lines);
        !self.ended
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What panicked has left nothing half done that matters: at worst lines are missing.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
