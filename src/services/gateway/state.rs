//! What the gateway serves: the settings and the apps, replaced whole by a reload.

use std::collections::btree_map::BTreeMap;
use std::collections::hash_map::{Entry, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use tracing::{error, warn};

use super::compile;
use super::ready::Ready;
use super::sign_in::SignInLimits;
use super::static_files::StaticFiles;
use super::traffic::Traffic;
use crate::auth::token::Key;
use crate::config::{self, App, Problem, Settings};

/// Everything that a reload replaces. Immutable but for what each app finds out about its database.
#[derive(Debug)]
pub(super) struct State {
    /// The daemons' own settings.
    pub(super) settings: Settings,
    /// The tries to sign in; a reload goes on counting unless it changes the limits.
    pub(super) limits: Arc<SignInLimits>,
    /// The apps by name.
    tenants: BTreeMap<String, Arc<Tenant>>,
    /// The apps by host.
    hosts: HashMap<String, Arc<Tenant>>,
    /// What is wrong with the configuration, and keeps an older state in force or an app away.
    problems: Vec<Problem>,
}

/// One app as it is served.
#[derive(Debug)]
pub(super) struct Tenant {
    /// Its files.
    pub(super) app: Arc<App>,
    /// The key of its tokens.
    pub(super) key: Key,
    /// Its statements, once its tables are known.
    pub(super) ready: Ready,
    /// Its front end, if it has one here.
    pub(super) static_files: StaticFiles,
    /// The highest cost of a password's hash seen in it; 0 before the first one.
    pub(super) highest_cost: Arc<AtomicU32>,
    /// What is counted of its requests.
    pub(super) traffic: Traffic,
}

impl State {
    /// Reads the configuration folder. It takes files, so not on a thread that serves.
    ///
    /// An app that is wrong keeps its part of the `old` state, and all of it stays when the configuration is wrong as a
    /// whole; without an old state an app is left out.
    pub(super) fn load(config: &Path, old: Option<&Self>) -> Self {
        let registry = config::load(config);
        if let Some(old) = old.filter(|_| registry.is_wrong_as_a_whole()) {
            return old.kept(registry.problems);
        }
        let mut problems = registry.problems;
        let mut fresh: BTreeMap<String, Arc<Tenant>> = BTreeMap::new();
        for app in registry.apps {
            let (static_files, of_files) = StaticFiles::of(&app);
            let found: Vec<Problem> = (compile::check(&app).into_iter().chain(of_files))
                .map(|problem| problem.app(&*app.name))
                .collect();
            if !found.iter().any(Problem::is_error) {
                let old = old.and_then(|old| old.tenant(&app.name));
                let tenant = Tenant::new(app, static_files, old.map(AsRef::as_ref));
                fresh.insert(tenant.app.name.clone(), Arc::new(tenant));
            }
            problems.extend(found);
        }
        log(&problems);
        problems.retain(Problem::is_error);
        let is_kept = |name: &String| {
            !fresh.contains_key(name) && problems.iter().any(|problem| problem.app.as_ref() == Some(name))
        };
        let kept: Vec<Arc<Tenant>> = old.map_or_else(Vec::new, |old| {
            old.tenants
                .iter()
                .filter(|(name, _)| is_kept(name))
                .map(|(_, tenant)| Arc::clone(tenant))
                .collect()
        });
        let settings = registry.settings;
        let sign_in = settings.gateway.sign_in;
        let limits = match old {
            Some(old) if old.settings.gateway.sign_in == sign_in => Arc::clone(&old.limits),
            _ => Arc::new(SignInLimits::new(sign_in)),
        };
        let mut state = Self { settings, limits, tenants: BTreeMap::new(), hosts: HashMap::new(), problems };
        // What is in force keeps its hosts; an app that just comes may have those that are free.
        for tenant in kept.into_iter().chain(fresh.into_values()) {
            state.add(tenant);
        }
        state
    }

    /// Returns the same state, with what is wrong now.
    fn kept(&self, mut problems: Vec<Problem>) -> Self {
        log(&problems);
        problems.retain(Problem::is_error);
        Self {
            settings: self.settings.clone(),
            limits: Arc::clone(&self.limits),
            tenants: self.tenants.clone(),
            hosts: self.hosts.clone(),
            problems,
        }
    }

    fn add(&mut self, tenant: Arc<Tenant>) {
        for host in &tenant.app.hosts {
            match self.hosts.entry(host.value.clone()) {
                Entry::Vacant(free) => drop(free.insert(Arc::clone(&tenant))),
                Entry::Occupied(taken) => {
                    let owner = &taken.get().app.name;
                    let message = format!(
                        "the app `{owner}` keeps the host `{}` until its files are right",
                        host.value
                    );
                    self.problems.push(Problem::error(&host.at, message).app(&*tenant.app.name));
                }
            }
        }
        self.tenants.insert(tenant.app.name.clone(), tenant);
    }

    /// Returns the app that has this host.
    pub(super) fn at_host(&self, host: &str) -> Option<&Arc<Tenant>> {
        self.hosts.get(host)
    }

    /// Returns an app by name.
    pub(super) fn tenant(&self, name: &str) -> Option<&Arc<Tenant>> {
        self.tenants.get(name)
    }

    /// Returns the apps in the order of their names.
    pub(super) fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.tenants.values()
    }

    /// Returns what is wrong: with the files, and with statements that the tables do not fit.
    pub(super) fn problems(&self) -> Vec<String> {
        let found = self.tenants().flat_map(|tenant| tenant.ready.problems());
        self.problems.iter().map(Problem::headline).chain(found).collect()
    }

    /// Returns the errors that concern no app but all of it: the folder, `sogoms.yaml`.
    pub(super) fn errors_as_a_whole(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.app.is_none())
    }
}

impl Tenant {
    /// Serves an app; what was learnt and counted of it before is kept.
    fn new(app: Arc<App>, static_files: StaticFiles, old: Option<&Self>) -> Self {
        let key = Key::new(&app.auth.jwt_secret);
        let highest_cost = old.map(|old| Arc::clone(&old.highest_cost)).unwrap_or_default();
        let traffic = Traffic::new(&app, old.map(|old| &old.traffic));
        Self { app, key, ready: Ready::default(), static_files, highest_cost, traffic }
    }
}

/// Logs what is wrong, a line each.
pub(super) fn log(problems: &[Problem]) {
    for problem in problems {
        let (app, hint) = (problem.app.as_deref(), problem.hint.as_deref());
        if problem.is_error() {
            error!(app, hint, "{}", problem.headline());
        } else {
            warn!(app, hint, "{}", problem.headline());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of thirty-two bytes, yes";

    /// A configuration folder that is written app by app.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            folder.write("secret", SECRET);
            folder
        }

        fn write(&self, file: &str, text: &str) {
            let path = self.0.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        fn app(&self, name: &str, hosts: &str) {
            let secret = self.0.path().join("secret");
            let text = format!(
                "app: {name}\nhosts: [{hosts}]\ndatabase: {{ driver: sqlite, path: x.db }}\nauth: {{ jwt_secret_file: {} }}\n",
                secret.display()
            );
            self.write(&format!("apps/{name}/app.yaml"), &text);
        }

        fn load(&self, old: Option<&State>) -> State {
            State::load(self.0.path(), old)
        }
    }

    fn owner<'a>(state: &'a State, host: &str) -> Option<&'a str> {
        state.at_host(host).map(|tenant| tenant.app.name.as_str())
    }

    #[test]
    fn an_app_that_breaks_keeps_its_old_state_and_comes_back() {
        let folder = Folder::new();
        folder.app("one", "one.example");
        folder.app("two", "two.example");
        let first = folder.load(None);
        assert_eq!((owner(&first, "one.example"), first.problems().len()), (Some("one"), 0));

        folder.write("apps/one/queries/tasks.yaml", "list: [");
        let broken = folder.load(Some(&first));
        assert!(Arc::ptr_eq(first.tenant("one").unwrap(), broken.tenant("one").unwrap()));
        assert!(!Arc::ptr_eq(first.tenant("two").unwrap(), broken.tenant("two").unwrap()));
        assert!(broken.problems()[0].contains("tasks.yaml:1"), "{:?}", broken.problems());
        // At a start there is no older state.
        assert_eq!(owner(&folder.load(None), "one.example"), None);

        folder.write("apps/one/queries/tasks.yaml", "list: { query: SELECT id FROM tasks }");
        let mended = folder.load(Some(&broken));
        assert!(!Arc::ptr_eq(first.tenant("one").unwrap(), mended.tenant("one").unwrap()));
        assert_eq!(mended.problems(), Vec::<String>::new());
    }

    #[test]
    fn apps_come_and_go() {
        let folder = Folder::new();
        folder.app("one", "one.example");
        let first = folder.load(None);
        std::fs::remove_dir_all(folder.0.path().join("apps/one")).unwrap();
        folder.app("two", "one.example");
        let second = folder.load(Some(&first));
        assert_eq!(owner(&second, "one.example"), Some("two"));
        assert!(second.tenant("one").is_none());
    }

    #[test]
    fn an_app_that_broke_keeps_its_hosts() {
        let folder = Folder::new();
        folder.app("one", "one.example");
        let first = folder.load(None);
        folder.write("apps/one/app.yaml", "app: [");
        folder.app("two", "one.example, two.example");
        let second = folder.load(Some(&first));
        assert_eq!(owner(&second, "one.example"), Some("one"));
        assert_eq!(owner(&second, "two.example"), Some("two"));
        assert!(second.problems().iter().any(|problem| problem.contains("keeps the host")));
    }

    #[test]
    fn settings_that_break_stay_as_they_were() {
        let folder = Folder::new();
        folder.app("one", "one.example");
        folder.write("sogoms.yaml", "gateway: { max_body_bytes: 4096 }\ndb: { max_rows: 7 }");
        let first = folder.load(None);
        folder.write("sogoms.yaml", "gateway: { max_body_bytes: many }\ndb: { max_rows: 7 }");
        let broken = folder.load(Some(&first));
        assert_eq!(broken.settings.gateway.max_body_bytes, 4096);
        // Read anew, it would have the default.
        assert_eq!(broken.tenant("one").unwrap().app.max_rows, 7);
        assert!(Arc::ptr_eq(&first.limits, &broken.limits));
        assert_eq!(broken.errors_as_a_whole().count(), 1);
        folder.write("sogoms.yaml", "gateway: { sign_in: { per_account: { tries: 1, window: 1m } } }");
        let mended = folder.load(Some(&broken));
        assert!(!Arc::ptr_eq(&first.limits, &mended.limits));
    }

    #[test]
    fn a_folder_that_cannot_be_read_takes_no_app_away() {
        let folder = Folder::new();
        folder.app("one", "one.example");
        let first = folder.load(None);
        let apps = folder.0.path().join("apps");
        std::fs::rename(&apps, folder.0.path().join("away")).unwrap();
        std::fs::write(&apps, "no folder").unwrap();
        let broken = folder.load(Some(&first));
        assert_eq!(owner(&broken, "one.example"), Some("one"));
        assert_eq!(broken.errors_as_a_whole().count(), 1);
    }
}
