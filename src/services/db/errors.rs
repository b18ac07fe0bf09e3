//! What a database refuses, in words that may be shown to anybody: the same for every engine.
//!
//! None of these holds the text of a statement or a value of a row; the engine's own words are the private cause.

use std::borrow::Cow;
use std::error::Error as StdError;

use crate::error::{Code, Error};

type Cause = Box<dyn StdError + Send + Sync>;

/// A unique key has this value already. `key` is the name of the key, `columns` are its columns where they are known.
pub(super) fn duplicate(key: &str, columns: &[&str], cause: impl Into<Cause>) -> Error {
    let message = match columns {
        [] => format!("a row with this `{key}` exists already"),
        _ => format!("a row with this {} exists already", listed(columns)),
    };
    let error = Error::new(Code::Duplicate, message).caused_by(cause);
    columns.iter().fold(error, |error, column| error.field((*column).to_owned(), "exists already"))
}

/// A foreign key points at a row that is not there.
pub(super) fn no_such_parent(columns: &[&str], table: Option<&str>, cause: impl Into<Cause>) -> Error {
    let what =
        table.map_or("the row that this one belongs to".to_owned(), |table| format!("the row of `{table}`"));
    let error = Error::new(Code::ForeignKey, format!("{what} does not exist")).caused_by(cause);
    columns.iter().fold(error, |error, column| error.field((*column).to_owned(), "does not exist"))
}

/// Other rows point at the one that was to be removed or changed.
pub(super) fn still_referenced(table: Option<&str>, cause: impl Into<Cause>) -> Error {
    let message = table.map_or("other rows still belong to this one".to_owned(), |table| {
        format!("rows of `{table}` still belong to this one")
    });
    Error::new(Code::ForeignKey, message).hint("remove or change them first").caused_by(cause)
}

/// A foreign key is broken, and the engine does not tell which.
pub(super) fn foreign_key(cause: impl Into<Cause>) -> Error {
    Error::new(Code::ForeignKey, "a row that belongs to this one, or that this one belongs to, is in the way")
        .caused_by(cause)
}

/// A value is larger than its column takes.
pub(super) fn too_long(column: Option<&str>, cause: impl Into<Cause>) -> Error {
    about_column(Code::DataTooLong, column, "is too long", "a value is too long for its column", cause)
}

/// A number is beyond what its column or a computation takes.
pub(super) fn out_of_range(column: Option<&str>, cause: impl Into<Cause>) -> Error {
    about_column(Code::DataTooLong, column, "is out of range", "a number is out of range", cause)
}

/// A value is not of its column's type.
pub(super) fn wrong_value(column: Option<&str>, cause: impl Into<Cause>) -> Error {
    about_column(
        Code::Validation,
        column,
        "has a value of the wrong kind",
        "a value is of the wrong kind",
        cause,
    )
}

/// A column that may not be NULL got no value.
pub(super) fn required(column: Option<&str>, cause: impl Into<Cause>) -> Error {
    about_column(Code::Validation, column, "is required", "a required value is missing", cause)
}

/// A CHECK does not hold.
pub(super) fn check(name: &str, cause: impl Into<Cause>) -> Error {
    Error::new(Code::Validation, format!("the values do not satisfy the rule `{name}`")).caused_by(cause)
}

/// A trigger refused, in its author's own words.
pub(super) fn refused_by_trigger(words: String, cause: impl Into<Cause>) -> Error {
    Error::new(Code::Validation, words).caused_by(cause)
}

/// The statement itself is at fault: a mistake of whoever wrote it, not of who asks.
pub(super) fn bad_statement(message: impl Into<Cow<'static, str>>, cause: impl Into<Cause>) -> Error {
    Error::new(Code::SqlError, message).caused_by(cause)
}

/// A table or column that a statement names is not there.
///
/// It is named if it reads as a name: SQLite takes a value in double quotes for a column.
pub(super) fn no_such(what: &str, name: &str, cause: impl Into<Cause>) -> Error {
    let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let message = if is_name && !name.is_empty() {
        format!("there is no {what} `{name}`")
    } else {
        format!("the statement names a {what} that does not exist")
    };
    bad_statement(message, cause)
        .hint("`sogo db introspect APP [TABLE]` shows the tables and columns that are there")
}

/// The database accepts no writes.
pub(super) fn read_only(cause: impl Into<Cause>) -> Error {
    Error::new(Code::ReadOnly, "the database accepts no changes at the moment").caused_by(cause)
}

/// The statement took longer than it may.
pub(super) fn timeout(cause: impl Into<Cause>) -> Error {
    Error::new(Code::Timeout, "the database took too long")
        .hint("the limit is `statement_timeout`; an index on the columns compared often helps")
        .caused_by(cause)
}

/// The database cannot be used; what is wrong stands in `message`.
pub(super) fn down(message: impl Into<Cow<'static, str>>, cause: impl Into<Cause>) -> Error {
    Error::new(Code::DbError, message).retry_after(1).caused_by(cause)
}

/// Others hold the rows that this statement needs.
pub(super) fn locked(message: &'static str, cause: impl Into<Cause>) -> Error {
    Error::new(Code::Deadlock, message).retry_after(1).caused_by(cause)
}

/// Fields that point at rows which are not there, or not for the one who writes.
pub(super) fn no_such_reference(fields: &[&str]) -> Error {
    let error = Error::new(Code::Validation, format!("{} points at no row", listed(fields)));
    fields.iter().fold(error, |error, field| error.field((*field).to_owned(), "does not exist"))
}

/// A key was used with another request before.
pub(super) fn key_reused() -> Error {
    Error::new(Code::KeyReused, "the idempotency key was used with another request before")
}

/// Says what is missing when a statement about a table of ours failed for the statement's own sake.
pub(super) fn own_table(error: Error) -> Error {
    if error.code != Code::SqlError {
        return error;
    }
    Error::new(Code::Unsupported, "the database has no table `sogo_idempotency`, or another one of that name")
        .hint("`sogo app prepare APP` makes it")
        .caused_by(error)
}

/// Says which statement of a transaction failed, counted from 1; it is told by `index`, counted from 0.
pub(super) fn in_statement(index: usize, mut error: Error) -> Error {
    error.message = format!("statement {}: {}", index + 1, error.message).into();
    error
}

fn about_column(
    code: Code,
    column: Option<&str>,
    what: &'static str,
    otherwise: &'static str,
    cause: impl Into<Cause>,
) -> Error {
    match column {
        Some(column) => {
            Error::new(code, format!("`{column}` {what}")).field(column.to_owned(), what).caused_by(cause)
        }
        None => Error::new(code, otherwise).caused_by(cause),
    }
}

fn listed(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
}
