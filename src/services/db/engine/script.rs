//! Running a script of several statements on a database: to make the tables of the sample app, and those of tests.

use rusqlite::Connection;

use super::{mariadb, sqlite};
use crate::config::Database;
use crate::error::Result;

/// Runs `script` on a database outside of any pool. An SQLite file that does not exist is made.
///
/// # Errors
/// The error of the first statement that failed; what ran before it stays.
pub async fn run_script(database: &Database, script: &str) -> Result<()> {
    match database {
        Database::Sqlite(settings) => {
            let of = |cause| sqlite::error(cause, "");
            let connection = Connection::open(&settings.path).map_err(of)?;
            sqlite::set_up(&connection, false).map_err(of)?;
            connection.execute_batch(script).map_err(of)
        }
        Database::MariaDb(settings) => mariadb::run_script(settings, script).await,
    }
}
