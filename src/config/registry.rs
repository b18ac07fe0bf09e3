//! The whole configuration: settings, and every app that can be used.

use std::sync::Arc;

use super::app::App;
use super::problem::Problem;
use super::settings::Settings;

/// What the configuration folder holds, and everything that is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// The daemons' own settings; the defaults when `sogoms.yaml` is absent or wrong.
    pub settings: Settings,
    /// The apps that can be used, by name. One whose folder has an error is left out.
    pub apps: Vec<Arc<App>>,
    /// All problems.
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
}
