//! `sogo demo`: a folder with the sample app, served by every service on loopback.

mod database;
mod folder;
mod sample;
mod welcome;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use tokio::sync::oneshot;

use self::folder::Folder;
use super::context::{Context, client};
use super::database_address::{self, Address};
use crate::config::{self, App, Checked, Places, Registry, Supervisor};
use crate::error::{Code, Error, Result};
use crate::ipc::inherited::Inherited;
use crate::process::notify::Notifier;
use crate::process::signals::{self, Signals};
use crate::services::gateway;
use crate::services::supervisor::{self, Orphans, Setup};

/// Make a folder with a sample app, and serve it on loopback
///
/// The folder (./sogo-demo, or that of --dir) holds configuration, random secrets, logs and an SQLite database with users,
/// projects, tasks, tags and statuses. Everything stops with Ctrl-C, and a second start goes on with the same data.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo demo
  sogo demo --dir /tmp/demo --fresh --port 9090
  sogo demo --database mysql://demo@127.0.0.1:3306/demo
  sogo demo --database @address.txt        # that file holds mysql://demo:PASSWORD@127.0.0.1/demo")]
pub(super) struct Demo {
    /// Remove what an earlier demo made in the folder, and begin anew (tables on a MariaDB server are kept)
    #[arg(long)]
    fresh: bool,
    /// Port of the API; the next free one if it is taken
    #[arg(long, value_name = "PORT", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Keep the data on a MariaDB server instead: mysql://user@host[:port]/database, or @FILE
    ///
    /// An address with a password (mysql://user:password@…) stands in a file, named as @FILE: on the command line everybody
    /// could read it. The database must be empty, or that of an earlier demo. `?socket=/path` at the end names the server's Unix socket.
    #[arg(long, value_name = "URL", value_parser = database_address::argument)]
    database: Option<Address>,
}

/// How many ports from the wanted one on are tried.
const PORTS: u16 = 100;
/// How long the services may take before the operator is told to look for himself.
const TIME_TO_BECOME_READY: Duration = Duration::from_secs(20);

pub(super) fn run(context: &Context, demo: &Demo) -> Result<()> {
    let begun = Instant::now();
    context.serve_quietly(async {
        let signals = signals::listen()?;
        let path = context.dir.clone().unwrap_or_else(|| PathBuf::from("sogo-demo"));
        let folder = folder::open(&path, demo.fresh, demo.database.as_ref())?;
        let port = free_port(demo.port)?;
        if port != demo.port {
            context.print.note(&format!("port {} is taken, so the API is on {port}", demo.port));
        }
        folder.write_sogoctl(port)?;
        let places = Places::below(&folder.path);
        let registry = config::load(&places.config);
        let app = registry.app(sample::APP).ok_or_else(|| unusable(&folder.path))?;
        database::prepare(app, &registry).await?;
        folder.complete()?;
        serve(context, &folder, &registry, app, signals, begun).await
    })
}

/// Runs the supervisor until the stop, and greets the operator when everything is ready.
async fn serve(
    context: &Context,
    folder: &Folder,
    registry: &Registry,
    app: &App,
    signals: Signals,
    begun: Instant,
) -> Result<()> {
    let places = Places::below(&folder.path);
    let (on_ready, ready) = oneshot::channel();
    let supervising = supervisor::run_with(
        Setup {
            config: services(&places)?,
            places: places.clone(),
            socket: None,
            inherited: Inherited::default(),
            ipc: registry.settings.ipc.clone(),
            orphans: Orphans::Adopt,
            on_ready,
            notifier: Notifier::default(),
        },
        signals,
    );
    tokio::pin!(supervising);
    let greeting = async {
        if !matches!(tokio::time::timeout(TIME_TO_BECOME_READY, ready).await, Ok(Ok(()))) {
            let program = folder.join("bin/sogo");
            return Err(Error::new(Code::Unavailable, "not every service is ready yet").hint(format!(
                "see `{} --dir {} ctl status` and {}",
                program.display(),
                folder.path.display(),
                folder.join("logs/sogoctl.log").display()
            )));
        }
        let socket = places.socket("sogoway", 1);
        let health = client(&socket).call(gateway::api::Health {}).await?;
        welcome::show(&context.print, folder, app, &health.listening, begun.elapsed());
        Ok(())
    };
    let greeted = tokio::select! {
        ended = &mut supervising => return ended,
        greeted = greeting => greeted,
    };
    if let Err(error) = greeted {
        // The services go on: what is late may still come.
        context.print.error(&error, false);
    }
    supervising.await
}

fn services(places: &Places) -> Result<Supervisor> {
    let Checked { value, .. } = config::supervisor::load(&places.config);
    value.ok_or_else(|| unusable(places.config.parent().unwrap_or(&places.config)))
}

fn unusable(folder: &Path) -> Error {
    let folder = folder.display();
    Error::new(Code::Config, format!("the configuration in {folder} is wrong"))
        .hint(format!("see what is wrong with `sogo --dir {folder} check`, or begin anew with --fresh"))
}

/// Returns the first port from `wanted` on that nobody listens on.
fn free_port(wanted: u16) -> Result<u16> {
    let last = wanted.saturating_add(PORTS);
    (wanted..=last).find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).ok_or_else(|| {
        Error::new(Code::Conflict, format!("no port from {wanted} to {last} is free"))
            .hint("name another with --port")
    })
}
