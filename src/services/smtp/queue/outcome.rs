//! A try, from the mail on the disk to what came of it.

use super::super::retry::Verdict;
use super::{compared, suppressions};
use crate::error::{Code, Error, Result};
use crate::store::{Connection, params};

/// What a try needs to know.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) struct Loaded {
    pub(in crate::services::smtp) address: String,
    pub(in crate::services::smtp) sender: String,
    pub(in crate::services::smtp) tries: u32,
    pub(in crate::services::smtp) accepted: i64,
    pub(in crate::services::smtp) content: Content,
}

/// What the recipient gets.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) enum Content {
    /// The whole mail.
    Whole(Vec<u8>),
    /// Part of a bulk sending: number of the batch, Message-ID, and its data.
    OfBatch {
        /// Number of the batch.
        batch: i64,
        /// Message-ID without brackets.
        message_id: String,
        /// JSON.
        data: Vec<u8>,
    },
}

/// What is there for a try.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) enum Load {
    /// The mail.
    Mail(Box<Loaded>),
    /// It no longer waits: somebody took it out.
    Gone,
    /// The address gets no mail any more, for this reason.
    Suppressed(String),
}

/// Reads what a try of an envelope needs.
pub(in crate::services::smtp) fn load(connection: &Connection, app: &str, id: i64, now: i64) -> Result<Load> {
    let found = connection.one(
        "SELECT e.address, m.sender, e.tries, e.accepted, m.content, m.batch, m.message_id
         FROM envelopes e JOIN messages m ON m.id = e.message
         WHERE e.id = ?1 AND e.state IN ('queued', 'deferred') AND m.content IS NOT NULL",
        params![id],
        |row| {
            let content: Vec<u8> = row.get(4)?;
            let content = match row.get::<_, Option<i64>>(5)? {
                Some(batch) => Content::OfBatch { batch, message_id: row.get(6)?, data: content },
                None => Content::Whole(content),
            };
            Ok(Loaded {
                address: row.get(0)?,
                sender: row.get(1)?,
                tries: row.get(2)?,
                accepted: row.get(3)?,
                content,
            })
        },
    )?;
    let Some(loaded) = found else { return Ok(Load::Gone) };
    Ok(match suppressions::suppressed(connection, app, &loaded.address, now)? {
        Some(reason) => Load::Suppressed(reason),
        None => Load::Mail(Box::new(loaded)),
    })
}

/// Notes that the server is given the content from now on.
///
/// # Errors
/// [`Code::Conflict`] when somebody took the mail out of the queue meanwhile.
pub(in crate::services::smtp) fn mark_sending(connection: &Connection, id: i64, now: i64) -> Result<()> {
    let marked = connection.run(
        "UPDATE envelopes SET state = 'sending', changed = ?2 WHERE id = ?1 AND state IN ('queued', 'deferred')",
        params![id, now],
    )?;
    if marked == 1 { Ok(()) } else { Err(Error::new(Code::Conflict, "it was taken out of the queue")) }
}

/// Writes what came of a try, and the suppression that follows from it. Returns false when somebody took the mail out of the queue
/// meanwhile: that stays.
pub(in crate::services::smtp) fn write_verdict(
    connection: &Connection,
    id: i64,
    verdict: &Verdict,
    now: i64,
    suppress_days: u32,
) -> Result<bool> {
    let written = connection.run(
        "UPDATE envelopes SET state = ?2, tries = tries + ?3, due = coalesce(?4, due), changed = ?5, reply = ?6
         WHERE id = ?1 AND state IN ('queued', 'deferred', 'sending')",
        params![id, verdict.state.name(), verdict.counts, verdict.due, now, verdict.reply],
    )?;
    if verdict.suppress && suppress_days != 0 {
        let until = now + i64::from(suppress_days) * 24 * 60 * 60 * 1000;
        let found =
            connection.one("SELECT app, address FROM envelopes WHERE id = ?1", params![id], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
        if let Some((app, address)) = found {
            suppressions::add(connection, &app, &compared(&address), &verdict.reply, now, Some(until))?;
        }
    }
    Ok(written == 1)
}

/// Returns what the mails of a bulk sending share, as JSON.
pub(in crate::services::smtp) fn batch_source(connection: &Connection, batch: i64) -> Result<String> {
    let found =
        connection.one("SELECT source FROM batches WHERE id = ?1", params![batch], |row| row.get(0))?;
    found.ok_or_else(|| Error::new(Code::Internal, "a mail of a bulk sending that is not known"))
}

/// A mail that a crash left while the server was being given its content.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) struct Left {
    pub(in crate::services::smtp) id: i64,
    pub(in crate::services::smtp) app: String,
    pub(in crate::services::smtp) tries: u32,
    pub(in crate::services::smtp) accepted: i64,
}

/// Finds the mails that a crash left while the server was being given their content, and writes what `decide` makes of each.
/// Returns how many there were.
pub(in crate::services::smtp) fn recover(
    connection: &Connection,
    now: i64,
    decide: impl Fn(&Left) -> Verdict,
) -> Result<usize> {
    let sql = "SELECT id, app, tries, accepted FROM envelopes WHERE state = 'sending'";
    let left = connection.all(sql, [], |row| {
        Ok(Left { id: row.get(0)?, app: row.get(1)?, tries: row.get(2)?, accepted: row.get(3)? })
    })?;
    for one in &left {
        write_verdict(connection, one.id, &decide(one), now, 0)?;
    }
    Ok(left.len())
}
