//! What SQLite refuses, as errors of ours.

use rusqlite::{Error as Cause, ErrorCode, ffi};

use crate::error::{Code, Error};
use crate::services::db::errors as words;

/// Turns a failure of SQLite into an error; `sql` is the statement, to tell what to write instead.
pub(in super::super) fn of(cause: Cause, sql: &str) -> Error {
    match cause {
        Cause::SqliteFailure(failure, text) => {
            let text = text.unwrap_or_default();
            let cause = Cause::SqliteFailure(failure, Some(text.clone()));
            failed(failure, &text, sql, cause)
        }
        Cause::SqlInputError { error, ref msg, .. } => {
            let text = msg.clone();
            failed(error, &text, sql, cause)
        }
        Cause::MultipleStatement => words::bad_statement("there is more than one statement", cause),
        other => words::bad_statement("the database refused the statement", other),
    }
}

fn failed(failure: ffi::Error, text: &str, sql: &str, cause: Cause) -> Error {
    match failure.code {
        ErrorCode::ConstraintViolation => constraint(failure.extended_code, text, sql, cause),
        ErrorCode::TypeMismatch => words::wrong_value(None, cause),
        ErrorCode::TooBig => words::too_long(None, cause),
        ErrorCode::ReadOnly | ErrorCode::AuthorizationForStatementDenied => words::read_only(cause),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            words::locked("another process holds the database for too long", cause)
        }
        ErrorCode::OperationInterrupted => words::timeout(cause),
        ErrorCode::DiskFull => words::down("the disk of the database is full", cause),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            words::down("the database file cannot be opened", cause).hint(
                "see `database.path` in app.yaml; this user must be able to write to the file and its folder",
            )
        }
        ErrorCode::NotADatabase => words::down("the database file is no SQLite database", cause)
            .hint("see `database.path` in app.yaml"),
        ErrorCode::DatabaseCorrupt => words::down("the database file is damaged", cause)
            .hint("restore a backup, or try `sqlite3 FILE .recover`"),
        ErrorCode::SystemIoFailure => words::down("the database file cannot be read or written", cause),
        _ => statement(text, sql, cause),
    }
}

fn constraint(extended: i32, text: &str, sql: &str, cause: Cause) -> Error {
    let detail = text.split_once(": ").map_or("", |(_, detail)| detail);
    let column = detail.rsplit('.').next().filter(|column| !column.is_empty());
    match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            let columns: Vec<&str> = detail
                .split(", ")
                .filter_map(|column| column.split_once('.').map(|(_, name)| name))
                .collect();
            words::duplicate(detail.trim_start_matches("index ").trim_matches('\''), &columns, cause)
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => words::required(column, cause),
        ffi::SQLITE_CONSTRAINT_CHECK => words::check(detail, cause),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => match first_word(sql).as_str() {
            "INSERT" | "REPLACE" => words::no_such_parent(&[], None, cause),
            "DELETE" => words::still_referenced(None, cause),
            _ => words::foreign_key(cause),
        },
        ffi::SQLITE_CONSTRAINT_TRIGGER => words::refused_by_trigger(text.to_owned(), cause),
        ffi::SQLITE_CONSTRAINT_DATATYPE => words::wrong_value(column, cause),
        _ => Error::new(Code::Conflict, "a rule of the database forbids it").caused_by(cause),
    }
}

fn statement(text: &str, sql: &str, cause: Cause) -> Error {
    if text.contains("integer overflow") {
        return words::out_of_range(None, cause);
    }
    let named = |head: &str| {
        text.strip_prefix(head)
            .and_then(|rest| rest.split_whitespace().next())
            .map(|name| name.trim_matches('"'))
    };
    let error = if let Some(table) = named("no such table: ") {
        words::no_such("table", table, cause)
    } else if let Some(column) = named("no such column: ") {
        words::no_such("column", column, cause)
    } else if let Some(function) = named("no such function: ") {
        words::bad_statement(format!("SQLite has no function `{function}`"), cause)
    } else {
        words::bad_statement("the database refused the statement", cause)
    };
    match instead(sql) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// MariaDB's grammar that SQLite lacks, and what to write instead.
const INSTEAD: &[(&str, &str)] = &[
    ("ON DUPLICATE KEY", "SQLite has no ON DUPLICATE KEY UPDATE: write ON CONFLICT (column) DO UPDATE SET …"),
    ("INTERVAL", "SQLite has no INTERVAL: write DATE(x, '+1 day') or DATETIME(x, '-2 hours')"),
    ("STRAIGHT_JOIN", "SQLite has no STRAIGHT_JOIN: write CROSS JOIN, which keeps the order of the tables"),
    ("INSERT IGNORE", "SQLite has no INSERT IGNORE: write INSERT OR IGNORE"),
    ("UPDATE IGNORE", "SQLite has no UPDATE IGNORE: write UPDATE OR IGNORE"),
    ("SEPARATOR", "SQLite's GROUP_CONCAT has no SEPARATOR: write GROUP_CONCAT(x, ', ')"),
    ("FOR UPDATE", "SQLite has no FOR UPDATE: a transaction locks the whole file; leave it out"),
    ("LOCK IN SHARE MODE", "SQLite has no LOCK IN SHARE MODE: leave it out"),
    ("SQL_CALC_FOUND_ROWS", "SQLite has no SQL_CALC_FOUND_ROWS: count with a statement of its own"),
    ("RLIKE", "SQLite has no RLIKE: write LIKE or GLOB"),
    ("REGEXP", "SQLite has no REGEXP: write LIKE or GLOB"),
    ("<=>", "SQLite has no <=>: write IS"),
    ("DIV", "SQLite has no DIV: `/` between integers divides without remainder"),
    ("XOR", "SQLite has no XOR: write (a <> 0) <> (b <> 0)"),
    ("ISNULL", "SQLite has no ISNULL(x): write x IS NULL"),
    ("WITH ROLLUP", "SQLite has no WITH ROLLUP: write a UNION of the totals"),
    ("SHOW", "SQLite has no SHOW: `sogo db introspect` describes the tables"),
];

/// Tells what to write instead of the first thing in the statement that only MariaDB has.
fn instead(sql: &str) -> Option<&'static str> {
    let upper: String = sql.to_ascii_uppercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let stands_alone = |at: usize, word: &str| {
        let around = [upper[..at].chars().next_back(), upper[at + word.len()..].chars().next()];
        around.into_iter().flatten().all(|next| !next.is_alphanumeric() && next != '_')
    };
    INSTEAD
        .iter()
        .find(|(word, _)| upper.match_indices(word).any(|(at, _)| stands_alone(at, word)))
        .map(|(_, hint)| *hint)
}

fn first_word(sql: &str) -> String {
    sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_mariadb_has_is_named_with_what_to_write() {
        let cases = [
            ("SELECT NOW() - INTERVAL 1 DAY", Some("SQLite has no INTERVAL")),
            (
                "insert into t (a) values (1) on  duplicate\nkey update a = 2",
                Some("SQLite has no ON DUPLICATE KEY"),
            ),
            ("SELECT a <=> b", Some("SQLite has no <=>")),
            ("SELECT individual, interval_days FROM t", None),
        ];
        for (sql, expected) in cases {
            let found = instead(sql);
            assert_eq!(found.is_some(), expected.is_some(), "{sql}");
            assert!(found.unwrap_or_default().starts_with(expected.unwrap_or_default()), "{sql}");
        }
    }
}
