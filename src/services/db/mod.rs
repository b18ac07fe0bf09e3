//! `sogoms-db`: the apps' databases, one pool an app.
//!
//! A statement goes from `mod.rs` (which action) to `app` (whose database, and may this action run it),
//! to `engine` (how the driver runs it), and comes back as JSON bytes written by `rows`.

pub mod api;
mod app;
mod apps;
mod engine;
mod errors;
mod events;
mod json;
mod recent;
mod rows;
mod statement;
mod tables;
#[cfg(test)]
mod tests;
mod turns;
mod write;

pub use engine::run_script;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use tracing::error;

use self::api::{
    Affected, Delete, Health, HealthReply, Insert, Inserted, Introspect, OwnTables, Prepare, PrepareTables,
    Prepared, Query, QueryOne, Request, Results, Row, Rows, Schema, Transaction, Update, Write, Written,
};
use self::app::App;
use self::apps::Apps;
use self::events::Told;
use super::logs::queue::LogQueue;
use super::{Start, health, read_configuration};
use crate::config::Registry;
use crate::error::Result;
use crate::ipc::peer::Access;
use crate::ipc::server::{self, Limits};
use crate::ipc::{Answer, Api, Call, Handle, Service, answer};
use crate::process::group;
use crate::process::signals::Signals;
use crate::sql::Kind;

/// Calls in work on one connection, and altogether. The queue of each app is bounded by its own pool; these are so
/// large that an app whose database hangs never keeps another app's calls from being read.
const IN_FLIGHT_PER_CONNECTION: usize = 8 * 1024;
const IN_FLIGHT: usize = 16 * 1024;

/// How long the log entries that wait may take at the stop.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs `sogoms-db` until it is told to stop.
///
/// # Errors
/// When its socket cannot be bound, or `ipc.group` does not exist. A wrong app or a dead database is no reason to stop.
pub async fn run(start: Start, signals: Signals) -> Result<()> {
    let registry = read_configuration(start.places.config.clone()).await?;
    let group = registry.settings.ipc.group.as_deref().map(group::id).transpose()?;
    let limits = Limits {
        max_frame_bytes: usize::try_from(registry.settings.ipc.max_frame_bytes).unwrap_or(usize::MAX),
        in_flight_per_connection: IN_FLIGHT_PER_CONNECTION,
        in_flight: IN_FLIGHT,
        ..Limits::default()
    };
    let service = Arc::new(Db::new(&registry));
    let listener = start.listener(Request::NAME, group)?;
    start.notifier.ready();
    let logs = LogQueue::of(Request::NAME, &start.places, &registry.settings);

    let reloading = tokio::spawn({
        let (service, mut reload) = (Arc::clone(&service), signals.reload.clone());
        async move {
            while reload.changed().await.is_ok() {
                match read_configuration(start.places.config.clone()).await {
                    Ok(registry) => service.reload(&registry),
                    Err(error) => {
                        error!(cause = error.cause(), "{error}; the old configuration stays in force");
                    }
                }
            }
        }
    });
    let told = Arc::new(Told::new(service, logs.clone(), registry.settings.logs.slow_statement));
    server::serve(listener, told, Access::own(group), limits, signals.stop).await;
    reloading.abort();
    logs.drain(LAST_WORDS).await;
    Ok(())
}

/// The service: the apps in force.
#[derive(Debug)]
pub struct Db {
    apps: ArcSwap<Apps>,
    ready: Instant,
}

impl Db {
    /// Makes the service for a configuration; no database is connected before the first statement.
    pub fn new(registry: &Registry) -> Self {
        Self { apps: ArcSwap::from_pointee(Apps::new(registry, None)), ready: Instant::now() }
    }

    /// Takes over a new configuration. Pools whose settings are the same are kept; a replaced one ends when what runs
    /// on it has ended.
    pub fn reload(&self, registry: &Registry) {
        let apps = Apps::new(registry, Some(&self.apps.load()));
        self.apps.store(Arc::new(apps));
    }

    fn app(&self, name: &str) -> Result<Arc<App>> {
        self.apps.load().get(name)
    }
}

impl Service for Db {
    type Api = Request;

    async fn dispatch(&self, call: Call, request: Request) -> Result<Answer> {
        match request {
            Request::Query(action) => answer(self.handle(&call, action).await),
            Request::QueryOne(action) => answer(self.handle(&call, action).await),
            Request::Insert(action) => answer(self.handle(&call, action).await),
            Request::Update(action) => answer(self.handle(&call, action).await),
            Request::Delete(action) => answer(self.handle(&call, action).await),
            Request::Transaction(action) => answer(self.handle(&call, action).await),
            Request::Write(action) => answer(self.handle(&call, action).await),
            Request::Introspect(action) => answer(self.handle(&call, action).await),
            Request::Prepare(action) => answer(self.handle(&call, action).await),
            Request::PrepareTables(action) => answer(self.handle(&call, action).await),
            Request::Health(action) => answer(self.handle(&call, action).await),
        }
    }
}

impl Handle<Query> for Db {
    async fn handle(&self, _call: &Call, action: Query) -> Result<Rows> {
        let Query { app_id, query, args, limit, user_id, every_column } = action;
        self.app(&app_id)?.query(&query, args, limit, user_id, every_column).await
    }
}

impl Handle<QueryOne> for Db {
    async fn handle(&self, _call: &Call, action: QueryOne) -> Result<Row> {
        let QueryOne { app_id, query, args, user_id } = action;
        self.app(&app_id)?.query_one(&query, args, user_id).await
    }
}

impl Handle<Insert> for Db {
    async fn handle(&self, _call: &Call, action: Insert) -> Result<Inserted> {
        let Insert { app_id, query, args, user_id } = action;
        let insert_id = self.app(&app_id)?.write(Kind::Insert, &query, args, user_id).await?;
        Ok(Inserted { insert_id })
    }
}

impl Handle<Update> for Db {
    async fn handle(&self, _call: &Call, action: Update) -> Result<Affected> {
        let Update { app_id, query, args, user_id } = action;
        let affected_rows = self.app(&app_id)?.write(Kind::Update, &query, args, user_id).await?;
        Ok(Affected { affected_rows })
    }
}

impl Handle<Delete> for Db {
    async fn handle(&self, _call: &Call, action: Delete) -> Result<Affected> {
        let Delete { app_id, query, args, user_id } = action;
        let affected_rows = self.app(&app_id)?.write(Kind::Delete, &query, args, user_id).await?;
        Ok(Affected { affected_rows })
    }
}

impl Handle<Transaction> for Db {
    async fn handle(&self, _call: &Call, action: Transaction) -> Result<Results> {
        let Transaction { app_id, statements, user_id } = action;
        let results = self.app(&app_id)?.transaction(statements, user_id).await?;
        Ok(Results { results })
    }
}

impl Handle<Write> for Db {
    async fn handle(&self, _call: &Call, write: Write) -> Result<Written> {
        self.app(&write.app_id)?.write_guarded(write).await
    }
}

impl Handle<Introspect> for Db {
    async fn handle(&self, _call: &Call, Introspect { app_id, tables }: Introspect) -> Result<Schema> {
        self.app(&app_id)?.introspect(tables).await
    }
}

impl Handle<Prepare> for Db {
    async fn handle(&self, _call: &Call, Prepare { app_id, query }: Prepare) -> Result<Prepared> {
        self.app(&app_id)?.prepare(&query).await
    }
}

impl Handle<PrepareTables> for Db {
    async fn handle(
        &self,
        _call: &Call,
        PrepareTables { app_id, dry_run }: PrepareTables,
    ) -> Result<OwnTables> {
        let tables = self.app(&app_id)?.prepare_tables(dry_run).await?;
        Ok(OwnTables { tables })
    }
}

impl Handle<Health> for Db {
    async fn handle(&self, _call: &Call, Health {}: Health) -> Result<HealthReply> {
        let apps = self.apps.load_full();
        let databases = join_all(apps.all().map(|app| app.health())).await;
        Ok(HealthReply {
            health: health::Health::of(Request::NAME, self.ready.elapsed(), apps.problems.clone()),
            apps: databases,
        })
    }
}
