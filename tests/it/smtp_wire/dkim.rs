//! Our signatures, verified by another implementation, after the mail has gone over the wire.

use std::future::ready;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use super::{envelope, kind, message, open, plain};
use crate::harness::{SmtpServer, python};
use sogo::config::Secret;
use sogo::services::smtp::wire::Signer;

/// Runs the independent tool with this on its standard input.
fn tool(arguments: &[&str], input: &[u8]) -> String {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/smtp/dkim_tool.py");
    let mut child = Command::new(python())
        .arg(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn signatures_hold_for_who_checks_them() {
    let server = SmtpServer::start(json!({"tls": "none", "keep": true})).await;
    let transport = open(plain(server.port));
    let texts = ["Bonjour,\n\n.\n  deux  blancs \t\n\n\n", "", "é".repeat(500).as_str()].map(str::to_owned);
    let mut number = 0;
    for key in ["rsa", "rsa_pkcs1", "ed25519"] {
        let signer = Signer::new("Example.com", "mail", &Secret::new(tool(&["key", key], b""))).unwrap();
        let (name, record) = signer.record();
        assert_eq!(name, "mail._domainkey.example.com");
        for text in &texts {
            let mut mail = message(text);
            mail.html = Some(format!("<p>{text}</p>"));
            mail.headers.push(("X-Ticket".into(), "n° 7".into()));
            let bytes = mail.build(1 << 20, Some(&signer)).unwrap();
            let outcome = transport.deliver(&envelope("bob@example.net"), &bytes, ready(Ok(()))).await;
            assert_eq!(kind(&outcome), "sent", "{outcome}");
            number += 1;
            let arrived = server.mail(number);
            let verdict = |mail: &[u8]| tool(&["verify", &name, &record], mail);
            assert_eq!(verdict(&arrived), "True\n", "{key}: {}", String::from_utf8_lossy(&arrived));
            if text.is_empty() {
                let arrived = String::from_utf8(arrived).unwrap();
                for forged in [
                    arrived.replace("Subject: ", "Subject: Not "),
                    arrived.replacen("From: ", "From: x@example.net\r\nFrom: ", 1),
                    format!("{arrived}more\r\n"),
                ] {
                    assert_eq!(verdict(forged.as_bytes()), "False\n", "{key}: {forged}");
                }
            }
        }
    }
}
