//! What there is of apps: those that can be used, and those that cannot, with all that is wrong with them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::cmd::check;
use crate::cmd::context::{self, Context};
use crate::config::{self, App, Database, Problem, Severity};
use crate::services::db::api::{AppDatabase, Health};

/// One folder of `apps/`.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The app, if it can be used.
    pub(super) app: Option<Arc<App>>,
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
}

impl Seen {
    /// Counts the problems of a severity.
    pub(super) fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }
}

/// Reads all apps by name, and what is wrong with none of them in particular.
pub(super) fn read(config: &Path) -> (BTreeMap<String, Seen>, Vec<Problem>) {
    let registry = config::load(config);
    let mut apps: BTreeMap<String, Seen> = BTreeMap::new();
    for app in &registry.apps {
        let seen = Seen { app: Some(Arc::clone(app)), problems: check::offline(app) };
        apps.insert(app.name.clone(), seen);
    }
    let mut others = Vec::new();
    for problem in registry.problems {
        match &problem.app {
            Some(app) => apps.entry(app.clone()).or_default().problems.push(problem),
            None => others.push(problem),
        }
    }
    (apps, others)
}

/// Where an app's data are and whether they can be reached; nothing secret.
#[derive(Debug, Serialize)]
pub(super) struct DatabaseState {
    /// `mariadb` or `sqlite`.
    pub(super) engine: &'static str,
    /// `user@host:port/name`, with all servers that may be written to; or the file.
    pub(super) place: String,
    /// `up`, `down`, or `unknown` where sogoms-db does not tell.
    pub(super) state: &'static str,
    /// Why it is not up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// What sogoms-db tells of the apps' databases, if it answers.
#[derive(Debug)]
pub(super) struct Databases(Option<Vec<AppDatabase>>);

impl Databases {
    /// Asks sogoms-db.
    pub(super) async fn ask(context: &Context) -> Self {
        let client = context::client(&context.places.socket("sogoms-db", 1));
        Self(client.call(Health {}).await.ok().map(|health| health.apps))
    }

    /// Returns the state of an app's database.
    pub(super) fn of(&self, app: &App) -> DatabaseState {
        let (engine, place) = place(&app.database);
        let known = self.0.as_ref().map(|apps| apps.iter().find(|known| known.app == app.name));
        let (state, why) = match known {
            None => ("unknown", Some("sogoms-db does not answer".to_owned())),
            Some(None) => ("unknown", Some("sogoms-db does not know the app yet; reload it".to_owned())),
            Some(Some(known)) if known.up => ("up", None),
            Some(Some(known)) => ("down", known.error.clone()),
        };
        DatabaseState { engine, place, state, why }
    }
}

fn place(database: &Database) -> (&'static str, String) {
    match database {
        Database::Sqlite(file) => ("sqlite", file.path.display().to_string()),
        Database::MariaDb(server) => {
            let places: Vec<String> = server.hosts.iter().map(ToString::to_string).collect();
            ("mariadb", format!("{}@{}/{}", server.user, places.join(","), server.name))
        }
    }
}
