//! `database:` of `app.yaml`.

use std::path::PathBuf;
use std::time::Duration;

use super::Context;
use super::servers::{self, Address, Servers};
use crate::config::secret::{Secret, read_secret};
use crate::config::settings::{CONNECT_TIMEOUT, POOL_SIZE, STATEMENT_TIMEOUT};
use crate::config::source::At;
use crate::config::yaml::Fields;

/// Where an app's data are.
#[derive(Debug, Clone)]
pub enum Database {
    /// A MariaDB server; the driver when none is named.
    MariaDb(MariaDb),
    /// A file, opened by our own SQLite.
    Sqlite(Sqlite),
}

/// An app's database on a MariaDB server, or on several that hold the same data.
#[derive(Debug, Clone)]
pub struct MariaDb {
    /// Where the section stands.
    pub at: At,
    /// The servers that may be written to, in order of preference; at least one. All work goes to one of them at a time.
    pub hosts: Vec<Address>,
    /// The servers that are read from besides; none unless the app says `reads: replicas`.
    pub replicas: Vec<Address>,
    /// How long after a user's write that user's reads stay on the primary.
    pub read_your_writes: Duration,
    /// Database user.
    pub user: String,
    /// Its password; `None` when no `password_file` is given.
    pub password: Option<Secret>,
    /// Name of the database.
    pub name: String,
    /// Limits of its connections.
    pub limits: DatabaseLimits,
}

/// An app's database in a file.
#[derive(Debug, Clone)]
pub struct Sqlite {
    /// Where the section stands.
    pub at: At,
    /// The file, absolute or relative to the process; a relative one in the file was taken from the app's folder.
    pub path: PathBuf,
    /// Limits of its connections.
    pub limits: DatabaseLimits,
}

/// Limits of an app's connections; what `app.yaml` does not give comes from `db:` of `sogoms.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseLimits {
    /// Connections at most, from 1.
    pub pool_size: u32,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
}

impl Database {
    /// Returns where the section stands.
    pub fn at(&self) -> &At {
        match self {
            Self::MariaDb(database) => &database.at,
            Self::Sqlite(database) => &database.at,
        }
    }
}

#[derive(Clone, Copy)]
enum Driver {
    MariaDb,
    Sqlite,
}

impl Database {
    pub(super) fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Self> {
        let drivers = [("mariadb", Driver::MariaDb), ("mysql", Driver::MariaDb), ("sqlite", Driver::Sqlite)];
        match fields.choice("driver", &drivers) {
            Some(Driver::Sqlite) => Sqlite::of(fields, context).map(Self::Sqlite),
            // A driver that is not known was reported; whose keys these are is then not known either.
            None if fields.node("driver").is_some() => None,
            Some(Driver::MariaDb) | None => MariaDb::of(fields, context).map(Self::MariaDb),
        }
    }
}

impl MariaDb {
    fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Self> {
        let servers = Servers::of(&mut fields, context);
        fields.require(&["user", "name"]);
        let user = fields.text("user").map(|text| text.value);
        let file = fields.text("password_file");
        let name = fields.text("name").map(|text| text.value);
        let limits = DatabaseLimits::of(&mut fields, context);
        let (at, report) = (fields.at.clone(), fields.report);
        fields.finish();
        let password = match &file {
            Some(file) => Some(read_secret(file, context, report)?),
            None => None,
        };
        let Servers { hosts, replicas, read_your_writes } = servers?;
        Some(Self { at, hosts, replicas, read_your_writes, user: user?, password, name: name?, limits })
    }
}

impl Sqlite {
    fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Self> {
        fields.refuse(servers::KEYS, "is about servers, and an SQLite database is a file");
        fields.require(&["path"]);
        let path = fields.text("path").map(|text| context.path(&text.value));
        let limits = DatabaseLimits::of(&mut fields, context);
        let at = fields.at.clone();
        fields.finish();
        Some(Self { at, path: path?, limits })
    }
}

impl DatabaseLimits {
    fn of(fields: &mut Fields<'_>, context: &Context<'_>) -> Self {
        let default = &context.settings.db;
        Self {
            pool_size: fields.integer("pool_size", POOL_SIZE).unwrap_or(default.pool_size),
            statement_timeout: fields
                .duration("statement_timeout", STATEMENT_TIMEOUT)
                .unwrap_or(default.statement_timeout),
            connect_timeout: fields
                .duration("connect_timeout", CONNECT_TIMEOUT)
                .unwrap_or(default.connect_timeout),
        }
    }
}
