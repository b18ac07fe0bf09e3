//! A mail server that misbehaves as it is told; `tests/it/smtp/server.py` says what it can be told.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use super::python::python;

/// One server, on a port of its own; it ends when it is dropped, and also when the test process dies.
pub struct SmtpServer {
    folder: tempfile::TempDir,
    pub port: u16,
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// A mail that the server took, for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Accepted {
    pub message_id: Option<String>,
    pub sender: String,
    pub recipient: String,
    /// The number of the connection it came over, from 1.
    pub connection: u32,
    /// Whether it came over TLS.
    pub secured: bool,
    /// Who had signed in.
    pub user: Option<String>,
}

impl SmtpServer {
    /// Starts a server with these options.
    pub async fn start(options: Value) -> Self {
        // Installing it takes seconds when it is the first time.
        tokio::task::spawn_blocking(move || Self::start_blocking(&options)).await.unwrap()
    }

    fn start_blocking(options: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp/server.py");
        let errors = std::fs::File::create(folder.path().join("stderr.log")).unwrap();
        let mut process = Command::new(python())
            .arg(program)
            .arg(folder.path())
            .arg(options.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        answers.read_line(&mut ready).unwrap();
        let Ok(ready) = serde_json::from_str::<Value>(&ready) else {
            panic!(
                "the mail server did not start: {}",
                std::fs::read_to_string(folder.path().join("stderr.log")).unwrap()
            );
        };
        let port = ready["port"].as_u64().unwrap().try_into().unwrap();
        Self { folder, port, orders: process.stdin.take(), process, answers }
    }

    /// Starts one that needs no TLS and nobody to sign in, with these rules.
    pub async fn plain(rules: Value) -> Self {
        Self::start(json!({"tls": "none", "rules": rules})).await
    }

    /// Replaces the rules; their counts begin anew.
    pub fn set_rules(&mut self, rules: &Value) {
        writeln!(self.orders.as_mut().unwrap(), "{rules}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "the mail server is gone");
    }

    /// Returns the certificate of who signed the server's.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns what it took so far.
    pub fn accepted(&self) -> Vec<Accepted> {
        let text = std::fs::read_to_string(self.folder.path().join("accepted.jsonl")).unwrap_or_default();
        // The last line may be in the middle of being written.
        text.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Returns the mail that was taken as the `number`th, from 1; it must have been told to keep them.
    pub fn mail(&self, number: usize) -> Vec<u8> {
        std::fs::read(self.folder.path().join(format!("{number}.eml"))).unwrap()
    }

    /// Returns what was said on all connections: commands without passwords, and who came and went.
    pub fn dialogue(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("dialogue.log")).unwrap()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.orders.take();
        let _ = self.process.wait();
    }
}
