//! The files of the sample app, as they are shipped in config/, and those that the demo writes instead.

use crate::cmd::database_address::Address;
use crate::cmd::installation::database_section;
use crate::config::Database;

/// Name of the app.
pub(super) const APP: &str = "prokov";

/// The folder, below the demo's, that mails are put into instead of being sent.
pub(super) const MAILS: &str = "data/mails";

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
    "cron.yaml",
    "emails/tasks_today.yaml",
    "emails/welcome.yaml",
    "queries/auth.yaml",
    "queries/projects.yaml",
    "queries/statuses.yaml",
    "queries/tags.yaml",
    "queries/tasks.yaml",
    "web/index.html",
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
    let database = database_section(address, "../data/prokov.db");
    format!(
        "# The sample app of `sogo demo`. A relative path is taken from the configuration folder.\n\
         app: prokov\nversion: \"1.0\"\nbase_path: /api\nstatic: apps/{{app}}/web\n\nhosts:\n  - localhost\n  - 127.0.0.1\n\n{database}\n\
         auth:\n  jwt_secret_file: ../secrets/{{app}}_jwt_secret\n  jwt_expiry: 24h\n\n\
         smtp:\n  folder: ../{MAILS}          # nothing leaves this machine: each mail becomes a file\n  \
         from: noreply@example.com\n  from_name: Prokov\n\nlogs:\n  retention_days: 30\n"
    )
}

/// `sogoms.yaml`: every place below the demo's folder, and nothing but loopback.
pub(super) const SOGOMS_YAML: &str = "\
# Settings of the daemons of `sogo demo`; a relative path is taken from this folder.
places:
  run: ../run
  state: ../state
  logs: ../logs

gateway:
  listen: 127.0.0.1:8080        # sogoctl.yaml has the port that `sogo demo` found free
";

/// The first line of a `sogoctl.yaml` that is written anew at each start.
pub(super) const OURS: &str =
    "# Written by `sogo demo` at each start; delete this line to keep changes of yours.";
