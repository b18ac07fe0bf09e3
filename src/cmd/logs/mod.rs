//! `sogo logs`: the central logs.

mod filters;
mod moment;
mod show;
mod stats;
mod trace;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;

use self::filters::Filters;
pub(in crate::cmd) use self::filters::written;
use self::show::Shown;
use self::stats::Stats;
use self::trace::Trace;
use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::text::{json_of, pair};
use super::watch;
use crate::config::{self, closest};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::{Options, Replies};
use crate::services::logs::{self, api};

/// Keep the apps' logs, or read them (sogoms-logs)
///
/// Without a verb it is the service itself.
#[derive(Debug, Args)]
#[command(
    visible_alias = "sogoms-logs",
    after_help = "\
Examples:
  sogoms-logs -config /config -socket /run/sogoms-logs.1.sock
  sogo logs tail prokov -n 50
  sogo logs tail -f --level warn --since 10m
  sogo logs search prokov --since yesterday --grep 'time-?out' --where user_id=2
  sogo logs stats --since today --by hour
  sogo logs trace 01JFA2                     what all services wrote about one request
  sogo logs event prokov deploy version=1.4.2 --message 'New front end'"
)]
pub(super) struct Logs {
    #[command(flatten)]
    socket: Socket,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Tail(Tail),
    Search(Search),
    Stats(Stats),
    Trace(Trace),
    Event(Event),
}

/// Show the newest entries, and follow them
#[derive(Debug, Args)]
struct Tail {
    #[command(flatten)]
    filters: Filters,
    /// How many entries that are there already [default: 10, with --since all up to 10000]
    #[arg(short = 'n', long, value_name = "LINES")]
    lines: Option<u32>,
    /// Go on with what is written from now on, over midnight and full files
    #[arg(short, long)]
    follow: bool,
}

/// Show every entry of the whole history that fits, oldest first
#[derive(Debug, Args)]
struct Search {
    #[command(flatten)]
    filters: Filters,
    /// The most entries to show, the oldest
    #[arg(short = 'n', long, value_name = "ENTRIES")]
    limit: Option<u64>,
}

/// Write an event to an app's log
#[derive(Debug, Args)]
struct Event {
    /// The app
    app: String,
    /// What happened, in a word
    #[arg(value_name = "EVENT")]
    name: String,
    /// Anything else; a value is a number, true, false or null if it reads as one, else text
    #[arg(value_name = "KEY=VALUE", value_parser = pair)]
    fields: Vec<(String, String)>,
    /// The same for a person
    #[arg(long)]
    message: Option<String>,
    /// The user it is about
    #[arg(long, value_name = "USER_ID")]
    user: Option<i64>,
}

/// As long as a connection may last: following ends when the operator leaves.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn run(context: &Context, logs: Logs) -> Result<()> {
    let socket = logs.socket.socket;
    let client =
        || context::client(&socket.clone().unwrap_or_else(|| context.places.socket("sogoms-logs", 1)));
    match logs.verb {
        None => daemon::run(context, socket, None, logs::run),
        Some(Verb::Tail(tail)) => {
            context.block_on(async { show_all(context, stream(&client(), tail.action()).await?).await })?;
            Ok(())
        }
        Some(Verb::Search(search)) => {
            let found = context
                .block_on(async { show_all(context, stream(&client(), search.action()).await?).await })?;
            if found == 0 {
                context.print.note("no entry fits");
            }
            Ok(())
        }
        Some(Verb::Trace(trace)) => trace.run(context, &client()),
        Some(Verb::Stats(stats)) => {
            let client = client();
            let shown = watch::show(context, stats.watch, || client.call(stats.action()), stats::show);
            context.block_on(shown).map(|_| ())
        }
        Some(Verb::Event(event)) => {
            known(context, &event.app)?;
            context.block_on(client().call(event.action())).map(|_| ())
        }
    }
}

async fn stream<X>(client: &Client<api::Request>, action: X) -> Result<Replies<api::Line>>
where
    X: crate::ipc::Action<Api = api::Request, Reply = api::Line>,
{
    client.stream(Options { deadline: A_DAY, request_id: None }, action).await
}

/// Shows every entry that comes, and returns how many did.
async fn show_all(context: &Context, mut lines: Replies<api::Line>) -> Result<u64> {
    let mut count = 0;
    while let Some(line) = lines.next().await {
        show::show(&context.print, Shown::Whole, &line?);
        count += 1;
        if context.print.is_closed() {
            break;
        }
    }
    Ok(count)
}

/// Refuses an app that is not configured: a slip would begin a log that nobody looks at. A configuration that cannot be
/// read refuses nothing.
fn known(context: &Context, app: &str) -> Result<()> {
    let registry = config::load(&context.places.config);
    let broken = registry.problems.iter().filter_map(|problem| problem.app.as_deref());
    let apps: Vec<&str> =
        registry.apps.iter().map(|app| app.name.as_str()).chain(broken).chain([logs::OWN_APP]).collect();
    if registry.is_wrong_as_a_whole() || apps.contains(&app) {
        return Ok(());
    }
    let error = Error::new(Code::NotFound, format!("there is no app `{app}`"));
    Err(match closest(app, apps.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("there are: {}", apps.join(", "))),
    })
}

impl Tail {
    fn action(self) -> api::Tail {
        let all =
            if self.filters.since.is_some() { api::Tail::MOST_LINES } else { api::Tail::default_lines() };
        let (lines, follow) = (self.lines.unwrap_or(all), self.follow);
        let (apps, kind, filter) = self.filters.parts();
        api::Tail { apps, kind, lines, follow, filter }
    }
}

impl Search {
    fn action(self) -> api::Search {
        let (apps, kind, filter) = self.filters.parts();
        api::Search { apps, kind, filter, limit: self.limit }
    }
}

impl Event {
    fn action(self) -> api::LogEvent {
        let value =
            |typed: &str| serde_json::from_str(&json_of(typed)).unwrap_or_else(|_| Value::from(typed));
        api::LogEvent {
            app_id: self.app,
            event: self.name,
            message: self.message,
            user_id: self.user,
            service: Some("sogo".to_owned()),
            fields: self.fields.iter().map(|(name, typed)| (name.clone(), value(typed))).collect(),
            ..api::LogEvent::default()
        }
    }
}
