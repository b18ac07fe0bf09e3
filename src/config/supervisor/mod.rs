//! `sogoctl.yaml`: which services run, and how they are kept running.

mod checks;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::problem::{Checked, Problem, Report};
use super::source::{At, Sourced};
use super::yaml::{self, Fields};

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
    /// The program; a relative path in the file was taken from the configuration folder.
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

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Reads `sogoctl.yaml` of a configuration folder. Relative paths in it are taken from that folder.
pub fn load(config: &Path) -> Checked<Supervisor> {
    let report = Report::default();
    let file = config.join("sogoctl.yaml");
    let source = yaml::read(&file, &report);
    if source.is_none() && file.symlink_metadata().is_err() {
        let problem = Problem::error_in(&file, "the file is missing, and it says which services run");
        report.add(problem.hint("another configuration folder is named with `--config` or SOGO_CONFIG"));
    }
    let root = source.and_then(|source| yaml::parse_required(&source, &report));
    let fields = root.as_ref().and_then(|root| Fields::of_file(root, &report));
    let supervisor = fields.map(|fields| Supervisor::of(fields, config));
    report.close(supervisor)
}

impl Supervisor {
    fn of(mut fields: Fields<'_>, config: &Path) -> Self {
        fields.require(&["services"]);
        let mut supervisor = fields.section("supervisor").map(Self::of_section).unwrap_or_default();
        if let Some(section) = fields.section("services") {
            let (at, report) = (section.at.clone(), section.report);
            let mut names = Vec::new();
            for (name, node) in section.named() {
                names.push(name.value.as_str());
                let unit = Fields::of(node, &name.at, report)
                    .and_then(|fields| ServiceUnit::of(fields, name, config));
                supervisor.services.extend(unit);
            }
            if names.is_empty() {
                report.error(&at, "`services` names no service, so nothing would run");
            }
            checks::check(&supervisor.services, &names, report);
        }
        fields.finish();
        supervisor
    }

    fn of_section(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let supervisor = Self {
            health_interval: fields
                .duration("health_interval", SECOND..=HOUR)
                .unwrap_or(default.health_interval),
            restart_delay: fields
                .duration("restart_delay", Duration::from_millis(10)..=HOUR)
                .unwrap_or(default.restart_delay),
            max_restarts: fields.integer("max_restarts", 0..=1000).unwrap_or(default.max_restarts),
            restart_window: fields
                .duration("restart_window", SECOND..=Duration::from_hours(24))
                .unwrap_or(default.restart_window),
            services: Vec::new(),
        };
        fields.finish();
        supervisor
    }
}

impl Default for Supervisor {
    fn default() -> Self {
        Self {
            health_interval: Duration::from_secs(10),
            restart_delay: Duration::from_secs(2),
            max_restarts: 5,
            restart_window: Duration::from_mins(1),
            services: Vec::new(),
        }
    }
}

impl ServiceUnit {
    fn of(mut fields: Fields<'_>, name: &Sourced<String>, config: &Path) -> Option<Self> {
        const STOP_TIMEOUT: Duration = Duration::from_secs(5);
        let report = fields.report;
        if !is_service_name(&name.value) {
            report.add(
                Problem::error(&name.at, format!("a service cannot be called `{}`", name.value))
                    .hint("use a-z, 0-9, `_` and `-`, at most 64"),
            );
        }
        fields.require(&["binary"]);
        let binary = fields.text("binary").map(|text| Sourced::new(config.join(&text.value), text.at));
        if let Some(binary) = &binary {
            checks::check_binary(binary, report);
        }
        let args = fields.texts("args").into_iter().map(|text| text.value).collect();
        let health_socket = fields.text("health_socket").map(|text| config.join(text.value));
        let health_url = fields.text("health_url");
        if let Some(url) = &health_url
            && !url.starts_with("http://")
        {
            report.error(&url.at, "`health_url` begins with `http://`");
        }
        match (&health_socket, &health_url) {
            (Some(_), Some(url)) => {
                report.error(&url.at, "health is asked for by socket or by URL, not by both");
            }
            (None, None) => report.add(
                Problem::warning(&fields.at, "nothing tells whether the service is well")
                    .hint("give `health_socket` or `health_url`; without, it counts as ready once it runs"),
            ),
            _ => {}
        }
        let depends_on = fields.texts("depends_on");
        let stop_timeout = fields.duration("stop_timeout", Duration::ZERO..=HOUR).unwrap_or(STOP_TIMEOUT);
        fields.finish();
        Some(Self {
            name: name.value.clone(),
            at: name.at.clone(),
            binary: binary?.value,
            args,
            health_socket,
            health_url: health_url.map(|url| url.value),
            depends_on,
            stop_timeout,
        })
    }
}

fn is_service_name(name: &str) -> bool {
    const LONGEST: usize = 64;
    (1..=LONGEST).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}
