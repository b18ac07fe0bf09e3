//! `sogo doctor`: nothing to complain of where all is well, and each serious finding on what is really so.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;

use mysql_async::prelude::Queryable as _;
use serde_json::Value;

use crate::harness::{Engine, Installation, MariaDb, Output, Sogo, command, until, write_secret};
use crate::on_each_engine;

/// What the doctor says, machine aside: that one is not ours.
fn findings(output: &Output) -> Vec<Value> {
    let all = output.json().as_array().unwrap().clone();
    all.into_iter().filter(|finding| finding["group"] != "machine").collect()
}

fn doctor(installation: &Installation) -> (i32, Vec<Value>) {
    let output = installation.sogo(&["doctor", "-o", "json"]);
    (output.code, findings(&output))
}

/// Returns the one finding of this severity whose words begin or end so; it always says what to do.
#[track_caller]
fn find(findings: &[Value], severity: &str, what: &str) -> Value {
    let found = findings
        .iter()
        .find(|finding| finding["severity"] == severity && finding["what"].as_str().unwrap().contains(what));
    let found = found.unwrap_or_else(|| panic!("no `{severity}: {what}` in {findings:#?}")).clone();
    assert!(severity == "ok" || found["mend"].is_string(), "{found}");
    found
}

on_each_engine!(all_is_well_in_a_running_installation);

async fn all_is_well_in_a_running_installation(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    until("all services are ready", || (sogo.status("sogoway")?["state"] == "ready").then_some(()));
    let findings = doctor(&sogo.installation).1;
    let wrong: Vec<&Value> = findings.iter().filter(|finding| finding["severity"] == "serious").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for service in ["sogoctl", "sogoway", "sogoms-db", "sogoms-logs"] {
        find(&findings, "ok", &format!("{service} answers"));
    }
    find(
        &findings,
        "ok",
        if engine == Engine::Sqlite { "its SQLite file can be read" } else { "the server is" },
    );
    assert!(!findings.iter().any(|finding| finding["what"].as_str().unwrap().contains("tables of ours")));
    assert_eq!(sogo.sogo(&["doctor", "nope"]).code, 4);
}

#[tokio::test]
async fn what_does_not_run_is_looked_at_all_the_same() {
    let installation = Installation::new(Engine::MariaDb).await;
    let (code, findings) = doctor(&installation);
    assert_eq!(code, 1);
    find(&findings, "serious", "sogoctl does not run, so nothing is served");
    find(&findings, "ok", "the server is");
    find(&findings, "warning", "tables of ours are missing");
}

#[tokio::test]
async fn configuration_and_secrets() {
    let installation = Installation::new(Engine::Sqlite).await;
    write_secret(&installation.path().join("secrets/prokov_jwt_secret"), "changeme");
    let (_, findings) = doctor(&installation);
    let guessed = find(&findings, "serious", "the secret of the tokens can be guessed");
    assert_eq!((guessed["group"].as_str(), guessed["app"].as_str()), (Some("secrets"), Some("prokov")));
    find(&findings, "warning", "this secret has 8 bytes");

    installation.edit("config/apps/prokov/app.yaml", "base_path: /api", "base_paht: /api");
    let loose = installation.path().join("secrets/prokov_jwt_secret");
    fs::set_permissions(&loose, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, findings) = doctor(&installation);
    assert_eq!(code, 1);
    find(&findings, "serious", "the key `base_paht` is unknown here");
    let open = find(&findings, "warning", "can be read or changed by other users");
    assert_eq!(open["mend"], format!("chmod 640 {}", loose.display()));
}

#[tokio::test]
async fn folders_and_sockets() {
    let installation = Installation::new(Engine::Sqlite).await;
    let run = installation.path().join("run");
    drop(UnixListener::bind(run.join("sogoms-db.1.sock")).unwrap());
    fs::write(run.join("sogoms-logs.1.sock"), "").unwrap();
    fs::remove_dir_all(installation.path().join("logs")).unwrap();
    fs::write(installation.path().join("logs"), "").unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o777)).unwrap();
    let (code, findings) = doctor(&installation);
    assert_eq!(code, 1);
    find(&findings, "serious", "run, sockets, can be written to by everybody");
    find(&findings, "serious", "logs, logs, cannot be used");
    find(&findings, "warning", "sogoms-db.1.sock is left over");
    find(&findings, "serious", "sogoms-logs.1.sock is not a socket");
    fs::remove_dir_all(&run).unwrap();
    find(&doctor(&installation).1, "serious", "run, sockets, is not there");
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_to_and_a_full_disk() {
    let installation = Installation::new(Engine::Sqlite).await;
    // In a namespace of its own a disk can be mounted, and one made read-only.
    let config = installation.path().join("config");
    let script = format!(
        "mount -t tmpfs -o size=256k,nr_inodes=20 none {logs} && mount --bind -o ro {state} {state} && mount -o remount,bind,ro {state} && \
         exec {sogo} --config {config} -o json doctor",
        logs = installation.path().join("logs").display(),
        state = installation.path().join("state").display(),
        sogo = env!("CARGO_BIN_EXE_sogo"),
        config = config.display(),
    );
    let output = command(Path::new("unshare"))
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let findings: Value = serde_json::from_str(&text)
        .unwrap_or_else(|cause| panic!("{cause}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    let findings = findings.as_array().unwrap();
    find(findings, "serious", "state, durable state, cannot be written to");
    find(findings, "serious", "logs has 256.0 KiB of 256.0 KiB left");
}

#[tokio::test]
async fn services_that_fail_and_a_port_that_is_taken() {
    let mut sogo = Sogo::start(Engine::Sqlite).await;
    let socket = sogo.installation.path().join("run/sogoms-db.1.sock");
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
    find(&doctor(&sogo.installation).1, "serious", "the socket of sogoms-db is open to everybody");

    sogo.kill_supervisor();
    let nobody = find(&doctor(&sogo.installation).1, "serious", "nobody restarts what fails");
    assert!(nobody["why"].as_str().unwrap().contains("sogoms-db"), "{nobody}");
    sogo.restart_supervisor();
    sogo.stop();

    let taken = std::net::TcpListener::bind(sogo.address()).unwrap();
    sogo.installation.edit("config/sogoctl.yaml", "max_restarts: 50", "max_restarts: 0");
    sogo.start_supervisor();
    until("the gateway has failed", || (sogo.status("sogoway")?["state"] == "failed").then_some(()));
    let (code, findings) = doctor(&sogo.installation);
    assert_eq!(code, 1);
    find(&findings, "serious", &format!("another program listens on {}", taken.local_addr().unwrap()));
    find(&findings, "serious", "sogoway is failed");
}

#[tokio::test]
async fn databases_that_are_down_or_set_otherwise() {
    let server = MariaDb::own().await;
    let installation = Installation::on_server(&server).await;
    let mut root = server.root(None).await;
    let set = "SET GLOBAL sql_mode = 'ANSI_QUOTES', GLOBAL max_connections = 10, GLOBAL time_zone = '+09:00', \
               GLOBAL init_connect = 'SET SESSION character_set_client = utf8mb4'";
    root.query_drop(set).await.unwrap();
    root.disconnect().await.unwrap();
    installation.edit("config/apps/prokov/app.yaml", "database:\n", "database:\n  pool_size: 20\n");
    let (_, findings) = doctor(&installation);
    find(&findings, "serious", "our pools may open 21 connections");
    find(&findings, "warning", "the server's sql_mode has ANSI_QUOTES");
    find(&findings, "warning", "the server's sql_mode lacks STRICT_TRANS_TABLES");
    find(&findings, "warning", "NOW() is UTC+09:00 there");
    server.stop();
    let (code, findings) = doctor(&installation);
    assert_eq!(code, 1);
    let down = find(&findings, "serious", "its database cannot be used");
    assert_eq!(down["app"], "prokov");
}

#[tokio::test]
async fn people_get_paragraphs_and_a_pipe_gets_lines() {
    let installation = Installation::new(Engine::Sqlite).await;
    let plain = installation.sogo(&["doctor"]);
    assert_eq!(plain.code, 1);
    assert!(plain.stdout.starts_with("GROUP\tSEVERITY\tAPP\tWHAT\tWHY\tMEND\n"), "{}", plain.stdout);
    let people = installation.sogo(&["doctor", "-o", "table"]).stdout;
    assert!(people.contains("\nServices\n  serious  sogoctl does not run"), "{people}");
    assert!(people.contains("           mend: sogo ctl run"), "{people}");
}
