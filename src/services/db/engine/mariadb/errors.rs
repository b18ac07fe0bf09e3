//! What MariaDB refuses, as errors of ours.

use std::error::Error as StdError;
use std::io::ErrorKind;

use mysql_async::{DriverError, Error as Cause, IoError, ServerError};

use super::host::Role;
use crate::error::{Code, Error};
use crate::services::db::errors as words;
use crate::services::db::write::Fails;

/// Why work on a connection failed.
#[derive(Debug)]
pub(super) struct Failure {
    reason: Reason,
    /// Whether it is sure that nothing of the work lasts.
    undone: bool,
    about: Option<About>,
}

/// What failed inside a transaction.
#[derive(Debug, Clone, Copy)]
enum About {
    /// The statement with this number, from 0.
    Statement(usize),
    /// A statement about a table of ours.
    OwnTable,
}

#[derive(Debug)]
enum Reason {
    Database(Cause),
    Ours(Error),
    /// No connection could be opened, so that nothing was begun.
    Unreachable(Error),
    /// The server was given up while it worked.
    Cut,
}

/// Whether another server may do work that one has failed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elsewhere {
    /// It would fail there too, or it may have been done here.
    No,
    /// It was not begun here, or is refused here alone.
    Yes,
    /// If this server is lost. Else somebody ended the work, who does not want to see it done once more.
    IfLost,
}

impl Failure {
    /// A failure before anything was changed for good.
    pub(super) fn before(cause: Cause) -> Self {
        Self { reason: Reason::Database(cause), undone: true, about: None }
    }

    /// A failure while something was changed: when the connection broke, nobody knows whether it was.
    pub(super) fn during(cause: Cause) -> Self {
        Self { undone: !is_lost(&cause), reason: Reason::Database(cause), about: None }
    }

    /// A refusal of our own.
    pub(super) fn ours(error: Error) -> Self {
        Self { reason: Reason::Ours(error), undone: true, about: None }
    }

    /// A fault of ours ended the work.
    pub(super) fn fault(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::ours(Error::new(Code::Internal, "a fault of ours ended the statement").caused_by(cause))
    }

    /// Nobody waits for it any more.
    pub(super) fn abandoned() -> Self {
        Self::ours(words::timeout("nobody waits for it any more"))
    }

    /// The server cannot be reached; nothing was begun.
    pub(super) fn unreachable(error: Error) -> Self {
        Self { reason: Reason::Unreachable(error), undone: true, about: None }
    }

    /// The server was given up; nothing lasts of work that only reads.
    pub(super) fn cut(reads: bool) -> Self {
        Self { reason: Reason::Cut, undone: reads, about: None }
    }

    /// Says that it came in a statement of a transaction, before its COMMIT: nothing of it lasts.
    pub(super) fn in_statement(self, index: usize) -> Self {
        Self { undone: true, about: Some(About::Statement(index)), ..self }
    }

    /// Says that it came before the COMMIT of a transaction: nothing of it lasts.
    pub(super) fn undone(self) -> Self {
        Self { undone: true, ..self }
    }

    /// Tells whether the connection is of no more use.
    pub(super) fn lost(&self) -> bool {
        match &self.reason {
            Reason::Database(cause) => is_lost(cause),
            Reason::Cut => true,
            Reason::Ours(_) | Reason::Unreachable(_) => false,
        }
    }

    /// Tells whether there was no connection to begin the work on.
    pub(super) fn not_begun(&self) -> bool {
        matches!(self.reason, Reason::Unreachable(_))
    }

    /// Tells whether another server may do the work.
    pub(super) fn elsewhere(&self, here: Role) -> Elsewhere {
        match &self.reason {
            Reason::Unreachable(_) => Elsewhere::Yes,
            _ if !self.undone => Elsewhere::No,
            _ if self.lost() => Elsewhere::IfLost,
            Reason::Database(Cause::Server(error)) => match (here, error.code) {
                // Too slow, and ended by somebody.
                (_, 1317 | 1969 | 3024) => Elsewhere::No,
                // A replica may lack a table, or a right, that the primary has.
                (Role::Replica, _) | (Role::Host, 1047) => Elsewhere::Yes,
                (Role::Host, code) if is_read_only(code, &error.message) => Elsewhere::Yes,
                (Role::Host, _) => Elsewhere::No,
            },
            Reason::Database(_) | Reason::Ours(_) | Reason::Cut => Elsewhere::No,
        }
    }

    /// Returns how often the work may be done once more: others were in its way, and nothing of it lasts.
    pub(super) fn repetitions(&self) -> u32 {
        match &self.reason {
            Reason::Database(Cause::Server(error)) if self.undone => match error.code {
                // The server chose it among those who waited for each other; several may have to give way in turn.
                1020 | 1213 => 4,
                // It has waited for long already.
                1205 => 1,
                _ => 0,
            },
            _ => 0,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = match failure.reason {
            Reason::Ours(error) | Reason::Unreachable(error) => error,
            Reason::Database(cause) if is_lost(&cause) && !failure.undone => lost_at_work(cause),
            Reason::Database(cause) => of(cause),
            Reason::Cut if !failure.undone => lost_at_work("the server gave no sign of life"),
            Reason::Cut => lost("the server gave no sign of life"),
        };
        match failure.about {
            Some(About::Statement(index)) => words::in_statement(index, error),
            Some(About::OwnTable) => words::own_table(error),
            None => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::ours(error)
    }
}

impl Fails for Failure {
    fn in_own_table(self) -> Self {
        Self { about: Some(About::OwnTable), ..self }
    }
}

/// The server counts other placeholders than we do.
pub(super) fn placeholders(ours: usize, theirs: u16) -> Error {
    words::bad_statement(
        "the placeholders of the statement are not where they seem to be",
        format!("{ours} by our count, {theirs} by the server's"),
    )
}

/// A result in a transaction has so many rows beyond the limit that they were not read to the end.
pub(super) fn rows_left() -> Error {
    Error::new(Code::Validation, "there are too many rows").hint("add a LIMIT to the statement")
}

/// Tells whether the database user lacks the right to do it.
pub(super) fn refused_right(cause: &Cause) -> bool {
    matches!(cause, Cause::Server(error) if matches!(error.code, 1044 | 1142 | 1143 | 1227))
}

/// The database user may not make tables.
pub(super) fn no_right_to_define(cause: Cause) -> Error {
    Error::new(Code::Forbidden, "the database user may not make tables")
        .hint("have an administrator of the database run what `sogo app prepare APP --dry-run` shows")
        .caused_by(cause)
}

fn is_lost(cause: &Cause) -> bool {
    match cause {
        Cause::Io(_) | Cause::Driver(_) | Cause::Other(_) => true,
        // Shutdown, killed connection, aborted connection.
        Cause::Server(error) => matches!(error.code, 1053 | 1077 | 1079 | 1152 | 1184 | 1927 | 4031),
        Cause::Url(_) => false,
    }
}

/// Turns a failure of the driver or the server into an error.
pub(super) fn of(cause: Cause) -> Error {
    match cause {
        Cause::Server(error) => server(error),
        Cause::Io(IoError::Io(error)) => match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::NotFound => words::down("connection refused", error)
                .hint("is the database server running? see `database:` in app.yaml: host, port, socket"),
            ErrorKind::PermissionDenied => {
                words::down("the socket of the database server may not be opened", error)
                    .hint("see the mode of the socket and of its folder")
            }
            ErrorKind::ConnectionReset
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionAborted => lost(error),
            _ => words::down("the database server cannot be reached", error)
                .hint("see `database:` in app.yaml: host, port, and the network between"),
        },
        Cause::Driver(DriverError::PacketTooLarge) => {
            Error::new(Code::TooLarge, "the values are larger than the database server takes")
                .hint("the limit is `max_allowed_packet` of the server")
                .caused_by(DriverError::PacketTooLarge)
        }
        Cause::Driver(cause @ DriverError::ConnectionClosed) => lost(cause),
        Cause::Driver(cause @ DriverError::UnknownAuthPlugin { .. }) => {
            words::down("the database refused the sign-in", cause).hint(
                "the user's authentication plugin is not supported: use mysql_native_password or ed25519",
            )
        }
        other => words::down("the database did not answer as expected", other),
    }
}

fn lost_at_work(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    Error::new(Code::ConnectionLost, "the connection to the database was lost while it worked")
        .hint("it is not known whether the change was made: look before you repeat it")
        .caused_by(cause)
}

fn is_read_only(code: u16, text: &str) -> bool {
    match code {
        1290 => text.contains("read-only") || text.contains("read_only"),
        _ => matches!(code, 1036 | 1792 | 1836),
    }
}

fn lost(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    Error::new(Code::ConnectionLost, "the connection to the database was lost")
        .retry_after(1)
        .caused_by(cause)
}

fn server(error: ServerError) -> Error {
    let text = error.message.clone();
    let text = text.as_str();
    let column = column(text);
    match error.code {
        1062 | 1586 | 1761 | 1762 => words::duplicate(&key(text), &[], error),
        1216 | 1452 => {
            let (columns, table) = (listed(text, "FOREIGN KEY ("), after(text, "REFERENCES `"));
            words::no_such_parent(&columns, table.as_deref(), error)
        }
        1217 | 1451 => words::still_referenced(child(text).as_deref(), error),
        1406 | 1301 => words::too_long(column.as_deref(), error),
        1264 | 1690 => words::out_of_range(column.as_deref(), error),
        1265 | 1292 | 1365 | 1366 | 1411 | 1525 | 4078 => words::wrong_value(column.as_deref(), error),
        1048 | 1263 | 1364 | 1423 => words::required(column.as_deref(), error),
        4025 => words::check(&after(text, "CONSTRAINT `").unwrap_or_default(), error),
        1644 => words::refused_by_trigger(text.to_owned(), error),
        1054 => words::no_such("column", &quoted(text), error),
        1051 | 1109 | 1146 => words::no_such("table", &quoted(text), error),
        1128 | 1305 | 1630 => words::bad_statement(format!("there is no function `{}`", quoted(text)), error),
        1064 | 1149 => words::bad_statement("the database does not understand the statement", error),
        code if is_read_only(code, text) => words::read_only(error),
        1040 | 1203 | 1226 => {
            Error::new(Code::TooManyConnections, "the database server has no connection left")
                .hint("lower `pool_size`, or raise `max_connections` of the server")
                .retry_after(1)
                .caused_by(error)
        }
        1044 | 1045 | 1251 | 1698 | 3118 | 4151 => words::down("the database refused the sign-in", error)
            .hint("see `user` and `password_file` in app.yaml, and the rights of that user"),
        1129 | 1130 => words::down("the database server lets nobody in from this address", error)
            .hint("see the host part of the database user, and `mariadb-admin flush-hosts`"),
        1142 | 1143 | 1227 | 1370 => words::down("the database user may not do that", error)
            .hint("GRANT the user of app.yaml the rights that the statement needs"),
        1049 => words::down("the database does not exist", error).hint("see `name` in app.yaml"),
        1047 => words::down("this node of the database cluster does not serve at the moment", error),
        1205 => words::locked("other requests hold these rows for too long", error),
        1020 => words::locked("another request changed the row meanwhile", error),
        1213 => words::locked("two requests waited for each other", error),
        1969 | 3024 | 1317 => words::timeout(error),
        1053 | 1077 | 1079 | 1152 | 1184 | 1927 | 4031 => lost(error),
        1153 => Error::new(Code::TooLarge, "the values are larger than the database server takes")
            .hint("the limit is `max_allowed_packet` of the server")
            .caused_by(error),
        1021 | 1114 => words::down("the disk of the database is full", error),
        _ => words::bad_statement("the database refused the statement", error),
    }
}

/// Returns the name of the key when a statement failed for a duplicate one.
pub(super) fn duplicate_key(cause: &Cause) -> Option<String> {
    match cause {
        Cause::Server(error) if matches!(error.code, 1062 | 1586 | 1761 | 1762) => Some(key(&error.message)),
        _ => None,
    }
}

/// `Duplicate entry '…' for key 'name'`, or `… for key 'table.name'`. The value may hold anything; the key stands last.
fn key(text: &str) -> String {
    let key = text.strip_suffix('\'').and_then(|text| text.rsplit_once('\'')).map_or("key", |(_, key)| key);
    key.rsplit('.').next().unwrap_or(key).to_owned()
}

/// `… for column 'name' at row 1`, `… for column `db`.`table`.`name` at row 1`, `Column 'name' cannot be null`,
/// `Field 'name' doesn't have a default value`.
fn column(text: &str) -> Option<String> {
    let quoted = |rest: &str| rest.split('\'').next().map(str::to_owned).filter(|name| !name.is_empty());
    for head in ["Column '", "Field '"] {
        if let Some(rest) = text.strip_prefix(head) {
            return quoted(rest);
        }
    }
    // The refused value stands before it and may hold the same words.
    let (_, rest) = text.rsplit_once("for column ")?;
    match rest.strip_prefix('\'') {
        Some(rest) => quoted(rest),
        None => rest.split(" at row").next()?.trim_end_matches('`').rsplit('`').next().map(str::to_owned),
    }
}

/// Returns the first name in quotes, without the database that may stand before a table's or function's name:
/// `Unknown column 't.x' in 'field list'`, `Table 'db.x' doesn't exist`, `FUNCTION db.x does not exist`.
fn quoted(text: &str) -> String {
    match text.split('\'').nth(1).or_else(|| text.split(' ').nth(1)) {
        Some(name) if text.starts_with("Unknown column") => name.to_owned(),
        Some(name) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        None => String::new(),
    }
}

/// Returns the name in backquotes that begins behind `head`.
fn after(text: &str, head: &str) -> Option<String> {
    let (_, rest) = text.split_once(head)?;
    rest.split('`').next().map(str::to_owned)
}

/// Returns the names in backquotes of a list in parentheses that begins behind `head`.
fn listed<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    let list = text.split_once(head).and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
    list.split('`').skip(1).step_by(2).collect()
}

/// `(`db`.`table`, CONSTRAINT …)`: the table that points here.
fn child(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("(`")?;
    rest.split(", CONSTRAINT").next()?.trim_end_matches('`').rsplit('`').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: u16, message: &str) -> Error {
        of(Cause::Server(ServerError { code, message: message.to_owned(), state: "HY000".to_owned() }))
    }

    #[test]
    fn the_servers_words_become_ours() {
        let fk = "a foreign key constraint fails (`db`.`tasks`, CONSTRAINT `t_1` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`))";
        let cases = [
            (
                1062,
                "Duplicate entry 'a' for key 'x'' for key 'email'",
                Code::Duplicate,
                "a row with this `email` exists already",
            ),
            (
                1062,
                "Duplicate entry '1' for key 'PRIMARY'",
                Code::Duplicate,
                "a row with this `PRIMARY` exists already",
            ),
            (1406, "Data too long for column 'title' at row 1", Code::DataTooLong, "`title` is too long"),
            (
                1264,
                "Out of range value for column 'age' at row 1",
                Code::DataTooLong,
                "`age` is out of range",
            ),
            (
                1366,
                "Incorrect integer value: 'for column 'x'' for column `db`.`users`.`age` at row 1",
                Code::Validation,
                "`age` has a value of the wrong kind",
            ),
            (1048, "Column 'name' cannot be null", Code::Validation, "`name` is required"),
            (1364, "Field 'name' doesn't have a default value", Code::Validation, "`name` is required"),
            (
                4025,
                "CONSTRAINT `age_ok` failed for `db`.`users`",
                Code::Validation,
                "the values do not satisfy the rule `age_ok`",
            ),
            (
                1452,
                &format!("Cannot add or update a child row: {fk}"),
                Code::ForeignKey,
                "the row of `users` does not exist",
            ),
            (
                1451,
                &format!("Cannot delete or update a parent row: {fk}"),
                Code::ForeignKey,
                "rows of `tasks` still belong to this one",
            ),
            (
                1040,
                "Too many connections",
                Code::TooManyConnections,
                "the database server has no connection left",
            ),
            (
                1290,
                "running with the --read-only option",
                Code::ReadOnly,
                "the database accepts no changes at the moment",
            ),
            (1969, "max_statement_time exceeded", Code::Timeout, "the database took too long"),
            (1054, "Unknown column 't.nme' in 'field list'", Code::SqlError, "there is no column `t.nme`"),
            (1146, "Table 'db.usrs' doesn't exist", Code::SqlError, "there is no table `usrs`"),
            (1305, "FUNCTION db.nope does not exist", Code::SqlError, "there is no function `nope`"),
            (9999, "something with a secret", Code::SqlError, "the database refused the statement"),
        ];
        for (code, text, expected, message) in cases {
            let error = told(code, text);
            assert_eq!((error.code, &*error.message), (expected, message), "{code}");
        }
        assert_eq!(told(1452, fk).fields[0].field, "user_id");
    }
}
