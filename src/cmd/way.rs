//! `sogo way`: the gateway, and what it would answer.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::print::{Node, Table, escaped_lines};
use super::watch::{self, Watch};
use crate::error::{Code, Error, Result};
use crate::services::gateway::{self, api};

/// Serve the apps over HTTP, or tell who would see what (sogoway)
///
/// Without a verb it is the gateway itself.
#[derive(Debug, Args)]
#[command(
    visible_alias = "sogoway",
    after_help = "\
Examples:
  sogoway -config /config -port 8080
  sogo way routes prokov
  sogo way explain prokov GET '/api/tasks?project_id=2' --as 3
  sogo way explain prokov GET /api/tasks --as alice@example.com
  sogo way explain prokov POST /api/projects --as 3 --body '{\"name\": \"Garden\"}' --run"
)]
pub(super) struct Way {
    #[command(flatten)]
    socket: Socket,
    /// TCP port to serve, if another than that of sogoms.yaml
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the routes of the apps, and the filter of each role
    Routes {
        /// Only this app
        app: Option<String>,
        #[command(flatten)]
        watch: Watch,
    },
    /// Tell how a request would be answered, and why: filter, tables, final SQL, arguments
    ///
    /// Nothing is run unless --run is given.
    Explain(Explain),
}

#[derive(Debug, Args)]
struct Explain {
    /// The app
    app: String,
    /// The HTTP method
    method: String,
    /// Path and query string, as a client writes them
    path: String,
    /// The user who asks, by id or by what users sign in with; nobody without it
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// The user's role, if another than the one in the users table
    #[arg(long)]
    role: Option<String>,
    /// The body of the request, as JSON
    #[arg(long, value_name = "JSON")]
    body: Option<String>,
    /// Run it as well: a write writes
    #[arg(long)]
    run: bool,
}

pub(super) fn run(context: &Context, way: Way) -> Result<()> {
    let socket = way.socket.socket;
    let client = || context::client(&socket.clone().unwrap_or_else(|| context.places.socket("sogoway", 1)));
    match way.verb {
        None => daemon::run(context, socket, way.port, gateway::run),
        Some(Verb::Routes { app, watch }) => {
            let client = client();
            let shown = watch::show(
                context,
                watch,
                || client.call(api::Routes { app: app.clone() }),
                |print, list| print.show(list, || routes(list)),
            );
            context.block_on(shown).map(|_| ())
        }
        Some(Verb::Explain(explain)) => {
            let (is_anyone, run) = (explain.user.is_some(), explain.run);
            let action = explain.action()?;
            let explanation = context.block_on(client().call(action))?;
            if context.print.for_people() {
                show(context, &explanation);
            } else {
                context.print.value(&explanation);
            }
            if !is_anyone && explanation.status == Some(Code::Unauthorized.outcome().http) {
                context.print.note("nobody asks; --as USER asks as a user");
            } else if run && explanation.answer.is_none() {
                context.print.note("it was not run: signing in, up and out are not run on trial");
            }
            Ok(())
        }
    }
}

fn routes(list: &api::RouteList) -> Table {
    let mut table = Table::new(["APP", "METHOD", "PATH", "TOKEN", "DOES", "WHO", "SOURCE"]);
    for route in &list.routes {
        let filters: Vec<String> = route.filters.iter().map(filter).collect();
        table.row([
            route.app.clone(),
            route.method.clone(),
            route.path.clone(),
            if route.auth { "yes" } else { "no" }.to_owned(),
            route.does.clone(),
            filters.join("; "),
            route.source.clone(),
        ]);
    }
    table
}

fn filter(of: &api::RoleFilter) -> String {
    if of.filter.is_empty() {
        format!("{}: every row", of.role)
    } else {
        format!("{}: {}", of.role, of.filter)
    }
}

impl Explain {
    fn action(self) -> Result<api::Explain> {
        let body = self.body.map(|text| {
            serde_json::from_str::<Value>(&text).map_err(|cause| {
                Error::new(Code::Usage, format!("--body is not JSON: {cause}"))
                    .hint("quote it for the shell: --body '{\"name\": \"Garden\"}'")
            })
        });
        let user_id = self.user.as_deref().and_then(|typed| typed.parse().ok());
        Ok(api::Explain {
            app: self.app,
            method: self.method.to_ascii_uppercase(),
            path: self.path,
            user_id,
            user: if user_id.is_none() { self.user } else { None },
            role: self.role,
            body: body.transpose()?,
            run: self.run,
        })
    }
}

fn show(context: &Context, explanation: &api::Explanation) {
    let print = &context.print;
    let mut stages = Table::new(["STAGE", "DECISION", "SOURCE"]);
    for stage in &explanation.stages {
        stages.row([stage.stage.clone(), stage.decision.clone(), stage.source.clone().unwrap_or_default()]);
    }
    print.table(&stages);
    if let Some(sql) = &explanation.sql {
        print.heading("\nSQL");
        let indented = sql.lines().fold(String::new(), |mut out, line| {
            let _ = writeln!(out, "  {line}");
            out
        });
        print.text(&escaped_lines(&indented));
    }
    if !explanation.arguments.is_empty() {
        print.heading("\nArguments");
        let mut arguments = Table::new(["NAME", "VALUE", "TYPE", "FROM"]);
        for argument in &explanation.arguments {
            arguments.row([
                argument.name.clone(),
                Node::of(&argument.value).compact(),
                argument.kind.clone(),
                argument.from.clone(),
            ]);
        }
        print.table(&arguments);
    }
    if let Some(status) = explanation.status {
        print.heading(&format!("\nAnswer {status}"));
    }
    if let Some(answer) = &explanation.answer {
        // What reads as JSON is shown as such; anything else was not made by the gateway.
        match Node::parse(answer.get()) {
            Ok(node) => print.node(&node),
            Err(_) => print.line(answer.get()),
        }
    }
}
