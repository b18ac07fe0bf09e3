//! MariaDB, over a pool of our own: the driver's pool would give a connection on which an abandoned answer still waits to
//! the next caller, has no time-out and an endless queue.
//!
//! Each statement runs in a task that owns its connection to the end. A caller who leaves has the statement ended with
//! KILL QUERY; its connection is closed and never used again.
//!
//! The time zone of a session is the server's own, so that NOW() stays what it was for an existing app.

mod bind;
mod cluster;
mod connection;
mod documents;
mod errors;
mod host;
mod introspect;
mod keys;
mod position;
mod probe;
mod run;
mod standing;
mod task;
mod transaction;
mod values;
mod watch;

use std::pin::Pin;
use std::sync::Arc;

use self::cluster::Cluster;
pub(in crate::services::db) use self::cluster::Route;
use self::connection::Link;
pub(super) use self::connection::run_script;
use self::documents::Documents;
use self::errors::Failure;
use super::{Occupancy, Outcome, Work};
use crate::config;
use crate::error::Result;
use crate::services::db::api::{DatabaseHost, Prepared, Schema, Written};
use crate::services::db::rows::Form;
use crate::services::db::write::Guarded;

/// One app's database on a server, or on several that hold the same data.
#[derive(Debug)]
pub(in crate::services::db) struct MariaDb {
    cluster: Arc<Cluster>,
    form: Form,
    documents: Documents,
}

/// Work that is under way on a connection.
type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Work on a connection; it is called a second time where that is safe.
type OnLink<T> = dyn for<'a> Fn(&'a MariaDb, &'a mut Link) -> Doing<'a, T> + Send + Sync;

/// Work, and where it may be done.
struct Job<T> {
    work: Box<OnLink<T>>,
    route: Route,
    /// Whether it changes nothing, so that it may be done again.
    reads: bool,
}

impl MariaDb {
    /// Makes the pool of a database; nothing is connected before the first statement.
    pub(in crate::services::db) fn new(app: &str, settings: &config::MariaDb, form: Form) -> Self {
        let cluster = Arc::new(Cluster::new(app, settings));
        Self { cluster, form, documents: Documents::default() }
    }

    /// Runs one statement.
    pub(super) async fn run(self: &Arc<Self>, work: Work, route: Route) -> Result<Outcome> {
        let (reads, work) = (work.reads(), Arc::new(work));
        let on_link: Box<OnLink<Outcome>> = Box::new(move |engine, link| {
            let work = Arc::clone(&work);
            Box::pin(async move { run::one(engine, link, &work).await })
        });
        task::run(self, Job { work: on_link, route, reads }).await
    }

    /// Runs statements in one transaction, all or nothing.
    pub(super) async fn transaction(self: &Arc<Self>, works: Vec<Work>) -> Result<Vec<Outcome>> {
        let works: Arc<[Work]> = works.into();
        let on_link: Box<OnLink<Vec<Outcome>>> = Box::new(move |engine, link| {
            let works = Arc::clone(&works);
            Box::pin(async move { transaction::all(engine, link, &works).await })
        });
        task::run(self, Job { work: on_link, route: Route::Primary, reads: false }).await
    }

    /// Runs a write with everything that it depends on, in one transaction.
    pub(super) async fn write(self: &Arc<Self>, guarded: Guarded) -> Result<Written> {
        let guarded = Arc::new(guarded);
        let on_link: Box<OnLink<Written>> = Box::new(move |engine, link| {
            let guarded = Arc::clone(&guarded);
            Box::pin(async move { transaction::write(engine, link, &guarded).await })
        });
        task::run(self, Job { work: on_link, route: Route::Primary, reads: false }).await
    }

    /// Prepares a statement without running it.
    pub(super) async fn prepare(self: &Arc<Self>, sql: Arc<str>) -> Result<Prepared> {
        let on_link: Box<OnLink<Prepared>> = Box::new(move |engine, link| {
            let sql = Arc::clone(&sql);
            Box::pin(async move { run::prepare(engine, link, &sql).await })
        });
        task::run(self, Job { work: on_link, route: Route::Primary, reads: true }).await
    }

    /// Describes the tables.
    pub(super) async fn introspect(self: &Arc<Self>, tables: Option<Vec<String>>) -> Result<Schema> {
        let tables = Arc::new(tables);
        let on_link: Box<OnLink<Schema>> = Box::new(move |_, link| {
            let tables = Arc::clone(&tables);
            Box::pin(async move { introspect::schema(&mut link.conn, tables.as_deref()).await })
        });
        task::run(self, Job { work: on_link, route: Route::Primary, reads: true }).await
    }

    /// Runs a statement of our own that makes a table.
    pub(super) async fn define(self: &Arc<Self>, sql: &'static str) -> Result<()> {
        let on_link: Box<OnLink<()>> = Box::new(move |_, link| Box::pin(run::define(link, sql)));
        task::run(self, Job { work: on_link, route: Route::Primary, reads: false }).await
    }

    /// Asks the primary for a sign of life, without waiting for a place.
    pub(super) async fn ping(&self) -> Result<()> {
        self.cluster.primary().ping().await
    }

    /// Makes sure that all servers have been asked how they are, where there are several.
    pub(super) async fn settle(&self) {
        self.cluster.settle().await;
    }

    /// Returns how each server is doing; of the only one nothing is known but what its ping tells.
    pub(super) fn hosts(&self) -> Vec<DatabaseHost> {
        self.cluster.states()
    }

    /// Returns how many connections to the primary there are, the reserved one aside.
    pub(super) fn occupancy(&self) -> Occupancy {
        let lane = &self.cluster.primary().lane;
        Occupancy {
            connections: lane.open(),
            pool_size: lane.size(),
            busy: lane.busy(),
            waiting: lane.waiting(),
        }
    }
}
