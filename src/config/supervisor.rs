//! `sogoctl.yaml`: which services run, and how they are kept running.

use std::path::PathBuf;
use std::time::Duration;

use super::source::{At, Sourced};

/// The whole of `sogoctl.yaml`.
#[derive(Debug, Clone)]
pub struct Supervisor {
    /// Time between two health checks of a service.
    pub health_interval: Duration,
    /// First pause before a restart; it grows from there.
    pub restart_delay: Duration,
    /// Restarts within the window after which a service counts as failed.
    pub max_restarts: u32,
    /// The window restarts are counted in.
    pub restart_window: Duration,
    /// The services in the order of the file.
    pub services: Vec<ServiceUnit>,
}

/// One service to run.
#[derive(Debug, Clone)]
pub struct ServiceUnit {
    /// Its name.
    pub name: String,
    /// Where its key stands.
    pub at: At,
    /// The program, absolute or relative to the process.
    pub binary: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Socket that is asked for `health`.
    pub health_socket: Option<PathBuf>,
    /// URL that is asked with GET, instead of a socket.
    pub health_url: Option<String>,
    /// Services that must be ready before it starts.
    pub depends_on: Vec<Sourced<String>>,
    /// Time between TERM and KILL.
    pub stop_timeout: Duration,
}
