//! `sogo db`: the apps' databases.

mod shell;

use std::io::Read as _;

use clap::{Args, Subcommand};
use serde_json::value::RawValue;

use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::print::Table;
use super::rows;
use super::text::{duration_ms, json_of, latency_us, pair};
use super::watch::{self, Watch};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::services::db::{self, api};

/// Serve the apps' databases, or look into them (sogoms-db)
///
/// Without a verb it is the service itself.
#[derive(Debug, Args)]
#[command(
    visible_alias = "sogoms-db",
    after_help = "\
Examples:
  sogoms-db -config /config -socket /run/sogoms-db.1.sock
  sogo db query prokov 'SELECT id, name FROM users WHERE email = ?' alice@example.com
  sogo db query prokov 'SELECT * FROM tasks WHERE user_id = :user' --arg user=3 -o json
  sogo db shell prokov
  sogo db introspect prokov tasks
  sogo db health"
)]
pub(super) struct Db {
    #[command(flatten)]
    socket: Socket,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Query(Query),
    Shell(shell::Shell),
    /// Describe the tables of an app's database
    ///
    /// Without a table it lists them all; with tables it describes their columns, indexes and foreign keys.
    Introspect {
        /// The app
        app: String,
        /// Only these tables
        tables: Vec<String>,
    },
    /// Tell whether each app's database answers
    Health {
        #[command(flatten)]
        watch: Watch,
    },
}

/// Run one statement that reads, and show its rows
///
/// A value is bound as a number, true, false or null if it reads as one, else as text; JSON's quotes keep it text: '"42"'.
#[derive(Debug, Args)]
struct Query {
    /// The app
    app: String,
    /// The statement, with ? or :name for each value; - reads it from standard input
    sql: String,
    /// Values for ?, in order
    #[arg(conflicts_with = "named")]
    args: Vec<String>,
    /// A value for :name
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = pair)]
    named: Vec<(String, String)>,
    /// Show so many rows at most [default: all, up to the app's max_rows]
    #[arg(short = 'n', long, value_name = "ROWS")]
    limit: Option<u64>,
}

pub(super) fn run(context: &Context, db: Db) -> Result<()> {
    let socket = db.socket.socket;
    let client = || context::client(&socket.clone().unwrap_or_else(|| context.places.socket("sogoms-db", 1)));
    match db.verb {
        None => daemon::run(context, socket, None, db::run),
        Some(Verb::Query(query)) => {
            let rows = context.block_on(client().call(query.action(context.print.for_people())?))?;
            rows::show(context, &rows)
        }
        Some(Verb::Shell(shell)) => shell::run(context, &shell),
        Some(Verb::Introspect { app, tables }) => introspect(context, &client(), app, &tables),
        Some(Verb::Health { watch }) => {
            let client = client();
            let health = context.block_on(watch::show(
                context,
                watch,
                || client.call(api::Health {}),
                |print, health| print.show(health, || databases(health)),
            ))?;
            let down = health.apps.iter().filter(|app| !app.up).count();
            if down == 0 || watch.is_on() {
                return Ok(());
            }
            Err(Error::new(Code::DbError, format!("{down} of {} databases do not answer", health.apps.len())))
        }
    }
}

impl Query {
    fn action(self, every_column: bool) -> Result<api::Query> {
        let query = if self.sql == "-" {
            let mut sql = String::new();
            std::io::stdin().read_to_string(&mut sql).map_err(|cause| {
                Error::new(Code::Usage, format!("cannot read the statement from standard input: {cause}"))
            })?;
            sql
        } else {
            self.sql
        };
        let args = if self.named.is_empty() {
            api::Args::Positional(self.args.iter().map(|typed| value(typed)).collect())
        } else {
            api::Args::Named(self.named.iter().map(|(name, typed)| (name.clone(), value(typed))).collect())
        };
        Ok(api::Query { app_id: self.app, query, args, limit: self.limit, user_id: None, every_column })
    }
}

fn value(typed: &str) -> api::Value {
    RawValue::from_string(json_of(typed))
        .ok()
        .and_then(|raw| api::Value::from_json(&raw).ok())
        .unwrap_or_else(|| api::Value::Text(typed.to_owned()))
}

fn introspect(
    context: &Context,
    client: &Client<api::Request>,
    app: String,
    tables: &[String],
) -> Result<()> {
    let hint = format!("`sogo db introspect {app}` lists the tables that there are");
    let wanted = (!tables.is_empty()).then(|| tables.to_vec());
    let schema = context.block_on(client.call(api::Introspect { app_id: app, tables: wanted }))?;
    let is_there = |name: &&String| schema.tables.iter().any(|found| found.name.eq_ignore_ascii_case(name));
    if let Some(absent) = tables.iter().find(|name| !is_there(name)) {
        return Err(Error::new(Code::NotFound, format!("there is no table `{absent}`")).hint(hint));
    }
    context.print.show(&schema, || if tables.is_empty() { overview(&schema) } else { columns(&schema) });
    Ok(())
}

fn overview(schema: &api::Schema) -> Table {
    let mut table = Table::new(["TABLE", "ROWS", "COLUMNS", "PRIMARY", "POINTS AT"]);
    for found in &schema.tables {
        let targets: Vec<&str> = found.foreign.iter().map(|key| key.table.as_str()).collect();
        table.row([
            if found.view { format!("{} (view)", found.name) } else { found.name.clone() },
            found.rows.to_string(),
            found.columns.len().to_string(),
            found.primary.join(", "),
            targets.join(", "),
        ]);
    }
    table
}

fn columns(schema: &api::Schema) -> Table {
    let mut table = Table::new(["TABLE", "COLUMN", "TYPE", "NULL", "KEY", "POINTS AT"]);
    for found in &schema.tables {
        for column in &found.columns {
            table.row([
                found.name.clone(),
                column.name.clone(),
                column.sql_type.clone(),
                if column.nullable { "yes" } else { "no" }.to_owned(),
                keys(found, column),
                targets(found, column),
            ]);
        }
    }
    table
}

/// What indexes a column is in: `primary, auto; unique users_email`.
fn keys(table: &api::Table, column: &api::Column) -> String {
    let mut keys = Vec::new();
    if table.primary.contains(&column.name) {
        keys.push(if column.auto { "primary, auto" } else { "primary" }.to_owned());
    }
    for index in table.indexes.iter().filter(|index| index.columns.contains(&column.name)) {
        keys.push(format!("{} {}", if index.unique { "unique" } else { "index" }, index.name));
    }
    keys.join("; ")
}

fn targets(table: &api::Table, column: &api::Column) -> String {
    let points = table.foreign.iter().filter_map(|key| {
        let place = key.columns.iter().position(|name| *name == column.name)?;
        Some(format!("{}.{}", key.table, key.references.get(place)?))
    });
    points.collect::<Vec<_>>().join(", ")
}

fn databases(health: &api::HealthReply) -> Table {
    let state = |up: bool| if up { "up" } else { "down" }.to_owned();
    let mut table =
        Table::new(["APP", "ENGINE", "HOST", "ROLE", "STATE", "SINCE", "PING", "CONNECTIONS", "ERROR"]);
    for app in &health.apps {
        // The line of the app is that of the host which it uses; the other hosts follow.
        let (used, others): (Vec<_>, Vec<_>) =
            app.hosts.iter().partition(|host| host.role == api::HostRole::Primary);
        let used = used.first();
        table.row([
            app.app.clone(),
            app.engine.clone(),
            used.map(|host| host.address.clone()).unwrap_or_default(),
            used.map(|host| host.role.name().to_owned()).unwrap_or_default(),
            state(app.up),
            duration_ms(app.since_ms),
            app.ping_us.map(latency_us).unwrap_or_default(),
            format!("{}/{}", app.connections, app.pool_size),
            app.error.clone().unwrap_or_default(),
        ]);
        for host in others {
            table.row([
                app.app.clone(),
                app.engine.clone(),
                host.address.clone(),
                host.role.name().to_owned(),
                state(host.up),
                duration_ms(host.since_ms),
                String::new(),
                format!("{}/{}", host.connections, app.pool_size),
                host.error.clone().unwrap_or_default(),
            ]);
        }
    }
    table
}
