//! `sogo config show`: what is in force, where it comes from, and no secret.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Engine, Installation, Output, command, run};

/// Returns value and origin of a key.
#[track_caller]
fn setting(output: &Output, key: &str) -> (Value, String) {
    let all = output.json();
    let found = all.as_array().unwrap().iter().find(|setting| setting["key"] == key);
    let found = found.unwrap_or_else(|| panic!("no `{key}` in {all:#}"));
    (found["value"].clone(), found["from"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn each_value_tells_where_it_comes_from() {
    let installation = Installation::new(Engine::Sqlite).await;
    let show = |more: &[&str]| {
        let all: Vec<&str> =
            ["-o", "json", "config", "show"].into_iter().chain(more.iter().copied()).collect();
        installation.sogo(&all).ok()
    };
    let daemons = show(&[]);
    let config = installation.path().join("config").display().to_string();
    assert_eq!(setting(&daemons, "config"), (config.into(), "--config".to_owned()));
    let run = installation.path().join("run").display().to_string();
    assert_eq!(setting(&daemons, "places.run"), (run.into(), "sogoms.yaml:2".to_owned()));
    assert_eq!(setting(&daemons, "db.pool_size"), (8.into(), "default".to_owned()));
    assert_eq!(setting(&daemons, "supervisor.max_restarts"), (50.into(), "sogoctl.yaml:4".to_owned()));
    let (listen, from) = setting(&daemons, "gateway.listen");
    assert!(listen.as_str().unwrap().starts_with("127.0.0.1:") && listen != "127.0.0.1:8080", "{listen}");
    assert!(from.starts_with("-port, sogoctl.yaml:"), "{from}");

    let app = show(&["prokov"]);
    assert_eq!(setting(&app, "base_path"), ("/api".into(), "apps/prokov/app.yaml:3".to_owned()));
    assert_eq!(setting(&app, "max_rows"), (10_000.into(), "db.max_rows, default".to_owned()));

    let service = show(&["--service", "sogoms-db"]);
    setting(&service, "db.max_rows");
    setting(&service, "services.sogoms-db.binary");
    setting(&service, "supervisor.stop_timeout");
    assert!(!service.stdout.contains("gateway.") && !service.stdout.contains("services.sogoway"));
    for (arguments, code) in
        [(&["nope"][..], 4), (&["--service", "nope"], 4), (&["prokov", "--service", "x"], 2)]
    {
        let all: Vec<&str> = ["config", "show"].into_iter().chain(arguments.iter().copied()).collect();
        assert_eq!(installation.sogo(&all).code, code, "{arguments:?}");
    }
}

#[tokio::test]
async fn a_secret_is_never_shown() {
    let installation = Installation::new(Engine::MariaDb).await;
    for format in ["json", "yaml", "table", "plain"] {
        let shown = installation.sogo(&["-o", format, "config", "show", "prokov"]).ok().stdout;
        assert!(shown.contains("********"), "{shown}");
        for file in ["prokov_jwt_secret", "prokov_db_pass"] {
            let secret = installation.read(&format!("secrets/{file}"));
            assert!(!shown.contains(secret.trim()), "{format}: {shown}");
            if format != "table" {
                assert!(shown.contains(&format!("/secrets/{file}")), "{format}: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn flags_and_variables_are_named() {
    let installation = Installation::new(Engine::Sqlite).await;
    let dir = installation.path().to_str().unwrap();
    let by_dir = run(Path::new("/"), &["--dir", dir, "-o", "json", "config", "show"]).ok();
    assert_eq!(setting(&by_dir, "places.logs"), (format!("{dir}/logs").into(), "--dir".to_owned()));
    let by_variable = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
        .args(["-o", "json", "config", "show"])
        .env("SOGO_CONFIG", installation.path().join("config"))
        .output()
        .unwrap();
    assert!(String::from_utf8(by_variable.stdout).unwrap().contains("\"SOGO_CONFIG\""));
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_and_what_cannot_be_read_instead() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.edit("config/apps/prokov/app.yaml", "base_path: /api", "base_path: api");
    let shown = installation.sogo(&["config", "show", "prokov"]).ok();
    assert!(shown.stderr.contains("sogo check"), "{}", shown.stderr);
    installation.write("config/sogoms.yaml", "db: [\n");
    let refused = installation.sogo(&["config", "show"]);
    assert_eq!(refused.code, 9, "{}", refused.stderr);
    assert!(refused.stderr.contains("sogoms.yaml:"), "{}", refused.stderr);
}
