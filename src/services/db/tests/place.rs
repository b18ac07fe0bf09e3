//! A configuration folder of a test, with one app or several.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::config;
use crate::error::Result;
use crate::ipc::peer::Peer;
use crate::ipc::{Action, Call, Handle};
use crate::services::db::{Db, run_script};

/// A folder with apps, and the service on it.
pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
    pub(super) db: Arc<Db>,
}

impl Place {
    /// Makes a folder with these apps: their names, and the `database:` section of each.
    pub(super) fn new(apps: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, database) in apps {
            write_app(folder.path(), name, database, "");
        }
        let registry = config::load(folder.path());
        assert!(!registry.has_errors(), "{:?}", registry.problems);
        Self { db: Arc::new(Db::new(&registry)), folder }
    }

    /// Makes an app `a` on a new SQLite file with these tables.
    pub(super) async fn sqlite(script: &str) -> Self {
        let place = Self::new(&[("a", "{ driver: sqlite, path: a.db }".to_owned())]);
        place.script("a", script).await;
        place
    }

    /// Runs a script on an app's database.
    pub(super) async fn script(&self, app: &str, script: &str) {
        let registry = config::load(self.folder.path());
        run_script(&registry.app(app).unwrap().database, script).await.unwrap();
    }

    #[allow(dead_code, reason = "the tests of reloading follow")]
    /// Reads the configuration anew.
    pub(super) fn reload(&self) {
        self.db.reload(&config::load(self.folder.path()));
    }

    /// Asks the service.
    pub(super) async fn ask<A: Action>(&self, action: A) -> Result<A::Reply>
    where
        Db: Handle<A>,
    {
        self.db.handle(&call(), action).await
    }
}

/// Writes an app's folder.
pub(super) fn write_app(config: &Path, name: &str, database: &str, more: &str) {
    let folder = config.join("apps").join(name);
    std::fs::create_dir_all(folder.join("queries")).unwrap();
    let secret = folder.join("secret");
    std::fs::write(&secret, "0123456789abcdef0123456789abcdef").unwrap();
    let yaml = format!(
        "app: {name}\nhosts: [{name}.example.com]\ndatabase: {database}\nauth: {{ jwt_secret_file: {} }}\n{more}",
        secret.display()
    );
    std::fs::write(folder.join("app.yaml"), yaml).unwrap();
}

fn call() -> Call {
    Call {
        action: "test".into(),
        deadline: Instant::now() + Duration::from_secs(60),
        request_id: None,
        peer: Peer { uid: 0, pid: 0 },
    }
}
