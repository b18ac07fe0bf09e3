//! What an operator is told about each step to the server.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::{Way, credentials, envelope, patient};
use crate::harness::SmtpServer;
use sogo::services::smtp::wire::{Finding, Server, Tls, probe};

async fn findings(server: Server) -> Vec<Finding> {
    probe(&Way::Server(Box::new(server)), &envelope("bob@example.net"), Utc::now()).await
}

fn steps(findings: &[Finding]) -> Vec<(&str, bool)> {
    findings.iter().map(|finding| (finding.step.as_str(), finding.fine)).collect()
}

#[tokio::test]
async fn a_server_that_works_is_told_step_by_step_and_gets_no_mail() {
    let server = SmtpServer::start(json!({"users": {"app": "sesame"}})).await;
    let way = Server {
        ca_file: Some(server.ca_file()),
        credentials: Some(credentials("sesame")),
        ..patient("localhost", server.port, Tls::StartTls)
    };
    let found = findings(way.clone()).await;
    let expected = [
        "connecting",
        "the greeting",
        "the TLS handshake",
        "the certificate",
        "EHLO",
        "AUTH",
        "MAIL FROM",
        "RCPT TO",
    ];
    assert_eq!(steps(&found), expected.map(|step| (step, true)), "{found:#?}");
    assert!(found[2].detail.starts_with("TLS 1."), "{found:#?}");
    assert!(
        found[3].detail.contains("for localhost, 127.0.0.1, signed by Authority of the tests"),
        "{found:#?}"
    );
    assert_eq!(server.accepted(), []);
    assert!(!server.dialogue().contains("DATA"));

    let late = Utc::now() + TimeDelta::days(80);
    let found = probe(&Way::Server(Box::new(way)), &envelope("bob@example.net"), late).await;
    assert!(found[3].hint.as_deref().unwrap().contains("renew it"), "{found:#?}");
}

#[tokio::test]
async fn the_step_that_fails_is_the_last_and_says_why() {
    for (options, tls, password, expected, words) in [
        (json!({"certificate": "expired"}), Tls::StartTls, None, "the certificate", "until 20"),
        (json!({"tls": "none"}), Tls::StartTls, None, "STARTTLS", "offers no STARTTLS"),
        (json!({"users": {"app": "sesame"}}), Tls::StartTls, Some("wrong"), "AUTH", "535"),
        (
            json!({"rules": [{"at": "rcpt", "reply": "554 5.7.1 no relay"}]}),
            Tls::StartTls,
            None,
            "RCPT TO",
            "554",
        ),
        (
            json!({"rules": [{"at": "mail", "reply": "553 5.7.1 no"}]}),
            Tls::StartTls,
            None,
            "MAIL FROM",
            "553",
        ),
    ] {
        let server = SmtpServer::start(options.clone()).await;
        let way = Server {
            ca_file: Some(server.ca_file()),
            credentials: password.map(credentials),
            ..patient("localhost", server.port, tls)
        };
        let found = findings(way).await;
        let last = found.last().unwrap();
        assert_eq!((last.step.as_str(), last.fine), (expected, false), "{options}: {found:#?}");
        assert!(last.detail.contains(words), "{options}: {found:#?}");
    }
}

#[tokio::test]
async fn a_folder_is_tried_too() {
    let folder = tempfile::tempdir().unwrap();
    let found =
        probe(&Way::Folder(folder.path().join("mails")), &envelope("bob@example.net"), Utc::now()).await;
    assert_eq!(steps(&found), [("the folder", true)]);
    assert_eq!(std::fs::read_dir(folder.path().join("mails")).unwrap().count(), 0);
}
