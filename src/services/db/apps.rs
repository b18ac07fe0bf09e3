//! All apps, and how they change when the configuration is read anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::{error, info, warn};

use super::app::App;
use crate::config::{Problem, Registry};
use crate::error::{Code, Error, Result};

/// The apps in force.
#[derive(Debug, Default)]
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
    /// An app whose files are wrong stays as it is in `old`; one whose folder is gone goes.
    pub(super) fn new(registry: &Registry, old: &Self) -> Self {
        let frame = usize::try_from(registry.settings.ipc.max_frame_bytes).unwrap_or(usize::MAX);
        let max_bytes = frame.saturating_sub(ENVELOPE);
        let mut by_name: BTreeMap<String, Arc<App>> = (registry.apps.iter())
            .map(|app| {
                let kept = old.by_name.get(&app.name).map(Arc::as_ref);
                (app.name.clone(), Arc::new(App::new(app, max_bytes, kept)))
            })
            .collect();
        for problem in &registry.problems {
            tell(problem);
            let broken = problem.app.as_ref().filter(|_| problem.is_error());
            if let Some((name, app)) = broken.and_then(|name| old.by_name.get_key_value(name)) {
                by_name.entry(name.clone()).or_insert_with(|| Arc::clone(app));
            }
        }
        info!(apps = by_name.len(), "Serving the databases of the apps");
        let problems = registry.problems.iter().filter(|problem| problem.is_error()).map(Problem::headline);
        Self { by_name, problems: problems.collect() }
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
        let nearest = (self.by_name.keys())
            .map(|known| (strsim::damerau_levenshtein(known, &shown), known))
            .min()
            .filter(|(distance, known)| *distance <= 1 + known.len() / 4);
        Err(match nearest {
            Some((_, known)) => error.hint(format!("did you mean `{known}`?")),
            None => error.hint("see `sogo db health` for the apps there are"),
        })
    }

    /// Returns all apps, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<App>> {
        self.by_name.values()
    }
}

fn tell(problem: &Problem) {
    if problem.is_error() {
        error!(app = problem.app.as_deref(), "{}", problem.headline());
    } else {
        warn!(app = problem.app.as_deref(), "{}", problem.headline());
    }
}
