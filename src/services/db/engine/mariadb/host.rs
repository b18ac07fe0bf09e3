//! One server of an app's database: its connections, and what is known of how it is doing.

use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::Row;
use mysql_async::prelude::Queryable;
use tokio::sync::{Mutex, watch};

use super::super::lane::Lane;
use super::connection::{Link, Server};
use super::errors;
use super::position::Position;
use super::standing::{Candidate, Standing};
use crate::config::{self, Address};
use crate::error::{Error, Result};

/// Connections that nobody used for so long are closed.
const IDLE: Duration = Duration::from_secs(60);

/// What a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// One of `hosts`: it may become the primary.
    Host,
    /// One of `replicas`: it is read from.
    Replica,
}

/// One server.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) address: Address,
    pub(super) role: Role,
    pub(super) server: Server,
    pub(super) lane: Lane<Link>,
    /// Kept apart for KILL QUERY, and for a sign of life while all others are in use.
    reserved: Mutex<Option<Link>>,
    state: StdMutex<State>,
    cut: watch::Sender<()>,
}

/// What is known of a server.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) standing: Standing,
    /// Since when it has been so.
    pub(super) since: Instant,
    /// What keeps it from being [`Standing::Ready`].
    pub(super) error: Option<String>,
    /// Whether it is a node of a Galera cluster.
    pub(super) galera: bool,
    /// Whether it gave no answer at all when it was last asked.
    pub(super) silent: bool,
    /// How far it is in the primary's log.
    pub(super) replayed: Position,
    /// The last moment up to which it is known to have everything that was written.
    pub(super) reached: Option<Instant>,
    /// Whether it was read from after the last look, for a replica.
    pub(super) in_use: bool,
    /// How often in a row it was asked in vain.
    pub(super) failures: u32,
    /// When it is to be asked again.
    pub(super) due: Instant,
}

impl Host {
    /// Makes a server without any connection; `several` says that others may do its work.
    pub(super) fn new(settings: &config::MariaDb, address: &Address, role: Role, several: bool) -> Self {
        let now = Instant::now();
        Self {
            address: address.clone(),
            role,
            server: Server::new(settings, address, role, several),
            lane: Lane::new(settings.limits.pool_size),
            reserved: Mutex::default(),
            state: StdMutex::new(State {
                standing: Standing::Ready,
                since: now,
                error: None,
                galera: false,
                silent: false,
                replayed: Position::default(),
                reached: None,
                in_use: false,
                failures: 0,
                due: now,
            }),
            cut: watch::Sender::new(()),
        }
    }

    /// Returns what is known of it.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns it as the choice of a primary sees it.
    pub(super) fn candidate(&self) -> Candidate {
        let state = self.state();
        Candidate { standing: state.standing, steady: state.since.elapsed(), galera: state.galera }
    }

    /// Tells, from now on, when the server is given up and nobody shall wait for it any more.
    pub(super) fn cuts(&self) -> watch::Receiver<()> {
        self.cut.subscribe()
    }

    /// Gives up whatever waits for an answer of this server.
    pub(super) fn cut(&self) {
        self.cut.send_replace(());
        self.close_idle();
    }

    /// Keeps a connection for the next one, and closes those that nobody needed for long.
    pub(super) fn keep(&self, link: Link) {
        self.lane.put(link);
        drop(self.lane.unused_for(IDLE));
    }

    /// Closes the connections that nobody uses.
    pub(super) fn close_idle(&self) {
        drop(self.lane.unused_for(Duration::ZERO));
    }

    /// Asks for a sign of life, without waiting for a place: the reserved connection serves while all others are in use.
    pub(super) async fn ping(&self) -> Result<()> {
        let Some(_place) = self.lane.try_enter() else { return self.ask("DO 1").await.map(drop) };
        if let Some(mut idle) = self.lane.take()
            && idle.connection.ping().await.is_ok()
        {
            self.keep(idle.connection);
            return Ok(());
        }
        let mut link = self.server.open(self.lane.opened()).await?;
        link.ping().await.map_err(errors::of)?;
        self.keep(link);
        Ok(())
    }

    /// Ends the statement that runs on a connection of ours.
    pub(super) async fn kill(&self, connection: u32) -> Result<()> {
        self.ask(&format!("KILL QUERY {connection}")).await.map(drop)
    }

    /// Sends a statement of our own on the reserved connection and returns its first row.
    pub(super) async fn ask(&self, sql: &str) -> Result<Option<Row>> {
        let mut reserved = self.reserved.lock().await;
        if let Some(mut link) = reserved.take()
            && let Ok(row) = link.conn.query_first(sql).await
        {
            *reserved = Some(link);
            return Ok(row);
        }
        let mut link = self.server.open(self.lane.uncounted()).await?;
        let row = link.conn.query_first(sql).await.map_err(errors::of)?;
        *reserved = Some(link);
        Ok(row)
    }

    /// Opens the reserved connection if it is not there, so that it is when all others are in use.
    pub(super) async fn reserve(self: Arc<Self>) {
        let mut reserved = self.reserved.lock().await;
        if reserved.is_none()
            && let Ok(link) = self.server.open(self.lane.uncounted()).await
        {
            *reserved = Some(link);
        }
    }
}

impl State {
    /// Takes over how the server is now.
    pub(super) fn set(&mut self, standing: Standing, error: Option<String>) {
        if standing != self.standing {
            self.since = Instant::now();
        }
        (self.standing, self.error) = (standing, error);
    }

    /// Says that it was asked in vain.
    pub(super) fn failed(&mut self, standing: Standing, error: &Error) {
        self.set(standing, Some(error.message.clone().into_owned()));
        self.reached = None;
        self.failures = self.failures.saturating_add(1);
    }
}
