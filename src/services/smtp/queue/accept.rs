//! Taking mails in.

use super::compared;
use super::suppressions::suppressed;
use crate::error::{Code, Error, Result};
use crate::services::smtp::api::{Recipient, State};
use crate::store::{Connection, params};

/// A mail that is to be taken in.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) struct Incoming {
    pub(in crate::services::smtp) app: String,
    pub(in crate::services::smtp) message_id: String,
    /// Key and hash of the request, to know it again.
    pub(in crate::services::smtp) key: Option<String>,
    pub(in crate::services::smtp) fingerprint: Option<Vec<u8>>,
    /// The bulk sending that it belongs to.
    pub(in crate::services::smtp) place: Option<Place>,
    /// The sender's address for the server.
    pub(in crate::services::smtp) sender: String,
    pub(in crate::services::smtp) subject: String,
    pub(in crate::services::smtp) accepted: i64,
    /// The whole mail; of a bulk one its data.
    pub(in crate::services::smtp) content: Vec<u8>,
    /// Bare addresses, each once.
    pub(in crate::services::smtp) recipients: Vec<String>,
}

/// Where a mail stands in its bulk sending.
#[derive(Debug, Clone, Copy)]
pub(in crate::services::smtp) struct Place {
    /// Number of the batch.
    pub(in crate::services::smtp) batch: i64,
    /// Its place among the recipients, from 0.
    pub(in crate::services::smtp) place: i64,
}

/// States of the recipients of a mail.
pub(in crate::services::smtp) type Recipients = Vec<Recipient>;

/// What was taken in, or had been before.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) struct Accepted {
    pub(in crate::services::smtp) message_id: String,
    pub(in crate::services::smtp) recipients: Recipients,
    pub(in crate::services::smtp) repeated: bool,
}

impl Incoming {
    /// Takes the mail in, unless it was before under its key or at its place.
    ///
    /// # Errors
    /// [`Code::Conflict`] when the key was used for another mail.
    pub(in crate::services::smtp) fn write(&self, connection: &Connection) -> Result<Accepted> {
        if let Some(before) = self.before(connection)? {
            return Ok(before);
        }
        let place = self.place;
        let message = connection.insert(
            "INSERT INTO messages (app, message_id, key, fingerprint, batch, place, sender, subject, accepted, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.app,
                self.message_id,
                self.key,
                self.fingerprint,
                place.map(|place| place.batch),
                place.map(|place| place.place),
                self.sender,
                self.subject,
                self.accepted,
                self.content,
            ],
        )?;
        let mut recipients = Vec::with_capacity(self.recipients.len());
        for address in &self.recipients {
            let reply = suppressed(connection, &self.app, address, self.accepted)?;
            let state = if reply.is_some() { State::Suppressed } else { State::Queued };
            let id = connection.insert(
                "INSERT INTO envelopes (message, app, address, bulk, state, accepted, due, changed, reply)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?7)",
                params![message, self.app, address, place.is_some(), state.name(), self.accepted, reply],
            )?;
            recipients.push(Recipient { id, address: address.clone(), state, reply });
        }
        Ok(Accepted { message_id: self.message_id.clone(), recipients, repeated: false })
    }

    fn before(&self, connection: &Connection) -> Result<Option<Accepted>> {
        let found = match (&self.key, self.place) {
            (Some(key), _) => connection.one(
                "SELECT id, message_id, fingerprint FROM messages WHERE app = ?1 AND key = ?2",
                params![self.app, key],
                |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, Option<Vec<u8>>>(2)?)),
            )?,
            (None, Some(place)) => connection.one(
                "SELECT id, message_id, fingerprint FROM messages WHERE batch = ?1 AND place = ?2",
                params![place.batch, place.place],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?,
            (None, None) => None,
        };
        let Some((message, message_id, fingerprint)) = found else { return Ok(None) };
        if fingerprint != self.fingerprint {
            return Err(other_mail(self.key.as_deref().unwrap_or_default()));
        }
        Ok(Some(Accepted { message_id, recipients: recipients(connection, message)?, repeated: true }))
    }
}

/// Returns the states of all recipients of a mail.
pub(super) fn recipients(connection: &Connection, message: i64) -> Result<Recipients> {
    connection.all(
        "SELECT id, address, state, reply FROM envelopes WHERE message = ?1 ORDER BY id",
        params![message],
        |row| {
            Ok(Recipient {
                id: row.get(0)?,
                address: row.get(1)?,
                state: super::state(row, 2)?,
                reply: row.get(3)?,
            })
        },
    )
}

/// A bulk sending that is to be taken in.
#[derive(Debug, Clone)]
pub(in crate::services::smtp) struct Batch {
    pub(in crate::services::smtp) app: String,
    pub(in crate::services::smtp) key: Option<String>,
    pub(in crate::services::smtp) fingerprint: Vec<u8>,
    pub(in crate::services::smtp) accepted: i64,
    /// What its mails share, as JSON.
    pub(in crate::services::smtp) source: String,
}

impl Batch {
    /// Takes the sending in, unless it was before under its key; returns its number, and when it was first accepted.
    ///
    /// # Errors
    /// [`Code::Conflict`] when the key was used for another one.
    pub(in crate::services::smtp) fn write(&self, connection: &Connection) -> Result<(i64, i64)> {
        if let Some(key) = &self.key {
            let before = known_batch(connection, &self.app, key)?;
            if let Some((id, accepted, fingerprint)) = before {
                return if fingerprint == self.fingerprint {
                    Ok((id, accepted))
                } else {
                    Err(other_mail(key))
                };
            }
        }
        let id = connection.insert(
            "INSERT INTO batches (app, key, fingerprint, accepted, source) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![self.app, self.key, self.fingerprint, self.accepted, self.source],
        )?;
        Ok((id, self.accepted))
    }
}

/// Returns number, moment and fingerprint of the sending that was taken in under a key.
fn known_batch(connection: &Connection, app: &str, key: &str) -> Result<Option<(i64, i64, Vec<u8>)>> {
    connection.one(
        "SELECT id, accepted, fingerprint FROM batches WHERE app = ?1 AND key = ?2",
        params![app, key],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

fn other_mail(key: &str) -> Error {
    Error::new(Code::Conflict, format!("the idempotency key `{key}` was used for another mail"))
        .hint("a key belongs to one mail; give this one a key of its own")
}

/// Returns the states of all recipients of a mail, by its Message-ID.
pub(in crate::services::smtp) fn recipients_of(
    connection: &Connection,
    message_id: &str,
) -> Result<Recipients> {
    let sql = "SELECT id FROM messages WHERE message_id = ?1";
    let message = connection.one(sql, params![message_id], |row| row.get::<_, i64>(0))?;
    message.map_or_else(|| Ok(Vec::new()), |message| recipients(connection, message))
}

/// Takes doubled addresses out of a list, whatever their capitals.
pub(in crate::services::smtp) fn each_once(addresses: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    addresses.into_iter().filter(|address| seen.insert(compared(address))).collect()
}
