//! A configuration folder of a test, with one app or several.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::server::Server;
use crate::config::{self, Database};
use crate::error::Result;
use crate::ipc::listen::Listener;
use crate::ipc::peer::{Access, Peer};
use crate::ipc::server::{self, Limits};
use crate::ipc::{Action, Call, Client, Handle};
use crate::services::db::api::{
    Args, Delete, Health, HealthReply, Insert, Query, QueryOne, Request, Statement, Transaction, Update,
};
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

    /// Makes an app `a` on a new database of the shared MariaDB with these tables.
    pub(super) async fn mariadb(script: &str) -> Self {
        let place = Self::new(&[("a", Server::shared().await.database("").await)]);
        place.script("a", script).await;
        place
    }

    /// Makes an app `a` on a new SQLite file with these tables.
    pub(super) async fn sqlite(script: &str) -> Self {
        let place = Self::new(&[("a", "{ driver: sqlite, path: a.db }".to_owned())]);
        place.script("a", script).await;
        place
    }

    /// Returns another service on the databases of this folder, with connections of its own.
    pub(super) fn another_service(&self) -> Db {
        Db::new(&config::load(self.folder.path()))
    }

    /// Tells whether the app `a` is on MariaDB.
    pub(super) fn is_mariadb(&self) -> bool {
        matches!(config::load(self.folder.path()).app("a").unwrap().database, Database::MariaDb(_))
    }

    /// Runs a script on an app's database.
    pub(super) async fn script(&self, app: &str, script: &str) {
        let registry = config::load(self.folder.path());
        run_script(&registry.app(app).unwrap().database, script).await.unwrap();
    }

    /// Returns the file of an app on SQLite.
    pub(super) fn file(&self, app: &str) -> PathBuf {
        match &config::load(self.folder.path()).app(app).unwrap().database {
            Database::Sqlite(settings) => settings.path.clone(),
            Database::MariaDb(_) => panic!("{app} is on MariaDB"),
        }
    }

    /// Reads the configuration anew.
    pub(super) fn reload(&self) {
        self.db.reload(&config::load(self.folder.path()));
    }

    /// Serves on a socket and returns a client of it; both end with the runtime.
    pub(super) fn serve(&self) -> Client<Request> {
        let socket = self.folder.path().join("db.sock");
        let listener = Listener::bind(&socket, None).unwrap();
        let (service, access) = (Arc::clone(&self.db), Access::own(None));
        tokio::spawn(server::serve(listener, service, access, Limits::default(), CancellationToken::new()));
        Client::new(&socket, Duration::ZERO, 16 << 20)
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
pub(in crate::services::db) fn write_app(config: &Path, name: &str, database: &str, more: &str) {
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

pub(super) fn call() -> Call {
    Call {
        action: "test".into(),
        deadline: Instant::now() + Duration::from_secs(60),
        request_id: None,
        peer: Peer { uid: 0, pid: 0 },
    }
}

impl Place {
    /// Asks the app `a` for rows.
    pub(super) async fn query(&self, query: &str, json: &str) -> Result<String> {
        let action = Query {
            app_id: "a".into(),
            query: query.into(),
            args: args(json),
            limit: None,
            user_id: None,
            every_column: false,
        };
        Ok(text(&self.ask(action).await?.rows))
    }

    /// Asks the app `a` for at most `limit` rows; also tells whether there are more.
    pub(super) async fn page(&self, query: &str, json: &str, limit: u64) -> Result<(String, bool)> {
        let action = Query {
            app_id: "a".into(),
            query: query.into(),
            args: args(json),
            limit: Some(limit),
            user_id: None,
            every_column: false,
        };
        let rows = self.ask(action).await?;
        Ok((text(&rows.rows), rows.more))
    }

    /// Asks the app `a` for one row, `null` when there is none.
    pub(super) async fn one(&self, query: &str, json: &str) -> Result<String> {
        let action = QueryOne { app_id: "a".into(), query: query.into(), args: args(json), user_id: None };
        Ok(self.ask(action).await?.row.map_or("null".into(), |row| text(&row)))
    }

    /// Inserts into the app `a` and returns the id.
    pub(super) async fn insert(&self, query: &str, json: &str) -> Result<u64> {
        let action = Insert { app_id: "a".into(), query: query.into(), args: args(json), user_id: None };
        Ok(self.ask(action).await?.insert_id)
    }

    /// Updates the app `a` and returns how many rows were found.
    pub(super) async fn update(&self, query: &str, json: &str) -> Result<u64> {
        let action = Update { app_id: "a".into(), query: query.into(), args: args(json), user_id: None };
        Ok(self.ask(action).await?.affected_rows)
    }

    /// Deletes from the app `a` and returns how many rows went.
    pub(super) async fn delete(&self, query: &str, json: &str) -> Result<u64> {
        let action = Delete { app_id: "a".into(), query: query.into(), args: args(json), user_id: None };
        Ok(self.ask(action).await?.affected_rows)
    }

    /// Runs statements without arguments in one transaction on the app `a`.
    pub(super) async fn transaction(&self, statements: &[&str]) -> Result<String> {
        let statement = |query: &&str| Statement { query: (*query).into(), args: Args::default() };
        let statements = statements.iter().map(statement).collect();
        let results = self.ask(Transaction { app_id: "a".into(), statements, user_id: None }).await?;
        Ok(serde_json::to_string(&results.results).unwrap())
    }

    /// Asks how the databases are.
    pub(super) async fn health(&self) -> HealthReply {
        self.ask(Health {}).await.unwrap()
    }
}

fn args(json: &str) -> Args {
    serde_json::from_str(json).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
