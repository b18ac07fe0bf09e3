//! The processes of one service: one, or as many as it has instances. Calls go to the one that has the least to do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::link::Link;

/// How often it is looked which instances there are.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// How long one that could not be reached is tried after the others.
const SHUNNED: Duration = Duration::from_millis(500);
/// First pause between two tries to connect; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The sockets of one service.
#[derive(Debug)]
pub(super) struct Peers {
    /// The one that a caller names.
    named: PathBuf,
    /// What stands around the number in the names of all of them; `None` for a service that is that one socket.
    family: Option<Family>,
    known: ArcSwap<Vec<Arc<Peer>>>,
    begun: Instant,
    /// Milliseconds after `begun` at which it was last looked which there are.
    looked_ms: AtomicU64,
    /// Whose turn it is among those with equally much to do.
    turn: AtomicUsize,
    /// How long a call may wait for a service that is not there: it may just be restarting.
    patience: Duration,
    max_frame_bytes: usize,
    /// Held by the one call that tries again and again; the others wait for it.
    retrying: tokio::sync::Mutex<()>,
}

/// Whether a connection carries the calls of others too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    WithOthers,
    Alone,
}

#[derive(Debug)]
struct Family {
    folder: PathBuf,
    /// `sogoms-db.` of `sogoms-db.1.sock`.
    prefix: String,
}

/// One of the processes.
#[derive(Debug)]
pub(super) struct Peer {
    path: PathBuf,
    /// Calls that wait for its reply.
    waiting: AtomicUsize,
    /// Milliseconds after the beginning until which it comes after the others.
    shunned_until_ms: AtomicU64,
    link: tokio::sync::Mutex<Option<Link>>,
}

/// Counts a call as long as it waits.
#[derive(Debug)]
pub(super) struct Counted(Arc<Peer>);

impl Counted {
    fn new(peer: Arc<Peer>) -> Self {
        peer.waiting.fetch_add(1, Ordering::Relaxed);
        Self(peer)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Peers {
    /// Makes the set for the socket at `named`; with `instances` also those that stand beside it under other numbers.
    pub(super) fn new(named: &Path, instances: bool, patience: Duration, max_frame_bytes: usize) -> Self {
        Self {
            family: if instances { Family::of(named) } else { None },
            known: ArcSwap::from_pointee(vec![Peer::at(named.to_owned())]),
            named: named.to_owned(),
            begun: Instant::now(),
            looked_ms: AtomicU64::new(0),
            turn: AtomicUsize::new(0),
            patience,
            max_frame_bytes,
            retrying: tokio::sync::Mutex::new(()),
        }
    }

    /// Returns the socket that stands for all of them.
    pub(super) fn named(&self) -> &Path {
        &self.named
    }

    /// Returns a live connection to the one with the least to do, and counts a call on it.
    ///
    /// # Errors
    /// When none of them can be reached within the patience.
    pub(super) async fn link(&self) -> io::Result<(Counted, Link)> {
        self.reach(Sharing::WithOthers).await
    }

    /// The same with a connection of its own.
    pub(super) async fn own_link(&self) -> io::Result<(Counted, Link)> {
        self.reach(Sharing::Alone).await
    }

    async fn link_to(&self, peer: &Peer, sharing: Sharing) -> io::Result<Link> {
        if sharing == Sharing::Alone {
            return self.connect(peer).await;
        }
        let mut slot = peer.link.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| link.lives()) {
            return Ok(link.clone());
        }
        Ok(slot.insert(self.connect(peer).await?).clone())
    }

    async fn connect(&self, peer: &Peer) -> io::Result<Link> {
        let connected = UnixStream::connect(&peer.path).await;
        let until = if connected.is_ok() { 0 } else { self.now_ms() + milliseconds(SHUNNED) };
        peer.shunned_until_ms.store(until, Ordering::Relaxed);
        Ok(Link::over(connected?, self.max_frame_bytes))
    }

    /// Tries one after the other, best first, until the patience is over.
    async fn reach(&self, sharing: Sharing) -> io::Result<(Counted, Link)> {
        // The patience of a call begins here, not when those before it have lost theirs.
        let until = Instant::now() + self.patience;
        let best = Counted::new(Arc::clone(self.best(&self.peers())));
        if let Ok(link) = self.link_to(&best.0, sharing).await {
            return Ok((best, link));
        }
        drop(best);

        let _turn = self.retrying.lock().await;
        let mut pause = FIRST_PAUSE;
        loop {
            self.look();
            let mut last = None;
            for peer in self.sorted() {
                let peer = Counted::new(peer);
                match self.link_to(&peer.0, sharing).await {
                    Ok(link) => return Ok((peer, link)),
                    Err(cause) => last = Some(cause),
                }
            }
            let cause = last.unwrap_or_else(|| io::ErrorKind::NotFound.into());
            let restarting =
                matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
            if !restarting || until < Instant::now() + pause {
                return Err(cause);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Returns those that there are, as it was seen within the last second.
    fn peers(&self) -> arc_swap::Guard<Arc<Vec<Arc<Peer>>>> {
        if self.family.is_some() {
            let (now, looked) = (self.now_ms(), self.looked_ms.load(Ordering::Relaxed));
            if looked == 0 || looked + milliseconds(LOOK_PERIOD) <= now {
                self.look();
            }
        }
        self.known.load()
    }

    /// Looks which there are. The first in the list is never none: without any it is the one that a caller named.
    fn look(&self) {
        let Some(family) = &self.family else { return };
        self.looked_ms.store(self.now_ms().max(1), Ordering::Relaxed);
        let mut paths = family.sockets();
        if paths.is_empty() {
            paths.push(self.named.clone());
        }
        let known = self.known.load();
        if known.iter().map(|peer| &peer.path).eq(&paths) {
            return;
        }
        let peer = |path: PathBuf| {
            let same = known.iter().find(|peer| peer.path == path);
            same.map_or_else(|| Peer::at(path.clone()), Arc::clone)
        };
        self.known.store(Arc::new(paths.into_iter().map(peer).collect()));
    }

    fn best<'a>(&self, peers: &'a [Arc<Peer>]) -> &'a Arc<Peer> {
        if let [only] = peers {
            return only;
        }
        let (now, turn) = (self.now_ms(), self.turn.fetch_add(1, Ordering::Relaxed) % peers.len());
        let (before, from) = peers.split_at(turn);
        let in_turn = from.iter().chain(before);
        in_turn.min_by_key(|peer| peer.burden(now)).expect("the list is never empty")
    }

    fn sorted(&self) -> Vec<Arc<Peer>> {
        let (mut peers, now) = (self.known.load().to_vec(), self.now_ms());
        peers.sort_by_cached_key(|peer| peer.burden(now));
        peers
    }

    fn now_ms(&self) -> u64 {
        milliseconds(self.begun.elapsed())
    }
}

impl Peer {
    fn at(path: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            path,
            waiting: AtomicUsize::new(0),
            shunned_until_ms: AtomicU64::new(0),
            link: tokio::sync::Mutex::new(None),
        })
    }

    /// Returns what makes another one the better choice, by weight.
    fn burden(&self, now: u64) -> (bool, usize) {
        let shunned = now < self.shunned_until_ms.load(Ordering::Relaxed);
        (shunned, self.waiting.load(Ordering::Relaxed))
    }
}

impl Family {
    /// Takes `NAME.1.sock` apart; a socket that is called otherwise stands for itself alone.
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let prefix =
            name.strip_suffix("1.sock").filter(|prefix| 1 < prefix.len() && prefix.ends_with('.'))?;
        Some(Self { folder: path.parent()?.to_owned(), prefix: prefix.to_owned() })
    }

    /// Returns the sockets that there are, by number.
    fn sockets(&self) -> Vec<PathBuf> {
        let number = |name: &str| -> Option<u32> {
            name.strip_prefix(self.prefix.as_str())?.strip_suffix(".sock")?.parse().ok()
        };
        let mut found: Vec<(u32, PathBuf)> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((number(entry.file_name().to_str()?)?, entry.path()))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, path)| path).collect()
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(peers: &Peers) -> Vec<String> {
        let name = |peer: &Arc<Peer>| peer.path.file_name().unwrap().to_str().unwrap().to_owned();
        peers.known.load().iter().map(name).collect()
    }

    #[test]
    fn instances_stand_beside_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("sogoms-db.1.sock");
        let peers = Peers::new(&first, true, Duration::ZERO, 1);
        peers.look();
        assert_eq!(names(&peers), ["sogoms-db.1.sock"]);
        for name in
            ["sogoms-db.10.sock", "sogoms-db.2.sock", "sogoms-db.2.sock.lock", "sogoms-dbx.3.sock", "x"]
        {
            fs::write(folder.path().join(name), "").unwrap();
        }
        peers.look();
        assert_eq!(names(&peers), ["sogoms-db.2.sock", "sogoms-db.10.sock"]);
        let before = Arc::clone(&peers.known.load()[0]);
        fs::write(&first, "").unwrap();
        peers.look();
        assert_eq!(names(&peers), ["sogoms-db.1.sock", "sogoms-db.2.sock", "sogoms-db.10.sock"]);
        assert!(Arc::ptr_eq(&before, &peers.known.load()[1]), "a connection is kept");
    }

    #[test]
    fn only_a_first_instance_has_others_beside_it() {
        for (path, expected) in [
            ("/run/sogoms-db.1.sock", Some("sogoms-db.")),
            ("/run/sogoms-db.2.sock", None),
            ("/run/sogoms-db.11.sock", None),
            ("/run/1.sock", None),
            ("/run/sogoctl.sock", None),
        ] {
            let family = Family::of(Path::new(path));
            assert_eq!(family.map(|family| family.prefix).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn the_one_with_the_least_to_do_is_the_best() {
        let peers = Peers::new(Path::new("a"), false, Duration::ZERO, 1);
        let all = ["a", "b", "c"].map(|path| Peer::at(path.into()));
        let best = || peers.best(&all).path.to_str().unwrap().to_owned();
        assert_eq!([best(), best(), best(), best()], ["a", "b", "c", "a"]);
        all[0].waiting.store(1, Ordering::Relaxed);
        all[1].waiting.store(2, Ordering::Relaxed);
        all[2].shunned_until_ms.store(u64::MAX, Ordering::Relaxed);
        assert_eq!([best(), best(), best()], ["a", "a", "a"]);
    }
}
