//! sogoms-logs as a process of its own: killed, out of disk, flooded, fed with rubbish, and read by the operator.

mod disk;
mod durability;
mod hostile;
mod operator;
mod spool;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sogo::ipc::Client;
use sogo::services::logs::api::{Entry, Health, LogEvent, Request, Storage};
use tempfile::TempDir;

use crate::harness::{command, send, until, until_async};

/// A folder with a configuration of its own, and the service on it.
pub struct Logs {
    folder: TempDir,
    process: Option<Child>,
}

impl Logs {
    /// Makes the folder; `settings` are the lines under `logs:` of sogoms.yaml.
    pub fn new(settings: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("sogo-it-logs-").tempdir().unwrap();
        for place in ["config/apps", "run", "state", "logs"] {
            std::fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        let logs = Self { folder, process: None };
        logs.configure(settings);
        logs
    }

    pub async fn started(settings: &str) -> Self {
        let mut logs = Self::new(settings);
        logs.start().await;
        logs
    }

    fn configure(&self, settings: &str) {
        let lines: String = settings.lines().flat_map(|line| ["  ", line, "\n"]).collect();
        std::fs::write(self.path("config/sogoms.yaml"), format!("logs:\n{lines}")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Begins the process and waits until it answers.
    pub async fn start(&mut self) {
        self.spawn();
        self.wait_until_ready().await;
    }

    fn spawn(&mut self) {
        let output =
            std::fs::File::options().create(true).append(true).open(self.path("output.log")).unwrap();
        let child = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
            .args(["--dir", self.folder.path().to_str().unwrap(), "logs"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .unwrap();
        self.process = Some(child);
    }

    async fn wait_until_ready(&self) {
        until_async("sogoms-logs answers", || async { self.client().call(Health {}).await.ok() }).await;
    }

    /// Kills the process: it has no last word.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Stops the process in an orderly way.
    pub fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        send("TERM", process.id());
        let status = until("sogoms-logs has stopped", || process.try_wait().unwrap());
        assert!(status.success());
    }

    pub fn client(&self) -> Client<Request> {
        Client::new(&self.path("run/sogoms-logs.1.sock"), Duration::ZERO, 16 << 20)
    }

    pub async fn storage(&self) -> Storage {
        self.client().call(Health {}).await.unwrap().storage
    }

    /// Runs `sogo` for this folder.
    pub fn sogo(&self, arguments: &[&str]) -> crate::harness::Output {
        let mut all = vec!["--dir", self.folder.path().to_str().unwrap()];
        all.extend(arguments);
        crate::harness::run(self.folder.path(), &all)
    }

    /// The entries of all files of an app and type, each of which must be a whole line of JSON.
    #[track_caller]
    pub fn entries(&self, app: &str, kind: &str) -> Vec<Value> {
        let mut entries = Vec::new();
        for (name, text) in self.files() {
            if !name.starts_with(&format!("{app}-")) || !name.contains(&format!("-{kind}.")) {
                continue;
            }
            assert!(text.is_empty() || text.ends_with('\n'), "{name} ends in the middle of a line");
            for line in text.lines() {
                entries.push(
                    serde_json::from_str(line).unwrap_or_else(|_| panic!("{name} has a torn line: {line}")),
                );
            }
        }
        entries
    }

    /// The log files with what they hold.
    pub fn files(&self) -> BTreeMap<String, String> {
        let files = std::fs::read_dir(self.path("logs")).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        });
        files.collect()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            let output = std::fs::read_to_string(self.path("output.log")).unwrap_or_default();
            eprintln!("--- what sogoms-logs wrote ---\n{output}");
        }
    }
}

pub fn event(app: &str, name: &str) -> LogEvent {
    LogEvent { app_id: app.to_owned(), event: name.to_owned(), ..LogEvent::default() }
}

pub fn numbered(app: &str, number: u64) -> Entry {
    let fields = json!({ "number": number });
    Entry::Event(LogEvent { fields: fields.as_object().unwrap().clone(), ..event(app, "counted") })
}

/// How often each number is there.
pub fn counts(entries: &[Value]) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for entry in entries {
        if let Some(number) = entry["fields"]["number"].as_u64() {
            *counts.entry(number).or_default() += 1;
        }
    }
    counts
}
