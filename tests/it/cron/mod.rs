//! Scheduled jobs: what runs when, what does not and why, over crashes, restarts and several hosts.

mod hosts;
mod mailed;
mod office;
mod operator;
mod overruns;
mod requests;
mod time;

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use chrono::{NaiveDateTime, Utc};
use serde_json::Value;

use crate::harness::{Engine, Installation, Sogo, command, send, until};

/// `sogoms-cron` of an installation, which a test may kill and whose clock it may set.
struct Cron {
    folder: PathBuf,
    /// The file that says by how many seconds its clock is wrong.
    clock: PathBuf,
    process: Option<Child>,
}

impl Cron {
    /// Starts it with a clock that shows this time of day (UTC) and goes on from there, and waits until it answers.
    fn start_at(installation: &Installation, time: &str) -> Self {
        let folder = installation.path().to_path_buf();
        let mut cron = Self { clock: folder.join("clock"), folder, process: None };
        cron.set_clock(time);
        cron.run();
        cron
    }

    /// Puts its clock to this time of day (UTC), whether it runs or not.
    fn set_clock(&self, time: &str) {
        let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S").unwrap().and_utc();
        let fresh = self.clock.with_extension("new");
        std::fs::write(&fresh, format!("{:+}\n", (time - Utc::now()).num_seconds())).unwrap();
        std::fs::rename(fresh, &self.clock).unwrap();
    }

    /// Starts the process after it was stopped or killed.
    fn run(&mut self) {
        let log = self.folder.join("cron.log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let mut command = command(&self.folder.join("bin/sogoms-cron"));
        command
            .arg("-config")
            .arg(self.folder.join("config"))
            .current_dir(&self.folder)
            .env("LD_PRELOAD", faketime())
            .env("FAKETIME_TIMESTAMP_FILE", &self.clock)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        until("sogoms-cron answers", || {
            let ended = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
            assert!(ended.is_none(), "sogoms-cron ended with {ended:?}:\n{}", self.log());
            (self.sogo(&["ping", "sogoms-cron"]).code == 0).then_some(())
        });
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            send("TERM", process.id());
            let ended = until("sogoms-cron has stopped", || process.try_wait().unwrap());
            assert_eq!(ended.code(), Some(0), "{}", self.log());
        }
    }

    /// Has it read its files anew, and waits until it has.
    fn reload(&self) {
        let before = self.log().matches("Watching over").count();
        send("HUP", self.process.as_ref().unwrap().id());
        until("the files are read anew", || {
            (before < self.log().matches("Watching over").count()).then_some(())
        });
    }

    fn sogo(&self, arguments: &[&str]) -> crate::harness::Output {
        let config = self.folder.join("config");
        let config = ["--config", config.to_str().unwrap()];
        crate::harness::run(&self.folder, &[&config[..], arguments].concat())
    }

    /// Returns what `sogo cron …` answers, as JSON.
    #[track_caller]
    fn ask(&self, arguments: &[&str]) -> Value {
        self.sogo(&[&["-o", "json", "cron"], arguments].concat()).ok().json()
    }

    /// Returns the runs of a job, oldest first.
    fn history(&self, job: &str) -> Vec<Value> {
        let mut runs = self.ask(&["history", job, "-n", "1000"])["runs"].as_array().unwrap().clone();
        runs.reverse();
        runs
    }

    /// Waits for a run of a job for which this holds.
    #[track_caller]
    fn wait_for(&self, job: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        until(what, || self.history(job).into_iter().find(&holds))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("cron.log")).unwrap_or_default()
    }
}

impl Drop for Cron {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what sogoms-cron wrote ---\n{}", self.log());
        }
        self.kill();
    }
}

/// Returns the library that shows a process another time of day (Debian's package faketime).
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let library =
        folders.map(|folder| folder.join("faketime/libfaketime.so.1")).find(|library| library.exists());
    library.expect("the package faketime is installed")
}

/// Starts the databases and the logs of an installation with these jobs; tasks of the users are due since long.
async fn with_jobs(engine: Engine, jobs: &str) -> Sogo {
    let installation = Installation::new(engine).await;
    installation.write("config/apps/prokov/cron.yaml", jobs);
    let sogo = installation.start();
    for (user, titles) in [("alice@example.com", &["Write", "Read"][..]), ("bob@example.com", &["Swim"])] {
        let client = sogo.sign_in(user).await;
        for title in titles {
            let task = serde_json::json!({ "title": title, "status_id": 1, "date_end": "2020-01-01" });
            client.post("/api/tasks", task).await.expect(201);
        }
    }
    sogo
}

/// Returns the file with the tasks of today, as it is shipped.
fn tasks_today() -> String {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/apps/prokov/cron.yaml");
    std::fs::read_to_string(shipped).unwrap()
}

/// A Saturday on which the jobs of these tests are not due.
const QUIET: &str = "2027-07-03 12:00:00";

/// Returns whether a run is in this state.
fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |run| run["state"] == state
}
