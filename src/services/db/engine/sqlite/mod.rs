//! SQLite, built in: one writer and a few readers on threads off the runtime, in WAL mode.
//!
//! Times are UTC throughout, as SQLite's own CURRENT_TIMESTAMP is.

mod connection;
mod errors;
mod functions;
mod introspect;
mod kinds;
mod run;
mod ticket;
mod transaction;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

pub(super) use self::connection::set_up;
pub(super) use self::errors::of as error;

use self::connection::Opened;
use self::ticket::{Guard, Ticket};
use super::lane::{Lane, Place};
use super::{Occupancy, Outcome, Work};
use crate::config;
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Prepared, Schema, Written};
use crate::services::db::errors as words;
use crate::services::db::rows::Form;
use crate::services::db::write::Guarded;

/// Readers of one file at most; more would only wait for the same disk and processors.
const READERS: u32 = 4;

/// One app's file.
#[derive(Debug)]
pub(in crate::services::db) struct Sqlite {
    path: PathBuf,
    statement_timeout: Duration,
    form: Form,
    writer: Arc<Lane<Opened>>,
    readers: Arc<Lane<Opened>>,
}

impl Sqlite {
    /// Makes the engine of a file; it is opened by the first statement.
    pub(in crate::services::db) fn new(settings: &config::Sqlite, form: Form) -> Self {
        Self {
            path: settings.path.clone(),
            statement_timeout: settings.limits.statement_timeout,
            form,
            writer: Arc::new(Lane::new(1)),
            readers: Arc::new(Lane::new(settings.limits.pool_size.saturating_sub(1).min(READERS))),
        }
    }

    /// Runs one statement.
    pub(super) async fn run(&self, work: Work) -> Result<Outcome> {
        let form = self.form;
        self.on_thread(work.reads(), move |connection, _| run::one(connection, &work, form)).await
    }

    /// Runs statements in one transaction, all or nothing; `statement_timeout` bounds it as a whole.
    pub(super) async fn transaction(&self, works: Vec<Work>) -> Result<Vec<Outcome>> {
        let form = self.form;
        self.on_thread(false, move |connection, ticket| transaction::all(connection, &works, form, ticket))
            .await
    }

    /// Runs a write with everything that it depends on, in one transaction.
    pub(super) async fn write(&self, guarded: Guarded) -> Result<Written> {
        let form = self.form;
        self.on_thread(false, move |connection, ticket| {
            transaction::write(connection, &guarded, form, ticket)
        })
        .await
    }

    /// Prepares a statement without running it.
    pub(super) async fn prepare(&self, sql: Arc<str>) -> Result<Prepared> {
        self.on_thread(true, move |connection, _| run::prepare(connection, &sql)).await
    }

    /// Describes the tables.
    pub(super) async fn introspect(&self, tables: Option<Vec<String>>) -> Result<Schema> {
        self.on_thread(true, move |connection, _| introspect::schema(connection, tables.as_deref())).await
    }

    /// Runs statements of our own that make a table.
    pub(super) async fn define(&self, sql: &'static str) -> Result<()> {
        self.on_thread(false, move |connection, _| {
            connection.execute_batch(sql).map_err(|cause| errors::of(cause, sql))
        })
        .await
    }

    /// Reads one page of the file.
    pub(super) async fn ping(&self) -> Result<()> {
        self.on_thread(true, |connection, _| {
            connection
                .query_row("PRAGMA schema_version", (), |_| Ok(()))
                .map_err(|cause| errors::of(cause, ""))
        })
        .await
    }

    /// Returns how many connections there are.
    pub(super) fn occupancy(&self) -> Occupancy {
        Occupancy {
            connections: self.writer.open() + self.readers.open(),
            pool_size: self.writer.size() + self.readers.size(),
            busy: self.writer.busy() + self.readers.busy(),
            waiting: self.writer.waiting() + self.readers.waiting(),
        }
    }

    /// Works on a connection on a thread of its own; dropped or too slow, what runs is interrupted.
    async fn on_thread<T: Send + 'static>(
        &self,
        reads: bool,
        work: impl FnOnce(&Connection, &Ticket) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let lane = if reads { &self.readers } else { &self.writer };
        let place = lane.enter().await?;
        let ticket = Arc::new(Ticket::new());
        let task = Task {
            path: self.path.clone(),
            lane: Arc::clone(lane),
            place,
            reads,
            ticket: Arc::clone(&ticket),
        };
        let _guard = Guard(ticket);
        let running = tokio::task::spawn_blocking(move || task.work(work));
        match tokio::time::timeout(self.statement_timeout, running).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(cause)) => {
                Err(Error::new(Code::Internal, "a fault of ours ended the statement").caused_by(cause))
            }
            Err(cause) => Err(words::timeout(cause)),
        }
    }
}

/// What a thread needs to work on a connection, and to give it back.
struct Task {
    path: PathBuf,
    lane: Arc<Lane<Opened>>,
    place: Place,
    reads: bool,
    ticket: Arc<Ticket>,
}

impl Task {
    fn work<T>(self, work: impl FnOnce(&Connection, &Ticket) -> Result<T>) -> Result<T> {
        // Declared first, so dropped last: the next one finds the connection that is given back below.
        let _place = self.place;
        let kept = self.lane.take().map(|idle| idle.connection).filter(|kept| kept.is_of(&self.path));
        let opened = match kept {
            Some(opened) => opened,
            None => Opened::open(&self.path, self.reads, self.lane.opened())?,
        };
        if !self.ticket.begin(opened.connection.get_interrupt_handle()) {
            self.lane.put(opened);
            return Err(words::timeout("nobody waits for it any more"));
        }
        let outcome = work(&opened.connection, &self.ticket);
        self.ticket.end();
        if opened.connection.is_autocommit() || opened.connection.execute_batch("ROLLBACK").is_ok() {
            self.lane.put(opened);
        }
        outcome
    }
}
