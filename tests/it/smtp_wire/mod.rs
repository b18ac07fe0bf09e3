//! The way to the network against a real mail server that misbehaves as it is told.

mod connections;
mod dkim;
mod faults;
mod folder;

mod probe;
mod reading;
mod server;
mod tls;

use std::future::ready;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::harness::python;
use sogo::config::Secret;
use sogo::services::smtp::wire::address::{Address, Mailbox};
use sogo::services::smtp::wire::{Credentials, Envelope, Message, Outcome, Server, Tls, Transport, Way};

/// The server at this port of this machine, without TLS.
fn plain(port: u16) -> Server {
    patient("127.0.0.1", port, Tls::None)
}

/// A server that is waited for on a busy machine too.
fn patient(host: &str, port: u16, tls: Tls) -> Server {
    let mut server = Server::new(host, port, tls);
    server.timeouts.connect = Duration::from_secs(60);
    server.idle = Duration::from_secs(3600);
    server
}

fn open(server: Server) -> Transport {
    Transport::open(&Way::Server(Box::new(server))).unwrap()
}

fn envelope(recipient: &str) -> Envelope {
    Envelope {
        sender: Address::parse("noreply@example.com").unwrap(),
        recipient: Address::parse(recipient).unwrap(),
    }
}

fn credentials(password: &str) -> Credentials {
    Credentials { user: "app".into(), password: Secret::new(password) }
}

fn message(text: &str) -> Message {
    Message {
        message_id: "1@example.com".into(),
        date: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
        from: Mailbox::parse("Mon App <noreply@example.com>").unwrap(),
        to: vec![Mailbox::parse("alice@example.net").unwrap()],
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: "Bienvenue à tous".into(),
        text: Some(text.into()),
        html: None,
        attachments: Vec::new(),
        automatic: true,
        unsubscribe: None,
        headers: Vec::new(),
    }
}

fn built(text: &str) -> Vec<u8> {
    message(text).build(64 << 20, None).unwrap()
}

async fn deliver(transport: &Transport, recipient: &str) -> Outcome {
    transport.deliver(&envelope(recipient), &built("Bonjour"), ready(Ok(()))).await
}

/// Runs a program of `tests/it/smtp` with this on its standard input, and returns what it prints.
fn tool(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp");
    let mut child = Command::new(python())
        .arg(folder.join(program))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The kind of an outcome in a word or two.
fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Sent { .. } => "sent",
        Outcome::Later { whole_provider: true, .. } => "later, all",
        Outcome::Later { .. } => "later",
        Outcome::Never { no_such_address: true, .. } => "no such address",
        Outcome::Never { .. } => "never",
        Outcome::Unknown { .. } => "unknown",
        Outcome::Refused { credentials: true, .. } => "credentials",
        Outcome::Refused { .. } => "refused",
    }
}
