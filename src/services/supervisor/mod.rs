//! `sogoctl`: starts the services, watches over them, stops them.

pub mod api;
mod binary;
mod child;
mod control;
mod fleet;
mod handover;
mod health;
mod history;
mod notify;
mod on_failed;
mod order;
mod output;
mod plan;
mod policy;
mod sockets;
mod state;
mod strays;
mod usage;

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, info, warn};

use self::child::Children;
pub use self::child::Orphans;
use self::control::{Control, OwnFile};
use self::fleet::{Fleet, Inboxes, Means};
use self::output::{Output, Show};
use self::sockets::Sockets;
use self::state::Processes;
use self::strays::Stray;
use crate::config::{self, IpcSettings, Places, Problem, Rotation, Supervisor};
use crate::error::{Code, Error, Result};
use crate::ipc::inherited::Inherited;
use crate::ipc::listen::Listener;
use crate::ipc::peer::Access;
use crate::ipc::server::{self, Limits};
use crate::process::notify::Notifier;
use crate::process::rotated::RotatedFile;
use crate::process::signals::Signals;
use crate::process::{group, telemetry};
use crate::services::Start;
use crate::services::logs::queue::Clock;

/// How long survivors of a killed supervisor have to end by themselves.
const SURVIVORS_GRACE: Duration = Duration::from_secs(1);
/// How long processes that left the group of their service have to end after the stop.
const STRAYS_GRACE: Duration = Duration::from_millis(200);
/// How deep strays may hang below each other; the children of one that ends come to us.
const STRAYS_DEPTH: u32 = 3;
/// Reports and questions that wait for the task that owns the state.
const QUEUED: usize = 64;

/// What a supervisor is started with.
#[derive(Debug)]
pub struct Setup {
    /// Which services run.
    pub config: Supervisor,
    /// Where sockets and logs are.
    pub places: Places,
    /// The control socket, if another than the usual one.
    pub socket: Option<PathBuf>,
    /// The control socket that was handed over, if it was.
    pub inherited: Inherited,
    /// Who may use the control socket, and how large its messages may be.
    pub ipc: IpcSettings,
    /// Whose processes are waited for.
    pub orphans: Orphans,
    /// Told once, when every service is ready for the first time; dropped when it comes to its end before that.
    pub on_ready: oneshot::Sender<()>,
    /// Tells whoever started us that we work: some services may never be ready.
    pub notifier: Notifier,
}

/// Runs the supervisor as a daemon: reads `sogoctl.yaml`, starts what it names, and stops it in the end.
///
/// # Errors
/// [`Code::Config`] when the file is wrong, [`Code::Conflict`] when another supervisor runs.
pub async fn run(start: Start, signals: Signals) -> Result<()> {
    let Start { places, socket, inherited, notifier, .. } = start;
    let folder = log_folder(&places.logs);
    let show = if io::stderr().is_terminal() { Show::OnStandardError } else { Show::Nowhere };
    let (on_ready, _) = oneshot::channel();
    let ended = match configuration(&places.config) {
        Ok((config, ipc)) => {
            let orphans = Orphans::Adopt;
            let setup = Setup { config, places, socket, inherited, ipc, orphans, on_ready, notifier };
            supervise(setup, folder, show, signals).await
        }
        Err(error) => Err(error),
    };
    // Whoever started us may have thrown away our standard error, where the command line tells the same.
    ended.inspect_err(|error| {
        error!(target: telemetry::COPY_ALONE, code = %error.code, cause = error.cause(), "sogoctl cannot run: {error}");
    })
}

/// Runs a supervisor whose configuration is given as a value, until `signals` say stop.
///
/// # Errors
/// [`Code::Config`] when the services cannot be put in order, [`Code::Conflict`] when another supervisor runs.
pub async fn run_with(setup: Setup, signals: Signals) -> Result<()> {
    let folder = log_folder(&setup.places.logs);
    supervise(setup, folder, Show::Nowhere, signals).await
}

async fn supervise(setup: Setup, folder: Option<PathBuf>, show: Show, signals: Signals) -> Result<()> {
    let Setup { config, places, socket, inherited, ipc, orphans, on_ready, notifier } = setup;
    let group = ipc.group.as_deref().map(group::id).transpose()?;
    inherited.refuse_tcp("sogoctl")?;
    let listener = match inherited.unix(socket.as_deref())? {
        Some(listener) => listener,
        None => Listener::bind(&socket.unwrap_or_else(|| places.control()), group)?,
    };

    // From here on no other supervisor works on this folder.
    let run = places.run.clone();
    let recorded = Processes::read(&Processes::file(&run));
    end_strays(SURVIVORS_GRACE, move || strays::find(&recorded, &run)).await;
    let (report, reports) = mpsc::channel(QUEUED);
    let children = Children::start(orphans, report)?;
    telemetry::limit_copy(config.output);
    // What nobody keeps is at least to be seen.
    let show = if folder.is_none() { Show::OnStandardError } else { show };
    let output = Output::start(folder, show, Clock::system())?;
    let file = OwnFile::new(places.config.clone());
    let means = Means {
        places: places.clone(),
        file: file.clone(),
        children,
        sockets: Sockets::new(group),
        output: output.clone(),
        clock: Clock::system(),
        on_ready,
    };
    let fleet = Fleet::new(config, means)?;
    let (ask, questions) = mpsc::channel(QUEUED);
    let access = Access::own(group);
    let limits = Limits { max_frame_bytes: ipc.max_frame_bytes as usize, ..Limits::default() };
    let closing = CancellationToken::new();
    let control = Arc::new(Control::new(ask, access, file, output.clone()));
    let looking = AbortOnDropHandle::new(tokio::spawn({
        let control = Arc::clone(&control);
        async move { control.keep_looking().await }
    }));
    let serving = tokio::spawn(server::serve(listener, control, access, limits, closing.clone()));

    notifier.ready();
    fleet.run(Inboxes { reports, questions, signals }).await;
    drop(looking);

    for _ in 0..STRAYS_DEPTH {
        let run = places.run.clone();
        let find = move || match orphans {
            Orphans::Adopt => {
                strays::find(&Processes::none(), &run).into_iter().chain(strays::adopted()).collect()
            }
            Orphans::Leave => strays::find(&Processes::none(), &run),
        };
        if end_strays(STRAYS_GRACE, find).await == 0 {
            break;
        }
    }
    // Nothing is left that a next supervisor would have to know of.
    let _ = fs::remove_file(Processes::file(&places.run));
    closing.cancel();
    let _ = serving.await;
    // A disk that hangs is not waited for.
    let _ = tokio::task::spawn_blocking(move || output.close()).await;
    info!("All services have stopped");
    Ok(())
}

/// Reads `sogoctl.yaml`, and of `sogoms.yaml` what concerns our socket; all that is wrong with the former is one
/// error.
fn configuration(folder: &Path) -> Result<(Supervisor, IpcSettings)> {
    let settings = config::load_settings(folder);
    let config::Checked { value, problems } = config::supervisor::load(folder);
    let (errors, warnings): (Vec<_>, Vec<_>) = problems.into_iter().partition(Problem::is_error);
    for warning in settings.problems.iter().chain(&warnings) {
        warn!("{warning}");
    }
    let config = value.ok_or_else(|| {
        let listed: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Error::new(Code::Config, listed.join("\n")).hint("`sogo check` looks at the whole configuration")
    })?;
    Ok((config, settings.value.unwrap_or_default().ipc))
}

/// Begins our own log and returns the folder for the output of services; `None` where that cannot be written.
fn log_folder(logs: &Path) -> Option<PathBuf> {
    let file = RotatedFile::new(logs.join("sogoctl.log"), Rotation::default());
    match telemetry::copy_to(file) {
        Ok(()) => Some(logs.to_owned()),
        Err(cause) => {
            warn!(error = %cause, "Cannot write to {}, so all goes to standard error: {cause}", logs.display());
            None
        }
    }
}

/// Ends processes of ours that nobody watches, so that no service ever runs twice: those of a supervisor that was
/// killed, and those that left the group of their service. Returns how many there were.
async fn end_strays(grace: Duration, find: impl FnOnce() -> Vec<Stray> + Send + 'static) -> usize {
    let end = move || {
        let strays = find();
        let count = strays.len();
        if count != 0 {
            warn!(processes = count, "Ending {count} processes of our services that nobody watches any more");
            strays::end(strays, grace);
        }
        count
    };
    tokio::task::spawn_blocking(end).await.unwrap_or_else(|cause| {
        error!(error = %cause, "Cannot look for processes that nobody watches: {cause}");
        0
    })
}

#[cfg(test)]
mod tests;
