//! `sogo logs tail|search|stats|trace|event`, as the operator types them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use sogo::services::logs::api::{Level, LogError, LogEvent, LogMany};

use super::{Logs, event, numbered};
use crate::harness::{Engine, Sogo, command, until};

async fn filled() -> Logs {
    let logs = Logs::started("max_file_bytes: 65536\nmin_free_bytes: 0").await;
    let client = logs.client();
    let now = chrono::Local::now();
    let at = |minutes: i64| Some((now - chrono::TimeDelta::minutes(minutes)).to_rfc3339());
    for (minutes, name, user) in [(50, "login", 1), (40, "login", 2), (5, "logout", 2)] {
        let request_id = Some(format!("01J{minutes}"));
        let login = LogEvent { time: at(minutes), user_id: Some(user), request_id, ..event("prokov", name) };
        client.call(login).await.unwrap();
    }
    for (minutes, level, message) in
        [(45, Level::Warn, "took 4 s"), (30, Level::Warn, "took 12 s"), (4, Level::Error, "no (database)")]
    {
        let fields = json!({ "db": { "host": "db.example.com" } });
        let error = LogError {
            app_id: "shop".to_owned(),
            level,
            message: message.to_owned(),
            time: at(minutes),
            request_id: Some(format!("01J{}", minutes - 4)),
            fields: fields.as_object().unwrap().clone(),
            ..LogError::default()
        };
        client.call(error).await.unwrap();
    }
    logs
}

/// The minutes ago that each shown entry was written with, by what it says.
fn said(output: &str) -> Vec<String> {
    let entries = output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |entry: Value| {
        let said = entry["entry"].get("event").or(entry["entry"].get("message")).unwrap();
        said.as_str().unwrap().to_owned()
    };
    entries.map(text).collect()
}

#[tokio::test]
async fn tail_and_search_show_what_is_asked_for_in_order() {
    let logs = filled().await;
    let all = ["login", "took 4 s", "login", "took 12 s", "logout", "no (database)"];
    let cases: [(&[&str], &[&str]); 15] = [
        (&[], &all),
        (&["prokov"], &["login", "login", "logout"]),
        (&["prokov", "shop"], &all),
        (&["--since", "42m"], &all[2..]),
        (&["--since", "42m", "--until", "10m"], &all[2..4]),
        (&["--level", "warn"], &["took 4 s", "took 12 s", "no (database)"]),
        (&["--level", "error"], &["no (database)"]),
        (&["--grep", "^took"], &["took 4 s", "took 12 s"]),
        (&["--grep", r"\(DATA"], &[]),
        (&["--grep", r"(?i)\(DATA"], &["no (database)"]),
        (&["--where", "user_id=2"], &["login", "logout"]),
        (&["--where", "db.host=db.example.com", "--level", "error"], &["no (database)"]),
        (&["--type", "errors"], &["took 4 s", "took 12 s", "no (database)"]),
        (&["--since", "2100-01-01"], &[]),
        (&["-n", "0"], &[]),
    ];
    for (arguments, expected) in cases {
        for verb in ["tail", "search"] {
            let shown = logs.sogo(&[&["-o", "json", "logs", verb], arguments].concat()).ok();
            assert_eq!(said(&shown.stdout), expected, "{verb} {arguments:?}");
        }
    }
    assert_eq!(said(&logs.sogo(&["-o", "json", "logs", "tail", "-n", "2"]).ok().stdout), all[4..]);
    assert_eq!(said(&logs.sogo(&["-o", "json", "logs", "search", "-n", "2"]).ok().stdout), all[..2]);
    let line = logs.sogo(&["-o", "pretty", "logs", "tail", "-n", "1"]).ok().stdout;
    assert!(line.contains(" shop error no (database) ") && line.contains("host"), "{line}");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_a_way_out() {
    let logs = filled().await;
    for (arguments, code, words) in [
        (&["tail", "prokvo"][..], 4, "did you mean `prokov`?"),
        (&["search", "zzzzzz"], 4, "there are: prokov, shop, sogoms"),
        (&["stats", "shpo"], 4, "did you mean `shop`?"),
        (&["event", "prokov", "deploy"], 4, "there is no app `prokov`"),
        (&["tail", "../x"], 1, "no app's name"),
        (&["tail", "--grep", "("], 1, "no regular expression"),
        (&["tail", "--since", "soon"], 2, "this is no time"),
        (&["tail", "--where", "user_id"], 2, "name=value"),
        (&["trace", "01JXX"], 4, "X-Request-Id"),
    ] {
        let refused = logs.sogo(&[&["logs"], arguments].concat());
        assert_eq!(refused.code, code, "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(words), "{arguments:?}: {}", refused.stderr);
    }
    logs.sogo(&["logs", "event", "sogoms", "deploy", "version=1.4.2"]).ok();
    assert_eq!(logs.entries("sogoms", "events")[0]["fields"], json!({"version": "1.4.2"}));
}

#[tokio::test]
async fn stats_count_and_health_tells_of_the_files() {
    let logs = filled().await;
    let stats = logs.sogo(&["-o", "json", "logs", "stats", "--by", "day"]).ok().json();
    assert_eq!(
        (&stats["entries"], &stats["levels"]),
        (&json!(6), &json!({"info": 3, "warn": 2, "error": 1}))
    );
    let top: Vec<_> = stats["top"]
        .as_array()
        .unwrap()
        .iter()
        .map(|top| (top["message"].as_str().unwrap(), &top["entries"]))
        .collect();
    assert_eq!(top[..2], [("took # s", &json!(2)), ("login", &json!(2))]);
    let entries: u64 =
        stats["rate"].as_array().unwrap().iter().filter_map(|rate| rate["entries"].as_u64()).sum();
    assert_eq!(entries, 6);
    let some =
        logs.sogo(&["-o", "json", "logs", "stats", "shop", "--since", "42m", "--top", "1"]).ok().json();
    assert_eq!((&some["entries"], some["top"].as_array().unwrap().len()), (&json!(2), 1));
    let table = logs.sogo(&["logs", "stats"]).ok().stdout;
    assert!(table.contains("took # s") && table.contains("FILES"), "{table}");

    let storage = logs.storage().await;
    let bytes: u64 = logs.files().values().map(|text| text.len() as u64).sum();
    assert_eq!((storage.lines, storage.bytes, storage.files), (6, bytes, logs.files().len() as u64));
    assert!(storage.writable && storage.free_bytes.is_some());
}

#[tokio::test]
async fn following_goes_over_files_that_are_set_aside_and_loses_no_line() {
    const LINES: u64 = 3_000;
    let logs = filled().await;
    let mut following = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
        .args(["--dir", logs.path("").to_str().unwrap(), "-o", "json"])
        .args(["logs", "tail", "many", "shop", "prokov", "-f", "-n", "6", "--where", "event=counted"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    // `many` has written nothing yet, and is no app of the configuration.
    let mut refused = following.as_mut().unwrap().stdout.take().map(BufReader::new).unwrap();
    let mut nothing = String::new();
    refused.read_line(&mut nothing).unwrap();
    assert_eq!((nothing.as_str(), following.unwrap().wait().unwrap().code()), ("", Some(4)));

    logs.client().call(LogMany { entries: vec![numbered("many", 0)], ..LogMany::default() }).await.unwrap();
    let mut following = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
        .args(["--dir", logs.path("").to_str().unwrap(), "-o", "json"])
        .args(["logs", "tail", "many", "-f", "--where", "event=counted"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    // It follows when it has shown what is there already.
    assert!(lines.next().unwrap().unwrap().contains("\"number\":0"));
    let reading = std::thread::spawn(move || {
        let numbers = lines.map(|line| {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            line["entry"]["fields"]["number"].as_u64().unwrap()
        });
        numbers.take(usize::try_from(LINES - 1).unwrap()).collect::<Vec<_>>()
    });
    for first in (1..LINES).step_by(100) {
        let entries = (first..LINES.min(first + 100)).map(|number| numbered("many", number)).collect();
        logs.client().call(LogMany { entries, ..LogMany::default() }).await.unwrap();
    }
    until("all lines are shown", || reading.is_finished().then_some(()));
    let _ = following.kill();
    following.wait().unwrap();
    assert_eq!(reading.join().unwrap(), (1..LINES).collect::<Vec<_>>());
    assert!(3 < logs.files().keys().filter(|name| name.starts_with("many-")).count(), "files were set aside");
    let found = logs.sogo(&["-o", "json", "logs", "search", "many"]).ok().stdout;
    assert_eq!(found.lines().count() as u64, LINES);
}

#[tokio::test]
async fn a_trace_shows_what_every_service_wrote_about_a_request() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    alice.get("/api/projects").await.expect(200);
    let database = rusqlite::Connection::open(sogo.installation.path().join("data/prokov.db")).unwrap();
    database.execute("ALTER TABLE projects RENAME TO moved", ()).unwrap();
    let failed = alice.get("/api/projects").await;
    assert!(500 <= failed.status, "{}", failed.text);
    let id = failed.header("x-request-id").unwrap().to_owned();
    let (entries, printed) = until("both services have told of it, in entries and on their output", || {
        let trace = sogo.sogo(&["-o", "json", "logs", "trace", &id]);
        let all = trace.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        let (entries, printed): (Vec<Value>, Vec<Value>) =
            all.partition(|line: &Value| line["entry"].is_object());
        (2 <= entries.len() && 2 <= printed.len()).then_some((entries, printed))
    });
    let mut printers: Vec<_> = printed.iter().map(|line| line["service"].as_str().unwrap()).collect();
    printers.sort_unstable();
    assert_eq!(printers, ["sogoms-db", "sogoway"]);
    assert!(printed.iter().all(|line| line["text"].as_str().unwrap().contains(&id)), "{printed:?}");
    let mut services: Vec<_> =
        entries.iter().map(|line| line["entry"]["service"].as_str().unwrap()).collect();
    services.sort_unstable();
    assert_eq!(services, ["sogoms-db", "sogoway"]);
    assert!(entries.iter().all(|line| line["entry"]["request_id"] == id.as_str() && line["app"] == "prokov"));
    let times: Vec<_> = entries.iter().map(|line| line["entry"]["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    let of_db = entries.iter().find(|line| line["entry"]["service"] == "sogoms-db").unwrap();
    assert_eq!(of_db["entry"]["fields"]["action"], "query");
    let shown = sogo.sogo(&["logs", "trace", &id]).ok().stdout;
    let times: Vec<_> = shown.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(times.len() == 4 && times.is_sorted(), "{shown}");
    let slip = sogo.sogo(&["logs", "event", "prokvo", "deploy"]);
    assert!(slip.code == 4 && slip.stderr.contains("did you mean `prokov`?"), "{}", slip.stderr);
}

#[tokio::test]
async fn a_slow_statement_is_told_without_its_values() {
    let installation = crate::harness::Installation::new(Engine::Sqlite).await;
    let settings = installation.read("config/sogoms.yaml");
    installation.write("config/sogoms.yaml", &format!("{settings}logs:\n  slow_statement: 1ms\n"));
    let sogo = installation.start();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                   SELECT count(*) FROM n WHERE 'secret' <> ?";
    sogo.sogo(&["db", "query", "prokov", endless, "200000", "alice@example.com"]).ok();
    let told = until("it is told", || {
        let found = sogo.sogo(&[
            "-o",
            "json",
            "logs",
            "search",
            "prokov",
            "--where",
            "code=SLOW",
            "--grep",
            "RECURSIVE",
        ]);
        (!found.stdout.is_empty()).then_some(found.stdout)
    });
    assert!(told.contains("duration_ms") && !told.contains("secret") && !told.contains("alice@"), "{told}");
}
