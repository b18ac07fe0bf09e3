//! Addresses that get no mail of an app.

use super::compared;
use crate::error::Result;
use crate::services::smtp::api::{Suppression, SuppressionsList};
use crate::services::smtp::moment::shown;
use crate::store::{Connection, params};

/// Returns why an address gets no mail of an app at `now`, if so.
pub(in crate::services::smtp) fn suppressed(
    connection: &Connection,
    app: &str,
    address: &str,
    now: i64,
) -> Result<Option<String>> {
    connection.one(
        "SELECT reason FROM suppressions WHERE app = ?1 AND address = ?2 AND (until IS NULL OR ?3 < until)",
        params![app, compared(address), now],
        |row| row.get(0),
    )
}

/// Notes that an address gets no mail of an app; one that a person noted for ever stays so.
pub(in crate::services::smtp) fn add(
    connection: &Connection,
    app: &str,
    address: &str,
    reason: &str,
    since: i64,
    until: Option<i64>,
) -> Result<()> {
    let sql = "INSERT INTO suppressions (app, address, reason, since, until) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO UPDATE SET reason = excluded.reason, since = excluded.since, until = excluded.until
               WHERE until IS NOT NULL";
    connection.run(sql, params![app, compared(address), reason, since, until]).map(drop)
}

/// Forgets that an address gets no mail of an app; returns how many were forgotten.
pub(in crate::services::smtp) fn remove(connection: &Connection, app: &str, address: &str) -> Result<usize> {
    let sql = "DELETE FROM suppressions WHERE app = ?1 AND address = ?2";
    connection.run(sql, params![app, compared(address)])
}

/// Lists the addresses that get no mail at `now`, newest first.
pub(in crate::services::smtp) fn suppressions(
    connection: &Connection,
    asked: &SuppressionsList,
    now: i64,
) -> Result<Vec<Suppression>> {
    const MOST: u32 = 10_000;
    connection.all(
        "SELECT app, address, reason, since, until FROM suppressions
         WHERE (?1 IS NULL OR app = ?1) AND (?2 IS NULL OR address = ?2) AND (until IS NULL OR ?3 < until)
         ORDER BY since DESC, app, address LIMIT ?4",
        params![asked.app_id, asked.address.as_deref().map(compared), now, asked.limit.clamp(1, MOST)],
        |row| {
            Ok(Suppression {
                app: row.get(0)?,
                address: row.get(1)?,
                reason: row.get(2)?,
                since: shown(row.get(3)?),
                until: row.get::<_, Option<i64>>(4)?.map(shown),
            })
        },
    )
}
