//! Rows as JSON: one buffer, written once, from the values as the engine hands them over.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::api;
use crate::config::BigInt;
use crate::error::{Code, Error, Result};

/// How an app's rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// How integers beyond 53 bits are written.
    pub(super) bigint: BigInt,
    /// Bytes of one answer at most.
    pub(super) max_bytes: usize,
}

/// How much an answer may have, and what happens to further rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowLimit {
    /// Rows at most.
    pub(super) rows: u64,
    /// What is done beyond them.
    pub(super) beyond: Beyond,
    /// Whether a column is written whose name stood before it.
    pub(super) every_column: bool,
}

/// What is done when there are more rows than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    /// The answer says that there were more.
    More,
    /// The answer is an error: a silent cut would look like all there is.
    Refuse,
}

/// Writes the rows of one result.
///
/// Of several columns with one name the first is written, unless every one is asked for: in `SELECT t.*, p.id` that is the
/// row's own.
#[derive(Debug)]
pub(super) struct RowsWriter {
    out: Vec<u8>,
    /// `"name":` of each column, with the comma before it; `None` for one that is not written.
    keys: Vec<Option<Box<[u8]>>>,
    form: Form,
    limit: RowLimit,
    rows: u64,
    more: bool,
}

impl RowsWriter {
    /// Begins an answer with these columns.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>, form: Form, limit: RowLimit) -> Self {
        let mut seen: Vec<&str> = Vec::new();
        let mut keys = Vec::new();
        for name in names {
            let is_written = limit.every_column || !seen.contains(&name);
            keys.push(is_written.then(|| key(name, seen.is_empty())));
            if keys.last().is_some_and(Option::is_some) {
                seen.push(name);
            }
        }
        let mut out = Vec::with_capacity(1024);
        out.push(b'[');
        Self { out, keys, form, limit, rows: 0, more: false }
    }

    /// Writes one row; `value` appends the JSON of the column with the given index.
    ///
    /// Breaks when the limit is reached: this row is not written, and no further one is wanted.
    ///
    /// # Errors
    /// [`Code::Validation`] beyond a limit that refuses, [`Code::TooLarge`] beyond the size of an answer.
    pub(super) fn row(
        &mut self,
        mut value: impl FnMut(usize, &mut Vec<u8>) -> Result<()>,
    ) -> Result<ControlFlow<()>> {
        if self.rows == self.limit.rows {
            if self.limit.beyond == Beyond::Refuse {
                return Err(too_many_rows(self.limit.rows));
            }
            self.more = true;
            return Ok(ControlFlow::Break(()));
        }
        if 0 < self.rows {
            self.out.push(b',');
        }
        self.out.push(b'{');
        for (index, key) in self.keys.iter().enumerate() {
            if let Some(key) = key {
                self.out.extend_from_slice(key);
                value(index, &mut self.out)?;
            }
        }
        self.out.push(b'}');
        self.rows += 1;
        if self.form.max_bytes < self.out.len() {
            return Err(too_large(self.form.max_bytes));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Returns the answer.
    pub(super) fn finish(mut self) -> api::Rows {
        self.out.push(b']');
        api::Rows { more: self.more, rows: self.out.into() }
    }
}

fn key(name: &str, first: bool) -> Box<[u8]> {
    let mut key = Vec::with_capacity(name.len() + 4);
    if !first {
        key.push(b',');
    }
    super::json::text(&mut key, name);
    key.push(b':');
    key.into()
}

/// Returns the first row of an answer that was limited to one.
pub(super) fn first(rows: &api::Rows) -> Option<Bytes> {
    let inner = rows.rows.len() - 1;
    (1 < inner).then(|| rows.rows.slice(1..inner))
}

fn too_many_rows(limit: u64) -> Error {
    Error::new(Code::Validation, format!("there are more than {limit} rows"))
        .hint("ask for them page by page, or narrow the request; the limit is the app's `max_rows`")
}

fn too_large(bytes: usize) -> Error {
    Error::new(Code::TooLarge, format!("the rows are larger than the limit of {bytes} bytes"))
        .hint("ask for fewer rows or columns at once; the limit is `ipc.max_frame_bytes` in sogoms.yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(names: &[&str], rows: u64, limit: RowLimit, max_bytes: usize) -> Result<api::Rows> {
        let form = Form { bigint: BigInt::Number, max_bytes };
        let mut writer = RowsWriter::new(names.iter().copied(), form, limit);
        for _ in 0..rows {
            let flow = writer.row(|index, out| {
                out.extend_from_slice(index.to_string().as_bytes());
                Ok(())
            })?;
            if flow.is_break() {
                break;
            }
        }
        Ok(writer.finish())
    }

    const NO_LIMIT: RowLimit = RowLimit { rows: 10, beyond: Beyond::Refuse, every_column: false };

    #[test]
    fn rows_are_an_array_of_objects() {
        let cases: &[(&[&str], u64, &str)] = &[
            (&["a"], 0, "[]"),
            (&["a"], 1, r#"[{"a":0}]"#),
            (&["a", "\"b\""], 2, r#"[{"a":0,"\"b\"":1},{"a":0,"\"b\"":1}]"#),
            (&["id", "id", "b", "id"], 1, r#"[{"id":0,"b":2}]"#),
            (&["", "x"], 1, r#"[{"":0,"x":1}]"#),
        ];
        for (names, rows, expected) in cases {
            assert_eq!(write(names, *rows, NO_LIMIT, 1000).unwrap().rows, expected);
        }
    }

    #[test]
    fn every_column_is_written_where_that_is_asked_for() {
        let every = RowLimit { every_column: true, ..NO_LIMIT };
        assert_eq!(write(&["id", "b", "id"], 1, every, 1000).unwrap().rows, r#"[{"id":0,"b":1,"id":2}]"#);
    }

    #[test]
    fn a_limit_tells_of_more_or_refuses() {
        let limit = RowLimit { rows: 2, beyond: Beyond::More, every_column: false };
        assert!(!write(&["a"], 2, limit, 1000).unwrap().more);
        let cut = write(&["a"], 3, limit, 1000).unwrap();
        assert_eq!((cut.more, &cut.rows[..]), (true, &br#"[{"a":0},{"a":0}]"#[..]));
        let limit = RowLimit { rows: 2, beyond: Beyond::Refuse, every_column: false };
        assert!(write(&["a"], 2, limit, 1000).is_ok());
        assert_eq!(write(&["a"], 3, limit, 1000).unwrap_err().code, Code::Validation);
        assert_eq!(write(&["a"], 9, NO_LIMIT, 40).unwrap_err().code, Code::TooLarge);
    }

    #[test]
    fn the_first_row_is_cut_out() {
        assert_eq!(first(&write(&["a"], 1, NO_LIMIT, 1000).unwrap()).unwrap(), r#"{"a":0}"#);
        assert_eq!(first(&write(&["a"], 0, NO_LIMIT, 1000).unwrap()), None);
    }
}
