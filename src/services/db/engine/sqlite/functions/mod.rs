//! MariaDB's scalar functions that ordinary queries use, on SQLite.
//!
//! As on MariaDB, NULL in gives NULL out unless a function says otherwise, and a text that is no date is NULL.
//! The clock is UTC, as SQLite's own CURRENT_TIMESTAMP is, so that both agree.

mod call;
mod dates;
mod format;
mod moment;
mod numbers;
mod texts;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use self::call::{Answer, Call};

/// One function: its name, how many arguments it takes (-1: any number), what it computes.
type Function = (&'static str, i32, fn(&Call<'_>) -> rusqlite::Result<Answer>);

/// Adds the functions to a connection.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    // Innocuous: they compute and nothing else, so views and triggers of the file may call them.
    let constant = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    let pure = constant | FunctionFlags::SQLITE_DETERMINISTIC;
    for (functions, flags) in [
        (dates::CLOCK, constant),
        (dates::FUNCTIONS, pure),
        (texts::FUNCTIONS, pure),
        (numbers::FUNCTIONS, pure),
        (numbers::RANDOM, constant),
    ] {
        for &(name, arguments, compute) in functions {
            connection
                .create_scalar_function(name, arguments, flags, move |context| compute(&Call(context)))?;
        }
    }
    Ok(())
}
