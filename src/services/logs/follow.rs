//! Hands each line that was written to whoever follows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::api::Type;
use super::entry::Prepared;

/// Bytes that may wait for one follower; one that lags further behind is cut off.
const BACKLOG_BYTES: usize = 4 << 20;
/// Lines that may wait for one follower.
const BACKLOG_LINES: usize = 4096;

/// The files somebody wants to see entries of.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// Only these apps; all when empty.
    pub(super) apps: BTreeSet<String>,
    /// Only this type, if given.
    pub(super) kind: Option<Type>,
}

impl Sources {
    pub(super) fn matches(&self, app: &str, kind: Type) -> bool {
        (self.apps.is_empty() || self.apps.contains(app)) && self.kind.is_none_or(|wanted| wanted == kind)
    }
}

/// Makes the two ends of a subscription.
pub(super) fn subscription(sources: Sources) -> (Follower, Following) {
    let (lines, queue) = mpsc::channel(BACKLOG_LINES);
    let backlog = Arc::new(Backlog::default());
    (Follower { sources, lines, backlog: Arc::clone(&backlog) }, Following { queue, backlog })
}

#[derive(Debug, Default)]
struct Backlog {
    bytes: AtomicUsize,
    cut_off: AtomicBool,
}

/// The writer's end.
#[derive(Debug)]
pub(super) struct Follower {
    sources: Sources,
    lines: mpsc::Sender<Arc<Prepared>>,
    backlog: Arc<Backlog>,
}

/// The reader's end.
#[derive(Debug)]
pub(super) struct Following {
    queue: mpsc::Receiver<Arc<Prepared>>,
    backlog: Arc<Backlog>,
}

impl Follower {
    /// Passes a line on without waiting; false when the reader has left or is too slow, and is to be forgotten.
    pub(super) fn pass(&self, entry: &Arc<Prepared>) -> bool {
        if !self.sources.matches(&entry.app, entry.kind) {
            return !self.lines.is_closed();
        }
        let waiting = self.backlog.bytes.fetch_add(entry.line.len(), Ordering::Relaxed);
        if waiting < BACKLOG_BYTES && self.lines.try_send(Arc::clone(entry)).is_ok() {
            return true;
        }
        self.backlog.cut_off.store(true, Ordering::Release);
        false
    }

    /// Tells whether the reader has left.
    pub(super) fn has_left(&self) -> bool {
        self.lines.is_closed()
    }
}

impl Following {
    /// Returns the next line; `None` when there will be none any more.
    pub(super) async fn next(&mut self) -> Option<Arc<Prepared>> {
        let entry = self.queue.recv().await?;
        self.backlog.bytes.fetch_sub(entry.line.len(), Ordering::Relaxed);
        Some(entry)
    }

    /// Tells whether lines are missing after the last one, because the reader was too slow.
    pub(super) fn was_cut_off(&self) -> bool {
        self.backlog.cut_off.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> Arc<Prepared> {
        Arc::new(Prepared {
            app: "prokov".to_owned(),
            kind: Type::Events,
            date: chrono::NaiveDate::default(),
            line: vec![b'x'; bytes],
            sent: None,
        })
    }

    #[tokio::test]
    async fn a_slow_reader_gets_what_waits_for_it_and_is_cut_off() {
        for (bytes, taken) in [(1, BACKLOG_LINES), (BACKLOG_BYTES / 4, 4)] {
            let (follower, mut following) = subscription(Sources::default());
            let passed =
                std::iter::repeat_with(|| follower.pass(&entry(bytes))).take_while(|passed| *passed).count();
            assert_eq!(passed, taken);
            drop(follower);
            for _ in 0..taken {
                assert!(following.next().await.is_some());
            }
            assert!(following.next().await.is_none() && following.was_cut_off());
        }
    }

    #[tokio::test]
    async fn a_reader_sees_only_what_it_asked_for() {
        let sources = Sources { apps: BTreeSet::from(["prokov".to_owned()]), kind: Some(Type::Errors) };
        for (app, kind, matches) in
            [("prokov", Type::Errors, true), ("prokov", Type::Events, false), ("other", Type::Errors, false)]
        {
            assert_eq!(sources.matches(app, kind), matches);
            assert!(Sources::default().matches(app, kind));
        }
        let (follower, following) = subscription(sources);
        assert!(follower.pass(&entry(1)) && !follower.has_left());
        drop(following);
        assert!(!follower.pass(&entry(1)) && follower.has_left());
    }
}
