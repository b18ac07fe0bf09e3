//! `sogo smtp`: the mail of the apps.

mod bulk;
mod doctor;
mod list;
mod queue;
mod send;
mod suppressions;

use clap::{Args, Subcommand};

use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::print::Table;
use super::text::duration_ms;
use super::watch::{self, Watch};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::services::smtp::{self, api};

/// Send the apps' mail, or look after its queue (sogoms-smtp)
///
/// Without a verb it is the service itself. A mail that is accepted is on the disk; each recipient has a state: queued,
/// sending, sent, deferred (another try comes), failed, unknown (it may have gone out, and waits for you), suppressed,
/// cancelled.
#[derive(Debug, Args)]
#[command(
    visible_alias = "sogoms-smtp",
    after_help = "\
Examples:
  sogoms-smtp -config /config -socket /run/sogoms-smtp.1.sock
  sogo smtp doctor prokov                    connects, TLS, sign-in: what is wrong
  sogo smtp send prokov alice@example.com --subject Hello --body 'It works' --wait
  sogo smtp template prokov welcome alice@example.com Name=Alice
  sogo smtp preview prokov welcome Name=Alice
  sogo smtp bulk prokov readers.csv --template news --key news-2026-01
  sogo smtp queue list --state deferred --state unknown
  sogo smtp retry --app prokov"
)]
pub(super) struct Smtp {
    #[command(flatten)]
    socket: Socket,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Send(send::Send),
    Template(send::Template),
    Bulk(bulk::Bulk),
    Preview(send::Preview),
    #[command(subcommand)]
    Queue(queue::Queue),
    Retry(queue::Retry),
    #[command(subcommand)]
    Suppressions(suppressions::Suppressions),
    Doctor(doctor::Doctor),
    Resume(doctor::Resume),
    /// Tell what waits, what is unknown, and why nothing is sent, if so
    Health {
        #[command(flatten)]
        watch: Watch,
    },
}

pub(super) fn run(context: &Context, smtp: Smtp) -> Result<()> {
    let socket = smtp.socket.socket;
    let path = socket.clone().unwrap_or_else(|| context.places.socket("sogoms-smtp", 1));
    let client = context::client(&path);
    match smtp.verb {
        None => daemon::run(context, socket, None, smtp::run),
        Some(Verb::Send(send)) => send.run(context, &client),
        Some(Verb::Template(template)) => template.run(context, &client),
        Some(Verb::Bulk(bulk)) => bulk.run(context, &client),
        Some(Verb::Preview(preview)) => preview.run(context, &client),
        Some(Verb::Queue(queue)) => queue.run(context, &client),
        Some(Verb::Retry(retry)) => retry.run(context, &client),
        Some(Verb::Suppressions(suppressions)) => suppressions.run(context, &client),
        Some(Verb::Doctor(doctor)) => doctor.run(context, &client),
        Some(Verb::Resume(resume)) => resume.run(context, &client),
        Some(Verb::Health { watch }) => health(context, &client, watch),
    }
}

fn health(context: &Context, client: &Client<api::Request>, watch: Watch) -> Result<()> {
    let health = context.block_on(watch::show(
        context,
        watch,
        || client.call(api::Health {}),
        |print, health| print.show(health, || queues(health)),
    ))?;
    let paused = health.apps.iter().filter(|app| app.paused.is_some()).count();
    if paused == 0 || watch.is_on() {
        return Ok(());
    }
    Err(Error::new(
        Code::TargetFailed,
        format!("{paused} of {} apps cannot send at the moment", health.apps.len()),
    )
    .hint("`sogo smtp doctor APP` says what is wrong"))
}

fn queues(health: &api::HealthReply) -> Table {
    let mut table =
        Table::new(["APP", "PROVIDER", "QUEUED", "DEFERRED", "UNKNOWN", "OLDEST", "PAUSED BECAUSE"]);
    for app in &health.apps {
        table.row([
            app.app.clone(),
            app.provider.clone(),
            app.queued.to_string(),
            app.deferred.to_string(),
            app.unknown.to_string(),
            app.oldest_waiting_s.map(|seconds| duration_ms(seconds * 1000)).unwrap_or_default(),
            app.paused.clone().unwrap_or_default(),
        ]);
    }
    table
}
