//! `sogo ctl`: the supervisor, and what is asked of it.

mod logs;
mod show;
mod steer;

use std::time::Duration;

use clap::{Args, Subcommand};
use futures_util::future::join_all;

use self::logs::Logs;
pub(super) use self::logs::show_output;
use self::steer::{WaitFor, Which};
use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::ping;
use super::print::Table;
use super::watch::{self, Watch};
use crate::error::Result;
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::supervisor::api::Goal;
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
  sogo ctl why sogoms-db           everything about one service
  sogo ctl logs sogoms-db -f       what one service prints
  sogo ctl restart sogoway         stop it, start it, and wait until it is ready
  sogo ctl reload sogoway          have the gateway read its configuration anew
  sogo ctl upgrade                 have services run the new program that stands in the place of theirs
  sogo ctl reload --dry-run        what a changed sogoctl.yaml would do"
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
    /// Tell everything about one service: its state, what happens next, whom it waits for, its latest events
    Why {
        /// Name of the service, as in sogoctl.yaml
        service: String,
    },
    /// Have services run that do not, and wait until they are ready
    ///
    /// One that failed gets all its restarts again.
    Start(Which),
    /// Have services stop, and stay so until somebody starts them
    ///
    /// Those that depend on them go on.
    Stop(Which),
    /// Stop services and start them again, one after the other, each when the one before it is ready
    Restart(Which),
    /// Take a new version of the program into service: restart what still runs the old one
    ///
    /// Services whose program is another file than they were started from are restarted one after the other, those that
    /// others depend on first, each when the one before it is ready; one that does not get ready has the rest called off.
    /// The supervisor itself takes a new version at its own next start.
    Upgrade {
        /// Names of the services, as in sogoctl.yaml [default: all]
        services: Vec<String>,
        /// Only show which they are
        #[arg(long)]
        dry_run: bool,
        /// How long to wait until they are ready
        #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = steer::duration)]
        timeout: Duration,
    },
    /// Have a service read its configuration anew, or the supervisor its sogoctl.yaml
    ///
    /// A service gets SIGHUP and loses no request. Without one the supervisor itself reads sogoctl.yaml: it starts what
    /// is new, stops what is gone, restarts what has to be started otherwise, and leaves the rest alone. A file with an
    /// error changes nothing.
    Reload {
        /// Name of the service, as in sogoctl.yaml [default: the supervisor itself]
        service: Option<String>,
        /// Only show what would be done about sogoctl.yaml
        #[arg(long, conflicts_with = "service")]
        dry_run: bool,
    },
    Wait(WaitFor),
    Events(Events),
    Logs(Logs),
}

/// Show the latest changes of state, and follow them
#[derive(Debug, Args)]
struct Events {
    /// Only of these services
    services: Vec<String>,
    /// How many that were already
    #[arg(short = 'n', long, value_name = "LINES", default_value_t = api::Events::default_lines())]
    lines: u32,
    /// Go on with what happens from now on
    #[arg(short, long)]
    follow: bool,
}

/// As long as a connection may last: following ends when the operator leaves.
const A_DAY: Duration = Duration::from_hours(24);

pub(super) fn run(context: &Context, ctl: Ctl) -> Result<()> {
    let socket = ctl.socket.socket;
    let client = || context::client(&socket.clone().unwrap_or_else(|| context.places.control()));
    match ctl.verb {
        None | Some(Verb::Run) => daemon::run(context, socket, None, supervisor::run),
        Some(Verb::Status { watch }) => {
            let client = client();
            let shown = watch::show(context, watch, || status(context, &client), show::status);
            context.block_on(shown).map(|_| ())
        }
        Some(Verb::Why { service }) => {
            let detail = context.block_on(client().call(api::Why { service }))?;
            if context.print.for_people() {
                show::detail(context, &detail);
            } else {
                context.print.value(&detail);
            }
            Ok(())
        }
        Some(Verb::Start(which)) => {
            steer::steer(context, &client(), which, Goal::Ready, |services| api::Start { services })
        }
        Some(Verb::Stop(which)) => {
            steer::steer(context, &client(), which, Goal::Stopped, |services| api::Stop { services })
        }
        Some(Verb::Restart(which)) => {
            steer::steer(context, &client(), which, Goal::Ready, |services| api::Restart { services })
        }
        Some(Verb::Upgrade { services, dry_run, timeout }) => {
            steer::upgrade(context, &client(), api::Upgrade { services, dry_run }, timeout)
        }
        Some(Verb::Reload { service: None, dry_run }) => {
            let plan = context.block_on(client().call(api::ReloadSelf { dry_run }))?;
            context.print.show(&plan, || show::plan(&plan));
            Ok(())
        }
        Some(Verb::Reload { service: Some(service), .. }) => {
            let reloaded = context.block_on(client().call(api::Reload { service }))?;
            context.print.show(&reloaded, || {
                let mut table = Table::new(["SERVICE", "PID", "SIGNAL"]);
                for pid in std::iter::once(&reloaded.pid).chain(&reloaded.others) {
                    table.row([reloaded.service.clone(), pid.to_string(), "HUP".to_owned()]);
                }
                table
            });
            Ok(())
        }
        Some(Verb::Wait(asked)) => steer::wait_for(context, &client(), asked),
        Some(Verb::Logs(logs)) => logs::run(context, &client(), logs),
        Some(Verb::Events(events)) => context.block_on(async {
            let Events { services, lines, follow } = events;
            let options = Options { deadline: A_DAY, request_id: None };
            let mut events = client().stream(options, api::Events { services, lines, follow }).await?;
            while let Some(event) = events.next().await {
                let event = event?;
                if context.print.for_people() {
                    context.print.line(&show::event(&event));
                } else {
                    context.print.item(&event);
                }
                if context.print.is_closed() {
                    break;
                }
            }
            Ok(())
        }),
    }
}

/// Asks the supervisor, and each service that runs for what is wrong with its files: the supervisor knows it only since
/// its last health check.
async fn status(context: &Context, client: &Client<api::Request>) -> Result<api::Services> {
    let mut status = client.call(api::Status {}).await?;
    let asked = status.services.iter_mut().filter(|service| service.state == api::State::Ready).map(
        |service| async {
            let socket = context.places.socket_of(&service.service);
            // One with a socket elsewhere, or none of ours, is known by what the supervisor was told.
            if let Ok(health) = ping::health(&socket, &service.service).await {
                service.problems = health.problems;
            }
        },
    );
    join_all(asked).await;
    Ok(status)
}
