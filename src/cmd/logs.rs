//! `sogo logs`: the central logs.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value};

use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::print::Node;
use super::text::{json_of, pair};
use crate::error::Result;
use crate::ipc::client::Options;
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
  sogo logs tail -f --type errors
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
    Event(Event),
}

/// Show the newest entries, and follow them
#[derive(Debug, Args)]
struct Tail {
    /// Only these apps
    apps: Vec<String>,
    /// How many entries that are there already
    #[arg(short = 'n', long, value_name = "LINES", default_value_t = api::Tail::default_lines())]
    lines: u32,
    /// Go on with what is written from now on
    #[arg(short, long)]
    follow: bool,
    /// Only this type of entries
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// What happened
    Events,
    /// What went wrong
    Errors,
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
        Some(Verb::Tail(tail)) => context.block_on(async {
            let options = Options { deadline: A_DAY, request_id: None };
            let mut lines = client().stream(options, tail.action()).await?;
            while let Some(line) = lines.next().await {
                show(context, &line?);
                if context.print.is_closed() {
                    break;
                }
            }
            Ok(())
        }),
        Some(Verb::Event(event)) => context.block_on(client().call(event.action())).map(|_| ()),
    }
}

impl Tail {
    fn action(self) -> api::Tail {
        let kind = self.kind.map(|kind| match kind {
            Kind::Events => api::Type::Events,
            Kind::Errors => api::Type::Errors,
        });
        api::Tail { apps: self.apps, kind, lines: self.lines, follow: self.follow, ..api::Tail::default() }
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

fn show(context: &Context, line: &api::Line) {
    if context.print.for_people() {
        context.print.line(&for_people(line));
    } else {
        context.print.item(line);
    }
}

/// `time app level event message key=value …`; a field that is absent takes no place.
fn for_people(line: &api::Line) -> String {
    let mut entry: Map<String, Value> = line.entry.clone();
    let mut words = Vec::new();
    for key in ["time", "app", "level", "event", "message"] {
        match entry.shift_remove(key) {
            _ if key == "app" => words.push(line.app.clone()),
            Some(Value::String(text)) => words.push(text),
            Some(other) => words.push(other.to_string()),
            None => {}
        }
    }
    let more = entry.shift_remove("fields");
    let more = more.as_ref().and_then(Value::as_object).into_iter().flatten();
    words.extend(entry.iter().chain(more).map(|(key, value)| format!("{key}={}", field(value))));
    words.join(" ")
}

fn field(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => text.clone(),
        other => Node::of(other).compact(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line() {
        let entry = serde_json::json!({
            "time": "2026-01-15T08:00:00.123+01:00", "level": "info", "event": "login", "user_id": 2,
            "fields": { "agent": "curl 8", "ip": "192.0.2.7" },
        });
        let line = api::Line {
            app: "prokov".to_owned(),
            kind: api::Type::Events,
            entry: entry.as_object().unwrap().clone(),
        };
        assert_eq!(
            for_people(&line),
            "2026-01-15T08:00:00.123+01:00 prokov info login user_id=2 agent=\"curl 8\" ip=192.0.2.7"
        );
    }
}
