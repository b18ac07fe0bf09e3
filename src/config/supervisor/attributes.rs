//! What the process of a service is given besides its arguments: who it is, its environment, its folder, its limits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::identity::{Identity, Machine};
use super::limits::{self, Limit};
use super::variables::{self, EnvFile};
use crate::config::problem::Problem;
use crate::config::secret::Secret;
use crate::config::yaml::Fields;

/// What a process is started with. What is not given stays as the supervisor has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// As whom it runs (`user`, `group`).
    pub identity: Option<Identity>,
    /// Variables (`env`); they go before those of `env_file`.
    pub env: BTreeMap<String, Secret>,
    /// A file of variables (`env_file`).
    pub env_file: Option<EnvFile>,
    /// The folder that it runs in (`cwd`); a relative path in the file was taken from the configuration folder.
    pub cwd: Option<PathBuf>,
    /// Permissions that files it makes do not get (`umask`).
    pub umask: Option<u32>,
    /// How much it leaves to others, from -20 to 19 (`nice`).
    pub nice: Option<i32>,
    /// How much it may take (`rlimits`), by name.
    pub rlimits: BTreeMap<&'static str, Limit>,
    /// How soon the kernel ends it when memory runs out, from -1000 (never) to 1000 (`oom_score`).
    pub oom_score: Option<i32>,
}

impl Attributes {
    /// Takes the keys of a service.
    pub(super) fn of(fields: &mut Fields<'_>, config: &Path) -> Self {
        let report = fields.report;
        let cwd = fields.text("cwd").and_then(|cwd| {
            let folder = config.join(&cwd.value);
            if folder.is_dir() {
                return Some(folder);
            }
            let problem = Problem::error(&cwd.at, format!("there is no folder {}", folder.display()));
            report.add(problem.hint(format!("mkdir -p {}", folder.display())));
            None
        });
        Self {
            identity: Identity::of(fields, Machine::this),
            env: fields.section("env").map(variables::env).unwrap_or_default(),
            env_file: fields.text("env_file").and_then(|file| EnvFile::read(&file, config, report)),
            cwd,
            umask: umask(fields),
            nice: fields.integer("nice", -20..=19),
            rlimits: fields.section("rlimits").map(limits::read).unwrap_or_default(),
            oom_score: fields.integer("oom_score", -1000..=1000),
        }
    }

    /// Returns the variables in the order in which they are set: a later one goes before an earlier.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.identity.iter().flat_map(|identity| &identity.variables);
        let own = own.map(|(name, value)| (*name, value.as_str()));
        let secrets = self.env_file.iter().flat_map(|file| &file.variables).chain(&self.env);
        own.chain(secrets.map(|(name, value)| (name.as_str(), value.expose())))
    }

    /// Returns the keys whose values differ.
    pub(super) fn changed_keys(&self, other: &Self) -> Vec<&'static str> {
        let user = |one: &Self| {
            one.identity.clone().map(|Identity { uid, groups, variables, .. }| (uid, groups, variables))
        };
        let group = |one: &Self| one.identity.as_ref().map(|identity| identity.gid);
        [
            ("user", user(self) == user(other)),
            ("group", group(self) == group(other)),
            ("env", self.env == other.env),
            ("env_file", self.env_file == other.env_file),
            ("cwd", self.cwd == other.cwd),
            ("umask", self.umask == other.umask),
            ("nice", self.nice == other.nice),
            ("rlimits", self.rlimits == other.rlimits),
            ("oom_score", self.oom_score == other.oom_score),
        ]
        .into_iter()
        .filter_map(|(key, is_same)| (!is_same).then_some(key))
        .collect()
    }
}

/// Reads the key `umask`: octal digits.
fn umask(fields: &mut Fields<'_>) -> Option<u32> {
    const ALL: u32 = 0o777;
    let text = fields.text("umask")?;
    let umask = u32::from_str_radix(&text.value, 8).ok().filter(|umask| *umask <= ALL);
    if umask.is_none() {
        let problem = Problem::error(&text.at, format!("`umask` cannot be `{}`", text.value));
        fields.report.add(problem.hint("write octal digits up to 777, such as `027`"));
    }
    umask
}
