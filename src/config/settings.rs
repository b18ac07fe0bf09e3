//! `sogoms.yaml`: limits and places of the daemons themselves. The file and every key of it are optional.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::network::Network;

/// The daemons' own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Folders, unless `--dir` gives one for all.
    pub places: PlaceSettings,
    /// The sockets between the services.
    pub ipc: IpcSettings,
    /// The HTTP gateway.
    pub gateway: GatewaySettings,
    /// Database access.
    pub db: DbSettings,
    /// Central logging.
    pub logs: LogsSettings,
    /// What happens to a secret file that others can read.
    pub secrets: Strictness,
}

/// Folders the daemons use. Relative ones are taken from the configuration folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSettings {
    /// Sockets.
    pub run: PathBuf,
    /// Durable local state.
    pub state: PathBuf,
    /// Log files.
    pub logs: PathBuf,
}

impl Default for PlaceSettings {
    fn default() -> Self {
        Self { run: "/run".into(), state: "/var/lib/sogoms".into(), logs: "/var/log/sogoms".into() }
    }
}

/// The sockets between the services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpcSettings {
    /// Bytes of a message at most.
    pub max_frame_bytes: u32,
    /// Group whose processes may connect, besides root and our own user.
    pub group: Option<String>,
}

impl Default for IpcSettings {
    fn default() -> Self {
        Self { max_frame_bytes: 16 << 20, group: None }
    }
}

/// The HTTP gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySettings {
    /// Address and port to listen on; `-port` overrides the port.
    pub listen: SocketAddr,
    /// Peers whose X-Forwarded-For and X-Forwarded-Proto are believed.
    pub trusted_proxies: Vec<Network>,
    /// Bytes of a request's body at most.
    pub max_body_bytes: u64,
    /// Levels of nesting in a JSON body at most.
    pub max_depth: u32,
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// How long requests in flight may go on after TERM.
    pub grace: Duration,
    /// Threads that check passwords; each check takes about 0.4 s of one.
    pub bcrypt_threads: u32,
    /// Limits of tries to sign in.
    pub sign_in: SignInLimits,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            trusted_proxies: vec![Network::LOOPBACK_V4, Network::LOOPBACK_V6],
            max_body_bytes: 1 << 20,
            max_depth: 64,
            request_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(8),
            bcrypt_threads: 2,
            sign_in: SignInLimits::default(),
        }
    }
}

/// Limits of tries to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInLimits {
    /// For one account, from anywhere.
    pub per_account: Rate,
    /// For one address, to any account.
    pub per_address: Rate,
}

impl Default for SignInLimits {
    fn default() -> Self {
        let window = Duration::from_mins(1);
        Self { per_account: Rate { tries: 5, window }, per_address: Rate { tries: 30, window } }
    }
}

/// So many tries in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Tries, from 1.
    pub tries: u32,
    /// The time they may be made in.
    pub window: Duration,
}

/// Database access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbSettings {
    /// Connections per app at most.
    pub pool_size: u32,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
    /// Rows of an answer at most.
    pub max_rows: u64,
}

impl Default for DbSettings {
    fn default() -> Self {
        Self {
            pool_size: 8,
            statement_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(3),
            max_rows: 10_000,
        }
    }
}

/// Central logging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogsSettings {
    /// Entries a service keeps while sogoms-logs does not take them.
    pub queue: u32,
}

impl Default for LogsSettings {
    fn default() -> Self {
        Self { queue: 4096 }
    }
}

/// What happens to a secret file that others can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// It is warned of: containers often mount secrets 0644.
    #[default]
    Lenient,
    /// It is refused.
    Strict,
}
