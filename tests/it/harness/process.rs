//! Running the program to its end, with nothing of our environment.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Panics unless the command ended well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Reads standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|cause| panic!("{cause}:\n{}\n{}", self.stdout, self.stderr))
    }
}

/// Runs `sogo` in `folder` with these arguments.
pub fn run<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Output {
    let done = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    output(&done)
}

/// The same with something on standard input.
pub fn run_with_input<S: AsRef<OsStr>>(folder: &Path, arguments: &[S], input: &str) -> Output {
    let mut child = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments leaves without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    output(&child.wait_with_output().unwrap())
}

/// Runs `sogo` in `folder` on a terminal: each step is `["expect", text]` or `["send", text]`. Standard output is everything
/// that the terminal showed; `folder` is the home of who types.
pub fn run_on_terminal<S: AsRef<OsStr>>(folder: &Path, arguments: &[S], steps: &[[&str; 2]]) -> Output {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/terminal.py");
    let done = command(Path::new("python3"))
        .arg(driver)
        .arg(serde_json::to_string(steps).unwrap())
        .arg(env!("CARGO_BIN_EXE_sogo"))
        .args(arguments)
        .env("HOME", folder)
        .env("TERM", "xterm")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    output(&done)
}

fn output(output: &std::process::Output) -> Output {
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Begins a command with an environment that holds PATH alone.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}
