//! Tables of ours in an app's database, made only when an operator asks for it (`sogo app prepare`).

use super::api::{OwnTable, TableState};
use crate::sql::Dialect;

/// One table of ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    /// Its name.
    pub(super) name: &'static str,
    /// What needs it, for the operator who decides.
    purpose: &'static str,
    mariadb: &'static str,
    sqlite: &'static str,
}

/// Every table of ours, in the order of the documentation.
pub(super) const DEFINITIONS: &[Definition] = &[IDEMPOTENCY, CRON_SLOT];

const IDEMPOTENCY: Definition = Definition {
    name: "sogo_idempotency",
    purpose: "what was answered to requests with an Idempotency-Key",
    // The key is compared byte by byte: `a` and `A` are two of them, whatever the collation of the database.
    mariadb: "\
CREATE TABLE IF NOT EXISTS sogo_idempotency (
  user_id BIGINT NOT NULL,
  route VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request CHAR(22) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  answer VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NULL,
  made BIGINT NOT NULL,
  PRIMARY KEY (user_id, route, idempotency_key),
  KEY made (made)
) ENGINE=InnoDB",
    sqlite: "\
CREATE TABLE IF NOT EXISTS sogo_idempotency (
  user_id INTEGER NOT NULL,
  route TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request TEXT NOT NULL,
  answer TEXT,
  made INTEGER NOT NULL,
  PRIMARY KEY (user_id, route, idempotency_key)
);
CREATE INDEX IF NOT EXISTS sogo_idempotency_made ON sogo_idempotency (made)",
};

const CRON_SLOT: Definition = Definition {
    name: "sogo_cron_slot",
    purpose: "which of several hosts runs a scheduled job, so that each slot is started once",
    // `due` is in milliseconds, `claimed` and `busy_until` in seconds of this database's clock.
    mariadb: "\
CREATE TABLE IF NOT EXISTS sogo_cron_slot (
  app VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  job VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  slot VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  host VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  due BIGINT NOT NULL,
  claimed BIGINT NOT NULL,
  busy_until BIGINT NOT NULL,
  PRIMARY KEY (app, job, slot),
  KEY busy_until (busy_until)
) ENGINE=InnoDB",
    sqlite: "\
CREATE TABLE IF NOT EXISTS sogo_cron_slot (
  app TEXT NOT NULL,
  job TEXT NOT NULL,
  slot TEXT NOT NULL,
  host TEXT NOT NULL,
  due INTEGER NOT NULL,
  claimed INTEGER NOT NULL,
  busy_until INTEGER NOT NULL,
  PRIMARY KEY (app, job, slot)
)",
};

impl Definition {
    /// Returns the statements that make it, and do nothing where it is.
    pub(super) fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::MariaDb => self.mariadb,
            Dialect::Sqlite => self.sqlite,
        }
    }

    /// Describes it to an operator.
    pub(super) fn told(&self, dialect: Dialect, state: TableState) -> OwnTable {
        OwnTable {
            name: self.name.to_owned(),
            purpose: self.purpose.to_owned(),
            sql: self.sql(dialect).to_owned(),
            state,
        }
    }
}
