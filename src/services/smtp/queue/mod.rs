//! The queue on the disk: `sogoms-smtp.db`. Every statement about it stands in this folder.
//!
//! A mail (`messages`) has one envelope for each recipient, and the envelope has the state. Mails of a bulk sending (`batches`) share
//! their texts, and each has its own data. The states of an envelope and what a crash makes of them:
//!
//! | on the disk | the server | after a crash |
//! |---|---|---|
//! | `queued`, `deferred` | was not given the content | tried again |
//! | `sending` | may have been given it | `unknown`, and then as the app's `unknown` says |
//! | the others | has answered | as they are |
//!
//! `sending` is written when the server is ready for the content, before its first byte; the answer is written when it is there.

mod accept;
mod keep;
mod list;
mod outcome;
mod suppressions;

use std::path::Path;

pub(super) use accept::{Accepted, Batch, Incoming, Place, each_once, recipients_of};
pub(super) use keep::{Open, clean, forget_content, states, totals, waiting};
pub(super) use list::{cancel, list, retry, show};
pub(super) use outcome::{Content, Load, Loaded, batch_source, load, mark_sending, recover, write_verdict};
pub(super) use suppressions::{add, remove, suppressions};

use super::api::State;
use crate::error::{Code, Error, Result};
use crate::store::{Cells, Row, Store};

const MIGRATIONS: &[&str] = &["
CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  key TEXT,
  fingerprint BLOB NOT NULL,
  accepted INTEGER NOT NULL,
  source TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX batches_by_key ON batches (app, key) WHERE key IS NOT NULL;
CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  key TEXT,
  fingerprint BLOB,
  batch INTEGER REFERENCES batches,
  place INTEGER,
  sender TEXT NOT NULL,
  subject TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  content BLOB
) STRICT;
CREATE UNIQUE INDEX messages_by_key ON messages (app, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX messages_by_place ON messages (batch, place) WHERE batch IS NOT NULL;
CREATE INDEX messages_by_age ON messages (app, accepted);
CREATE INDEX messages_with_content ON messages (app, accepted) WHERE content IS NOT NULL;
CREATE TABLE envelopes (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
  app TEXT NOT NULL,
  address TEXT NOT NULL,
  bulk INTEGER NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  accepted INTEGER NOT NULL,
  due INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  reply TEXT
) STRICT;
CREATE INDEX envelopes_by_message ON envelopes (message);
CREATE INDEX envelopes_by_state ON envelopes (state, app, id);
CREATE TABLE suppressions (
  app TEXT NOT NULL,
  address TEXT NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (app, address)
) STRICT, WITHOUT ROWID;
"];

/// Opens the queue in the folder of durable state.
pub(super) fn open(state: &Path) -> Result<Store> {
    Store::open(&state.join("sogoms-smtp.db"), MIGRATIONS)
}

/// Reads the state in a column.
fn state(row: &Row<'_>, column: usize) -> Cells<State> {
    let name: String = row.get(column)?;
    Ok(State::ALL.iter().copied().find(|state| state.name() == name).unwrap_or(State::Unknown))
}

/// An address as it is compared: servers tell no capitals apart, and neither do people.
fn compared(address: &str) -> String {
    address.to_lowercase()
}

fn not_found(what: &str) -> Error {
    Error::new(Code::NotFound, format!("the queue has no mail {what}"))
        .hint("`sogo smtp queue list --state all` lists those that are still known")
}
