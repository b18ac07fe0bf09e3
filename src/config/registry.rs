//! The whole configuration: settings, and every app that can be used.

use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::app::{self, App, Context, Database, Loaded};
use super::problem::{Checked, Problem, Report};
use super::settings::{self, Settings};
use super::source::At;
use super::supervisor::ServiceUnit;
use super::{old_layout, supervisor, yaml};

/// What the configuration folder holds, and everything that is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// The daemons' own settings; the defaults when `sogoms.yaml` is absent or wrong.
    pub settings: Settings,
    /// The apps that can be used, by name. One whose folder has an error is left out.
    pub apps: Vec<Arc<App>>,
    /// All problems, those of the settings first, then app by app.
    pub problems: Vec<Problem>,
}

impl Registry {
    /// Returns an app by name.
    pub fn app(&self, name: &str) -> Option<&Arc<App>> {
        self.apps.binary_search_by(|app| app.name.as_str().cmp(name)).ok().map(|index| &self.apps[index])
    }

    /// Tells whether a problem is an error.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }

    /// Tells whether an error concerns no app but all of it: the folder itself, or `sogoms.yaml`. What is missing then is
    /// not known to have been removed, and the settings are not those that were meant.
    pub fn is_wrong_as_a_whole(&self) -> bool {
        self.problems.iter().any(|problem| problem.is_error() && problem.app.is_none())
    }
}

/// An app's folder that stands elsewhere, and is looked at as if it stood in `apps/` already.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The app's name: that of its folder to be.
    pub app: &'a str,
    /// Where the folder is now.
    pub folder: &'a Path,
}

/// Reads `sogoms.yaml` and all apps of a configuration folder.
///
/// It never fails as a whole: what is wrong stands in [`Registry::problems`]. Of two apps with one host the first
/// by name is kept, unless it cannot be used anyway.
pub fn load(config: &Path) -> Registry {
    load_with(config, &[])
}

/// Reads the same with these apps as well, each in the place of one with its name: what would be wrong with them is
/// known before anything is put into its place.
pub fn load_with(config: &Path, candidates: &[Candidate<'_>]) -> Registry {
    let report = Report::default();
    if let Some(problem) = no_folder(config) {
        let problems = vec![problem];
        return Registry { settings: Settings::default(), apps: Vec::new(), problems };
    }
    old_layout::warn(config, &report);
    let Checked { value, problems } = settings::load(config);
    report.add_all(problems);
    let settings = value.unwrap_or_default();

    let folder = config.join("apps");
    let names = yaml::names(&folder, &report).into_iter();
    let mut folders: BTreeMap<String, PathBuf> = names
        .filter(|name| !name.starts_with('.') && folder.join(name).is_dir())
        .map(|name| (name.clone(), folder.join(name)))
        .collect();
    folders.extend(candidates.iter().map(|new| (new.app.to_owned(), new.folder.to_owned())));
    let mut loaded: Vec<Loaded> = folders
        .iter()
        .map(|(name, folder)| app::load(&Context { app: name, folder, config, settings: &settings }))
        .collect();
    refuse_shared_hosts(&mut loaded, candidates);
    keep_reads_together(&mut loaded, config);

    let mut registry = Registry { settings, apps: Vec::new(), problems: report.close(Some(())).problems };
    for Loaded { app, .. } in loaded {
        registry.apps.extend(app.value.map(Arc::new));
        registry.problems.extend(app.problems);
    }
    registry
}

/// Has all reads go to the primary where several instances of sogoms-db run: none of them knows whose writes the others
/// have just done, so none could keep a user's reads off a replica that has not got them yet.
fn keep_reads_together(loaded: &mut [Loaded], config: &Path) {
    let reads_replicas = |loaded: &&mut Loaded| match loaded.app.value.as_ref().map(|app| &app.database) {
        Some(Database::MariaDb(database)) => !database.replicas.is_empty(),
        _ => false,
    };
    let mut loaded = loaded.iter_mut().filter(reads_replicas).peekable();
    if loaded.peek().is_none() {
        return;
    }
    let units = supervisor::load(config).value.map(|supervisor| supervisor.services).unwrap_or_default();
    let is_several = |unit: &&ServiceUnit| unit.service == "sogoms-db" && 1 < unit.instances;
    let Some(unit) = units.iter().find(is_several) else { return };
    for Loaded { app, .. } in loaded {
        if let Some(App { name, database: Database::MariaDb(database), .. }) = &mut app.value {
            database.replicas.clear();
            let message = format!("the replicas of {name} are not read: sogoms-db has several instances");
            let hint =
                "take `instances` or `reads: replicas` away: a user's own writes would not always be seen";
            app.problems.push(Problem::warning(&unit.at, message).hint(hint));
        }
    }
}

/// Reads everything of a configuration folder, `sogoctl.yaml` too, and returns all that is wrong with it.
pub fn check(config: &Path) -> Vec<Problem> {
    if let Some(problem) = no_folder(config) {
        return vec![problem];
    }
    let mut problems = supervisor::load(config).problems;
    problems.extend(load(config).problems);
    problems
}

/// Returns what keeps the folder as a whole from being read; nothing in it can be told of then.
fn no_folder(config: &Path) -> Option<Problem> {
    let problem = match std::fs::read_dir(config) {
        Ok(_) => return None,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Problem::error_in(config, "there is no such configuration folder")
        }
        Err(error) => {
            let reason = yaml::reason(&error);
            Problem::error_in(config, format!("the configuration folder cannot be read: {reason}"))
        }
    };
    Some(problem.hint("another one is named with `--config`, `--dir` or SOGO_CONFIG"))
}

/// Leaves out each app that claims a host another has; apps that can be used have the first choice, and those that are
/// there have it before candidates.
fn refuse_shared_hosts(loaded: &mut [Loaded], candidates: &[Candidate<'_>]) {
    let mut owners: HashMap<String, (String, At)> = HashMap::new();
    let (mut usable, broken): (Vec<&mut Loaded>, Vec<&mut Loaded>) =
        loaded.iter_mut().partition(|loaded| loaded.app.value.is_some());
    usable.sort_by_key(|loaded| candidates.iter().any(|new| new.app == loaded.name));
    for loaded in usable.into_iter().chain(broken) {
        let mut clashes = Vec::new();
        for host in &loaded.hosts {
            let Some((owner, first)) = owners.get(&host.value) else { continue };
            clashes.push(
                Problem::error(
                    &host.at,
                    format!("the host `{}` belongs to the app `{owner}` at {first}", host.value),
                )
                .app(loaded.name.clone())
                .hint("a host name chooses the app, so only one can have it"),
            );
        }
        if clashes.is_empty() {
            let claims = loaded.hosts.iter();
            owners.extend(claims.map(|host| (host.value.clone(), (loaded.name.clone(), host.at.clone()))));
        } else {
            loaded.app.value = None;
            loaded.app.problems.extend(clashes);
        }
    }
}
