//! Opening a file.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::super::lane;
use super::{errors, functions};
use crate::error::Result;
use crate::services::db::errors::down;

/// Prepared statements kept on each connection.
const STATEMENTS: usize = 64;
/// How long a statement waits for another process that writes to the file.
const BUSY: Duration = Duration::from_secs(5);

/// An open file.
#[derive(Debug)]
pub(super) struct Opened {
    /// The connection.
    pub(super) connection: Connection,
    /// Device and number of the file, which tell whether it was replaced.
    identity: (u64, u64),
    _counted: lane::Opened,
}

impl Opened {
    /// Opens a file that exists; a reader cannot write.
    ///
    /// # Errors
    /// [`Code::DbError`](crate::error::Code::DbError) when it is missing, not readable or no database.
    pub(super) fn open(path: &Path, reads: bool, counted: lane::Opened) -> Result<Self> {
        let identity = identity(path).map_err(|cause| {
            down(format!("the database file cannot be opened: {}", cause.kind()), cause)
                .hint("see `database.path` in app.yaml; the file must exist and this user must be able to write to it")
        })?;
        // Never CREATE: a mistyped path must not become an empty database.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|cause| errors::of(cause, ""))?;
        set_up(&connection, reads).map_err(|cause| errors::of(cause, ""))?;
        Ok(Self { connection, identity, _counted: counted })
    }

    /// Tells whether it is still the file at this path: a restored backup is another one.
    pub(super) fn is_of(&self, path: &Path) -> bool {
        identity(path).is_ok_and(|identity| identity == self.identity)
    }
}

fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

/// Sets a connection up: what holds for every one of ours.
pub(in super::super) fn set_up(connection: &Connection, reads: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // In WAL mode NORMAL could lose an acknowledged write when the power fails.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "query_only", reads)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    functions::register(connection)
}
