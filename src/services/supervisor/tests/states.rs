//! Every command in every state, with real processes; the table of them in the documentation is compared.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::stage::{Stage, answer_http, names, sh};
use crate::config::{ServiceUnit, Timing};
use crate::error::Result;
use crate::services::supervisor::api::{Restart, Start, State, Stop};

/// The commands, by their columns in the table.
const COMMANDS: [&str; 4] = ["start", "stop", "restart", "reload"];

/// A supervisor whose service `db` is in some state, and stays in it.
struct Scene {
    running: Stage,
    /// Lets the service end where it does not by itself.
    release: PathBuf,
}

/// Brings the service `db` into a state.
async fn bring(state: State) -> Scene {
    let mut config = Stage::empty();
    config.restart_delay = Duration::from_mins(1);
    let release = config.folder().join("release");
    let socket = || Some(PathBuf::from("/nonexistent/db.sock"));
    let timing = |change: fn(&mut Timing)| {
        move |mut unit: ServiceUnit| {
            change(&mut unit.timing);
            unit
        }
    };
    let stubborn = format!(
        "[ ! -e {0} ] || exec sleep 60; trap '' TERM; echo up; while [ ! -e {0} ]; do sleep 0.02; done",
        release.display()
    );
    let broken = || ServiceUnit { health_socket: socket(), ..sh("db", "exit 1") };
    let well = || sh("db", "trap : HUP; while :; do sleep 0.02; done");
    let mut services = match state {
        State::Waiting => {
            let mut logs = sh("logs", "exec sleep 60");
            logs.health_socket = socket();
            vec![ServiceUnit { depends_on: names(&["logs"]), ..well() }, logs]
        }
        State::Starting => vec![ServiceUnit { health_socket: socket(), ..well() }],
        State::Ready | State::Stopped => vec![well()],
        State::Unhealthy => Vec::new(),
        State::Backoff => vec![broken()],
        State::Failed => {
            config.max_restarts = 0;
            vec![broken()]
        }
        State::Stopping => {
            vec![timing(|timing| timing.stop_timeout = Duration::from_mins(1))(sh("db", &stubborn))]
        }
    };
    let mut status = None;
    if state == State::Unhealthy {
        let (url, answers) = answer_http(200).await;
        let unit = ServiceUnit { health_url: Some(url), ..well() };
        services.push(timing(|timing| timing.health_misses = 1000)(unit));
        status = Some(answers);
    }
    let running = config.start(services);
    match state {
        State::Stopped | State::Stopping => {
            running.until("db", State::Ready).await;
            if state == State::Stopping {
                running.wait_for_output(1).await;
            }
            running.ask(Stop { services: db() }).await.unwrap();
        }
        State::Unhealthy => {
            running.until("db", State::Ready).await;
            status.unwrap().store(500, std::sync::atomic::Ordering::Relaxed);
        }
        _ => {}
    }
    running.until("db", state).await;
    Scene { running, release }
}

fn db() -> Vec<String> {
    vec!["db".to_owned()]
}

/// Gives a command and tells what comes of it: the states that follow each other, or why it is refused.
async fn outcome(state: State, command: &str, expected: Option<&str>) -> String {
    let Scene { mut running, release } = bring(state).await;
    let before = running.states("db").await.len();
    let services = db();
    let given: Result<()> = match command {
        "start" => running.ask(Start { services }).await.map(|_| ()),
        "stop" => running.ask(Stop { services }).await.map(|_| ()),
        "restart" => running.ask(Restart { services }).await.map(|_| ()),
        _ => running.reload("db").await.map(|_| ()),
    };
    std::fs::write(release, "").unwrap();
    let told = match given {
        Err(error) => format!("refused: `{}`", error.code),
        Ok(()) if command == "reload" => "SIGHUP".to_owned(),
        Ok(()) => follow(&running, before, state, expected).await,
    };
    running.stop().await;
    told
}

/// Returns the states that a service goes through, once they are the expected ones or nothing more follows.
async fn follow(running: &Stage, before: usize, state: State, expected: Option<&str>) -> String {
    let begun = std::time::Instant::now();
    let limit = if expected.is_some() { Duration::from_secs(10) } else { Duration::from_secs(1) };
    loop {
        let states = running.states("db").await;
        let told = match &states[before..] {
            [] => "nothing".to_owned(),
            states => states.iter().map(State::to_string).collect::<Vec<_>>().join(" → "),
        };
        // What was on its way down comes to its end all the same.
        let is_there = Some(told.as_str()) == expected && (state != State::Stopping || told != "nothing");
        if is_there || limit < begun.elapsed() {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Reads the cells of the table in the documentation.
fn cells(document: &str) -> Vec<Vec<String>> {
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').skip(1).map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "the one who renews the document says so in the environment")]
async fn every_command_is_defined_in_every_state() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/STATES.md");
    let document = std::fs::read_to_string(&path).unwrap_or_default();
    let renew = std::env::var_os("SOGO_RENEW").is_some();
    let expected = if renew { Vec::new() } else { cells(&document) };
    let mut table = String::from(INTRODUCTION);
    for (row, state) in State::ALL.into_iter().enumerate() {
        let outcomes =
            futures_util::future::join_all(COMMANDS.iter().enumerate().map(|(column, command)| {
                let expected = expected.get(row).and_then(|cells| cells.get(column)).map(String::as_str);
                outcome(state, command, expected)
            }))
            .await;
        let _ = writeln!(table, "| `{state}` | {} |", outcomes.join(" | "));
    }
    if renew {
        std::fs::write(&path, &table).unwrap();
    }
    assert_eq!(
        table,
        std::fs::read_to_string(&path).unwrap(),
        "renew with `SOGO_RENEW=1 ./test every_command`"
    );
}

const INTRODUCTION: &str = "\
# What a command does in each state

A service is in one of these states; `sogo ctl status` shows it, and why. This table is made by a test that brings a
service with real processes into each state, gives each command, and writes down the states that follow.
`nothing` means that the command finds the service where it wants it; `reload` is `sogo ctl reload SERVICE`, SIGHUP.

| state | `start` | `stop` | `restart` | `reload` |
|---|---|---|---|---|
";
