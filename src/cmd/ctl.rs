//! `sogo ctl`: the supervisor, and what is asked of it.

use clap::{Args, Subcommand};
use futures_util::future::join_all;

use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::ping;
use super::print::{Printer, Table};
use super::text::{duration_ms, latency_us};
use super::watch::{self, Watch};
use crate::error::Result;
use crate::ipc::Client;
use crate::services::supervisor::{self, api};

/// Start, watch and steer the services (sogoctl)
///
/// Without a verb it is the supervisor itself: it starts the services of sogoctl.yaml in the order of their
/// dependencies, watches over them and stops them when it ends.
#[derive(Debug, Args)]
#[command(
    visible_alias = "sogoctl",
    after_help = "\
Examples:
  sogoctl                          run the supervisor with /config/sogoctl.yaml
  sogo ctl status                  what runs, and why
  sogo ctl status --watch 5        the same every five seconds
  sogo ctl status -o json
  sogo ctl reload sogoway          have the gateway read its configuration anew"
)]
pub(super) struct Ctl {
    #[command(flatten)]
    socket: Socket,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the supervisor (the same as no verb)
    Run,
    /// Tell the state of every service, and why it is so
    Status {
        #[command(flatten)]
        watch: Watch,
    },
    /// Have a service read its configuration anew, without losing a request
    Reload {
        /// Name of the service, as in sogoctl.yaml
        service: String,
    },
}

pub(super) fn run(context: &Context, ctl: Ctl) -> Result<()> {
    let socket = ctl.socket.socket;
    let client = || context::client(&socket.clone().unwrap_or_else(|| context.places.control()));
    match ctl.verb {
        None | Some(Verb::Run) => daemon::run(context, socket, None, supervisor::run),
        Some(Verb::Status { watch }) => {
            let client = client();
            let shown = watch::show(context, watch, || status(context, &client), show);
            context.block_on(shown).map(|_| ())
        }
        Some(Verb::Reload { service }) => {
            let reloaded = context.block_on(client().call(api::Reload { service }))?;
            context.print.show(&reloaded, || {
                let mut table = Table::new(["SERVICE", "PID", "SIGNAL"]);
                table.row([reloaded.service.clone(), reloaded.pid.to_string(), "HUP".to_owned()]);
                table
            });
            Ok(())
        }
    }
}

/// Asks the supervisor, and each service that runs for what is wrong with its files: the supervisor knows it only since
/// its last health check.
async fn status(context: &Context, client: &Client<api::Request>) -> Result<api::Services> {
    let mut status = client.call(api::Status {}).await?;
    let asked = status.services.iter_mut().filter(|service| service.state == api::State::Ready).map(
        |service| async {
            let socket = context.places.socket(&service.service, 1);
            // One with a socket elsewhere, or none of ours, is known by what the supervisor was told.
            if let Ok(health) = ping::health(&socket, &service.service).await {
                service.problems = health.problems;
            }
        },
    );
    join_all(asked).await;
    Ok(status)
}

fn show(print: &Printer, status: &api::Services) {
    print.show(status, || table(status));
    for service in &status.services {
        for problem in &service.problems {
            print.note(&format!("{}: {problem}", service.service));
        }
    }
}

fn table(status: &api::Services) -> Table {
    let mut table = Table::new(["SERVICE", "STATE", "PID", "UPTIME", "RESTARTS", "HEALTH", "WHY"]);
    for service in &status.services {
        table.row([
            service.service.clone(),
            word(service.state).to_owned(),
            service.pid.map(|pid| pid.to_string()).unwrap_or_default(),
            service.uptime_ms.map(duration_ms).unwrap_or_default(),
            service.restarts.to_string(),
            service.health_us.map(latency_us).unwrap_or_default(),
            service.why.clone(),
        ]);
    }
    table
}

/// The state as it is spelt on the wire.
fn word(state: api::State) -> &'static str {
    match state {
        api::State::Waiting => "waiting",
        api::State::Starting => "starting",
        api::State::Ready => "ready",
        api::State::Unhealthy => "unhealthy",
        api::State::Backoff => "backoff",
        api::State::Failed => "failed",
        api::State::Stopping => "stopping",
        api::State::Stopped => "stopped",
    }
}
