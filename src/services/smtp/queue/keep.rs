//! What waits, how much, and what is kept how long.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::services::smtp::api::State;
use crate::services::smtp::changes::Change;
use crate::store::{Cells, Connection, Row, params};

/// A mail to one recipient that is not finished.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) struct Open {
    pub(in crate::services::smtp) id: i64,
    pub(in crate::services::smtp) app: String,
    pub(in crate::services::smtp) address: String,
    pub(in crate::services::smtp) bulk: bool,
    pub(in crate::services::smtp) due: i64,
}

/// Columns of [`Open`].
pub(super) const OPEN_COLUMNS: &str = "id, app, address, bulk, due";

impl Open {
    /// Reads [`OPEN_COLUMNS`].
    pub(super) fn of_row(row: &Row<'_>) -> Cells<Self> {
        Ok(Self {
            id: row.get(0)?,
            app: row.get(1)?,
            address: row.get(2)?,
            bulk: row.get(3)?,
            due: row.get(4)?,
        })
    }
}

/// Returns all mails that wait for a try.
pub(in crate::services::smtp) fn waiting(connection: &Connection) -> Result<Vec<Open>> {
    let sql = format!("SELECT {OPEN_COLUMNS} FROM envelopes WHERE state IN ('queued', 'deferred')");
    connection.all(&sql, [], Open::of_row)
}

/// Returns the states of mails by their numbers.
pub(in crate::services::smtp) fn states(connection: &Connection, ids: &[i64]) -> Result<Vec<Change>> {
    let sql = "SELECT id, state, reply FROM envelopes WHERE id = ?1";
    let one = |id: &i64| {
        connection.one(sql, params![id], |row| {
            Ok(Change { id: row.get(0)?, state: super::state(row, 1)?, reply: row.get(2)? })
        })
    };
    ids.iter().filter_map(|id| one(id).transpose()).collect()
}

/// How much of an app is not finished.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::services::smtp) struct Totals {
    pub(in crate::services::smtp) queued: u64,
    pub(in crate::services::smtp) deferred: u64,
    pub(in crate::services::smtp) unknown: u64,
    /// When the oldest that waits was accepted.
    pub(in crate::services::smtp) oldest: Option<i64>,
}

/// Counts what is not finished, by app.
pub(in crate::services::smtp) fn totals(connection: &Connection) -> Result<BTreeMap<String, Totals>> {
    // Numbers grow with time: the smallest one of a state is its oldest.
    let counted = connection.all(
        "SELECT c.app, c.state, c.n, e.accepted FROM
           (SELECT app, state, COUNT(*) AS n, MIN(id) AS first FROM envelopes
            WHERE state IN ('queued', 'sending', 'deferred', 'unknown') GROUP BY state, app) c
         JOIN envelopes e ON e.id = c.first",
        [],
        |row| {
            Ok((
                row.get::<_, String>(0)?,
                super::state(row, 1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        },
    )?;
    let mut totals: BTreeMap<String, Totals> = BTreeMap::new();
    for (app, state, count, oldest) in counted {
        let count = u64::try_from(count).unwrap_or_default();
        let of_app = totals.entry(app).or_default();
        match state {
            State::Deferred => of_app.deferred += count,
            State::Unknown => of_app.unknown += count,
            _ => of_app.queued += count,
        }
        if state != State::Unknown {
            of_app.oldest = Some(of_app.oldest.map_or(oldest, |known| known.min(oldest)));
        }
    }
    Ok(totals)
}

/// Mails that are looked at in one transaction of the cleaning, so that others get between.
const AT_A_TIME: u32 = 500;

/// States in which a mail is not finished.
const OPEN: &str = "('queued', 'sending', 'deferred', 'unknown')";

/// Drops the content of finished mails of an app that were accepted before a moment; returns whether there may be more.
pub(in crate::services::smtp) fn forget_content(
    connection: &Connection,
    app: &str,
    before: i64,
) -> Result<bool> {
    let sql = format!(
        "UPDATE messages SET content = NULL WHERE id IN (
           SELECT id FROM messages m WHERE app = ?1 AND accepted < ?2 AND content IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM envelopes e WHERE e.message = m.id AND e.state IN {OPEN})
           LIMIT {AT_A_TIME})"
    );
    Ok(connection.run(&sql, params![app, before])? == AT_A_TIME as usize)
}

/// Forgets finished mails of an app that were accepted before a moment, and its suppressions that are over at `now`; returns
/// whether there may be more.
pub(in crate::services::smtp) fn clean(
    connection: &Connection,
    app: &str,
    before: i64,
    now: i64,
) -> Result<bool> {
    let sql = format!(
        "DELETE FROM messages WHERE id IN (
           SELECT id FROM messages m WHERE app = ?1 AND accepted < ?2
             AND NOT EXISTS (SELECT 1 FROM envelopes e WHERE e.message = m.id AND e.state IN {OPEN})
           LIMIT {AT_A_TIME})"
    );
    let deleted = connection.run(&sql, params![app, before])?;
    connection.run(
        "DELETE FROM batches WHERE app = ?1 AND accepted < ?2
           AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.batch = batches.id)",
        params![app, before],
    )?;
    connection.run("DELETE FROM suppressions WHERE app = ?1 AND until <= ?2", params![app, now])?;
    Ok(deleted == AT_A_TIME as usize)
}
