//! Several processes of one service: one line each, calls spread over them, restarts one by one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Client, Engine, Installation, Sogo, send, until};

const DB: [&str; 3] = ["sogoms-db.1", "sogoms-db.2", "sogoms-db.3"];

async fn three_of_db() -> Sogo {
    let installation = Installation::new(Engine::Sqlite).await;
    set_instances(&installation, 3);
    let sogo = installation.start();
    sogo.sogo(&["ctl", "wait"]).ok();
    sogo
}

/// Gives sogoms-db this many instances, as an operator would.
fn set_instances(installation: &Installation, count: u32) {
    let file = "config/sogoctl.yaml";
    let kept: Vec<String> = installation
        .read(file)
        .lines()
        .filter(|line| !line.contains("instances:"))
        .map(str::to_owned)
        .collect();
    installation.write(file, &kept.join("\n"));
    let depends = "    depends_on: [sogoms-logs]\n";
    installation.edit(file, depends, &format!("{depends}    instances: {count}\n"));
}

fn names(sogo: &Sogo) -> Vec<String> {
    let status = sogo.sogo(&["-o", "json", "ctl", "status"]).ok().json();
    let services = status["services"].as_array().unwrap().iter();
    services.map(|service| service["service"].as_str().unwrap().to_owned()).collect()
}

/// Has four clients ask all the time while `work` is done; every answer is good.
fn asked_all_the_time(client: &Client, work: impl FnOnce()) -> usize {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking: Vec<_> = (0..4)
            .map(|_| {
                let (client, done) = (client.clone(), &done);
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    let mut asked = 0;
                    while !done.load(Ordering::Relaxed) {
                        runtime.block_on(client.get("/api/projects")).expect(200);
                        asked += 1;
                    }
                    asked
                })
            })
            .collect();
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        done.store(true, Ordering::Relaxed);
        let asked = asking.into_iter().map(|asking| asking.join().unwrap()).sum();
        worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        asked
    })
}

#[tokio::test]
async fn a_rolling_restart_takes_one_after_the_other_and_fails_no_request() {
    let sogo = three_of_db().await;
    assert_eq!(names(&sogo), ["sogoms-logs", DB[0], DB[1], DB[2], "sogoway"]);
    let before = DB.map(|name| sogo.pid(name));
    let alice = sogo.sign_in("alice@example.com").await;
    let asked = asked_all_the_time(&alice, || {
        sogo.sogo(&["ctl", "restart", "sogoms-db"]).ok();
    });
    assert_ne!(asked, 0);
    for (name, old) in DB.iter().zip(before) {
        assert_ne!(sogo.pid(name), old, "{name}");
    }
    // At no time was more than one of them away.
    let events = sogo.sogo(&["-o", "json", "ctl", "events", "sogoms-db", "-n", "100"]).ok().stdout;
    let mut away: Vec<String> = Vec::new();
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    for event in events.skip_while(|event| event["to"] != "stopping") {
        let name = event["service"].as_str().unwrap().to_owned();
        match event["to"].as_str().unwrap() {
            "stopping" => away.push(name),
            "ready" => away.retain(|other| *other != name),
            _ => {}
        }
        assert!(away.len() <= 1, "{away:?}");
    }
    assert_eq!(away, Vec::<String>::new());
}

/// As after an upgrade of the program: everything is started anew, in the order of the dependencies.
#[tokio::test]
async fn a_restart_of_everything_fails_no_request() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.hold_port();
    let sogo = installation.start();
    sogo.sogo(&["ctl", "wait"]).ok();
    let alice = sogo.sign_in("alice@example.com").await;
    let before = ["sogoms-logs", "sogoms-db", "sogoway"].map(|name| sogo.pid(name));
    let asked = asked_all_the_time(&alice, || {
        sogo.sogo(&["ctl", "restart", "--all"]).ok();
    });
    assert_ne!(asked, 0);
    assert!(["sogoms-logs", "sogoms-db", "sogoway"].iter().all(|name| !before.contains(&sogo.pid(name))));
}

#[tokio::test]
async fn calls_go_to_whoever_is_there() {
    let sogo = three_of_db().await;
    let alice = sogo.sign_in("alice@example.com").await;
    sogo.sogo(&["ctl", "stop", DB[0], DB[1]]).ok();
    alice.get("/api/projects").await.expect(200);
    sogo.sogo(&["ctl", "start", DB[0]]).ok();
    sogo.sogo(&["ctl", "stop", DB[2]]).ok();
    alice.get("/api/projects").await.expect(200);
    // One that was killed takes what it had in work along and nothing else.
    sogo.sogo(&["ctl", "start", DB[1]]).ok();
    let pid = sogo.pid(DB[1]);
    send("KILL", pid);
    sogo.wait_for_new_process(DB[1], pid);
    alice.get("/api/projects").await.expect(200);

    let several = sogo.sogo(&["ctl", "why", "sogoms-db"]);
    assert!(
        several.code != 0 && several.stderr.contains("name one of them, such as sogoms-db.1"),
        "{}",
        several.stderr
    );
    sogo.sogo(&["ctl", "why", DB[1]]).ok();
    let reloaded = sogo.sogo(&["-o", "json", "ctl", "reload", "sogoms-db"]).ok().json();
    assert_eq!(reloaded["others"].as_array().unwrap().len(), 1, "{reloaded}");
}

#[tokio::test]
async fn another_count_leaves_the_instances_alone_that_stay() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let (db, way) = (sogo.pid("sogoms-db"), sogo.pid("sogoway"));
    set_instances(&sogo.installation, 3);
    let plan = sogo.sogo(&["-o", "json", "ctl", "reload", "--dry-run"]).ok().json();
    assert_eq!((&plan["start"], &plan["stop"], &plan["restart"]), (&json!(DB[1..]), &json!([]), &json!([])));
    sogo.sogo(&["ctl", "reload"]).ok();
    sogo.sogo(&["ctl", "wait"]).ok();
    assert_eq!((sogo.pid(DB[0]), sogo.pid("sogoway")), (db, way));
    set_instances(&sogo.installation, 1);
    sogo.sogo(&["ctl", "reload"]).ok();
    until("one is left", || (names(&sogo) == ["sogoms-logs", "sogoms-db", "sogoway"]).then_some(()));
    assert_eq!((sogo.pid("sogoms-db"), sogo.pid("sogoway")), (db, way));
    sogo.sign_in("alice@example.com").await.get("/api/projects").await.expect(200);
}

#[tokio::test]
async fn several_of_db_write_one_sqlite_file_and_lose_nothing() {
    const ROWS: usize = 60;
    let sogo = three_of_db().await;
    let alice = sogo.sign_in("alice@example.com").await;
    let rows =
        (0..ROWS).map(|number| {
            let alice = alice.clone();
            async move {
                alice.post("/api/projects", json!({ "name": format!("row {number}") })).await.expect(201)
            }
        });
    futures_util::future::join_all(rows).await;
    let list = alice.get("/api/projects?per_page=100").await.expect(200);
    for number in 0..ROWS {
        let name = format!("row {number}");
        let found = list["data"].as_array().unwrap().iter().filter(|row| row["name"] == *name).count();
        assert_eq!(found, 1, "{name}");
    }
}

#[tokio::test]
async fn gateways_share_a_held_port() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.hold_port();
    let listen = "    listen: [";
    installation.edit("config/sogoctl.yaml", listen, &format!("    instances: 2\n{listen}"));
    let sogo = installation.start();
    sogo.sogo(&["ctl", "wait"]).ok();
    let alice = sogo.sign_in("alice@example.com").await;
    let before = ["sogoway.1", "sogoway.2"].map(|name| sogo.pid(name));
    asked_all_the_time(&alice, || {
        sogo.sogo(&["ctl", "restart", "sogoway"]).ok();
    });
    assert!(!before.contains(&sogo.pid("sogoway.1")) && !before.contains(&sogo.pid("sogoway.2")));
    for name in ["sogoway.1", "sogoway.2"] {
        sogo.sogo(&["ctl", "stop", name]).ok();
        alice.get("/api/projects").await.expect(200);
        sogo.sogo(&["ctl", "start", name]).ok();
    }
}

#[tokio::test]
async fn who_owns_a_store_has_one_instance() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.edit("config/sogoctl.yaml", "  sogoms-logs:\n", "  sogoms-logs:\n    instances: 2\n");
    let refused = installation.sogo(&["ctl", "run"]);
    assert_eq!(refused.code, 9);
    assert!(refused.stderr.contains("`sogoms-logs` cannot have several instances"), "{}", refused.stderr);
}
