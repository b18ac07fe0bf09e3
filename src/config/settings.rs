//! `sogoms.yaml`: limits and places of the daemons themselves. The file and every key of it are optional.

mod cron;
mod logs;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::http_limits::{HttpLimits, MetricsSettings};
use super::network::{Network, NotANetwork};
use super::problem::{Checked, Report};
use super::yaml::{self, Fields};
pub use cron::CronSettings;
pub use logs::{LogsSettings, SyncPolicy};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Limits that `app.yaml` shares with `sogoms.yaml`.
pub(super) const POOL_SIZE: RangeInclusive<u32> = 1..=1000;
pub(super) const STATEMENT_TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(10)..=HOUR;
pub(super) const CONNECT_TIMEOUT: RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_mins(1);
pub(super) const MAX_ROWS: RangeInclusive<u64> = 1..=10_000_000;

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
    /// Scheduled jobs.
    pub cron: CronSettings,
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
    /// Address and port to listen on; `[::]` takes IPv4 as well. `-port` overrides the port.
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
    /// What any client is held to.
    pub limits: HttpLimits,
    /// Where the gateway's figures are told.
    pub metrics: MetricsSettings,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0; 8], 8080)),
            trusted_proxies: vec![Network::LOOPBACK_V4, Network::LOOPBACK_V6],
            max_body_bytes: 1 << 20,
            max_depth: 64,
            request_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(4),
            bcrypt_threads: 2,
            sign_in: SignInLimits::default(),
            limits: HttpLimits::default(),
            metrics: MetricsSettings::default(),
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
    /// Tries or requests, from 1.
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

/// What happens to a secret file that others can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// It is warned of: containers often mount secrets 0644.
    #[default]
    Lenient,
    /// It is refused.
    Strict,
}

/// Reads `sogoms.yaml` of a configuration folder; what it does not give has its default.
pub fn load(config: &Path) -> Checked<Settings> {
    let report = Report::default();
    let root =
        yaml::read(&config.join("sogoms.yaml"), &report).and_then(|source| yaml::parse(&source, &report));
    let settings = match &root {
        Some(root) => Fields::of_file(root, &report).map(Settings::of),
        None => Some(Settings::default()),
    };
    report.close(settings)
}

impl Settings {
    fn of(mut fields: Fields<'_>) -> Self {
        let settings = Self {
            places: fields.section("places").map(PlaceSettings::of).unwrap_or_default(),
            ipc: fields.section("ipc").map(IpcSettings::of).unwrap_or_default(),
            gateway: fields.section("gateway").map(GatewaySettings::of).unwrap_or_default(),
            db: fields.section("db").map(DbSettings::of).unwrap_or_default(),
            logs: fields.section("logs").map(LogsSettings::of).unwrap_or_default(),
            cron: fields.section("cron").map(CronSettings::of).unwrap_or_default(),
            secrets: fields
                .choice("secrets", &[("lenient", Strictness::Lenient), ("strict", Strictness::Strict)])
                .unwrap_or_default(),
        };
        fields.finish();
        settings
    }
}

impl PlaceSettings {
    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let mut place = |key, default| fields.text(key).map_or(default, |text| text.value.into());
        let settings = Self {
            run: place("run", default.run),
            state: place("state", default.state),
            logs: place("logs", default.logs),
        };
        fields.finish();
        settings
    }
}

impl IpcSettings {
    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let settings = Self {
            max_frame_bytes: fields
                .integer("max_frame_bytes", 64 << 10..=1 << 30)
                .unwrap_or(default.max_frame_bytes),
            group: fields.text("group").map(|text| text.value),
        };
        fields.finish();
        settings
    }
}

impl GatewaySettings {
    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let settings = Self {
            listen: fields
                .parsed("listen", "an address and a port such as `127.0.0.1:8080`")
                .unwrap_or(default.listen),
            trusted_proxies: networks(&mut fields, "trusted_proxies").unwrap_or(default.trusted_proxies),
            max_body_bytes: fields
                .integer("max_body_bytes", 1 << 10..=1 << 30)
                .unwrap_or(default.max_body_bytes),
            max_depth: fields.integer("max_depth", 1..=512).unwrap_or(default.max_depth),
            request_timeout: fields
                .duration("request_timeout", SECOND..=HOUR)
                .unwrap_or(default.request_timeout),
            grace: fields.duration("grace", Duration::ZERO..=HOUR).unwrap_or(default.grace),
            bcrypt_threads: fields.integer("bcrypt_threads", 1..=64).unwrap_or(default.bcrypt_threads),
            sign_in: fields.section("sign_in").map(SignInLimits::of).unwrap_or_default(),
            limits: fields.section("limits").map(HttpLimits::of).unwrap_or_default(),
            metrics: fields.section("metrics").map(MetricsSettings::of).unwrap_or_default(),
        };
        fields.finish();
        settings
    }
}

impl SignInLimits {
    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let settings = Self {
            per_account: fields
                .section("per_account")
                .map_or(default.per_account, |rate| Rate::of(rate, default.per_account)),
            per_address: fields
                .section("per_address")
                .map_or(default.per_address, |rate| Rate::of(rate, default.per_address)),
        };
        fields.finish();
        settings
    }
}

impl Rate {
    const TRIES: RangeInclusive<u32> = 1..=1_000_000;
    const WINDOW: RangeInclusive<Duration> = SECOND..=Duration::from_hours(24);

    /// Reads `{ requests: 100, window: 1m }`; both are needed.
    pub(super) fn of_requests(mut fields: Fields<'_>) -> Option<Self> {
        fields.require(&["requests", "window"]);
        let tries = fields.integer("requests", Self::TRIES);
        let window = fields.duration("window", Self::WINDOW);
        fields.finish();
        Some(Self { tries: tries?, window: window? })
    }

    fn of(mut fields: Fields<'_>, default: Self) -> Self {
        let rate = Self {
            tries: fields.integer("tries", Self::TRIES).unwrap_or(default.tries),
            window: fields.duration("window", Self::WINDOW).unwrap_or(default.window),
        };
        fields.finish();
        rate
    }
}

impl DbSettings {
    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let settings = Self {
            pool_size: fields.integer("pool_size", POOL_SIZE).unwrap_or(default.pool_size),
            statement_timeout: fields
                .duration("statement_timeout", STATEMENT_TIMEOUT)
                .unwrap_or(default.statement_timeout),
            connect_timeout: fields
                .duration("connect_timeout", CONNECT_TIMEOUT)
                .unwrap_or(default.connect_timeout),
            max_rows: fields.integer("max_rows", MAX_ROWS).unwrap_or(default.max_rows),
        };
        fields.finish();
        settings
    }
}

fn networks(fields: &mut Fields<'_>, key: &'static str) -> Option<Vec<Network>> {
    fields.node(key)?;
    let texts = fields.texts(key);
    let networks = texts.into_iter().filter_map(|text| {
        let network = text.value.parse();
        if network.is_err() {
            fields.report.error(&text.at, format!("{NotANetwork}, found `{}`", text.value));
        }
        network.ok()
    });
    Some(networks.collect())
}
