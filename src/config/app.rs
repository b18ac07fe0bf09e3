//! `apps/{app}/app.yaml`: hosts, database, sign-in, mail and logs of one app.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::cron::Cron;
use super::emails::Email;
use super::queries::Queries;
use super::secret::Secret;
use super::source::{At, Sourced};

/// One app: everything of its folder, checked.
#[derive(Debug)]
pub struct App {
    /// Name of the app and of its folder: `[a-z0-9_-]`, at most 64 characters.
    pub name: String,
    /// Its folder, `{config}/apps/{name}`.
    pub folder: PathBuf,
    /// Where `app.yaml` begins.
    pub at: At,
    /// Version of the app, for people; empty if not given.
    pub version: String,
    /// What every path of its API begins with: `/api` unless given; begins with `/`, does not end with it,
    /// and is empty when the API is at the root.
    pub base_path: String,
    /// Host names and addresses it answers to, lower-case, without a final dot or a port; at least one.
    pub hosts: Vec<Sourced<String>>,
    /// Its database.
    pub database: Database,
    /// How its users sign in.
    pub auth: AuthSettings,
    /// How it sends mail, if it does.
    pub smtp: Option<Smtp>,
    /// Its logs.
    pub logs: AppLogs,
    /// Rows a list may answer at most.
    pub max_rows: u64,
    /// How integers reach the client.
    pub bigint: BigInt,
    /// Its API.
    pub queries: Queries,
    /// Its scheduled jobs, if it has any.
    pub cron: Option<Cron>,
    /// Its e-mail templates by name (the file's name without `.yaml`).
    pub emails: BTreeMap<String, Email>,
}

/// Where an app's data are.
#[derive(Debug, Clone)]
pub enum Database {
    /// A MariaDB server; the driver when none is named.
    MariaDb(MariaDb),
    /// A file, opened by our own SQLite.
    Sqlite(Sqlite),
}

/// An app's database on a MariaDB server.
#[derive(Debug, Clone)]
pub struct MariaDb {
    /// Where the section stands.
    pub at: At,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Unix socket of the server; used instead of host and port if given.
    pub socket: Option<PathBuf>,
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
    /// Returns the limits of its connections.
    pub fn limits(&self) -> &DatabaseLimits {
        match self {
            Self::MariaDb(database) => &database.limits,
            Self::Sqlite(database) => &database.limits,
        }
    }

    /// Returns where the section stands.
    pub fn at(&self) -> &At {
        match self {
            Self::MariaDb(database) => &database.at,
            Self::Sqlite(database) => &database.at,
        }
    }
}

/// Tokens of an app.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Key of the tokens' HMAC; never empty.
    pub jwt_secret: Secret,
    /// How long a token is valid.
    pub jwt_expiry: Duration,
}

/// The mail server an app sends through.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User to sign in as; `None` sends without signing in.
    pub user: Option<String>,
    /// Its password; `None` also when the file is missing, which is warned of.
    pub password: Option<Secret>,
    /// Address of the sender.
    pub from: Sourced<String>,
    /// Name of the sender; empty if not given.
    pub from_name: String,
    /// True for TLS from the first byte (465), false for STARTTLS (587).
    pub tls: bool,
}

/// Logs of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppLogs {
    /// Days after which a log file is deleted; from 1.
    pub retention_days: u32,
}

/// How integers reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BigInt {
    /// As JSON numbers, all 64 bits.
    #[default]
    Number,
    /// As JSON text where JavaScript's numbers would lose digits (beyond ±2^53).
    String,
}
