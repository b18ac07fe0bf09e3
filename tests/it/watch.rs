//! `--watch`: the same again and again, until somebody leaves.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use crate::harness::{Engine, Sogo, command, send, until};

/// A command that watches, and the lines that it prints.
struct Watching {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(sogo: &Sogo, arguments: &[&str]) -> Self {
        let mut process = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
            .arg("--config")
            .arg(sogo.installation.path().join("config"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn end(mut self, what: &str) -> Option<i32> {
        drop(self.lines);
        until(what, || self.process.try_wait().unwrap()).code()
    }
}

#[tokio::test]
async fn a_pipe_gets_block_after_block_until_ctrl_c() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    until("the supervisor has asked it", || sogo.status("sogoway").filter(|way| way["state"] == "ready"));
    let mut status = Watching::start(&sogo, &["ctl", "status", "--watch", "0.1"]);
    for round in 0..3 {
        if round > 0 {
            assert_eq!(status.line(), "");
        }
        assert!(status.line().starts_with("SERVICE\tSTATE\t"));
        assert!(status.line().starts_with("sogoms-logs\tready\t"));
        assert!(status.line().starts_with("sogoms-db\tready\t"));
        assert!(status.line().starts_with("sogoway\tready\t"));
    }
    send("INT", status.process.id());
    assert_eq!(status.end("Ctrl-C ends it"), Some(0));
}

#[tokio::test]
async fn a_watch_outlasts_a_service_and_ends_with_its_reader() {
    let mut sogo = Sogo::start(Engine::Sqlite).await;
    for arguments in [
        &["way", "routes", "prokov", "--watch", "0.1", "-o", "json"][..],
        &["db", "health", "--watch", "0.1", "-o", "json"],
        &["ping", "--watch", "0.1", "-o", "json"],
    ] {
        let mut watching = Watching::start(&sogo, arguments);
        for _ in 0..2 {
            serde_json::from_str::<serde_json::Value>(&watching.line()).unwrap();
        }
        assert_eq!(watching.end("its reader has left"), Some(0), "{arguments:?}");
    }
    let mut health = Watching::start(&sogo, &["db", "health", "--watch", "0.1"]);
    assert!(health.line().starts_with("APP\t"));
    sogo.stop();
    let mut errors = BufReader::new(health.process.stderr.take().unwrap()).lines();
    let told = errors.next().unwrap().unwrap();
    assert!(told.starts_with("error: cannot reach sogoms-db"), "{told}");
    sogo.restart_supervisor();
    until("it shows the database again", || health.line().starts_with("prokov\t").then_some(()));
    send("INT", health.process.id());
    drop(errors);
    assert_eq!(health.end("Ctrl-C ends it"), Some(0));
}

#[tokio::test]
async fn a_terminal_is_drawn_over() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let config = sogo.installation.path().join("config");
    let watch = format!(
        "exec timeout -s INT 20 {} --config {} ctl status --watch 0.1",
        env!("CARGO_BIN_EXE_sogo"),
        config.display()
    );
    // `script` gives it a terminal.
    let mut terminal = command(Path::new("script"))
        .args(["-qefc", &watch, "/dev/null"])
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = String::new();
    let mut out = BufReader::new(terminal.stdout.take().unwrap());
    while shown.matches("\x1b[H").count() < 3 {
        assert_ne!(out.read_line(&mut shown).unwrap(), 0, "{shown}");
    }
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    assert_eq!(shown.matches("\x1b[2J").count(), 1, "it is cleared once: {shown}");
    assert!(shown.contains("every 0.1 s; Ctrl-C ends") && shown.contains("sogoms-db"), "{shown}");
    assert!(!shown.contains('┌'), "no lines either: {shown}");
    assert!(!shown.contains("\x1b[3") && !shown.contains("\x1b[1m"), "no colour: {shown}");
}
