//! What may be asked of `sogoms-db`.

mod args;
mod examples;
mod rows;
mod schema;
mod tables;
mod write;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use args::{Args, Value};
pub use rows::{Row, Rows};
pub use schema::{Column, Foreign, Index, Kind, Schema, Table};
pub use tables::{OwnTable, OwnTables, PrepareTables, TableState};
pub use write::{IdempotencyKey, IfMatch, Reference, Write, Written, row_tag};

use crate::actions;
use crate::ipc::{Api, Example};
use crate::services::health;

/// All requests of `sogoms-db`.
#[expect(clippy::large_enum_variant, reason = "it is read from a frame and taken apart at once")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Request {
    /// See [`Query`].
    Query(Query),
    /// See [`QueryOne`].
    QueryOne(QueryOne),
    /// See [`Insert`].
    Insert(Insert),
    /// See [`Update`].
    Update(Update),
    /// See [`Delete`].
    Delete(Delete),
    /// See [`Transaction`].
    Transaction(Transaction),
    /// See [`Write`].
    Write(Write),
    /// See [`Introspect`].
    Introspect(Introspect),
    /// See [`Prepare`].
    Prepare(Prepare),
    /// See [`PrepareTables`].
    PrepareTables(PrepareTables),
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    Query => Rows,
    QueryOne => Row,
    Insert => Inserted,
    Update => Affected,
    Delete => Affected,
    Transaction => Results,
    Write => Written,
    Introspect => Schema,
    Prepare => Prepared,
    PrepareTables => OwnTables,
    Health => HealthReply,
}

/// Runs a statement that reads, and answers its rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The app whose database it is.
    pub app_id: String,
    /// One statement that reads, with `?` or `:name` placeholders.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// The most rows to answer; `more` tells whether there were others. Without it: the app's `max_rows`, beyond
    /// which the answer is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The user for whom it is read, if for one: once that user has not written for a while a replica may answer, if the
    /// app reads from replicas. Without it the primary answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Whether a column is answered again whose name stood before it: a row then has that key twice, which JSON leaves
    /// to its reader. Without it the first one is answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub every_column: bool,
}

/// Runs a statement that reads, and answers its first row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryOne {
    /// The app whose database it is.
    pub app_id: String,
    /// One statement that reads, with `?` or `:name` placeholders.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// The user for whom it is read, if for one: once that user has not written for a while a replica may answer, if the
    /// app reads from replicas. Without it the primary answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

/// Runs one INSERT or REPLACE and answers the id of the new row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insert {
    /// The app whose database it is.
    pub app_id: String,
    /// One INSERT or REPLACE, with `?` or `:name` placeholders.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// The user for whom it is written, if for one: that user's reads stay on the primary for a while. Without it
    /// everybody's do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

/// Runs one UPDATE and answers how many rows it found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The app whose database it is.
    pub app_id: String,
    /// One UPDATE, with `?` or `:name` placeholders.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// The user for whom it is written, if for one: that user's reads stay on the primary for a while. Without it
    /// everybody's do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

/// Runs one DELETE and answers how many rows it removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// The app whose database it is.
    pub app_id: String,
    /// One DELETE, with `?` or `:name` placeholders.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// The user for whom it is written, if for one: that user's reads stay on the primary for a while. Without it
    /// everybody's do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

/// Runs several statements, all or nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    /// The app whose database it is.
    pub app_id: String,
    /// The statements, in order; 1 to 1000 of them.
    pub statements: Vec<Statement>,
    /// The user for whom it is written, if for one: that user's reads stay on the primary for a while. Without it
    /// everybody's do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

/// One statement of a [`Transaction`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// One SELECT, INSERT, REPLACE, UPDATE or DELETE, with `?` or `:name` placeholders.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
}

/// Describes the tables of a database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Introspect {
    /// The app whose database it is.
    pub app_id: String,
    /// Only these tables, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<Vec<String>>,
}

/// Has the database prepare a statement without running it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// The app whose database it is.
    pub app_id: String,
    /// One statement, with `?` or `:name` placeholders.
    pub query: String,
}

/// Tells the state of the service and of each app's database.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

/// The reply to [`Insert`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inserted {
    /// The new row's AUTO_INCREMENT (SQLite: rowid); 0 when the table has none.
    pub insert_id: u64,
}

/// The reply to [`Update`] and [`Delete`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// How many rows the condition found, changed by it or not.
    pub affected_rows: u64,
}

/// The reply to [`Transaction`]: one result a statement, in order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    /// The results.
    pub results: Vec<StatementResult>,
}

/// What one statement of a [`Transaction`] did; the keys that do not apply are absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StatementResult {
    /// The rows of a statement that reads, as a JSON array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Box<RawValue>>,
    /// The id of a new row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insert_id: Option<u64>,
    /// How many rows were found or removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affected_rows: Option<u64>,
}

/// The reply to [`Prepare`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// How many placeholders the statement has.
    pub parameters: u64,
    /// The columns that it answers.
    pub columns: Vec<PreparedColumn>,
}

/// One column of a prepared statement's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedColumn {
    /// Its name in the answer.
    pub name: String,
    /// What kind of value it holds, where the engine tells before the statement runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
}

/// The reply to [`Health`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReply {
    /// The service itself.
    #[serde(flatten)]
    pub health: health::Health,
    /// Each app's database.
    pub apps: Vec<AppDatabase>,
}

/// The state of one app's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppDatabase {
    /// The app.
    pub app: String,
    /// `mariadb` or `sqlite`.
    pub engine: String,
    /// Whether a ping was answered just now.
    pub up: bool,
    /// Milliseconds for which it has been so.
    pub since_ms: u64,
    /// Why it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long the ping took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ping_us: Option<u64>,
    /// Open connections.
    pub connections: u32,
    /// The most connections that it may have.
    pub pool_size: u32,
    /// Connections on which a statement runs.
    #[serde(default)]
    pub busy: u32,
    /// Statements that wait for a connection.
    #[serde(default)]
    pub waiting: u32,
    /// The servers, in the order of app.yaml; none for SQLite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<DatabaseHost>,
}

/// The state of one server of an app's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseHost {
    /// `host:port`, or the path of a socket.
    pub address: String,
    /// What it is at present.
    pub role: HostRole,
    /// Whether it answered when it was last asked.
    pub up: bool,
    /// Whether the app's statements go to it.
    pub in_use: bool,
    /// Milliseconds for which it has been doing as it does.
    pub since_ms: u64,
    /// What keeps it from being used, or from taking changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Open connections to it.
    pub connections: u32,
}

/// What a server is in an app's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostRole {
    /// The one that is written to.
    Primary,
    /// One that takes over when the primary is lost.
    Standby,
    /// One that is only read from.
    Replica,
}

impl HostRole {
    /// Returns the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::Replica => "replica",
        }
    }
}

impl Api for Request {
    const NAME: &'static str = "sogoms-db";
    const SUMMARY: &'static str = "the apps' databases: MariaDB or SQLite, one pool an app";

    fn examples() -> Vec<Example> {
        examples::all()
    }
}
