//! One app as this service sees it: its database, its checked statements, and how the database is doing.

mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::api::{
    AppDatabase, Args, DatabaseHost, OwnTable, Prepared, Row, Rows, Schema, Statement, StatementResult,
    TableState,
};
use super::engine::{Engine, Outcome, Route, Wants, Work};
use super::recent::RecentWriters;
use super::rows::{self, Beyond, Form, RowLimit};
use super::statement::{Checked, Statements};
use super::tables::DEFINITIONS;
use super::turns::Turns;
use crate::config::{self, Database};
use crate::error::{Code, Error, Result};
use crate::sql::Kind;

/// How long a ping may take before the database counts as down.
const PING: Duration = Duration::from_millis(500);
/// Statements of one transaction at most.
const STATEMENTS: usize = 1000;

/// One app; a clone shares its connections.
#[derive(Debug, Clone)]
pub(super) struct App {
    name: String,
    database: Database,
    form: Form,
    max_rows: u64,
    engine: Arc<Engine>,
    statements: Arc<Statements>,
    state: Arc<Mutex<State>>,
    writers: Arc<RecentWriters>,
    /// Writes with an idempotency key that are in work.
    turns: Arc<Turns>,
    /// How long the answers to them are kept.
    keep_keys: Duration,
    /// When old ones were removed last.
    cleaned: Arc<Mutex<Option<Instant>>>,
}

/// What the last ping told.
#[derive(Debug)]
struct State {
    up: bool,
    since: Instant,
    error: Option<String>,
}

impl Default for State {
    fn default() -> Self {
        Self { up: true, since: Instant::now(), error: None }
    }
}

impl App {
    /// Makes the state of an app. Connections and statements of `old` are kept if its database is the same.
    pub(super) fn new(app: &config::App, max_bytes: usize, old: Option<&Self>) -> Self {
        let form = Form { bigint: app.bigint, max_bytes };
        let (name, database) = (app.name.clone(), app.database.clone());
        let (max_rows, keep_keys) = (app.max_rows, app.idempotency.keep);
        if let Some(old) = old.filter(|old| old.form == form && same(&old.database, &database)) {
            return Self { name, database, max_rows, keep_keys, ..old.clone() };
        }
        let engine = Arc::new(Engine::new(&name, &database, form));
        let window = match &database {
            Database::MariaDb(settings) => settings.read_your_writes,
            Database::Sqlite(_) => Duration::ZERO,
        };
        let writers = Arc::new(RecentWriters::new(window, Instant::now()));
        let (statements, state, turns, cleaned) = Default::default();
        Self { name, database, form, max_rows, engine, statements, state, writers, turns, keep_keys, cleaned }
    }

    /// Answers the rows of a statement that reads, for this user if for one.
    pub(super) async fn query(
        &self,
        text: &str,
        args: Args,
        limit: Option<u64>,
        user: Option<i64>,
        every_column: bool,
    ) -> Result<Rows> {
        let limit = match limit {
            Some(rows) => RowLimit { rows: rows.min(self.max_rows), beyond: Beyond::More, every_column },
            None => RowLimit { rows: self.max_rows, beyond: Beyond::Refuse, every_column },
        };
        let checked = self.checked(text, Kind::reads, "reads")?;
        let is_old_enough = |user| self.writers.may_read_old(user, Instant::now());
        let route = if checked.only_reads && user.is_some_and(is_old_enough) {
            Route::Replica
        } else {
            Route::Primary
        };
        match self.engine.run(read(&checked, args, limit)?, route).await? {
            Outcome::Rows(rows) => Ok(rows),
            Outcome::InsertId(_) | Outcome::Affected(_) => Err(unexpected()),
        }
    }

    /// Answers the first row of a statement that reads, for this user if for one.
    pub(super) async fn query_one(&self, text: &str, args: Args, user: Option<i64>) -> Result<Row> {
        let rows = self.query(text, args, Some(1), user, false).await?;
        Ok(Row { row: rows::first(&rows) })
    }

    /// Runs a statement of this kind, for this user if for one, and answers the new row's id, or how many rows it found.
    pub(super) async fn write(&self, kind: Kind, text: &str, args: Args, user: Option<i64>) -> Result<u64> {
        let checked = self.checked(text, |found| found == kind, kind.name())?;
        let _writing = self.writers.write(user);
        match self.engine.run(write(&checked, args)?, Route::Primary).await? {
            Outcome::InsertId(count) | Outcome::Affected(count) => Ok(count),
            Outcome::Rows(_) => Err(unexpected()),
        }
    }

    /// Runs statements in one transaction, for this user if for one.
    pub(super) async fn transaction(
        &self,
        statements: Vec<Statement>,
        user: Option<i64>,
    ) -> Result<Vec<StatementResult>> {
        if statements.is_empty() || STATEMENTS < statements.len() {
            return Err(Error::new(
                Code::BadRequest,
                format!(
                    "a transaction has 1 to {STATEMENTS} statements, and this one has {}",
                    statements.len()
                ),
            ));
        }
        let works = statements.into_iter().enumerate().map(|(index, statement)| {
            self.work(statement).map_err(|error| super::errors::in_statement(index, error))
        });
        let _writing = self.writers.write(user);
        let outcomes = self.engine.transaction(works.collect::<Result<_>>()?).await?;
        outcomes.into_iter().map(result).collect()
    }

    fn work(&self, Statement { query, args }: Statement) -> Result<Work> {
        let checked = self.checked(&query, |kind| kind != Kind::Other, "reads or changes rows")?;
        let limit = RowLimit { rows: self.max_rows, beyond: Beyond::Refuse, every_column: false };
        if checked.kind.reads() { read(&checked, args, limit) } else { write(&checked, args) }
    }

    /// Has the database prepare a statement.
    pub(super) async fn prepare(&self, text: &str) -> Result<Prepared> {
        let checked = self.statements.get(self.engine.dialect(), text)?;
        self.engine.prepare(Arc::clone(&checked.sql)).await
    }

    /// Describes the tables.
    pub(super) async fn introspect(&self, tables: Option<Vec<String>>) -> Result<Schema> {
        self.engine.introspect(tables).await
    }

    /// Makes those tables of ours that are missing, unless it is a dry run, and tells how it is with each.
    ///
    /// # Errors
    /// [`Code::Forbidden`] when the database user may not make tables.
    pub(super) async fn prepare_tables(&self, dry_run: bool) -> Result<Vec<OwnTable>> {
        let dialect = self.engine.dialect();
        let names = DEFINITIONS.iter().map(|definition| definition.name.to_owned()).collect();
        let schema = self.engine.introspect(Some(names)).await?;
        let mut told = Vec::with_capacity(DEFINITIONS.len());
        for definition in DEFINITIONS {
            let state = if schema.table(definition.name).is_some() {
                TableState::Present
            } else if dry_run {
                TableState::Missing
            } else {
                self.engine.define(definition.sql(dialect)).await?;
                TableState::Made
            };
            told.push(definition.told(dialect, state));
        }
        Ok(told)
    }

    /// Pings the database and tells how it is doing; takes half a second at most, but for the first time with several
    /// servers.
    pub(super) async fn health(&self) -> AppDatabase {
        self.engine.settle().await;
        let ping = match tokio::time::timeout(PING, self.engine.ping()).await {
            Ok(answered) => answered,
            Err(_) => Err(Error::new(Code::DbError, format!("no answer within {} ms", PING.as_millis()))),
        };
        let occupancy = self.engine.occupancy();
        let mut state = lock(&self.state);
        if state.up != ping.is_ok() {
            state.up = ping.is_ok();
            state.since = Instant::now();
        }
        state.error = ping.as_ref().err().map(|error| error.message.clone().into_owned());
        AppDatabase {
            app: self.name.clone(),
            engine: self.engine.name().to_owned(),
            up: state.up,
            since_ms: millis(state.since.elapsed()),
            error: state.error.clone(),
            ping_us: ping.ok().map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
            connections: occupancy.connections,
            pool_size: occupancy.pool_size,
            busy: occupancy.busy,
            waiting: occupancy.waiting,
            hosts: self.hosts(&state),
        }
    }

    /// Returns how each server is doing. The only one is not watched: its state is that of the database.
    fn hosts(&self, state: &State) -> Vec<DatabaseHost> {
        let mut hosts = self.engine.hosts();
        if let [only] = hosts.as_mut_slice() {
            (only.up, only.since_ms) = (state.up, millis(state.since.elapsed()));
            only.error.clone_from(&state.error);
        }
        hosts
    }

    fn checked(&self, text: &str, fits: impl Fn(Kind) -> bool, wanted: &str) -> Result<Arc<Checked>> {
        let checked = self.statements.get(self.engine.dialect(), text)?;
        if fits(checked.kind) {
            return Ok(checked);
        }
        let wanted =
            if wanted.starts_with(char::is_uppercase) { format!("is {wanted}") } else { wanted.to_owned() };
        let action = match checked.kind {
            Kind::Select | Kind::Show => Some("query"),
            Kind::Insert => Some("insert"),
            Kind::Update => Some("update"),
            Kind::Delete => Some("delete"),
            Kind::Other => None,
        };
        let error = Error::new(
            Code::BadRequest,
            format!("this action runs a statement that {wanted}, and this one is {}", checked.kind.name()),
        );
        Err(match action {
            Some(action) => {
                error.hint(format!("`{action}` is the action for it; `sogo db query` only reads"))
            }
            None => error.hint("change tables with the database's own client"),
        })
    }
}

/// Tells whether two databases are one with the same limits; where they stand in their files does not count.
fn same(old: &Database, new: &Database) -> bool {
    match (old, new) {
        (Database::Sqlite(old), Database::Sqlite(new)) => old.path == new.path && old.limits == new.limits,
        (Database::MariaDb(old), Database::MariaDb(new)) => {
            let servers = (&old.hosts, &old.replicas, old.read_your_writes);
            servers == (&new.hosts, &new.replicas, new.read_your_writes)
                && (&old.user, &old.password, &old.name, old.limits)
                    == (&new.user, &new.password, &new.name, new.limits)
        }
        _ => false,
    }
}

fn read(checked: &Checked, args: Args, limit: RowLimit) -> Result<Work> {
    let mut args = checked.values(args)?;
    let sql = match &checked.limited {
        Some(limited) => {
            // One row more tells whether there are more.
            let rows = i64::try_from(limit.rows).unwrap_or(i64::MAX).saturating_add(1);
            args.push(super::api::Value::Int(rows));
            limited
        }
        None => &checked.sql,
    };
    Ok(Work { sql: Arc::clone(sql), args, wants: Wants::Rows(limit) })
}

fn write(checked: &Checked, args: Args) -> Result<Work> {
    let wants = if checked.kind == Kind::Insert { Wants::InsertId } else { Wants::Affected };
    Ok(Work { sql: Arc::clone(&checked.sql), args: checked.values(args)?, wants })
}

fn result(outcome: Outcome) -> Result<StatementResult> {
    let mut result = StatementResult::default();
    match outcome {
        Outcome::Rows(rows) => {
            let rows = String::from_utf8(rows.rows.into())
                .map_err(|_| unexpected())
                .and_then(|text| serde_json::value::RawValue::from_string(text).map_err(|_| unexpected()))?;
            result.rows = Some(rows);
        }
        Outcome::InsertId(id) => result.insert_id = Some(id),
        Outcome::Affected(count) => result.affected_rows = Some(count),
    }
    Ok(result)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unexpected() -> Error {
    Error::new(Code::Internal, "the engine answered something else than it was asked for")
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
