//! What the shell does with a statement or a command.

use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use super::command::{Command, HELP};
use crate::cmd::context::{self, Context};
use crate::cmd::db::{columns, overview};
use crate::cmd::print::{Node, Table};
use crate::cmd::{prompt, rows};
use crate::error::{Code, Error, Result};
use crate::ipc::Action;
use crate::ipc::client::Options;
use crate::services::db::api::{Args, Delete, Insert, Introspect, Query, Request, Schema, Update};
use crate::sql::{self, Dialect, Fault, Kind};

/// Statements are bounded by the app's own `statement_timeout`, not by the shell.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// One use of the shell.
#[derive(Debug)]
pub(super) struct Session<'a> {
    context: &'a Context,
    app: String,
    engine: String,
    dialect: Dialect,
    limit: u64,
    /// Whether somebody is asked before all rows of a table are changed.
    may_ask: bool,
    is_expanded: bool,
    is_timed: bool,
}

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    GoOn,
    Leave,
}

/// What came of a statement.
enum Outcome {
    Rows(crate::services::db::api::Rows),
    Inserted(u64),
    Affected(u64),
}

impl<'a> Session<'a> {
    /// Asks which engine the app is on.
    ///
    /// # Errors
    /// [`Code::NotFound`] when sogoms-db does not know the app, and what keeps it from answering.
    pub(super) fn open(context: &'a Context, app: &str, limit: u64, may_ask: bool) -> Result<Self> {
        // From now on Ctrl-C ends a statement and never the shell, also in the moment before the statement begins.
        context.block_on(async { signal(SignalKind::interrupt()).map(drop).map_err(no_signals) })?;
        let schema = introspect(context, app, Some(Vec::new()))?;
        let dialect = if schema.engine == "sqlite" { Dialect::Sqlite } else { Dialect::MariaDb };
        let engine = format!("{} {}", schema.engine, schema.version);
        let app = app.to_owned();
        Ok(Self { context, app, engine, dialect, limit, may_ask, is_expanded: false, is_timed: false })
    }

    pub(super) fn app(&self) -> &str {
        &self.app
    }

    /// Returns the engine and its version, for a person.
    pub(super) fn engine(&self) -> &str {
        &self.engine
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Does a command.
    pub(super) fn command(&mut self, command: &Command) -> Result<Next> {
        let print = &self.context.print;
        let state = |is_on: bool| if is_on { "on" } else { "off" };
        match command {
            Command::Leave => return Ok(Next::Leave),
            Command::Help => {
                let mut table = Table::new(["COMMAND", "DOES"]);
                for (name, does) in HELP {
                    table.row([(*name).to_owned(), (*does).to_owned()]);
                }
                print.table(&table);
            }
            Command::Tables { views } => {
                let mut schema = introspect(self.context, &self.app, None)?;
                schema.tables.retain(|table| *views || !table.view);
                print.show(&schema, || overview(&schema));
            }
            Command::Describe(table) => self.describe(table)?,
            Command::Expanded => {
                self.is_expanded = !self.is_expanded;
                print.note(&format!("a line a cell is {}", state(self.is_expanded)));
            }
            Command::Timing => {
                self.is_timed = !self.is_timed;
                print.note(&format!("timing is {}", state(self.is_timed)));
            }
        }
        Ok(Next::GoOn)
    }

    fn describe(&self, table: &str) -> Result<()> {
        let schema = introspect(self.context, &self.app, Some(vec![table.to_owned()]))?;
        if schema.tables.is_empty() {
            return Err(Error::new(Code::NotFound, format!("there is no table `{table}`"))
                .hint("\\d lists the tables that there are"));
        }
        self.context.print.show(&schema, || columns(&schema));
        Ok(())
    }

    /// Runs a statement and shows what came of it. Ctrl-C stops it, on the server too.
    ///
    /// # Errors
    /// [`Code::Interrupted`] when it was stopped, or not wanted after all.
    pub(super) fn statement(&self, statement: &str) -> Result<()> {
        if sql::is_blank(self.dialect, statement) {
            return Ok(());
        }
        let refused = |fault: Fault| {
            let (line, column) = fault.line_and_column(statement);
            let error =
                Error::new(Code::SqlError, format!("{} (line {line}, column {column})", fault.message));
            match fault.hint {
                Some(hint) => error.hint(hint),
                None => error,
            }
        };
        let kind = sql::kind_of(self.dialect, statement).map_err(refused)?;
        let is_of_all =
            matches!(kind, Kind::Update | Kind::Delete) && !sql::has_where(self.dialect, statement);
        if is_of_all && self.may_ask {
            let what = format!("This {} has no WHERE: it is about every row. Run it?", kind.name());
            prompt::confirm(self.context, &what, "--write")?;
        }
        let begun = Instant::now();
        let outcome = self.run(kind, statement)?;
        let took = begun.elapsed();
        self.show(&outcome)?;
        if self.is_timed {
            self.context.print.note(&format!("{:.1} ms", took.as_secs_f64() * 1000.0));
        }
        Ok(())
    }

    fn run(&self, kind: Kind, statement: &str) -> Result<Outcome> {
        let (app_id, query, args) = (self.app.clone(), statement.to_owned(), Args::default());
        // Nobody in particular: what was written a moment ago is read where it was written.
        let user_id = None;
        match kind {
            Kind::Select | Kind::Show => {
                let every_column = self.context.print.for_people();
                let limit = Some(self.limit);
                self.call(Query { app_id, query, args, limit, user_id, every_column }).map(Outcome::Rows)
            }
            Kind::Insert => self
                .call(Insert { app_id, query, args, user_id })
                .map(|inserted| Outcome::Inserted(inserted.insert_id)),
            Kind::Update => self
                .call(Update { app_id, query, args, user_id })
                .map(|reply| Outcome::Affected(reply.affected_rows)),
            Kind::Delete => self
                .call(Delete { app_id, query, args, user_id })
                .map(|reply| Outcome::Affected(reply.affected_rows)),
            Kind::Other => {
                let client = if self.dialect == Dialect::Sqlite { "sqlite3" } else { "mariadb" };
                Err(Error::new(Code::Unsupported, "only SELECT, INSERT, UPDATE and DELETE are run here")
                    .hint(format!(
                        "change tables with the database's own client, `{client}`, then reload sogoway"
                    )))
            }
        }
    }

    /// Asks sogoms-db over a connection of its own: when it is closed, the statement ends on the server as well.
    fn call<X: Action<Api = Request>>(&self, action: X) -> Result<X::Reply> {
        let client = context::client(&self.context.places.socket("sogoms-db", 1));
        let options = Options { deadline: PATIENCE, request_id: None };
        self.context.block_on(async {
            tokio::select! {
                reply = client.call_with(options, action) => reply,
                _ = tokio::signal::ctrl_c() => Err(Error::new(Code::Interrupted, "the statement was stopped")),
            }
        })
    }

    fn show(&self, outcome: &Outcome) -> Result<()> {
        let print = &self.context.print;
        match outcome {
            Outcome::Rows(found) if self.is_expanded && print.for_people() => {
                let list = rows::read(found)?;
                print.records(&Table::of_rows(&list));
                self.count(list.len(), found.more);
            }
            Outcome::Rows(found) => {
                rows::show(self.context, found)?;
                if print.for_people() && !found.more {
                    self.count(rows::read(found)?.len(), false);
                }
            }
            Outcome::Inserted(id) => self.did("insert_id", *id),
            Outcome::Affected(rows) => self.did("affected_rows", *rows),
        }
        Ok(())
    }

    /// Tells a person at the terminal how many rows there were; in a pipe the rows are all there is.
    fn count(&self, count: usize, more: bool) {
        if self.may_ask && 0 < count && !more {
            self.context.print.note(&format!("{count} {}", if count == 1 { "row" } else { "rows" }));
        }
    }

    fn did(&self, what: &str, count: u64) {
        if self.context.print.for_people() {
            self.context.print.line(&format!("{what}: {count}"));
        } else {
            let member = (what.to_owned(), Node::of(&count));
            self.context.print.node(&Node::Map(vec![member]));
        }
    }
}

fn no_signals(cause: std::io::Error) -> Error {
    Error::new(Code::Internal, "Ctrl-C cannot be listened for").caused_by(cause)
}

fn introspect(context: &Context, app: &str, tables: Option<Vec<String>>) -> Result<Schema> {
    let client = context::client(&context.places.socket("sogoms-db", 1));
    context.block_on(client.call(Introspect { app_id: app.to_owned(), tables }))
}
