//! All apps, and how they change when the configuration is read anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::{error, info, warn};

use super::app::App;
use crate::config::{Problem, Registry, closest};
use crate::error::{Code, Error, Result};

/// The apps in force.
#[derive(Debug)]
pub(super) struct Apps {
    by_name: BTreeMap<String, Arc<App>>,
    /// What is wrong with the files they come from.
    pub(super) problems: Vec<String>,
}

/// Room in a frame for what stands around the rows.
const ENVELOPE: usize = 1024;

impl Apps {
    /// Makes the apps of a configuration, each with the connections it has in `old`.
    ///
    /// An app whose files are wrong stays as it is in `old`, and so do all of them when the configuration is wrong as a
    /// whole; one whose folder is gone goes.
    pub(super) fn new(registry: &Registry, old: Option<&Self>) -> Self {
        registry.problems.iter().for_each(tell);
        let problems = registry.problems.iter().filter(|problem| problem.is_error());
        let problems = problems.map(Problem::headline).collect();
        let by_name = match old {
            Some(old) if registry.is_wrong_as_a_whole() => old.by_name.clone(),
            _ => made(registry, old.map_or(&BTreeMap::new(), |old| &old.by_name)),
        };
        info!(apps = by_name.len(), "Serving the databases of the apps");
        Self { by_name, problems }
    }

    /// Returns an app by name.
    ///
    /// # Errors
    /// [`Code::NotFound`] with the name that was perhaps meant.
    pub(super) fn get(&self, name: &str) -> Result<Arc<App>> {
        if let Some(app) = self.by_name.get(name) {
            return Ok(Arc::clone(app));
        }
        let shown: String = name.chars().take(64).filter(|letter| !letter.is_control()).collect();
        let error = Error::new(Code::NotFound, format!("there is no app `{shown}`"));
        Err(match closest(name, self.by_name.keys().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("see `sogo db health` for the apps there are"),
        })
    }

    /// Returns all apps, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<App>> {
        self.by_name.values()
    }
}

fn made(registry: &Registry, old: &BTreeMap<String, Arc<App>>) -> BTreeMap<String, Arc<App>> {
    let frame = usize::try_from(registry.settings.ipc.max_frame_bytes).unwrap_or(usize::MAX);
    let max_bytes = frame.saturating_sub(ENVELOPE);
    let fresh = registry.apps.iter().map(|app| {
        let kept = old.get(&app.name).map(Arc::as_ref);
        (app.name.clone(), Arc::new(App::new(app, max_bytes, kept)))
    });
    let broken = registry.problems.iter().filter(|problem| problem.is_error());
    let kept = broken.filter_map(|problem| old.get_key_value(problem.app.as_ref()?));
    kept.map(|(name, app)| (name.clone(), Arc::clone(app))).chain(fresh).collect()
}

fn tell(problem: &Problem) {
    if problem.is_error() {
        error!(app = problem.app.as_deref(), "{}", problem.headline());
    } else {
        warn!(app = problem.app.as_deref(), "{}", problem.headline());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;
    use crate::services::db::tests::place::write_app;

    #[test]
    fn a_configuration_that_is_wrong_as_a_whole_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        write_app(folder.path(), "a", "{ driver: sqlite, path: a.db }", "");
        let apps = Apps::new(&load(folder.path()), None);
        let first = apps.get("a").unwrap();
        std::fs::write(folder.path().join("sogoms.yaml"), "db: { pool_size: many }").unwrap();
        let wrong = load(folder.path());
        let kept = Apps::new(&wrong, Some(&apps));
        assert!(Arc::ptr_eq(&kept.get("a").unwrap(), &first));
        assert!(kept.problems[0].contains("sogoms.yaml:1"), "{:?}", kept.problems);
        // At a start there is nothing to keep.
        assert!(Apps::new(&wrong, None).get("a").is_ok());

        std::fs::rename(folder.path().join("apps"), folder.path().join("away")).unwrap();
        std::fs::write(folder.path().join("apps"), "no folder").unwrap();
        assert!(Apps::new(&load(folder.path()), Some(&apps)).get("a").is_ok());
    }
}
