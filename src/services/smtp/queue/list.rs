//! What who runs the service sees of the queue and changes in it.

use super::accept::recipients;
use super::keep::{OPEN_COLUMNS, Open};
use super::not_found;
use crate::error::{Code, Error, Result};
use crate::services::smtp::api::{Mail, Mails, QueueCancel, QueueList, QueueRetry, QueueShow, Shown, State};
use crate::services::smtp::moment::shown;
use crate::store::{Connection, Value, params, params_from_iter};

/// Entries that one page has at most.
const MOST: u32 = 1000;
/// Mails that one call changes at most.
const MOST_CHANGED: i64 = 1_000_000;

/// Lists mails, newest first.
pub(in crate::services::smtp) fn list(connection: &Connection, asked: &QueueList, now: i64) -> Result<Mails> {
    const UNFINISHED: [State; 4] = [State::Queued, State::Sending, State::Deferred, State::Unknown];
    let limit = asked.limit.clamp(1, MOST);
    let states = if asked.states.is_empty() { &UNFINISHED[..] } else { &asked.states[..] };
    let states: Vec<String> = states.iter().map(|state| format!("'{}'", state.name())).collect();
    let sql = format!(
        "SELECT e.id, e.app, e.address, m.subject, e.state, e.tries, e.accepted, e.changed, e.due, e.reply, e.bulk, m.message_id
         FROM envelopes e JOIN messages m ON m.id = e.message
         WHERE e.state IN ({}) AND (?1 IS NULL OR e.app = ?1) AND (?2 IS NULL OR lower(e.address) = lower(?2))
           AND e.accepted <= ?3 AND e.id < ?4
         ORDER BY e.id DESC LIMIT ?5",
        states.join(", ")
    );
    let older = asked.older_than_s.map_or(0, |seconds| i64::try_from(seconds).unwrap_or(i64::MAX / 1000));
    let latest = if older == 0 { i64::MAX } else { now - older.saturating_mul(1000) };
    let before = asked.before.unwrap_or(i64::MAX);
    let mut mails =
        connection.all(&sql, params![asked.app_id, asked.address, latest, before, limit + 1], |row| {
            let state = super::state(row, 4)?;
            let waits = matches!(state, State::Queued | State::Deferred);
            Ok(Mail {
                id: row.get(0)?,
                app: row.get(1)?,
                to: row.get(2)?,
                subject: row.get(3)?,
                state,
                tries: row.get(5)?,
                accepted: shown(row.get(6)?),
                changed: shown(row.get(7)?),
                next_try: waits.then(|| row.get(8)).transpose()?.map(shown),
                reply: row.get(9)?,
                bulk: row.get(10)?,
                message_id: row.get(11)?,
            })
        })?;
    let more = limit as usize <= mails.len().saturating_sub(1);
    mails.truncate(limit as usize);
    Ok(Mails { more, mails })
}

/// Shows one mail, with what its content is made of and when it was accepted.
pub(in crate::services::smtp) fn show(
    connection: &Connection,
    asked: &QueueShow,
) -> Result<(Shown, Option<super::Content>, i64)> {
    let number: Option<i64> = asked.mail.parse().ok();
    let message_id = asked.mail.trim_start_matches('<').trim_end_matches('>');
    let found = connection.one(
        "SELECT id, message_id, app, sender, accepted, key, content, batch FROM messages
         WHERE id = coalesce((SELECT message FROM envelopes WHERE id = ?1),
                             (SELECT id FROM messages WHERE message_id = ?2))",
        params![number, message_id],
        |row| {
            let found = Shown {
                message_id: row.get(1)?,
                app: row.get(2)?,
                sender: row.get(3)?,
                accepted: shown(row.get(4)?),
                idempotency_key: row.get(5)?,
                recipients: Vec::new(),
                content: None,
            };
            let message_id = found.message_id.clone();
            let batch = row.get::<_, Option<i64>>(7)?;
            let content = row.get::<_, Option<Vec<u8>>>(6)?.map(|content| match batch {
                Some(batch) => super::Content::OfBatch { batch, message_id, data: content },
                None => super::Content::Whole(content),
            });
            Ok((row.get::<_, i64>(0)?, found, content, row.get::<_, i64>(4)?))
        },
    )?;
    let (id, mut shown, content, accepted) = found.ok_or_else(|| not_found(&format!("`{}`", asked.mail)))?;
    shown.recipients = recipients(connection, id)?;
    Ok((shown, content, accepted))
}

/// Makes mails wait for a try from `now` on; returns them.
pub(in crate::services::smtp) fn retry(
    connection: &Connection,
    asked: &QueueRetry,
    now: i64,
) -> Result<Vec<Open>> {
    const MAY: &[State] = &[State::Deferred, State::Failed, State::Unknown];
    let of = Selection {
        ids: &asked.ids,
        app: asked.app_id.as_deref(),
        states: &asked.states,
        usual: &MAY[..1],
        may: MAY,
    };
    // What was dropped from the disk cannot be sent again.
    let kept = "EXISTS (SELECT 1 FROM messages m WHERE m.id = envelopes.message AND m.content IS NOT NULL)";
    of.change(connection, "state = 'deferred', due = ?1, changed = ?1", kept, now)
}

/// Takes mails out of the queue; returns them.
pub(in crate::services::smtp) fn cancel(
    connection: &Connection,
    asked: &QueueCancel,
    now: i64,
) -> Result<Vec<Open>> {
    const MAY: &[State] = &[State::Queued, State::Deferred, State::Unknown];
    let of = Selection {
        ids: &asked.ids,
        app: asked.app_id.as_deref(),
        states: &asked.states,
        usual: &MAY[..2],
        may: MAY,
    };
    of.change(
        connection,
        "state = 'cancelled', changed = ?1, reply = 'somebody took it out of the queue'",
        "1",
        now,
    )
}

/// Which mails are meant.
struct Selection<'a> {
    ids: &'a [i64],
    app: Option<&'a str>,
    states: &'a [State],
    /// States that are meant when none is named with an app.
    usual: &'a [State],
    /// States in which a mail can be changed so.
    may: &'a [State],
}

impl Selection<'_> {
    fn change(&self, connection: &Connection, set: &str, also: &str, now: i64) -> Result<Vec<Open>> {
        if self.ids.is_empty() == self.app.is_none() {
            return Err(Error::new(Code::BadRequest, "say which mails: either `ids` or `app_id`")
                .hint("`sogo smtp queue list` shows the numbers"));
        }
        let states = match (self.ids.is_empty(), self.states.is_empty()) {
            (false, _) => self.may,
            (true, true) => self.usual,
            (true, false) => self.states,
        };
        if let Some(other) = states.iter().find(|state| !self.may.contains(state)) {
            let may: Vec<_> = self.may.iter().map(|state| state.name()).collect();
            return Err(Error::new(Code::Validation, format!("a mail that is {} stays so", other.name()))
                .hint(format!("this is possible for those that are {}", may.join(", "))));
        }
        let names: Vec<String> = states.iter().map(|state| format!("'{}'", state.name())).collect();
        let names = names.join(", ");
        let mut values = vec![Value::from(now)];
        let which = if let Some(app) = self.app {
            values.push(app.to_owned().into());
            format!(
                "app = ?2 AND id IN (SELECT id FROM envelopes WHERE state IN ({names}) AND app = ?2 LIMIT {MOST_CHANGED})"
            )
        } else {
            values.extend(self.ids.iter().map(|id| Value::from(*id)));
            let places: Vec<String> = (2..self.ids.len() + 2).map(|place| format!("?{place}")).collect();
            format!("id IN ({})", places.join(", "))
        };
        let sql = format!(
            "UPDATE envelopes SET {set} WHERE {which} AND state IN ({names}) AND {also} RETURNING {OPEN_COLUMNS}"
        );
        connection.all(&sql, params_from_iter(values), Open::of_row)
    }
}
