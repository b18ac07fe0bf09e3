//! The one order in which a guarded write is done, on every engine: key, row, references, tag, write, answer.
//!
//! The row is locked before anything is read without a lock, so what is compared is what is written over.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::api::{IdempotencyKey, Rows, Value, Written, row_tag};
use super::engine::{Outcome, Wants, Work};
use super::errors as words;
use super::rows::{self, Beyond, RowLimit};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;

/// A write with everything that it depends on, checked and ready to run; it may be run a second time.
#[derive(Debug)]
pub(super) struct Guarded {
    /// The name under which the answer is kept.
    pub(super) key: Option<Key>,
    /// Finds and locks the row.
    pub(super) row: Option<Work>,
    /// What each of these fields points at must be there.
    pub(super) references: Vec<(String, Work)>,
    /// Shows the row.
    pub(super) show: Option<Work>,
    /// The tags that the shown row may have; any will do when there are none.
    pub(super) tags: Vec<String>,
    /// The write itself.
    pub(super) write: Work,
    /// Whether it is an UPDATE, after which the row can be shown again.
    pub(super) updates: bool,
}

/// An idempotency key, and what is done with it in the table of ours.
#[derive(Debug)]
pub(super) struct Key {
    /// What the caller said.
    pub(super) given: IdempotencyKey,
    /// The moment, in seconds since 1970.
    pub(super) now: i64,
    /// A key that was used before this moment is as good as new.
    pub(super) oldest: i64,
    /// How the engine spells SQL.
    pub(super) dialect: Dialect,
}

/// A transaction that has begun, on one connection.
pub(super) trait Open {
    /// Why a statement failed.
    type Failure: Fails;
    /// Runs one statement.
    async fn run(&mut self, work: &Work) -> Result<Outcome, Self::Failure>;
}

/// A failure inside a transaction, to which what it was about can be added.
pub(super) trait Fails: From<Error> {
    /// Says that it came while a table of ours was used.
    fn in_own_table(self) -> Self;
}

impl Fails for Error {
    fn in_own_table(self) -> Self {
        words::own_table(self)
    }
}

/// How a transaction ends.
#[derive(Debug)]
pub(super) enum End {
    /// What was written stays.
    Commit(Written),
    /// Nothing was written, or nothing may stay.
    RollBack(Written),
}

/// Runs a guarded write in a transaction that has begun, up to its end. After a failure the transaction is to be rolled back.
///
/// # Errors
/// [`Code::KeyReused`] for a key that was used with another request, [`Code::Unsupported`] without the table for keys,
/// [`Code::Validation`] that names the fields that point at nothing, [`Code::PreconditionFailed`] for a row that has
/// another tag, and the failures of the statements.
pub(super) async fn run<O: Open>(open: &mut O, guarded: &Guarded) -> Result<End, O::Failure> {
    if let Some(key) = &guarded.key
        && let Some(before) = claim(open, key).await?
    {
        return Ok(End::RollBack(before));
    }
    let not_found = || Ok(End::RollBack(Written { affected_rows: Some(0), ..Written::default() }));
    if let Some(row) = &guarded.row
        && first(open.run(row).await?)?.is_none()
    {
        return not_found();
    }
    let mut absent = Vec::new();
    for (field, reference) in &guarded.references {
        if first(open.run(reference).await?)?.is_none() {
            absent.push(field.as_str());
        }
    }
    if !absent.is_empty() {
        return Err(words::no_such_reference(&absent).into());
    }
    if let Some(show) = &guarded.show {
        let Some(row) = first(open.run(show).await?)? else { return not_found() };
        let tag = row_tag(&row);
        if !guarded.tags.is_empty() && !guarded.tags.contains(&tag) {
            return Err(Error::new(Code::PreconditionFailed, "the row has changed").into());
        }
    }
    let mut written = match open.run(&guarded.write).await? {
        Outcome::InsertId(id) => Written { insert_id: Some(id), ..Written::default() },
        Outcome::Affected(0) => return not_found(),
        Outcome::Affected(rows) => Written { affected_rows: Some(rows), ..Written::default() },
        Outcome::Rows(_) => return Err(unexpected().into()),
    };
    if let Some(show) = guarded.show.as_ref().filter(|_| guarded.updates) {
        written.tag = first(open.run(show).await?)?.map(|row| row_tag(&row));
    }
    if let Some(key) = &guarded.key {
        open.run(&key.store(&written)).await.map_err(Fails::in_own_table)?;
    }
    Ok(End::Commit(written))
}

/// Takes the key, waiting for whoever has it; answers what it was used for, if it was.
async fn claim<O: Open>(open: &mut O, key: &Key) -> Result<Option<Written>, O::Failure> {
    open.run(&key.insert()).await.map_err(Fails::in_own_table)?;
    let found = first(open.run(&key.read()).await.map_err(Fails::in_own_table)?)?;
    let kept: Kept = found
        .and_then(|row| serde_json::from_slice(&row).ok())
        .ok_or_else(|| Error::new(Code::Internal, "the key that was just stored is not there"))?;
    // A transaction that has ended left an answer: this row is of now.
    let Some(answer) = kept.answer else { return Ok(None) };
    if kept.made < key.oldest {
        open.run(&key.renew()).await.map_err(Fails::in_own_table)?;
        return Ok(None);
    }
    if kept.request != key.given.request {
        return Err(words::key_reused().into());
    }
    let answer: Written = serde_json::from_str(&answer)
        .map_err(|cause| Error::new(Code::Internal, "the kept answer cannot be read").caused_by(cause))?;
    Ok(Some(Written { repeated: true, ..answer }))
}

/// A row of the table of keys.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    request: String,
    answer: Option<String>,
    made: i64,
}

impl Key {
    /// Stores the key unless it is there. On MariaDB a plain INSERT that finds it would keep a shared lock, and those who
    /// waited together for a transaction that was rolled back would wait for each other.
    fn insert(&self) -> Work {
        let unless_there = match self.dialect {
            Dialect::MariaDb => "ON DUPLICATE KEY UPDATE user_id = user_id",
            Dialect::Sqlite => "ON CONFLICT DO NOTHING",
        };
        let sql = format!(
            "INSERT INTO sogo_idempotency (user_id, route, idempotency_key, request, made) \
             VALUES (?, ?, ?, ?, ?) {unless_there}"
        );
        let mut args = self.name();
        args.push(Value::Text(self.given.request.clone()));
        args.push(Value::Int(self.now));
        Work { sql: sql.into(), args, wants: Wants::Affected }
    }

    fn read(&self) -> Work {
        let lock = match self.dialect {
            Dialect::MariaDb => " FOR UPDATE",
            Dialect::Sqlite => "",
        };
        let sql = format!("SELECT request, answer, made FROM sogo_idempotency {NAMED}{lock}");
        Work { sql: sql.into(), args: self.name(), wants: Wants::Rows(ONE) }
    }

    fn renew(&self) -> Work {
        let sql = format!("UPDATE sogo_idempotency SET request = ?, answer = NULL, made = ? {NAMED}");
        let mut args = vec![Value::Text(self.given.request.clone()), Value::Int(self.now)];
        args.extend(self.name());
        Work { sql: sql.into(), args, wants: Wants::Affected }
    }

    fn store(&self, written: &Written) -> Work {
        let sql = format!("UPDATE sogo_idempotency SET answer = ? {NAMED}");
        let answer = serde_json::to_string(written).expect("numbers and text are written to memory");
        let mut args = vec![Value::Text(answer)];
        args.extend(self.name());
        Work { sql: sql.into(), args, wants: Wants::Affected }
    }

    fn name(&self) -> Vec<Value> {
        let IdempotencyKey { user_id, route, key, .. } = &self.given;
        vec![Value::Int(*user_id), Value::Text(route.clone()), Value::Text(key.clone())]
    }
}

const NAMED: &str = "WHERE user_id = ? AND route = ? AND idempotency_key = ?";

/// The first row is enough.
pub(super) const ONE: RowLimit = RowLimit { rows: 1, beyond: Beyond::More, every_column: false };

/// Removes up to [`BATCH`] keys that were used before `oldest`.
pub(super) fn remove_old(dialect: Dialect, oldest: i64) -> Work {
    let sql = match dialect {
        Dialect::MariaDb => {
            format!("DELETE FROM sogo_idempotency WHERE made < ? ORDER BY made LIMIT {BATCH}")
        }
        Dialect::Sqlite => format!(
            "DELETE FROM sogo_idempotency WHERE rowid IN \
             (SELECT rowid FROM sogo_idempotency WHERE made < ? ORDER BY made LIMIT {BATCH})"
        ),
    };
    Work { sql: sql.into(), args: vec![Value::Int(oldest)], wants: Wants::Affected }
}

/// Keys that are removed at once: few enough that nobody notices the lock.
pub(super) const BATCH: u64 = 500;

/// Returns a statement that reads one row as one that also keeps it from being changed until the transaction ends.
pub(super) fn holding(dialect: Dialect, sql: &Arc<str>) -> Arc<str> {
    match dialect {
        Dialect::MariaDb => format!("{sql} LOCK IN SHARE MODE").into(),
        // The one writer there is holds them all.
        Dialect::Sqlite => Arc::clone(sql),
    }
}

fn first(outcome: Outcome) -> Result<Option<bytes::Bytes>> {
    match outcome {
        Outcome::Rows(found) => Ok(rows::first(&Rows { more: false, ..found })),
        Outcome::InsertId(_) | Outcome::Affected(_) => Err(unexpected()),
    }
}

fn unexpected() -> Error {
    Error::new(Code::Internal, "the engine answered something else than it was asked for")
}
