//! Services that say themselves that they are ready.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Running;
use crate::harness::{Engine, Installation, until};

/// Sends its arguments as one datagram each. With STAY it is there still when the supervisor looks whose it is, which a
/// busy machine may take long for.
const SAY: &str = r#"import os, signal, socket, sys
address = os.environ["NOTIFY_SOCKET"]
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for text in sys.argv[1:]:
    sender.sendto(text.encode(), "\0" + address[1:])
if "STAY" in os.environ:
    signal.pause()
"#;

/// Starts services whose scripts can say something with `$SAY TEXT…`, and wait for a file with `await NAME`.
fn start(services: &[(&str, &str, &str)]) -> Running {
    let folder = super::folder();
    fs::write(folder.path().join("say.py"), SAY).unwrap();
    let mut file = String::from("supervisor: { restart_delay: 20ms, max_restarts: 1000 }\nservices:\n");
    for (name, keys, script) in services {
        let prelude =
            "SAY=\"python3 {dir}/say.py\"; await() { while [ ! -e {dir}/$1 ]; do sleep 0.02; done; }";
        let binary = "binary: /bin/sh";
        let args = format!("args: [-c, '{prelude}; {script}']");
        writeln!(file, "  {name}:\n    {{ {binary}, {keys}{args} }}").unwrap();
    }
    Running::start_in(folder, &file)
}

fn touch(running: &Running, name: &str) {
    fs::write(running.path().join(name), "").unwrap();
}

#[test]
fn one_that_is_slow_is_ready_when_it_says_so() {
    let slow = "touch {dir}/up; await go; STAY=1 $SAY \"STATUS=3 of 4\" READY=1 & await end; STAY=1 $SAY STOPPING=1 & await gone; exit 3";
    let running =
        start(&[("slow", "notify: true, ", slow), ("after", "depends_on: [slow], ", "exec sleep 4711")]);
    until("it runs", || running.path().join("up").exists().then_some(()));
    let status = running.until_state("slow", "starting");
    assert_eq!(status["why"], "was started and has not said yet that it is ready");
    let waiting = running.until_state("after", "waiting");
    assert_eq!(waiting["why"], "waits for slow (starting)");
    touch(&running, "go");
    let ready = running.until_state("slow", "ready");
    assert_eq!((&ready["why"], &ready["says"]), (&"said that it is ready".into(), &"3 of 4".into()));
    running.until_state("after", "ready");
    let shown = running.sogo(&["ctl", "why", "slow"]).ok().stdout;
    assert!(shown.contains("It says: 3 of 4"), "{shown}");

    touch(&running, "end");
    let stopping = running.until_state("slow", "stopping");
    assert_eq!(stopping["why"], "said that it stops");
    touch(&running, "gone");
    running.until("slow", "was started anew", |slow| slow["restarts"].as_u64() == Some(1));
}

#[test]
fn one_that_never_says_so_is_never_ready() {
    let running =
        start(&[("silent", "notify: true, start_timeout: 300ms, stop_timeout: 100ms, ", "exec sleep 4711")]);
    running
        .until("silent", "was started again and again", |silent| 2 <= silent["restarts"].as_u64().unwrap());
    let events = running.sogo(&["-o", "json", "ctl", "events", "silent"]).ok().stdout;
    assert!(!events.contains(r#""to":"ready""#) && events.contains("was not ready within 300ms"), "{events}");
}

#[test]
fn what_somebody_else_says_does_not_count() {
    let script = "echo $NOTIFY_SOCKET > {dir}/address; touch {dir}/up; await go; STAY=1 setsid $SAY READY=1 & exec sleep 4711";
    let other =
        "await foreign; NOTIFY_SOCKET=$(cat {dir}/address) $SAY READY=1; touch {dir}/said; exec sleep 4711";
    let running = start(&[("one", "notify: true, ", script), ("other", "notify: false, ", other)]);
    until("it runs", || running.path().join("up").exists().then_some(()));
    // Nobody of a service, and somebody of another one, which is not asked for it.
    let address = fs::read_to_string(running.path().join("address")).unwrap();
    assert!(address.starts_with('@'), "{address}");
    let told = std::process::Command::new("python3")
        .arg(running.path().join("say.py"))
        .args(["READY=1", "STATUS=foreign"])
        .env("NOTIFY_SOCKET", address.trim())
        .status()
        .unwrap();
    assert!(told.success());
    touch(&running, "foreign");
    until("the other one has said it", || running.path().join("said").exists().then_some(()));
    // What is said is heard in its order: the supervisor knows of both when it has heard of the third.
    assert_eq!(running.until_state("one", "starting")["says"], serde_json::Value::Null);
    touch(&running, "go");
    let ready = running.until_state("one", "ready");
    assert_eq!(ready["says"], serde_json::Value::Null);
    assert_eq!(running.until_state("other", "ready")["why"], "runs; nothing tells whether it is well");
    let events = running.sogo(&["-o", "json", "ctl", "events", "one"]).ok().stdout;
    assert_eq!(events.matches(r#""to":"ready""#).count(), 1, "{events}");
}

#[tokio::test]
async fn our_own_daemons_say_it() {
    let installation = Installation::new(Engine::Sqlite).await;
    // Else a health answer may come first.
    let asked_for =
        installation.read("config/sogoctl.yaml").replace("    args:", "    notify: true\n    args:");
    installation.write("config/sogoctl.yaml", &asked_for);
    let sogo = installation.start();
    for service in ["sogoms-logs", "sogoms-db", "sogoway"] {
        sogo.sogo(&["ctl", "wait", service]).ok();
        let events = sogo.sogo(&["-o", "json", "ctl", "events", service]).ok().stdout;
        assert!(events.contains("said that it is ready"), "{events}");
    }
}

#[test]
fn the_supervisor_says_it_to_whoever_started_it() {
    let folder = super::folder();
    super::write_file(folder.path(), "services:\n  one: { binary: /bin/sh, args: [-c, exec sleep 4711] }\n");
    let path = folder.path().join("notify.sock");
    let listener = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    listener.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let mut supervisor = crate::harness::command(Path::new(env!("CARGO_BIN_EXE_sogo")))
        .arg("--dir")
        .arg(folder.path())
        .args(["ctl", "run"])
        .env("NOTIFY_SOCKET", &path)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let heard = || {
        let mut text = [0; 64];
        let length = listener.recv(&mut text).unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    assert_eq!(heard(), "READY=1");
    crate::harness::send("TERM", supervisor.id());
    assert_eq!(heard(), "STOPPING=1");
    until("the supervisor has stopped", || supervisor.try_wait().unwrap());
}
