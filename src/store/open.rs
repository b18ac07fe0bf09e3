//! Opening the file: who may read it, how it is written, which form its tables have.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use rustix::fs::{FlockOperation, flock};

use super::connection::Connection;
use super::errors;
use crate::error::{Code, Error, Result};

/// How long a process before this one may take to end.
const PREDECESSOR: Duration = Duration::from_secs(10);
/// Prepared statements kept on each connection.
const STATEMENTS: usize = 128;
/// How long a statement waits for another process, such as a backup, that holds the file.
const BUSY: Duration = Duration::from_secs(5);
/// The write-ahead log shrinks to this again after it had to grow.
const LOG_BYTES: i64 = 16 * 1024 * 1024;

/// Opens the file for the one who writes, and brings its tables up to date.
pub(super) fn for_writing(file: &Path, migrations: &[&str]) -> Result<Connection> {
    make(file).map_err(|cause| {
        Error::new(Code::Unavailable, format!("{} cannot be made: {cause}", file.display()))
            .hint(
                "the user of the service must own the folder; `places.state` of sogoms.yaml says which it is",
            )
            .caused_by(cause)
    })?;
    let lock = lock(file)?;
    let connection = open(file, false, Some(lock))?;
    migrate(&connection, migrations)?;
    Ok(connection)
}

/// Opens the file for looking at it.
pub(super) fn for_reading(file: &Path) -> Result<Connection> {
    open(file, true, None)
}

/// Waits until no other process has the file: two that work through one queue would do everything twice.
fn lock(file: &Path) -> Result<File> {
    let name = file.with_added_extension("lock");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&name);
    let lock = lock.map_err(|cause| {
        Error::new(Code::Unavailable, format!("{} cannot be made: {cause}", name.display())).caused_by(cause)
    })?;
    let begun = Instant::now();
    while flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        if PREDECESSOR <= begun.elapsed() {
            return Err(Error::new(Code::Conflict, format!("another process has {} open", file.display()))
                .hint("one instance of the service alone may run; `sogo ctl status` shows those that do"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(lock)
}

/// Makes what is missing of folder and file, so that nobody else can read them.
fn make(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
    if opened.metadata()?.permissions().mode() & 0o077 != 0 {
        opened.set_permissions(Permissions::from_mode(0o600))?;
    }
    // The name itself has to outlast a power cut, too.
    File::open(folder)?.sync_all()
}

fn open(file: &Path, reads: bool, lock: Option<File>) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = || {
        let sqlite = rusqlite::Connection::open_with_flags(file, flags)?;
        sqlite.busy_timeout(BUSY)?;
        sqlite.pragma_update(None, "journal_mode", "WAL")?;
        sqlite.pragma_update(None, "synchronous", "FULL")?;
        sqlite.pragma_update(None, "foreign_keys", true)?;
        sqlite.pragma_update(None, "trusted_schema", false)?;
        sqlite.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        sqlite.pragma_update(None, "query_only", reads)?;
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(sqlite)
    };
    let sqlite = opened().map_err(|cause| errors::of(cause, file))?;
    Ok(Connection::new(sqlite, file, lock))
}

/// Applies the migrations that the file has not seen, each in a transaction of its own.
fn migrate(connection: &Connection, migrations: &[&str]) -> Result<()> {
    let seen = connection.one("PRAGMA user_version", [], |row| row.get::<_, i64>(0))?.unwrap_or(0);
    let newer = || {
        let file = connection.file.display();
        Error::new(Code::Unsupported, format!("{file} was written by a newer version of sogo"))
            .hint("start that version again, or restore the backup made before it was installed")
    };
    let seen = usize::try_from(seen).ok().filter(|seen| *seen <= migrations.len()).ok_or_else(newer)?;
    for (index, migration) in migrations.iter().enumerate().skip(seen) {
        let applied = connection
            .script(&format!("BEGIN IMMEDIATE; {migration}; PRAGMA user_version = {}; COMMIT", index + 1));
        if let Err(error) = applied {
            // The transaction is open when a statement in the middle was refused.
            let _ = connection.script("ROLLBACK");
            return Err(error);
        }
    }
    Ok(())
}
