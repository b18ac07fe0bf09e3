//! The supervisor with the real services: order, survival, an end without leftovers.

use serde_json::Value;

use crate::harness::{Engine, Sogo, send, until};

const SERVICES: [&str; 3] = ["sogoms-logs", "sogoms-db", "sogoway"];

#[tokio::test]
async fn services_are_processes_of_their_own_under_their_own_names() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let status = sogo.sogo(&["-o", "json", "ctl", "status"]).ok().json();
    let names: Vec<&str> = status["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["service"].as_str().unwrap())
        .collect();
    assert_eq!(names, SERVICES, "in the order in which they start");
    for name in SERVICES {
        let pid = sogo.pid(name);
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap();
        assert_eq!(comm.trim(), name);
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().to_owned();
        assert_eq!(parent, sogo.supervisor_pid().to_string());
        until(&format!("{name} is ready"), || (sogo.status(name)?["state"] == "ready").then_some(()));
    }
}

#[tokio::test]
async fn stopping_the_supervisor_stops_everything_and_ends_well() {
    let mut sogo = Sogo::start(Engine::Sqlite).await;
    let pids = SERVICES.map(|name| sogo.pid(name));
    assert_eq!(sogo.stop(), Some(0));
    for pid in pids {
        assert!(!alive(pid), "{pid} is left");
    }
    let left: Vec<_> = std::fs::read_dir(sogo.installation.path().join("run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| std::path::Path::new(name).extension().is_some_and(|extension| extension == "sock"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    let status = sogo.sogo(&["ctl", "status"]);
    assert_eq!(status.code, 3);
    assert!(status.stderr.starts_with("error: cannot reach sogoctl"), "{}", status.stderr);
    assert!(status.stderr.contains("\nhint: "), "{}", status.stderr);
}

#[tokio::test]
async fn a_killed_supervisor_leaves_the_services_serving_and_the_next_one_runs_no_second_copy() {
    let mut sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let before = SERVICES.map(|name| sogo.pid(name));
    sogo.kill_supervisor();
    alice.get("/api/projects").await.expect(200);
    sogo.restart_supervisor();
    let after = SERVICES.map(|name| sogo.pid(name));
    for (old, new) in before.iter().zip(after) {
        assert_ne!(*old, new);
        assert!(!alive(*old), "{old} is left");
    }
    // A connection kept from before may just be closing.
    sogo.sign_in("alice@example.com").await.get("/api/projects").await.expect(200);
}

#[tokio::test]
async fn a_second_supervisor_refuses_to_start() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let pids = SERVICES.map(|name| sogo.pid(name));
    let second = sogo.sogo(&["ctl", "run"]);
    assert_eq!(second.code, 6, "{}", second.stderr);
    assert_eq!(pids, SERVICES.map(|name| sogo.pid(name)));
}

#[tokio::test]
async fn reloading_what_is_not_there_says_what_is() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let unknown = sogo.sogo(&["ctl", "reload", "sogowya"]);
    assert_eq!(unknown.code, 4);
    assert!(unknown.stderr.contains("sogoway"), "{}", unknown.stderr);
    let reloaded: Value = sogo.sogo(&["-o", "json", "ctl", "reload", "sogoway"]).ok().json();
    assert_eq!(reloaded["service"], "sogoway");
}

fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
}

#[tokio::test]
async fn operators_stop_start_and_restart_services_and_see_why() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let stopped = sogo.sogo(&["-o", "json", "ctl", "stop", "sogoms-logs"]).ok().json();
    assert_eq!(stopped["services"][0]["state"], "stopped");
    alice.get("/api/projects").await.expect(200);
    let again = sogo.sogo(&["-o", "json", "ctl", "stop", "sogoms-logs"]).ok().json();
    assert_eq!(again["services"][0]["changed"], false);
    let why = sogo.sogo(&["ctl", "why", "sogoms-logs"]).ok().stdout;
    assert!(why.contains("was stopped by user"), "{why}");

    let before = sogo.pid("sogoway");
    let restarted = sogo.sogo(&["-o", "json", "ctl", "restart", "sogoway", "--no-wait"]).ok().json();
    assert_eq!(restarted["services"][0]["changed"], true);
    // The gateway depends on the logs, which somebody has stopped.
    let waited = sogo.sogo(&["ctl", "wait", "sogoway"]);
    assert_eq!(waited.code, 7, "{}", waited.stderr);
    assert!(waited.stderr.contains("waits for sogoms-logs"), "{}", waited.stderr);
    sogo.sogo(&["ctl", "start", "sogoms-logs"]).ok();
    sogo.sogo(&["ctl", "wait"]).ok();
    assert_ne!(sogo.pid("sogoway"), before);
    alice.get("/api/projects").await.expect(200);
    let events = sogo.sogo(&["-o", "json", "ctl", "events", "sogoway", "-n", "5"]).ok().stdout;
    assert!(events.contains(r#""to":"ready""#), "{events}");

    let wrong = sogo.sogo(&["ctl", "restart", "sogowai"]);
    assert_eq!(wrong.code, 4);
    assert!(wrong.stderr.contains("did you mean `sogoway`?"), "{}", wrong.stderr);
    assert_eq!(sogo.sogo(&["ctl", "wait", "--until", "stopped", "--timeout", "50ms"]).code, 8);
}

#[tokio::test]
async fn a_changed_sogoctl_yaml_is_taken_over_and_a_wrong_one_changes_nothing() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let path = "config/sogoctl.yaml";
    let before = SERVICES.map(|name| sogo.pid(name));
    let good = sogo.installation.read(path);
    sogo.installation.write(path, &format!("{good}  other: {{ binary: /nonexistent }}\n"));
    let refused = sogo.sogo(&["ctl", "reload"]);
    assert_eq!(refused.code, 9);
    assert!(refused.stderr.contains("sogoctl.yaml:"), "{}", refused.stderr);
    let health = sogo.sogo(&["ping"]);
    assert!(health.stdout.contains("/nonexistent"), "{}", health.stdout);

    sogo.installation.write(path, &format!("{good}  other: {{ binary: /bin/sleep, args: ['60'] }}\n"));
    let plan = sogo.sogo(&["-o", "json", "ctl", "reload", "--dry-run"]).ok().json();
    assert_eq!((&plan["start"][0], plan["unchanged"].as_array().unwrap().len()), (&Value::from("other"), 3));
    assert!(sogo.status("other").is_none());
    sogo.sogo(&["ctl", "reload"]).ok();
    sogo.sogo(&["ctl", "wait"]).ok();
    assert_eq!(sogo.status("other").unwrap()["state"], "ready");
    // SIGHUP to the supervisor is the same.
    sogo.installation.write(path, &good);
    send("HUP", sogo.supervisor_pid());
    until("the service is gone", || sogo.status("other").is_none().then_some(()));
    assert_eq!(SERVICES.map(|name| sogo.pid(name)), before);
}
