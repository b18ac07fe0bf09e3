//! Services that are somebody else's programs, with the real supervisor: what they are given, how they say that they are
//! ready, who is told when one fails.

mod attributes;
mod notify;
mod on_failed;

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Output, command, run, send, until};

/// A supervisor in a folder of its own.
struct Running {
    folder: TempDir,
    supervisor: Child,
}

impl Running {
    /// Starts a supervisor with this sogoctl.yaml; `{dir}` in it is the folder.
    fn start(file: &str) -> Self {
        Self::start_in(folder(), file)
    }

    fn start_in(folder: TempDir, file: &str) -> Self {
        write_file(folder.path(), file);
        let log = fs::File::create(folder.path().join("output.log")).unwrap();
        let supervisor = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
            .arg("--dir")
            .arg(folder.path())
            .args(["ctl", "run"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { folder, supervisor }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn sogo(&self, arguments: &[&str]) -> Output {
        sogo(self.path(), arguments)
    }

    /// Returns the status of a service once it fits.
    #[track_caller]
    fn until(&self, service: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{service} {what}\n{}", self.output()), || {
            let output = self.sogo(&["-o", "json", "ctl", "status"]);
            let status = (output.code == 0).then(|| output.json())?;
            let all = status["services"].as_array()?;
            all.iter().find(|one| one["service"] == service && fits(one)).cloned()
        })
    }

    #[track_caller]
    fn until_state(&self, service: &str, state: &str) -> Value {
        self.until(service, &format!("is {state}"), |status| status["state"] == state)
    }

    fn pid(&self, service: &str) -> u64 {
        self.until_state(service, "ready")["pid"].as_u64().unwrap()
    }

    /// Returns everything that was written by the supervisor and its services.
    fn output(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path().join(name)).unwrap_or_default();
        read("output.log") + &read("logs/sogoctl.log")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        send("TERM", self.supervisor.id());
        until("the supervisor has stopped", || self.supervisor.try_wait().unwrap());
        if std::thread::panicking() {
            eprintln!("--- what the processes wrote ---\n{}", self.output());
        }
    }
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap()
}

fn write_file(folder: &Path, file: &str) {
    for name in ["config", "run"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let text = file.replace("{dir}", folder.to_str().unwrap());
    fs::write(folder.join("config/sogoctl.yaml"), text).unwrap();
}

fn sogo(folder: &Path, arguments: &[&str]) -> Output {
    let all: Vec<&str> =
        ["--dir", folder.to_str().unwrap()].into_iter().chain(arguments.iter().copied()).collect();
    run(folder, &all)
}
