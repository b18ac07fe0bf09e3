//! The files of an installation that name its own folder or a database.

use std::fmt::Write as _;
use std::path::Path;

use crate::cmd::database_address::Address;

/// Returns `sogoctl.yaml` for a folder (an absolute path) and the gateway's port; `opening` are the comments it begins
/// with.
pub(in crate::cmd) fn sogoctl_yaml(opening: &str, folder: &Path, port: u16) -> String {
    let path = |name: &str| quoted(&folder.join(name).to_string_lossy());
    let (config, logs, db) = (path("config"), path("run/sogoms-logs.1.sock"), path("run/sogoms-db.1.sock"));
    let (smtp, cron) = (path("run/sogoms-smtp.1.sock"), path("run/sogoms-cron.1.sock"));
    format!(
        r#"{opening}
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
    args: ["-config", {config}]
    listen: ["127.0.0.1:{port}"]    # held by sogoctl: who connects while the gateway restarts waits
    health_url: http://127.0.0.1:{port}/health
    depends_on: [sogoms-db, sogoms-logs]

  sogoms-smtp:
    binary: {smtp_binary}
    args: ["-config", {config}, "-socket", {smtp}]
    health_socket: {smtp}
    depends_on: [sogoms-logs]

  sogoms-cron:
    binary: {cron_binary}
    args: ["-config", {config}, "-socket", {cron}]
    health_socket: {cron}
    depends_on: [sogoms-db, sogoms-smtp, sogoms-logs]
"#,
        logs_binary = path("bin/sogoms-logs"),
        db_binary = path("bin/sogoms-db"),
        way_binary = path("bin/sogoway"),
        smtp_binary = path("bin/sogoms-smtp"),
        cron_binary = path("bin/sogoms-cron"),
    )
}

/// Returns the section `database:` of an `app.yaml`: a MariaDB server at `address`, else the file `path`.
///
/// The password, if there is one, is expected in `secrets/{app}_db_pass`.
pub(in crate::cmd) fn database_section(address: Option<&Address>, path: &str) -> String {
    let mut text = String::from("database:\n");
    let Some(address) = address else {
        let _ = writeln!(text, "  driver: sqlite\n  path: {path}");
        return text;
    };
    let _ = writeln!(text, "  host: {}\n  port: {}", quoted(&address.host), address.port);
    if let Some(socket) = &address.socket {
        let _ = writeln!(text, "  socket: {}", quoted(socket));
    }
    let _ = writeln!(text, "  user: {}\n  name: {}", quoted(&address.user), quoted(&address.database));
    if address.password.is_some() {
        text.push_str("  password_file: ../secrets/{app}_db_pass\n");
    }
    text
}

/// Returns text in quotes that YAML reads as the same text: JSON's are YAML's as well.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is written to memory")
}
