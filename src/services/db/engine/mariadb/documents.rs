//! Which columns hold JSON documents: to MariaDB, JSON is LONGTEXT with a CHECK.
//!
//! The driver does not ask the server for the extended types that would say so, so it is looked up. What a view or a
//! function like JSON_OBJECT answers is not known to be JSON, and stays text.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::consts::ColumnType;
use mysql_async::prelude::Queryable;
use mysql_async::{Column, Conn};

use super::values::BINARY;

/// How long what was found is believed: a column may become JSON, or cease to be.
const BELIEVED: Duration = Duration::from_secs(60);

// The engine opens every table anew for each row of a subquery on these views, so this is a query of its own.
const CHECKS: &str = "SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS \
                      WHERE CONSTRAINT_SCHEMA = DATABASE() AND CHECK_CLAUSE LIKE 'json\\_valid(%'";

/// The JSON columns of one database, as tables and columns; read when a result first has a column that may be one.
#[derive(Debug, Default)]
pub(super) struct Documents(Mutex<Option<Read>>);

type Columns = Arc<HashSet<(String, String)>>;

#[derive(Debug)]
struct Read {
    at: Instant,
    columns: Columns,
}

impl Documents {
    /// Tells for each column whether it holds JSON documents.
    pub(super) async fn among(&self, conn: &mut Conn, columns: &[Column]) -> mysql_async::Result<Vec<bool>> {
        if !columns.iter().any(may_be_document) {
            return Ok(vec![false; columns.len()]);
        }
        let known = match self.believed() {
            Some(known) => known,
            None => self.read(conn).await?,
        };
        let is = |column: &Column| {
            may_be_document(column)
                && known.contains(&(column.org_table_str().into_owned(), column.org_name_str().into_owned()))
        };
        Ok(columns.iter().map(is).collect())
    }

    fn believed(&self) -> Option<Columns> {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.as_ref().filter(|read| read.at.elapsed() < BELIEVED).map(|read| Arc::clone(&read.columns))
    }

    async fn read(&self, conn: &mut Conn) -> mysql_async::Result<Columns> {
        let columns: Columns = Arc::new(columns(conn).await?);
        let read = Read { at: Instant::now(), columns: Arc::clone(&columns) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(columns)
    }
}

/// Reads the JSON columns of a database, as tables and columns.
pub(super) async fn columns(conn: &mut Conn) -> mysql_async::Result<HashSet<(String, String)>> {
    let checks: Vec<(String, String)> = conn.query(CHECKS).await?;
    Ok(checks.into_iter().filter_map(checked_column).collect())
}

fn checked_column((table, clause): (String, String)) -> Option<(String, String)> {
    let column = clause.strip_prefix("json_valid(`")?.strip_suffix("`)")?;
    Some((table, column.replace("``", "`")))
}

/// Tells whether a column may be JSON: a long text, of a table and not computed.
fn may_be_document(column: &Column) -> bool {
    column.column_type() == ColumnType::MYSQL_TYPE_BLOB
        && column.character_set() != BINARY
        && !column.org_name_ref().is_empty()
}
