//! The supervisor as process 1 of a container and as the parent of orphans: every exit code is its service's own,
//! and nobody stays, as a zombie or otherwise.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::harness::{command, run, send, until};

const SERVICES: usize = 500;

#[test]
fn process_one_takes_every_exit_code_and_reaps_every_orphan() {
    let folder = tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap();
    let mut services = String::new();
    for number in 0..SERVICES {
        // Each leaves two orphans behind, one in a session of its own, which end about when others are waited for.
        let script = format!(
            "setsid sh -c 'sleep 0.{}; exit 77' & (exec sh -c 'exit 78') & sleep 0.{}; exit {}",
            number % 7,
            number % 10,
            number % 256
        );
        writeln!(services, "  svc-{number}: {{ binary: /bin/sh, args: [-c, \"{script}\"] }}").unwrap();
    }
    let file = format!("supervisor: {{ max_restarts: 0 }}\nservices:\n{services}");
    let supervisor = start(folder.path(), &file, &Place::OwnNamespace);

    let failed = until("all have ended", || {
        let status = status(folder.path())?;
        let failed = status.iter().filter(|service| service["state"] == "failed").count();
        (failed == SERVICES).then_some(status)
    });
    for service in failed {
        let number: usize =
            service["service"].as_str().unwrap().strip_prefix("svc-").unwrap().parse().unwrap();
        let why = service["why"].as_str().unwrap();
        assert_eq!(why, format!("ended with exit code {}; `max_restarts` is 0", number % 256));
    }
    until("no zombie and no orphan is left", || children(supervisor.pid).is_empty().then_some(()));
    supervisor.stop();
}

#[test]
fn process_one_goes_on_after_a_hangup() {
    let folder = tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap();
    let file = "services:\n  sleep: { binary: /bin/sleep, args: ['4711'] }\n";
    let supervisor = start(folder.path(), file, &Place::OwnNamespace);
    send("HUP", supervisor.pid);
    until("it has read its file anew", || {
        let log = fs::read_to_string(folder.path().join("logs/sogoctl.log")).ok()?;
        log.contains("Taking a newer sogoctl.yaml").then_some(())
    });
    assert_eq!(status(folder.path()).unwrap()[0]["state"], "ready");
    supervisor.stop();
}

#[test]
fn strays_come_to_the_supervisor_and_end_with_it() {
    let folder = tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap();
    // It left its group, its parent and its environment, so only being adopted gives it away.
    let script = "env -i setsid -f sleep 4712; exec sleep 4711";
    let file = format!("services:\n  stray: {{ binary: /bin/sh, args: [-c, '{script}'] }}\n");
    let supervisor = start(folder.path(), &file, &Place::BesideUs);
    until("both are children", || (children(supervisor.pid) == ["sleep", "sleep"]).then_some(()));
    let pids: Vec<u32> = children_of(supervisor.pid).into_iter().map(|(pid, _)| pid).collect();
    supervisor.stop();
    for pid in pids {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        assert!(status.is_empty() || status.contains("State:\tZ"), "{status}");
    }
}

/// Where a supervisor runs.
#[derive(PartialEq)]
enum Place {
    /// As process 1.
    OwnNamespace,
    BesideUs,
}

struct Supervisor {
    /// What we started: the supervisor, or what made its namespace and waits for it.
    child: Child,
    /// The supervisor's number as we see it.
    pid: u32,
}

fn start(folder: &Path, sogoctl_yaml: &str, place: &Place) -> Supervisor {
    for name in ["config", "run", "logs"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let path = folder.display();
    let places = format!("places: {{ run: {path}/run, state: {path}/state, logs: {path}/logs }}\n");
    fs::write(folder.join("config/sogoms.yaml"), places).unwrap();
    fs::write(folder.join("config/sogoctl.yaml"), sogoctl_yaml).unwrap();
    let sogo = env!("CARGO_BIN_EXE_sogo");
    let mut command = command(Path::new(if *place == Place::OwnNamespace { "unshare" } else { sogo }));
    if *place == Place::OwnNamespace {
        command.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child", sogo]);
    }
    let child = command
        .arg("--config")
        .arg(folder.join("config"))
        .args(["ctl", "run"])
        .stdin(Stdio::null())
        .stderr(fs::File::create(folder.join("output.log")).unwrap())
        .spawn()
        .unwrap();
    until("the supervisor answers", || status(folder));
    let pid = match place {
        Place::OwnNamespace => children_of(child.id())[0].0,
        Place::BesideUs => child.id(),
    };
    Supervisor { child, pid }
}

impl Supervisor {
    fn stop(mut self) {
        send("TERM", self.pid);
        let code = until("it has stopped", || self.child.try_wait().unwrap());
        assert_eq!(code.code(), Some(0));
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Its end takes everything in its namespace along.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(folder: &Path) -> Option<Vec<Value>> {
    let config = folder.join("config");
    let output = run(folder, &["--config", config.to_str().unwrap(), "-o", "json", "ctl", "status"]);
    (output.code == 0).then(|| output.json()["services"].as_array().unwrap().clone())
}

/// Returns the names of a process's children, zombies among them.
fn children(parent: u32) -> Vec<String> {
    let mut names: Vec<String> = children_of(parent).into_iter().map(|(_, name)| name).collect();
    names.sort();
    names
}

fn children_of(parent: u32) -> Vec<(u32, String)> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let folder: PathBuf = entry.ok()?.path();
        let pid = folder.file_name()?.to_str()?.parse().ok()?;
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        let (head, tail) = stat.rsplit_once(')')?;
        let is_child = tail.split_whitespace().nth(1)? == parent.to_string();
        is_child.then(|| (pid, head.split_once('(').unwrap().1.to_owned()))
    });
    processes.collect()
}
