//! Transactions on an open file. The one that has begun is the only writer there is.

use futures_util::FutureExt as _;
use rusqlite::Connection;

use super::errors;
use super::run::one;
use super::ticket::Ticket;
use crate::error::{Error, Result};
use crate::services::db::api::Written;
use crate::services::db::engine::{Outcome, Work};
use crate::services::db::errors as words;
use crate::services::db::rows::Form;
use crate::services::db::write::{self, End, Guarded, Open};

/// Runs statements in one transaction.
pub(super) fn all(
    connection: &Connection,
    works: &[Work],
    form: Form,
    ticket: &Ticket,
) -> Result<Vec<Outcome>> {
    let begun = Begun::begin(connection, form, ticket)?;
    let mut outcomes = Vec::with_capacity(works.len());
    for (index, work) in works.iter().enumerate() {
        match begun.one(work) {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => {
                begun.roll_back()?;
                return Err(words::in_statement(index, error));
            }
        }
    }
    begun.commit()?;
    Ok(outcomes)
}

/// Runs a write with everything that it depends on in one transaction.
pub(super) fn write(
    connection: &Connection,
    guarded: &Guarded,
    form: Form,
    ticket: &Ticket,
) -> Result<Written> {
    let mut begun = Begun::begin(connection, form, ticket)?;
    let end = write::run(&mut begun, guarded).now_or_never().expect("SQLite answers before it returns");
    match end {
        Ok(End::Commit(written)) => begun.commit().map(|()| written),
        Ok(End::RollBack(written)) => begun.roll_back().map(|()| written),
        Err(error) => {
            begun.roll_back()?;
            Err(error)
        }
    }
}

/// A transaction that has begun on a connection.
struct Begun<'a> {
    connection: &'a Connection,
    form: Form,
    ticket: &'a Ticket,
}

impl<'a> Begun<'a> {
    fn begin(connection: &'a Connection, form: Form, ticket: &'a Ticket) -> Result<Self> {
        let begun = Self { connection, form, ticket };
        begun.control("BEGIN IMMEDIATE")?;
        Ok(begun)
    }

    fn one(&self, work: &Work) -> Result<Outcome> {
        if self.ticket.abandoned() {
            return Err(words::timeout("nobody waits for it any more"));
        }
        one(self.connection, work, self.form)
    }

    fn commit(&self) -> Result<()> {
        self.control("COMMIT").or_else(|error| {
            self.roll_back()?;
            Err(error)
        })
    }

    fn roll_back(&self) -> Result<()> {
        // Some failures have rolled back already.
        if self.connection.is_autocommit() { Ok(()) } else { self.control("ROLLBACK") }
    }

    fn control(&self, text: &str) -> Result<()> {
        self.connection.execute_batch(text).map_err(|cause| errors::of(cause, text))
    }
}

impl Open for Begun<'_> {
    type Failure = Error;

    async fn run(&mut self, work: &Work) -> Result<Outcome> {
        self.one(work)
    }
}
