//! The examples of `sogoms-db` in docs/PROTOCOL.md.

use bytes::Bytes;

use super::{
    Affected, AppDatabase, Args, DatabaseHost, Delete, Health, HealthReply, HostRole, IdempotencyKey,
    IfMatch, Insert, Inserted, Introspect, Kind, OwnTable, OwnTables, Prepare, PrepareTables, Prepared,
    PreparedColumn, Query, QueryOne, Results, Row, Rows, Statement, StatementResult, TableState, Transaction,
    Update, Value, Write, Written, row_tag, schema,
};
use crate::ipc::Example;
use crate::services::health;

/// Returns one example an action, in the order of the documentation.
pub(super) fn all() -> Vec<Example> {
    let mut all = statements();
    all.push(transaction());
    all.push(guarded());
    all.extend(about_tables());
    all
}

fn app_id() -> String {
    "prokov".to_owned()
}

fn json(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn statements() -> Vec<Example> {
    vec![
        Example::of(
            "Runs one statement that reads and answers its rows. `args` are values in order for `?`, or an object \
                 of values for `:name`: text, numbers (every digit counts), true, false or null. `limit` is the most rows to answer, and `more` \
                 tells whether there were others; without it an answer beyond the app's `max_rows` is an error. \
                 `user_id` says for which user it is read: a replica may answer, if the app reads from replicas, once that user has not \
                 written for a while. Of columns with one name the first is answered; with `every_column: true` each \
                 is, and a row has that key twice.",
            Query {
                app_id: app_id(),
                query: "SELECT id, name FROM users WHERE id > ?".to_owned(),
                args: Args::Positional(vec![Value::Int(1)]),
                limit: Some(2),
                user_id: Some(2),
                every_column: false,
            },
            &Rows { more: true, rows: json(r#"[{"id":2,"name":"Alice"},{"id":3,"name":"Bob"}]"#) },
        ),
        Example::of(
            "The same for the first row; `row` is null when there is none.",
            QueryOne {
                app_id: app_id(),
                query: "SELECT id, name FROM users WHERE email = :email".to_owned(),
                args: Args::Named(vec![("email".to_owned(), Value::Text("alice@example.com".to_owned()))]),
                user_id: None,
            },
            &Row { row: Some(json(r#"{"id":2,"name":"Alice"}"#)) },
        ),
        Example::of(
            "Runs one INSERT or REPLACE; `insert_id` is 0 for a table that does not count up. `user_id` says for which user it is \
                 written: that user's reads stay on the primary for a while, and everybody's do when it is not said.",
            Insert {
                app_id: app_id(),
                query: "INSERT INTO projects (user_id, name) VALUES (?, ?)".to_owned(),
                args: Args::Positional(vec![Value::Int(2), Value::Text("Garden".to_owned())]),
                user_id: Some(2),
            },
            &Inserted { insert_id: 123 },
        ),
        Example::of(
            "Runs one UPDATE; a row that the condition found counts, also when nothing in it changed.",
            Update {
                app_id: app_id(),
                query: "UPDATE projects SET name = ? WHERE id = ?".to_owned(),
                args: Args::Positional(vec![Value::Text("Orchard".to_owned()), Value::Int(123)]),
                user_id: Some(2),
            },
            &Affected { affected_rows: 1 },
        ),
        Example::of(
            "Runs one DELETE.",
            Delete {
                app_id: app_id(),
                query: "DELETE FROM projects WHERE id = ?".to_owned(),
                args: Args::Positional(vec![Value::Int(123)]),
                user_id: Some(2),
            },
            &Affected { affected_rows: 1 },
        ),
    ]
}

fn transaction() -> Example {
    Example::of(
        "Runs 1 to 1000 statements in one transaction, all or nothing; an error names the statement, counted \
                 from 1. A statement has `query` and, if it takes values, `args`. Each result holds `rows`, `insert_id` or `affected_rows`, as its statement does.",
        Transaction {
            app_id: app_id(),
            statements: vec![Statement {
                query: "UPDATE tasks SET position = position + 1 WHERE project_id = ?".to_owned(),
                args: Args::Positional(vec![Value::Int(7)]),
            }],
            user_id: Some(2),
        },
        &Results { results: vec![StatementResult { affected_rows: Some(4), ..StatementResult::default() }] },
    )
}

fn guarded() -> Example {
    Example::of(
        "Runs one INSERT, UPDATE or DELETE in a transaction, if everything that it depends on holds. Each statement of \
                 `references` must find a row, else the answer is VALIDATION with its `field`. `if_match`: `row` finds and locks \
                 the row (`affected_rows` is 0 without one), `show` shows it, and one of `tags` must be its tag, else \
                 PRECONDITION_FAILED; after an UPDATE the new `tag` is answered. `key`: the answer is kept in `sogo_idempotency` \
                 for `idempotency.keep` of app.yaml, and a repetition gets it with `repeated`, written once; with another \
                 `request` it is KEY_REUSED, without the table UNSUPPORTED. A tag is the first 16 bytes of the SHA-256 of the \
                 row's JSON, in base64url.",
        Write {
            app_id: app_id(),
            query: "UPDATE projects SET name = ? WHERE id = ?".to_owned(),
            args: Args::Positional(vec![Value::Text("Orchard".to_owned()), Value::Int(123)]),
            user_id: Some(2),
            references: Vec::new(),
            if_match: Some(IfMatch {
                row: Statement {
                    query: "SELECT 1 FROM projects WHERE id = ? FOR UPDATE".to_owned(),
                    args: Args::Positional(vec![Value::Int(123)]),
                },
                show: Statement {
                    query: "SELECT id, name FROM projects WHERE id = ?".to_owned(),
                    args: Args::Positional(vec![Value::Int(123)]),
                },
                tags: vec![row_tag(br#"{"id":123,"name":"Garden"}"#)],
            }),
            key: Some(IdempotencyKey {
                user_id: 2,
                route: "PUT projects".to_owned(),
                key: "8e03978e-40d5-43dd-bc93-6894a57f9324".to_owned(),
                request: row_tag(br#"/123 {"name":"Orchard"}"#),
            }),
        },
        &Written {
            affected_rows: Some(1),
            tag: Some(row_tag(br#"{"id":123,"name":"Orchard"}"#)),
            ..Written::default()
        },
    )
}

fn about_tables() -> Vec<Example> {
    vec![
        Example::of(
            "Describes tables and views: columns with their types, primary, unique and foreign keys, indexes, \
                 and how many rows the engine believes there are. `tables` narrows it to some; \
                 one that is not there is left out. `type` is the column's type in the words of the engine, `kind` one \
                 of int, unsigned, bool, decimal, float, text, date, datetime, time, json, blob and bit; `optional` \
                 columns may be left out of an INSERT.",
            Introspect { app_id: app_id(), tables: Some(vec!["projects".to_owned()]) },
            &schema::example(),
        ),
        Example::of(
            "Has the database prepare a statement without running it: its placeholders are counted and its \
                 columns named, or its fault told.",
            Prepare {
                app_id: app_id(),
                query: "SELECT id FROM projects WHERE user_id = :user_id".to_owned(),
            },
            &Prepared {
                parameters: 1,
                columns: vec![PreparedColumn { name: "id".to_owned(), kind: Some(Kind::Int) }],
            },
        ),
        Example::of(
            "Makes those tables of ours that are missing (`sogo_idempotency`), or with `dry_run` only tells how it is \
                 with them: `state` is `present`, `missing` or `made`. No other table can be made over this socket.",
            PrepareTables { app_id: app_id(), dry_run: true },
            &OwnTables {
                tables: vec![OwnTable {
                    name: "sogo_idempotency".to_owned(),
                    purpose: "what was answered to requests with an Idempotency-Key".to_owned(),
                    state: TableState::Missing,
                    sql: "CREATE TABLE IF NOT EXISTS sogo_idempotency (…)".to_owned(),
                }],
            },
        ),
        Example::of(
            "Succeeds while the service can answer; what it depends on stands in `apps`, each database pinged \
                 just now. `hosts` are the servers of a MariaDB database: `role` is primary, standby or replica, \
                 and the app's statements go to those `in_use`.",
            Health {},
            &HealthReply {
                health: health::Health::example("sogoms-db"),
                apps: vec![AppDatabase {
                    app: app_id(),
                    engine: "mariadb".to_owned(),
                    up: true,
                    since_ms: 86_400_000,
                    error: None,
                    ping_us: Some(120),
                    connections: 2,
                    pool_size: 8,
                    busy: 1,
                    waiting: 0,
                    hosts: vec![
                        DatabaseHost {
                            address: "db1.example.com:3306".to_owned(),
                            role: HostRole::Standby,
                            up: false,
                            in_use: false,
                            since_ms: 42_000,
                            error: Some("connection refused".to_owned()),
                            connections: 0,
                        },
                        DatabaseHost {
                            address: "db2.example.com:3306".to_owned(),
                            role: HostRole::Primary,
                            up: true,
                            in_use: true,
                            since_ms: 86_400_000,
                            error: None,
                            connections: 2,
                        },
                    ],
                }],
            },
        ),
    ]
}
