//! The database engines. Nothing outside this folder knows a driver.

mod lane;
mod mariadb;
mod script;
mod sqlite;

pub(super) use mariadb::Route;
pub use script::run_script;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::api::{DatabaseHost, Prepared, Rows, Schema, Value, Written};
use super::rows::{Form, RowLimit};
use super::write::Guarded;
use crate::config::Database;
use crate::error::Result;
use crate::sql::Dialect;

/// One statement, checked, with the values of its placeholders.
#[derive(Debug, Clone)]
pub(super) struct Work {
    /// The text for the engine, `?` for each placeholder.
    pub(super) sql: Arc<str>,
    /// One value a `?`.
    pub(super) args: Vec<Value>,
    /// What is to be answered.
    pub(super) wants: Wants,
}

/// What a statement is to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Its rows; such a statement only reads.
    Rows(RowLimit),
    /// The id of the new row.
    InsertId,
    /// How many rows it found or removed.
    Affected,
}

impl Work {
    /// Tells whether it only reads.
    pub(super) fn reads(&self) -> bool {
        matches!(self.wants, Wants::Rows(_))
    }
}

/// What a statement answered.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Its rows.
    Rows(Rows),
    /// The id of the new row; 0 for a table that does not count up.
    InsertId(u64),
    /// How many rows it found or removed.
    Affected(u64),
}

/// How a database is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Occupancy {
    /// Open connections.
    pub(super) connections: u32,
    /// The most connections that it may have.
    pub(super) pool_size: u32,
    /// Connections on which something runs.
    pub(super) busy: u32,
    /// Statements that wait for a connection.
    pub(super) waiting: u32,
}

/// One app's database, with its connections. Dropped, it lets what runs come to its end.
#[derive(Debug)]
pub(super) enum Engine {
    /// A database on a server.
    MariaDb(Arc<mariadb::MariaDb>),
    /// A file.
    Sqlite(Arc<sqlite::Sqlite>),
}

impl Engine {
    /// Makes the engine of a database; nothing is opened before the first statement.
    pub(super) fn new(app: &str, database: &Database, form: Form) -> Self {
        match database {
            Database::MariaDb(settings) => {
                Self::MariaDb(Arc::new(mariadb::MariaDb::new(app, settings, form)))
            }
            Database::Sqlite(settings) => Self::Sqlite(Arc::new(sqlite::Sqlite::new(settings, form))),
        }
    }

    /// Returns `mariadb` or `sqlite`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::MariaDb(_) => "mariadb",
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// Returns the spelling rules of its SQL.
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::MariaDb(_) => Dialect::MariaDb,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs one statement, on a replica if `route` allows it and one is up to date. Dropped before its end, the statement is ended on the server too.
    pub(super) async fn run(&self, work: Work, route: Route) -> Result<Outcome> {
        match self {
            Self::MariaDb(engine) => engine.run(work, route).await,
            Self::Sqlite(engine) => engine.run(work).await,
        }
    }

    /// Runs statements in one transaction, all or nothing.
    ///
    /// # Errors
    /// The error of the first statement that failed, with its number, counted from 1.
    pub(super) async fn transaction(&self, works: Vec<Work>) -> Result<Vec<Outcome>> {
        match self {
            Self::MariaDb(engine) => engine.transaction(works).await,
            Self::Sqlite(engine) => engine.transaction(works).await,
        }
    }

    /// Runs a write with everything that it depends on, in one transaction.
    pub(super) async fn write(&self, guarded: Guarded) -> Result<Written> {
        match self {
            Self::MariaDb(engine) => engine.write(guarded).await,
            Self::Sqlite(engine) => engine.write(guarded).await,
        }
    }

    /// Prepares a statement without running it.
    pub(super) async fn prepare(&self, sql: Arc<str>) -> Result<Prepared> {
        match self {
            Self::MariaDb(engine) => engine.prepare(sql).await,
            Self::Sqlite(engine) => engine.prepare(sql).await,
        }
    }

    /// Describes the tables, all or those named; of those, ones that do not exist are left out.
    pub(super) async fn introspect(&self, tables: Option<Vec<String>>) -> Result<Schema> {
        match self {
            Self::MariaDb(engine) => engine.introspect(tables).await,
            Self::Sqlite(engine) => engine.introspect(tables).await,
        }
    }

    /// Runs statements of our own that make a table.
    pub(super) async fn define(&self, sql: &'static str) -> Result<()> {
        match self {
            Self::MariaDb(engine) => engine.define(sql).await,
            Self::Sqlite(engine) => engine.define(sql).await,
        }
    }

    /// Asks the database for a sign of life and returns how long it took.
    pub(super) async fn ping(&self) -> Result<Duration> {
        let begin = Instant::now();
        match self {
            Self::MariaDb(engine) => engine.ping().await?,
            Self::Sqlite(engine) => engine.ping().await?,
        }
        Ok(begin.elapsed())
    }

    /// Makes sure that it is known how each of several servers is doing.
    pub(super) async fn settle(&self) {
        if let Self::MariaDb(engine) = self {
            engine.settle().await;
        }
    }

    /// Returns how each server is doing; none for a file.
    pub(super) fn hosts(&self) -> Vec<DatabaseHost> {
        match self {
            Self::MariaDb(engine) => engine.hosts(),
            Self::Sqlite(_) => Vec::new(),
        }
    }

    /// Returns how many connections there are.
    pub(super) fn occupancy(&self) -> Occupancy {
        match self {
            Self::MariaDb(engine) => engine.occupancy(),
            Self::Sqlite(engine) => engine.occupancy(),
        }
    }
}
