//! The sample database: made where it is missing, and never mixed with somebody else's tables.

use super::sample;
use crate::auth::password;
use crate::cmd::databases::call;
use crate::config::{App, Database, Registry};
use crate::error::{Code, Error, Result};
use crate::ipc::Handle;
use crate::services::db::api::{Args, Introspect, PrepareTables, Query, Value};
use crate::services::db::{Db, run_script};

/// Cost of the users' hash: one that a person at the demo does not notice (a tenth of a second).
const COST: u32 = 10;

/// Makes tables and rows, unless they are there, and the tables of ours.
///
/// # Errors
/// [`Code::Conflict`] when a MariaDB database holds tables that no demo made.
pub(super) async fn prepare(app: &App, registry: &Registry) -> Result<()> {
    let is_missing = match &app.database {
        Database::Sqlite(file) => !file.path.exists(),
        Database::MariaDb(_) => is_empty(&Db::new(registry)).await.map_err(|error| match error.code {
            Code::DbError => error
                .hint("does the server run there, and are user, password and database of --database right?"),
            _ => error,
        })?,
    };
    if is_missing {
        make(app).await?;
    }
    // The demo shows everything that the API does, also what needs tables of ours.
    let prepare = PrepareTables { app_id: app.name.clone(), dry_run: false };
    Db::new(registry).handle(&call(), prepare).await.map(drop)
}

async fn make(app: &App) -> Result<()> {
    let hash =
        tokio::task::spawn_blocking(|| password::hash(sample::PASSWORD, COST)).await.map_err(|cause| {
            Error::new(Code::Internal, "the sample password was not hashed").caused_by(cause)
        })??;
    run_script(&app.database, &sample::script(&app.database, &hash)).await
}

async fn is_empty(db: &Db) -> Result<bool> {
    let app_id = || sample::APP.to_owned();
    let schema = db.handle(&call(), Introspect { app_id: app_id(), tables: None }).await?;
    if schema.tables.is_empty() {
        return Ok(true);
    }
    let found: Vec<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
    if sample::TABLES.iter().all(|name| found.contains(name)) {
        let args = sample::USERS.iter().map(|(email, _)| Value::Text((*email).to_owned())).collect();
        let query =
            format!("SELECT email FROM users WHERE email IN ({})", ["?"; sample::USERS.len()].join(", "));
        let rows = Query {
            app_id: app_id(),
            query,
            args: Args::Positional(args),
            limit: None,
            user_id: None,
            every_column: false,
        };
        let rows = db.handle(&call(), rows).await?.rows;
        let known: Vec<serde_json::Value> = serde_json::from_slice(&rows).unwrap_or_default();
        if known.len() == sample::USERS.len() {
            return Ok(false);
        }
    }
    let shown = found.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    Err(Error::new(Code::Conflict, format!("the database holds tables that no demo made: {shown}"))
        .hint("name an empty database; the demo touches no other"))
}
