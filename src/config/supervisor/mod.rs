//! `sogoctl.yaml`: which services run, and how they are kept running.

mod attributes;
mod checks;
mod env_file;
mod identity;
mod instances;
mod limits;
mod listen;
mod notify;
mod on_failed;
mod output;
mod timing;
mod variables;

use std::path::{Path, PathBuf};

use super::name::is_name;
use super::problem::{Checked, Problem, Report};
use super::source::{At, Sourced};
use super::yaml::{self, Fields};
pub use attributes::Attributes;
pub use identity::Identity;
pub use limits::Limit;
pub use listen::ListenAddress;
pub use notify::Notify;
pub use on_failed::OnFailed;
pub use output::Rotation;
pub use timing::Timing;
pub use variables::EnvFile;

/// The whole of `sogoctl.yaml`.
#[derive(Debug, Clone, Default)]
pub struct Supervisor {
    /// The services in the order of the file.
    pub services: Vec<ServiceUnit>,
    /// How much is kept of the supervisor's own log.
    pub output: Rotation,
}

/// One service to run.
#[derive(Debug, Clone)]
pub struct ServiceUnit {
    /// Its name; that of one of several instances ends with the instance's number: `sogoms-db.2`.
    pub name: String,
    /// Its name in the file.
    pub service: String,
    /// Which of its instances it is, from 1.
    pub instance: u32,
    /// How many instances there are.
    pub instances: u32,
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
    /// Whether it says itself that it is ready.
    pub notify: Notify,
    /// Services that must be ready before it starts.
    pub depends_on: Vec<Sourced<String>>,
    /// Sockets that the supervisor holds for it and hands over.
    pub listen: Vec<Sourced<ListenAddress>>,
    /// When it is asked for its health, restarted and given up.
    pub timing: Timing,
    /// How much of what it prints is kept.
    pub output: Rotation,
    /// What its process is given besides its arguments.
    pub attributes: Attributes,
    /// Who is told when it has failed.
    pub on_failed: Option<OnFailed>,
}

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
    let mut checked = report.close(supervisor);
    let hidden = root.as_ref().map(variables::secret_lines).unwrap_or_default();
    let is_hidden =
        |problem: &Problem| problem.file == file && problem.line.is_some_and(|line| hidden.contains(&line));
    checked
        .problems
        .iter_mut()
        .filter(|problem| is_hidden(problem))
        .for_each(|problem| problem.snippet = None);
    checked
}

impl Supervisor {
    fn of(mut fields: Fields<'_>, config: &Path) -> Self {
        fields.require(&["services"]);
        let mut supervisor = Self::default();
        let mut default = Defaults { timing: Timing::default(), on_failed: None };
        if let Some(mut section) = fields.section("supervisor") {
            supervisor.output = Rotation::of(&mut section, &supervisor.output);
            default.timing = Timing::of(&mut section, &default.timing);
            default.on_failed = section.section("on_failed").map(|section| OnFailed::of(section, config));
            section.finish();
        }
        if let Some(section) = fields.section("services") {
            let (at, report) = (section.at.clone(), section.report);
            let mut names = Vec::new();
            for (name, node) in section.named() {
                names.push(name.value.as_str());
                let unit = Fields::of(node, &name.at, report)
                    .and_then(|fields| ServiceUnit::of(fields, name, config, &default, &supervisor.output));
                supervisor.services.extend(unit);
            }
            if names.is_empty() {
                report.error(&at, "`services` names no service, so nothing would run");
            }
            checks::check(&supervisor.services, &names, report);
            listen::check(&supervisor.services, report);
            instances::check(&supervisor.services, report);
        }
        fields.finish();
        supervisor
    }
}

/// What a service takes from the section `supervisor` where it says nothing.
struct Defaults {
    timing: Timing,
    on_failed: Option<OnFailed>,
}

/// A key of a service that a newer file gives another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: &'static str,
    /// Whether a process that runs has to be started anew for it.
    pub needs_restart: bool,
}

impl ServiceUnit {
    /// Makes a service that is nothing but a program.
    #[cfg(test)]
    pub(crate) fn program(name: &str, binary: &str, args: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            service: name.to_owned(),
            instance: 1,
            instances: 1,
            at: At::outside("sogoctl.yaml"),
            binary: binary.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            health_socket: None,
            health_url: None,
            notify: Notify::default(),
            depends_on: Vec::new(),
            listen: Vec::new(),
            timing: Timing::default(),
            output: Rotation::default(),
            attributes: Attributes::default(),
            on_failed: None,
        }
    }

    /// Returns what differs in a newer version of this service.
    pub fn changes(&self, newer: &Self) -> Vec<Change> {
        let names = |unit: &Self| unit.depends_on.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
        let addresses = |unit: &Self| unit.listen.iter().map(|one| one.value.clone()).collect::<Vec<_>>();
        let started_with = [
            ("binary", self.binary == newer.binary),
            ("args", self.args == newer.args),
            ("listen", addresses(self) == addresses(newer)),
            ("notify", self.notify == newer.notify),
        ];
        let watched_by = [
            ("health_socket", self.health_socket == newer.health_socket),
            ("health_url", self.health_url == newer.health_url),
            ("depends_on", names(self) == names(newer)),
            ("output", self.output == newer.output),
            ("on_failed", self.on_failed == newer.on_failed),
        ];
        let change = |needs_restart| {
            move |(key, is_same): (&'static str, bool)| (!is_same).then_some(Change { key, needs_restart })
        };
        let timing = self.timing.changed_keys(&newer.timing).into_iter();
        let attributes = self.attributes.changed_keys(&newer.attributes).into_iter();
        started_with
            .into_iter()
            .filter_map(change(true))
            .chain(attributes.map(|key| Change { key, needs_restart: true }))
            .chain(watched_by.into_iter().filter_map(change(false)))
            .chain(timing.map(|key| Change { key, needs_restart: false }))
            .collect()
    }

    /// Returns what its arguments say for a flag: `-name value` or `--name=value`.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            let Some(flag) = arg.strip_prefix('-').map(|flag| flag.strip_prefix('-').unwrap_or(flag)) else {
                continue;
            };
            if flag == name {
                return args.next().map(String::as_str);
            }
            if let Some(value) = flag.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                return Some(value);
            }
        }
        None
    }

    fn of(
        mut fields: Fields<'_>,
        name: &Sourced<String>,
        config: &Path,
        default: &Defaults,
        output: &Rotation,
    ) -> Option<Self> {
        let report = fields.report;
        if !is_name(&name.value) {
            report.add(
                Problem::error(&name.at, format!("a service cannot be called `{}`", name.value))
                    .hint("use a-z, 0-9, `_` and `-`, at most 64"),
            );
        }
        if name.value == OWN_NAME {
            let problem = Problem::error(&name.at, format!("a service cannot be called `{OWN_NAME}`"));
            report.add(problem.hint("its output would go to the supervisor's own log"));
        }
        fields.require(&["binary"]);
        let binary = fields.text("binary").map(|text| Sourced::new(config.join(&text.value), text.at));
        if let Some(binary) = &binary {
            let hint = format!("install `sogo` beside it and link it: ln -s sogo {}", binary.value.display());
            checks::check_program(binary, Some(hint), report);
        }
        let args = fields.texts("args").into_iter().map(|text| text.value).collect();
        let health_socket = fields.text("health_socket").map(|text| config.join(text.value));
        let health_url = fields.text("health_url");
        if let Some(url) = &health_url
            && !url.starts_with("http://")
        {
            report.error(&url.at, "`health_url` begins with `http://`");
        }
        let notify = Notify::of(&mut fields);
        match (&health_socket, &health_url) {
            (Some(_), Some(url)) => {
                report.error(&url.at, "health is asked for by socket or by URL, not by both");
            }
            (None, None) if notify != Notify::Always => report.add(
                Problem::warning(&fields.at, "nothing tells whether the service is well")
                    .hint("give `health_socket` or `health_url`; without, it counts as ready once it runs"),
            ),
            _ => {}
        }
        let depends_on = fields.texts("depends_on");
        let listen = listen::read(&mut fields, config);
        let instances = instances::read(&mut fields);
        let timing = Timing::of(&mut fields, &default.timing);
        let output = Rotation::of(&mut fields, output);
        let attributes = Attributes::of(&mut fields, config);
        let on_failed = fields.section("on_failed").map(|section| OnFailed::of(section, config));
        let on_failed = on_failed.or_else(|| default.on_failed.clone());
        fields.finish();
        Some(Self {
            name: name.value.clone(),
            service: name.value.clone(),
            instance: 1,
            instances,
            at: name.at.clone(),
            binary: binary?.value,
            args,
            health_socket,
            health_url: health_url.map(|url| url.value),
            notify,
            depends_on,
            listen,
            timing,
            output,
            attributes,
            on_failed,
        })
    }
}

/// Whose log has the place that the output of a service of this name would have.
const OWN_NAME: &str = "sogoctl";
