//! What services print: caught, kept, shown, and never in their way.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::harness::{Engine, Output, Sogo, command, run, send, until};

/// A supervisor with services of its own.
struct Supervised {
    folder: tempfile::TempDir,
    child: Child,
}

impl Supervised {
    /// Starts it with these services, each a name and a shell script, and these settings of `supervisor`.
    fn start(settings: &str, services: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap();
        let path = folder.path();
        for name in ["config", "run", "logs"] {
            fs::create_dir_all(path.join(name)).unwrap();
        }
        let listed = services.iter().map(|(name, script)| {
            let script = script.replace("DIR", path.to_str().unwrap());
            format!("  {name}: {{ binary: /bin/sh, args: [-c, {}] }}\n", Value::from(script))
        });
        let file = format!("supervisor: {{ {settings} }}\nservices:\n{}", listed.collect::<String>());
        fs::write(path.join("config/sogoctl.yaml"), file).unwrap();
        let child = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
            .arg("--dir")
            .arg(path)
            .args(["ctl", "run"])
            .stdin(Stdio::null())
            .stderr(fs::File::create(path.join("output.log")).unwrap())
            .spawn()
            .unwrap();
        let supervised = Self { folder, child };
        until("the supervisor answers", || supervised.services());
        supervised
    }

    fn sogo(&self, arguments: &[&str]) -> Output {
        let path = self.folder.path();
        run(path, &[&["--dir", path.to_str().unwrap()], arguments].concat())
    }

    fn services(&self) -> Option<Vec<Value>> {
        let status = self.sogo(&["-o", "json", "ctl", "status"]);
        (status.code == 0).then(|| status.json()["services"].as_array().unwrap().clone())
    }

    fn until_failed(&self) -> Vec<Value> {
        until("all have failed", || {
            self.services().filter(|all| all.iter().all(|service| service["state"] == "failed"))
        })
    }

    /// Returns the lines of a service as JSON.
    fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        let shown = self.sogo(&[&["-o", "json", "ctl", "logs"], arguments].concat()).ok();
        shown.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn texts(&self, arguments: &[&str]) -> Vec<String> {
        self.lines(arguments).iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns the files of a service, oldest first.
    fn files(&self, service: &str) -> Vec<String> {
        let logs = self.folder.path().join("logs");
        let aside = (1..1000).rev().map(|number| logs.join(format!("{service}.log.{number}")));
        let all = aside.chain([logs.join(format!("{service}.log"))]);
        all.filter(|path| path.exists()).map(|path| fs::read_to_string(path).unwrap()).collect()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
            eprintln!("--- the supervisor ---\n{}{}", read("output.log"), read("logs/sogoctl.log"));
        }
        send("TERM", self.child.id());
        until("the supervisor has stopped", || self.child.try_wait().unwrap());
    }
}

const ONCE: &str = "max_restarts: 0";
const SMALL: &str = "max_restarts: 0, output: { max_file_bytes: 65536, keep: 2 }";

#[test]
fn a_flood_neither_blocks_the_service_nor_fills_the_disk() {
    let line = "0123456789".repeat(10);
    let script = format!("yes {line} | head -c 50000000; echo through > DIR/note; echo; echo last");
    let supervised = Supervised::start(SMALL, &[("flood", &script), ("quiet", "echo heard; exec sleep 60")]);
    // The others and the control socket are served meanwhile.
    until("the other one is heard", || supervised.texts(&["quiet"]).first().cloned());
    until("all is written", || supervised.folder.path().join("note").exists().then_some(()));
    until("the last line is kept", || (supervised.texts(&["flood", "-n", "1"]) == ["last"]).then_some(()));
    let files = supervised.files("flood");
    assert_eq!(files.len(), 3);
    assert!(files.iter().all(|file| file.len() <= 65536 && file.ends_with('\n')));
}

#[test]
fn no_line_is_lost_where_a_file_ends() {
    let settings = "max_restarts: 0, output: { max_file_bytes: 65536, keep: 100 }";
    let supervised = Supervised::start(settings, &[("count", "seq 1 10000; seq 10001 10003 >&2")]);
    supervised.until_failed();
    until("all is kept", || (supervised.texts(&["count", "-n", "1"]) == ["10003"]).then_some(()));
    let expected: Vec<String> = (4..=10003).map(|number: u32| number.to_string()).collect();
    assert!(supervised.texts(&["count", "-n", "10000"]) == expected);
    let files = supervised.files("count");
    assert!(5 < files.len());
    assert_eq!(files.concat().lines().count(), 10003);
    assert_eq!(supervised.texts(&["count", "--contains", "stdout: 999"]).len(), 11);
    assert_eq!(supervised.lines(&["count", "-n", "1"])[0]["stream"], "stderr");
    assert_eq!(supervised.texts(&["count", "--since", "1h", "-n", "2"]), ["10002", "10003"]);
    assert!(supervised.texts(&["count", "--since", "2099-01-01"]).is_empty());
    assert_eq!(supervised.sogo(&["ctl", "logs", "conut"]).code, 4);
}

#[test]
fn whatever_bytes_come_do_no_harm_and_none_is_lost() {
    let script = "head -c 200000 /dev/urandom; printf '\\n\\033[31mred\\033[0m\\ttab\\r\\n'; \
                  head -c 1000000 /dev/zero | tr '\\0' x; echo; printf 'no line break'";
    let supervised = Supervised::start(ONCE, &[("odd", script)]);
    supervised.until_failed();
    until("all is kept", || (supervised.texts(&["odd", "-n", "1"]) == ["no line break"]).then_some(()));
    // It is UTF-8, which reading it as text has shown.
    let text = supervised.files("odd").concat();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    let lines = supervised.lines(&["odd", "-n", "10000"]);
    let red = lines.iter().position(|line| line["text"] == "\\u001b[31mred\\u001b[0m\ttab").unwrap();
    let pieces = &lines[red + 1..lines.len() - 1];
    assert_eq!(pieces.iter().filter(|piece| piece["continues"] != true).count(), 1);
    assert_eq!(pieces.iter().map(|piece| piece["text"].as_str().unwrap().len()).sum::<usize>(), 1_000_000);
    let shown = supervised.sogo(&["ctl", "logs", "odd", "-n", "1"]).ok().stdout;
    assert!(shown.ends_with(" odd: no line break\n"), "{shown}");
}

#[test]
fn a_service_may_close_its_output() {
    let script = "echo before; exec >&-; echo beside >&2; exec 2>&-; exec sleep 60";
    let supervised = Supervised::start(ONCE, &[("closed", script)]);
    until("both lines are kept", || (supervised.texts(&["closed"]).len() == 2).then_some(()));
    assert_eq!(supervised.services().unwrap()[0]["state"], "ready");
}

#[test]
fn following_goes_on_over_a_restart_and_a_full_file() {
    let script = "echo run $$; [ -e DIR/long ] && seq 1 5000; exec sleep 60";
    let supervised = Supervised::start(SMALL, &[("db", script), ("other", "echo other; exec sleep 60")]);
    let path = supervised.folder.path();
    let seen = path.join("seen");
    let mut following = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
        .arg("--dir")
        .arg(path)
        .args(["ctl", "logs", "db", "--follow"])
        .stdin(Stdio::null())
        .stdout(fs::File::create(&seen).unwrap())
        .spawn()
        .unwrap();
    let text = || fs::read_to_string(&seen).unwrap();
    until("the first run is seen", || text().contains(" db: run ").then_some(()));
    fs::write(path.join("long"), "").unwrap();
    supervised.sogo(&["ctl", "restart", "db"]).ok();
    until("the second run is seen to its end", || text().ends_with(" db: 5000\n").then_some(()));
    let texts: Vec<String> =
        text().lines().map(|line| line.split_once(" db: ").unwrap().1.to_owned()).collect();
    assert_eq!(texts.iter().filter(|text| text.starts_with("run ")).count(), 2, "nothing twice");
    assert_eq!(texts[2..], (1..=5000).map(|number: u32| number.to_string()).collect::<Vec<_>>());
    send("INT", following.id());
    following.wait().unwrap();
}

#[test]
fn what_failed_shows_its_last_lines() {
    let supervised = Supervised::start(ONCE, &[("db", "seq 1 50; echo it is the disk >&2; exit 3")]);
    let failed = supervised.until_failed();
    let output = failed[0]["output"].as_array().unwrap();
    assert_eq!(output.len(), 20);
    assert_eq!((&output[19]["text"], &output[19]["stream"]), (&"it is the disk".into(), &"stderr".into()));
    let why = supervised.sogo(&["ctl", "why", "db"]).ok().stdout;
    assert!(why.contains("Last output\n") && why.ends_with(" db: it is the disk\n"), "{why}");
    let log = fs::read_to_string(supervised.folder.path().join("logs/sogoctl.log")).unwrap();
    let told = log.lines().find(|line| line.contains("db has failed")).unwrap();
    assert!(told.contains("49 | 50 | it is the disk"), "{told}");
    let events = supervised.sogo(&["-o", "json", "ctl", "why", "db"]).ok().json();
    assert_eq!(events["output"].as_array().unwrap().len(), 20);
}

#[test]
fn what_a_service_takes_counts_everything_that_it_started() {
    // One that works left its parent and its session; the one that holds memory waits for a reader that never reads.
    let script = "(setsid sh -c 'while :; do :; done' &); dd if=/dev/zero bs=60M count=1 | sleep 60";
    let supervised = Supervised::start(ONCE, &[("busy", script), ("idle", "exec sleep 60")]);
    let usage = |at: usize| Some(supervised.services()?[at]["usage"].clone()).filter(Value::is_object);
    let busy = until("all of it is seen", || {
        let memory = |usage: &Value| usage["memory"]["bytes"].as_u64().unwrap_or_default();
        let cpu = |usage: &Value| usage["cpu_ms"].as_u64().unwrap_or_default();
        usage(0).filter(|usage| 60 << 20 <= memory(usage) && 300 <= cpu(usage))
    });
    assert!(0.0 < busy["cpu_percent"].as_f64().unwrap(), "{busy}");
    assert_eq!(busy["processes"], 4, "the shell, both ends of its pipe, and the one that left: {busy}");
    assert!(["pss", "rss"].contains(&busy["memory"]["kind"].as_str().unwrap()), "{busy}");
    let idle = usage(1).unwrap();
    assert_eq!((&idle["processes"], idle["cpu_ms"].as_u64().unwrap() < 100), (&1.into(), true), "{idle}");
    let table = supervised.sogo(&["ctl", "status"]).ok().stdout;
    assert!(table.contains("\tCPU %\tMEMORY\t") && table.contains(" MiB"), "{table}");
    let why = supervised.sogo(&["ctl", "why", "busy"]).ok().stdout;
    assert!(why.contains("in 4 processes"), "{why}");
}

#[tokio::test]
async fn our_daemons_go_on_when_nobody_reads_what_they_print() {
    let mut sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let pids = ["sogoms-db", "sogoway"].map(|name| sogo.pid(name));
    sogo.kill_supervisor();
    for _ in 0..3 {
        // Each tells that it has read its configuration anew.
        for pid in pids {
            send("HUP", pid);
        }
        alice.get("/api/projects").await.expect(200);
    }
    assert!(pids.iter().all(|pid| Path::new(&format!("/proc/{pid}/exe")).exists()));
    sogo.restart_supervisor();
}
