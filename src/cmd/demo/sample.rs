//! The files of the sample app, as they are shipped in config/, and those that the demo writes instead.

use std::fmt::Write as _;
use std::path::Path;

use super::address::Address;
use crate::config::Database;

/// Name of the app.
pub(super) const APP: &str = "prokov";

/// The password of every sample user. The demo listens on loopback alone, and prints it.
pub(super) const PASSWORD: &str = "demo-password";

/// The sample users, in the order of their ids from 1, and what they may see.
pub(super) const USERS: &[(&str, &str)] = &[
    ("alice@example.com", "her own rows"),
    ("bob@example.com", "his own rows"),
    ("admin@example.com", "everybody's rows"),
];

/// The tables of the app.
pub(super) const TABLES: &[&str] = &["projects", "statuses", "tags", "tasks", "users"];

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../config/apps/prokov/", $name)))),*]
    };
}

/// The app's files that are the shipped ones, below its folder.
pub(super) const FILES: &[(&str, &str)] = shipped![
    "queries/auth.yaml",
    "queries/projects.yaml",
    "queries/statuses.yaml",
    "queries/tags.yaml",
    "queries/tasks.yaml",
];

const SQLITE: &str = include_str!("../../../config/apps/prokov/database/sqlite.sql");
const MARIADB: &str = include_str!("../../../config/apps/prokov/database/mariadb.sql");
const ROWS: &str = include_str!("../../../config/apps/prokov/database/sample.sql");

/// Returns the script that makes tables and rows; `hash` is the bcrypt hash of the users' password.
pub(super) fn script(database: &Database, hash: &str) -> String {
    let (begin, tables, end) = match database {
        // All or nothing, so that a demo that is ended here leaves no half of a database.
        Database::Sqlite(_) => ("BEGIN;\n", SQLITE, "COMMIT;\n"),
        Database::MariaDb(_) => ("", MARIADB, ""),
    };
    format!("{begin}{tables}\n{ROWS}\nUPDATE users SET password = '{hash}' WHERE password = '';\n{end}")
}

/// Returns `app.yaml`.
pub(super) fn app_yaml(address: Option<&Address>) -> String {
    let mut text = String::from(
        "# The sample app of `sogo demo`. A relative path is taken from the configuration folder.\n\
         app: prokov\nversion: \"1.0\"\nbase_path: /api\n\nhosts:\n  - localhost\n  - 127.0.0.1\n\ndatabase:\n",
    );
    match address {
        None => text.push_str("  driver: sqlite\n  path: ../data/prokov.db\n"),
        Some(address) => {
            let _ = writeln!(text, "  host: {}\n  port: {}", quoted(&address.host), address.port);
            if let Some(socket) = &address.socket {
                let _ = writeln!(text, "  socket: {}", quoted(socket));
            }
            let _ =
                writeln!(text, "  user: {}\n  name: {}", quoted(&address.user), quoted(&address.database));
            if address.password.is_some() {
                text.push_str("  password_file: ../secrets/{app}_db_pass\n");
            }
        }
    }
    text.push_str(
        "\nauth:\n  jwt_secret_file: ../secrets/{app}_jwt_secret\n  jwt_expiry: 24h\n\nlogs:\n  retention_days: 30\n",
    );
    text
}

/// JSON's quoted text is YAML's as well.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is written to memory")
}

/// `sogoms.yaml`: every place below the demo's folder, and nothing but loopback.
pub(super) const SOGOMS_YAML: &str = "\
# Settings of the daemons of `sogo demo`; a relative path is taken from this folder.
places:
  run: ../run
  state: ../state
  logs: ../logs

gateway:
  listen: 127.0.0.1:8080        # `sogo demo` gives another port with -port if this one is taken
";

/// The first line of a `sogoctl.yaml` that is written anew at each start.
pub(super) const OURS: &str =
    "# Written by `sogo demo` at each start; delete this line to keep changes of yours.";

/// Returns `sogoctl.yaml` for a folder (an absolute path) and the gateway's port.
pub(super) fn sogoctl_yaml(folder: &Path, port: u16) -> String {
    let path = |name: &str| quoted(&folder.join(name).to_string_lossy());
    let (config, logs, db) = (path("config"), path("run/sogoms-logs.1.sock"), path("run/sogoms-db.1.sock"));
    format!(
        r#"{OURS}
supervisor:
  health_interval: 10s
  restart_delay: 500ms
  max_restarts: 5

services:
  sogoms-logs:
    binary: {logs_binary}
    args: ["-config", {config}, "-socket", {logs}]
    health_socket: {logs}

  sogoms-db:
    binary: {db_binary}
    args: ["-config", {config}, "-socket", {db}]
    health_socket: {db}
    depends_on: [sogoms-logs]

  sogoway:
    binary: {way_binary}
    args: ["-config", {config}, "-port", "{port}"]
    health_url: http://127.0.0.1:{port}/health
    depends_on: [sogoms-db, sogoms-logs]
"#,
        logs_binary = path("bin/sogoms-logs"),
        db_binary = path("bin/sogoms-db"),
        way_binary = path("bin/sogoway"),
    )
}

/// The programs that are linked to this one in `bin/`.
pub(super) const PROGRAMS: &[&str] = &["sogo", "sogoctl", "sogoway", "sogoms-db", "sogoms-logs"];
