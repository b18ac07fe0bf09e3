//! A connection to the file, with failures in words.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Params, Row};

use super::errors;
use crate::error::Result;

/// What reading the cells of a row gives.
pub type Cells<T> = rusqlite::Result<T>;

/// A connection to the file of a [`Store`](super::Store). Statements are prepared once and kept.
#[derive(Debug)]
pub struct Connection {
    pub(super) sqlite: rusqlite::Connection,
    pub(super) file: PathBuf,
    /// Keeps other processes out; of the connection that writes.
    _lock: Option<File>,
}

impl Connection {
    pub(super) fn new(sqlite: rusqlite::Connection, file: &Path, lock: Option<File>) -> Self {
        Self { sqlite, file: file.to_path_buf(), _lock: lock }
    }

    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// [`Code::Duplicate`](crate::error::Code::Duplicate) when a unique key forbids it,
    /// [`Code::Unavailable`](crate::error::Code::Unavailable) when the file cannot be written.
    pub fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        let run = || self.sqlite.prepare_cached(sql)?.execute(params);
        run().map_err(|cause| errors::of(cause, &self.file))
    }

    /// Runs an INSERT and returns the number of the new row.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn insert(&self, sql: &str, params: impl Params) -> Result<i64> {
        let insert = || self.sqlite.prepare_cached(sql)?.insert(params);
        insert().map_err(|cause| errors::of(cause, &self.file))
    }

    /// Returns the first row of a statement; `None` if there is none.
    ///
    /// # Errors
    /// [`Code::Unavailable`](crate::error::Code::Unavailable) when the file cannot be read.
    pub fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        of_row: impl FnOnce(&Row<'_>) -> Cells<T>,
    ) -> Result<Option<T>> {
        let one = || self.sqlite.prepare_cached(sql)?.query_row(params, of_row).optional();
        one().map_err(|cause| errors::of(cause, &self.file))
    }

    /// Returns all rows of a statement, which should have a LIMIT.
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        of_row: impl FnMut(&Row<'_>) -> Cells<T>,
    ) -> Result<Vec<T>> {
        let all = || self.sqlite.prepare_cached(sql)?.query_map(params, of_row)?.collect();
        let rows: rusqlite::Result<Vec<T>> = all();
        rows.map_err(|cause| errors::of(cause, &self.file))
    }

    /// Runs statements that take no values.
    pub(super) fn script(&self, sql: &str) -> Result<()> {
        self.sqlite.execute_batch(sql).map_err(|cause| errors::of(cause, &self.file))
    }
}
