//! The servers of one app's database: which of them is the primary, and which replicas are read from.
//!
//! With several of them each is asked twice a second how it is doing. All work of the app that may write goes to one of
//! `hosts` at a time, the primary: on a cluster, writes to two nodes would undo each other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::{Mutex, OnceCell, watch};
use tracing::{info, warn};

use super::super::lane::Place;
use super::host::{Host, Role};
use super::position::History;
use super::probe::PERIOD;
use super::standing::{self, Candidate, Choice, Standing};
use crate::config;
use crate::error::Result;
use crate::services::db::api::{DatabaseHost, HostRole};

/// How long new statements wait for those that run, when the work goes back to a preferred host.
const QUIET: Duration = Duration::from_secs(1);

/// Where a statement may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::services::db) enum Route {
    /// To the primary alone.
    Primary,
    /// To a replica, if one is up to date.
    Replica,
}

/// All servers of one app's database.
#[derive(Debug)]
pub(super) struct Cluster {
    /// The app, for the logs.
    app: String,
    /// In order of preference; at least one.
    hosts: Vec<Arc<Host>>,
    replicas: Vec<Arc<Host>>,
    /// Which of `hosts` is the primary.
    current: watch::Sender<usize>,
    /// Whose turn it is among the replicas.
    turn: AtomicUsize,
    /// How old what a replica has may be.
    window: Duration,
    history: StdMutex<History>,
    /// When the last look that was brought to its end began.
    looked: Mutex<Option<Instant>>,
    watched: OnceCell<()>,
}

impl Cluster {
    /// Makes the servers of a database; nothing is connected before the first statement.
    pub(super) fn new(app: &str, settings: &config::MariaDb) -> Self {
        let several = settings.hosts.len() + settings.replicas.len() > 1;
        let host = |role| move |address| Arc::new(Host::new(settings, address, role, several));
        Self {
            app: app.to_owned(),
            hosts: settings.hosts.iter().map(host(Role::Host)).collect(),
            replicas: settings.replicas.iter().map(host(Role::Replica)).collect(),
            current: watch::Sender::new(0),
            turn: AtomicUsize::new(0),
            window: settings.read_your_writes,
            history: StdMutex::default(),
            looked: Mutex::default(),
            watched: OnceCell::new(),
        }
    }

    /// Returns the primary.
    pub(super) fn primary(&self) -> &Arc<Host> {
        self.at(*self.current.borrow())
    }

    /// Tells whether another server may do what this one cannot.
    pub(super) fn is_alone(&self) -> bool {
        self.hosts.len() + self.replicas.len() == 1
    }

    /// Tells whether work goes to this server at present.
    pub(super) fn uses(&self, host: &Arc<Host>) -> bool {
        host.role == Role::Replica || Arc::ptr_eq(host, self.primary())
    }

    /// Waits for a place on the server that a statement goes to.
    ///
    /// # Errors
    /// As the pool of that server: too many wait already, or for too long.
    pub(super) async fn enter(&self, route: Route) -> Result<(Arc<Host>, Place)> {
        if let Some(replica) = self.replica(route) {
            return Ok((Arc::clone(replica), replica.lane.enter().await?));
        }
        let mut current = self.current.subscribe();
        loop {
            let index = *current.borrow_and_update();
            let host = self.at(index);
            tokio::select! {
                place = host.lane.enter() => {
                    let place = place?;
                    // It may have been waited for on a host that has been left since.
                    if *current.borrow() == index {
                        return Ok((Arc::clone(host), place));
                    }
                }
                // The sender is ours, so that this ends with a change alone.
                _ = current.changed() => {}
            }
        }
    }

    /// Starts watching the servers, if there are several and nobody does yet, and waits until each has been asked once.
    pub(super) async fn settle(self: &Arc<Self>) {
        if self.is_alone() || self.watched.initialized() {
            return;
        }
        let begin = async {
            self.look(Instant::now(), true).await;
            tokio::spawn(watch(Arc::downgrade(self)));
        };
        self.watched.get_or_init(|| begin).await;
    }

    /// Looks at all servers since this one failed; tells whether another is the primary by then.
    pub(super) async fn reconsider(&self, left: &Arc<Host>) -> bool {
        if !self.is_alone() && self.uses(left) {
            self.look(Instant::now(), true).await;
        }
        !Arc::ptr_eq(left, self.primary())
    }

    /// Returns how each server is doing.
    pub(super) fn states(&self) -> Vec<DatabaseHost> {
        self.hosts.iter().chain(&self.replicas).map(|host| self.state_of(host)).collect()
    }

    fn state_of(&self, host: &Arc<Host>) -> DatabaseHost {
        let is_primary = Arc::ptr_eq(host, self.primary());
        let in_use = if host.role == Role::Replica { self.is_up_to_date(host) } else { is_primary };
        let state = host.state().clone();
        let behind = || self.why_unused().to_owned();
        DatabaseHost {
            address: host.address.to_string(),
            role: match host.role {
                Role::Replica => HostRole::Replica,
                Role::Host if is_primary => HostRole::Primary,
                Role::Host => HostRole::Standby,
            },
            up: state.standing.answers(),
            in_use,
            since_ms: u64::try_from(state.since.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: state.error.or_else(|| (host.role == Role::Replica && !in_use).then(behind)),
            connections: host.lane.open(),
        }
    }

    fn why_unused(&self) -> &'static str {
        if self.history().is_empty() {
            "how far it is cannot be told: the primary keeps no binary log"
        } else {
            "it is too far behind the primary, or replication has stopped"
        }
    }

    fn at(&self, index: usize) -> &Arc<Host> {
        // `current` only ever holds the place of one of them.
        &self.hosts[index]
    }

    fn history(&self) -> std::sync::MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the replica whose turn it is among those that are up to date.
    fn replica(&self, route: Route) -> Option<&Arc<Host>> {
        if route == Route::Primary || self.replicas.is_empty() {
            return None;
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..self.replicas.len()).map(|step| turn.wrapping_add(step) % self.replicas.len());
        in_turn.map(|index| &self.replicas[index]).find(|replica| self.is_up_to_date(replica))
    }

    fn is_up_to_date(&self, replica: &Host) -> bool {
        let state = replica.state();
        state.standing.answers() && state.reached.is_some_and(|reached| reached.elapsed() <= self.window)
    }
}

/// Looks at the servers again and again until nobody has the cluster any more.
async fn watch(cluster: Weak<Cluster>) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let Some(cluster) = cluster.upgrade() else { return };
        cluster.look(Instant::now(), false).await;
    }
}

impl Cluster {
    /// Asks the servers how they are doing, all or those whose turn it is, and moves the work where it belongs. Who asked
    /// before a look began that somebody else wanted is content with that one.
    async fn look(&self, wanted: Instant, all: bool) {
        let mut looked = self.looked.lock().await;
        let begin = Instant::now();
        if looked.is_some_and(|looked| wanted < looked) {
            return;
        }
        let is_due = |host: &&Arc<Host>| all || host.state().due <= begin;
        let (due, later): (Vec<_>, Vec<_>) = self.hosts.iter().chain(&self.replicas).partition(is_due);
        self.ask(due, begin).await;
        if self.primary().candidate().standing != Standing::Ready {
            // Whoever may take its place is asked at once, however long it has been away.
            self.ask(later.into_iter().filter(|host| host.role == Role::Host).collect(), begin).await;
        }
        self.choose().await;
        self.judge_replicas();
        // Last, so that a look which was broken off contents nobody.
        *looked = Some(begin);
    }

    async fn ask(&self, hosts: Vec<&Arc<Host>>, begin: Instant) {
        let positions = join_all(hosts.iter().map(|host| host.look())).await;
        for (host, position) in hosts.into_iter().zip(positions) {
            // What is not known while it is down is no reason to forget what was.
            if Arc::ptr_eq(host, self.primary()) && host.candidate().standing.answers() {
                self.history().note(begin, position, self.window);
            }
        }
        let primary_is_down = !self.primary().candidate().standing.answers();
        for replica in &self.replicas {
            let mut state = replica.state();
            if !state.standing.answers() || state.failures != 0 {
                continue;
            }
            let history = self.history();
            let reached = if state.galera && state.standing == Standing::Ready
                || primary_is_down && history.complete(&state.replayed)
            {
                // Nodes of a cluster are waited for by each statement; and while nothing can be written, nothing is.
                Some(begin)
            } else {
                history.reached(&state.replayed)
            };
            state.reached = reached;
        }
    }

    async fn choose(&self) {
        let candidates: Vec<Candidate> = self.hosts.iter().map(|host| host.candidate()).collect();
        let old = Arc::clone(self.primary());
        let current = *self.current.borrow();
        match standing::choose(current, &candidates) {
            Choice::Stay => {}
            Choice::Leave(index) => {
                self.current.send_replace(index);
                let state = old.state().clone();
                let why = state.error.unwrap_or_else(|| "another host is better".to_owned());
                let (from, to) = (&old.address, &self.at(index).address);
                warn!(app = self.app, %from, %to, "The database of {} goes to {to}: {from}: {why}", self.app);
                if state.silent {
                    old.cut();
                }
                self.moved(&old);
            }
            Choice::Return(index) => {
                // Nobody is at work on the old host while this is held.
                let Some(_alone) = old.lane.enter_alone(QUIET).await else { return };
                self.current.send_replace(index);
                let (from, to) = (&old.address, &self.at(index).address);
                info!(app = self.app, %from, %to, "The database of {} returns to {to}, which is well again", self.app);
                self.moved(&old);
            }
        }
    }

    fn moved(&self, old: &Host) {
        old.close_idle();
        self.history().clear();
    }

    /// Notes which replicas are read from, and logs what changed.
    fn judge_replicas(&self) {
        for replica in &self.replicas {
            let in_use = self.is_up_to_date(replica);
            let (was, silent, error) = {
                let mut state = replica.state();
                let was = std::mem::replace(&mut state.in_use, in_use);
                (was, state.silent, state.error.clone())
            };
            let address = &replica.address;
            if was && !in_use {
                let why = error.unwrap_or_else(|| self.why_unused().to_owned());
                warn!(app = self.app, replica = %address, "The app {} reads no more from {address}: {why}", self.app);
                if silent {
                    replica.cut();
                }
            } else if in_use && !was {
                info!(app = self.app, replica = %address, "The app {} reads from {address}", self.app);
            }
        }
    }
}
