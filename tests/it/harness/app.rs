//! The sample app of an installation: its folder and its database, on either engine.

use std::path::Path;

use mysql_async::prelude::Queryable;

use super::installation::PASSWORD;
use super::mariadb::{MariaDb, USER, USER_PASSWORD};

/// Which engine an app's database is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    MariaDb,
}

/// The three users of every installation, in the order of their ids from 1.
const USERS: &[(&str, &str, &str)] = &[
    ("alice@example.com", "Alice", "default"),
    ("bob@example.com", "Bob", "default"),
    ("admin@example.com", "Admin", "admin"),
];

/// The list that all users share.
const STATUSES: &str = "INSERT INTO statuses (id, name, position) VALUES (1, 'Open', 1), (2, 'Done', 2)";

/// Makes the tables and the users in a new database and returns the `database:` section for it.
pub async fn make_database(
    engine: Engine,
    folder: &Path,
    secrets: &Path,
    server: Option<&MariaDb>,
) -> String {
    // The lowest cost there is: what these tests are about is not how long a guess takes.
    let hash = bcrypt::hash(PASSWORD, 4).unwrap();
    match engine {
        Engine::Sqlite => {
            let path = folder.join("prokov.db");
            let database = rusqlite::Connection::open(&path).unwrap();
            database.execute_batch(&sample("sqlite.sql")).unwrap();
            database.execute_batch(STATUSES).unwrap();
            for (email, name, role) in USERS {
                let insert = "INSERT INTO users (email, name, role, password) VALUES (?, ?, ?, ?)";
                database.execute(insert, (email, name, role, &hash)).unwrap();
            }
            format!("database:\n  driver: sqlite\n  path: {}\n", path.display())
        }
        Engine::MariaDb => {
            let server = match server {
                Some(server) => server,
                None => MariaDb::shared().await,
            };
            let name = server.database().await;
            let mut root = server.root(Some(&name)).await;
            let statements = sample("mariadb.sql");
            root.query_drop(statements).await.unwrap();
            root.query_drop(STATUSES).await.unwrap();
            for (email, name, role) in USERS {
                let insert = "INSERT INTO users (email, name, role, password) VALUES (?, ?, ?, ?)";
                root.exec_drop(insert, (email, name, role, &hash)).await.unwrap();
            }
            root.disconnect().await.unwrap();
            let password = secrets.join("prokov_db_pass");
            super::installation::write_secret(&password, USER_PASSWORD);
            format!(
                "database:\n  host: 127.0.0.1\n  port: {}\n  user: {USER}\n  password_file: {}\n  name: {name}\n",
                server.port,
                password.display()
            )
        }
    }
}

fn sample(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/apps/prokov/database").join(file);
    std::fs::read_to_string(path).unwrap()
}
