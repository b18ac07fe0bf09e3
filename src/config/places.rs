//! The four folders of an installation, and how they are found.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::settings::PlaceSettings;

/// Where configuration, sockets, durable state and logs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Configuration: `sogoctl.yaml`, `sogoms.yaml`, `apps/`.
    pub config: PathBuf,
    /// Sockets.
    pub run: PathBuf,
    /// Durable local state.
    pub state: PathBuf,
    /// Log files.
    pub logs: PathBuf,
}

/// What the command line says about places.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlaceFlags<'a> {
    /// `--dir`: one folder that holds `config`, `run`, `state` and `logs`.
    pub dir: Option<&'a Path>,
    /// `--config`: the configuration folder; it goes before the one of `--dir`.
    pub config: Option<&'a Path>,
}

impl Places {
    /// Finds the places: the configuration by `--config`, `--dir`, `SOGO_CONFIG`, `/config` if it exists, else
    /// `./config`; the others by `--dir`, else `places:` of `sogoms.yaml`, else their defaults.
    ///
    /// A `sogoms.yaml` that is wrong counts as absent here; [`load`](super::load) tells what is wrong with it.
    pub fn find(flags: PlaceFlags<'_>, environment: &Environment) -> Self {
        let config = config_folder(flags, environment);
        if let Some(dir) = flags.dir {
            return Self { config, run: dir.join("run"), state: dir.join("state"), logs: dir.join("logs") };
        }
        let PlaceSettings { run, state, logs } =
            super::settings::load(&config).value.unwrap_or_default().places;
        Self { run: config.join(run), state: config.join(state), logs: config.join(logs), config }
    }

    /// Returns all four below one folder, as `--dir` does.
    pub fn below(dir: &Path) -> Self {
        Self {
            config: dir.join("config"),
            run: dir.join("run"),
            state: dir.join("state"),
            logs: dir.join("logs"),
        }
    }

    /// Returns the socket of one instance (from 1) of a service: `run/sogoms-db.1.sock`.
    pub fn socket(&self, service: &str, instance: u32) -> PathBuf {
        self.run.join(format!("{service}.{instance}.sock"))
    }

    /// Returns the socket of a service as the supervisor calls it: `sogoms-db`, or `sogoms-db.2` for one of several.
    pub fn socket_of(&self, name: &str) -> PathBuf {
        let numbered =
            name.rsplit_once('.').and_then(|(service, number)| Some((service, number.parse().ok()?)));
        let (service, instance) = numbered.unwrap_or((name, 1));
        self.socket(service, instance)
    }

    /// Returns the supervisor's control socket.
    pub fn control(&self) -> PathBuf {
        self.run.join("sogoctl.sock")
    }
}

fn config_folder(flags: PlaceFlags<'_>, environment: &Environment) -> PathBuf {
    const PRODUCTION: &str = "/config";
    if let Some(config) = flags.config {
        return config.to_path_buf();
    }
    if let Some(dir) = flags.dir {
        return dir.join("config");
    }
    if let Some(config) = &environment.config {
        return config.clone();
    }
    if Path::new(PRODUCTION).is_dir() { PRODUCTION.into() } else { "config".into() }
}
