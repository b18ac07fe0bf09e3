//! MariaDB, over a pool of our own: the driver's pool would give a connection on which an abandoned answer still waits to
//! the next caller, has no time-out and an endless queue.
//!
//! Each statement runs in a task that owns its connection to the end. A caller who leaves has the statement ended with
//! KILL QUERY; its connection is closed and never used again.
//!
//! The time zone of a session is the server's own, so that NOW() stays what it was for an existing app.

mod bind;
mod connection;
mod documents;
mod errors;
mod introspect;
mod keys;
mod run;
mod task;
mod values;
mod watch;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

pub(super) use self::connection::run_script;
use self::connection::{Link, Server};
use self::documents::Documents;
use self::errors::Failure;
use super::lane::Lane;
use super::{Occupancy, Outcome, Work};
use crate::config;
use crate::error::Result;
use crate::services::db::api::{Prepared, Schema};
use crate::services::db::rows::Form;

/// One app's database on a server.
#[derive(Debug)]
pub(in crate::services::db) struct MariaDb {
    server: Server,
    form: Form,
    lane: Lane<Link>,
    /// Kept apart for KILL QUERY, and for a sign of life while all others are in use.
    reserved: Mutex<Option<Link>>,
    documents: Documents,
}

/// Work that is under way on a connection.
type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Work on a connection; it is called a second time where that is safe.
type OnLink<T> = dyn for<'a> Fn(&'a MariaDb, &'a mut Link) -> Doing<'a, T> + Send + Sync;

/// Connections that nobody used for so long are closed.
const IDLE: Duration = Duration::from_secs(60);

impl MariaDb {
    /// Makes the pool of a database; nothing is connected before the first statement.
    pub(in crate::services::db) fn new(settings: &config::MariaDb, form: Form) -> Self {
        Self {
            server: Server::new(settings),
            form,
            lane: Lane::new(settings.limits.pool_size),
            reserved: Mutex::default(),
            documents: Documents::default(),
        }
    }

    /// Runs one statement.
    pub(super) async fn run(self: &Arc<Self>, work: Work) -> Result<Outcome> {
        let work = Arc::new(work);
        let on_link: Box<OnLink<Outcome>> = Box::new(move |engine, link| {
            let work = Arc::clone(&work);
            Box::pin(async move { run::one(engine, link, &work).await })
        });
        task::run(self, on_link).await
    }

    /// Runs statements in one transaction, all or nothing.
    pub(super) async fn transaction(self: &Arc<Self>, works: Vec<Work>) -> Result<Vec<Outcome>> {
        let works: Arc<[Work]> = works.into();
        let on_link: Box<OnLink<Vec<Outcome>>> = Box::new(move |engine, link| {
            let works = Arc::clone(&works);
            Box::pin(async move { run::all(engine, link, &works).await })
        });
        task::run(self, on_link).await
    }

    /// Prepares a statement without running it.
    pub(super) async fn prepare(self: &Arc<Self>, sql: Arc<str>) -> Result<Prepared> {
        let on_link: Box<OnLink<Prepared>> = Box::new(move |engine, link| {
            let sql = Arc::clone(&sql);
            Box::pin(async move { run::prepare(engine, link, &sql).await })
        });
        task::run(self, on_link).await
    }

    /// Describes the tables.
    pub(super) async fn introspect(self: &Arc<Self>, tables: Option<Vec<String>>) -> Result<Schema> {
        let tables = Arc::new(tables);
        let on_link: Box<OnLink<Schema>> = Box::new(move |_, link| {
            let tables = Arc::clone(&tables);
            Box::pin(async move { introspect::schema(&mut link.conn, tables.as_deref()).await })
        });
        task::run(self, on_link).await
    }

    /// Runs a statement of our own that makes a table.
    pub(super) async fn define(self: &Arc<Self>, sql: &'static str) -> Result<()> {
        let on_link: Box<OnLink<()>> = Box::new(move |_, link| Box::pin(run::define(link, sql)));
        task::run(self, on_link).await
    }

    /// Asks the server for a sign of life, without waiting for a place: the reserved connection serves while all others
    /// are in use.
    pub(super) async fn ping(&self) -> Result<()> {
        let Some(_place) = self.lane.try_enter() else { return self.ping_reserved().await };
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

    /// Returns how many connections there are, the reserved one aside.
    pub(super) fn occupancy(&self) -> Occupancy {
        Occupancy { connections: self.lane.open(), pool_size: self.lane.size() }
    }

    async fn ping_reserved(&self) -> Result<()> {
        let mut reserved = self.reserved.lock().await;
        if let Some(mut link) = reserved.take()
            && link.ping().await.is_ok()
        {
            *reserved = Some(link);
            return Ok(());
        }
        let mut link = self.server.open(self.lane.uncounted()).await?;
        link.ping().await.map_err(errors::of)?;
        *reserved = Some(link);
        Ok(())
    }

    /// Keeps a connection for the next one, and closes those that nobody needed for long.
    fn keep(&self, link: Link) {
        self.lane.put(link);
        drop(self.lane.unused_for(IDLE));
    }
}
