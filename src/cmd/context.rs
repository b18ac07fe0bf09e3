//! What every verb needs: the places, the printer, a runtime, a client.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use super::print::Printer;
use super::{Global, log_level};
use crate::config::{Environment, PlaceFlags, Places};
use crate::error::{Code, Error, Result};
use crate::ipc::{Api, Client};
use crate::process::telemetry;

/// The command line and its surroundings, read once.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) places: Places,
    pub(super) print: Printer,
    pub(super) environment: Environment,
    pub(super) verbose: u8,
    /// `--dir`, for the verbs that make a folder.
    pub(super) dir: Option<PathBuf>,
    /// `--config`, for what tells how the folder was found.
    pub(super) config: Option<PathBuf>,
}

/// Replies are accepted up to this size: the services themselves keep to `ipc.max_frame_bytes`.
const LARGEST_REPLY: usize = 1 << 30;

impl Context {
    pub(super) fn new(global: &Global, environment: Environment, print: Printer) -> Self {
        let flags = PlaceFlags { dir: global.dir.as_deref(), config: global.config.as_deref() };
        let places = Places::find(flags, &environment);
        Self {
            places,
            print,
            environment,
            verbose: global.verbose,
            dir: global.dir.clone(),
            config: global.config.clone(),
        }
    }

    /// Runs a command to its end on a runtime of one thread, with a log for warnings.
    pub(super) fn block_on<T>(&self, command: impl Future<Output = Result<T>>) -> Result<T> {
        telemetry::start(log_level(self.verbose, &self.environment, LevelFilter::WARN));
        run_to_end(command)
    }

    /// Runs a daemon to its end on a runtime of one thread, with the log of a daemon.
    pub(super) fn serve(&self, daemon: impl Future<Output = Result<()>>) -> Result<()> {
        telemetry::start(log_level(self.verbose, &self.environment, LevelFilter::INFO));
        run_to_end(daemon)
    }

    /// Runs daemons beside a person at the terminal, who is shown warnings; the rest goes to the log file.
    pub(super) fn serve_quietly(&self, daemons: impl Future<Output = Result<()>>) -> Result<()> {
        let shown = log_level(self.verbose, &Environment::default(), LevelFilter::WARN);
        telemetry::start_quietly(log_level(self.verbose, &self.environment, LevelFilter::INFO), shown);
        run_to_end(daemons)
    }
}

/// Returns a client that does not wait for a service that is away: the operator is told at once.
pub(super) fn client<A: Api>(socket: &Path) -> Client<A> {
    Client::new(socket, Duration::ZERO, LARGEST_REPLY)
}

/// The same for one process, and not for the other instances of its service.
pub(super) fn of_one<A: Api>(socket: &Path) -> Client<A> {
    Client::of_one(socket, Duration::ZERO, LARGEST_REPLY)
}

fn run_to_end<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::new(Code::Internal, "cannot make a runtime").caused_by(cause))?;
    let outcome = runtime.block_on(work);
    // A blocking call that hangs (a password check, a file on a dead disk) must not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(500));
    outcome
}
