//! No password and no mail without TLS, and no TLS with somebody else.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use serde_json::json;

use super::{credentials, deliver, kind, open, patient, plain};
use crate::harness::SmtpServer;
use sogo::services::smtp::wire::{Server, Tls};

/// The server with STARTTLS or TLS, whose certificate is verified by the authority of the tests.
fn secured(server: &SmtpServer, tls: Tls) -> Server {
    Server { ca_file: Some(server.ca_file()), ..patient("localhost", server.port, tls) }
}

#[tokio::test]
async fn both_kinds_of_tls_and_both_ways_to_sign_in_work() {
    for (mode, tls) in [("starttls", Tls::StartTls), ("implicit", Tls::Implicit)] {
        for mechanisms in [json!(["PLAIN", "LOGIN"]), json!(["LOGIN"])] {
            let options = json!({"tls": mode, "users": {"app": "sésame"}, "mechanisms": mechanisms});
            let server = SmtpServer::start(options).await;
            let way = Server { credentials: Some(credentials("sésame")), ..secured(&server, tls) };
            let outcome = deliver(&open(way), "bob@example.net").await;
            assert_eq!(kind(&outcome), "sent", "{mode} {mechanisms}: {outcome}");
            let accepted = &server.accepted()[0];
            assert!(accepted.secured);
            assert_eq!(accepted.user.as_deref(), Some("app"));
        }
    }
}

#[tokio::test]
async fn certificates_that_are_not_right_are_refused_in_words() {
    let stranger = SmtpServer::start(json!({})).await;
    for (mode, tls) in [("starttls", Tls::StartTls), ("implicit", Tls::Implicit)] {
        for (certificate, words) in [
            ("expired", "the certificate of localhost expired on 20"),
            ("not_yet", "is not valid before 20"),
            ("wrong_host", "the certificate is not for localhost but for mail.example.com"),
            ("self_signed", "an authority that is not trusted here; name its file in `ca_file`"),
            ("unknown", "an authority that is not trusted here"),
        ] {
            let kind_made = if certificate == "unknown" { "good" } else { certificate };
            let options = json!({"tls": mode, "certificate": kind_made, "users": {"app": "x"}});
            let server = SmtpServer::start(options).await;
            let mut way = Server { credentials: Some(credentials("x")), ..secured(&server, tls) };
            if certificate == "unknown" {
                way.ca_file = Some(stranger.ca_file());
            }
            let outcome = deliver(&open(way), "bob@example.net").await;
            assert_eq!(kind(&outcome), "refused", "{certificate}: {outcome}");
            assert!(outcome.to_string().contains(words), "{certificate}: {outcome}");
            assert!(!server.dialogue().contains(">> b'AUTH"), "{certificate}");
        }
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let server = SmtpServer::start(json!({"tls": "none", "users": {"app": "sesame"}})).await;
    let way = Server { credentials: Some(credentials("sesame")), ..secured(&server, Tls::StartTls) };
    let outcome = deliver(&open(way), "bob@example.net").await;
    assert_eq!(kind(&outcome), "refused", "{outcome}");
    assert!(outcome.to_string().contains("offers no STARTTLS"), "{outcome}");
    let said = server.dialogue();
    assert!(!said.contains(">> b'AUTH") && !said.contains(">> b'MAIL"), "{said}");
}

/// Somebody on the way who adds an answer to what the server says before TLS begins.
#[tokio::test]
async fn what_was_said_before_tls_does_not_count_after_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let meddler = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        for answer in ["220 hello", "250-hello\r\n250 STARTTLS", "220 go on\r\n250-hello\r\n250 AUTH PLAIN"] {
            stream.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
            if answer.starts_with("220 go") {
                break;
            }
            lines.next().unwrap().unwrap();
        }
        lines.next().and_then(Result::ok)
    });
    let ca = SmtpServer::start(json!({})).await;
    let way = Server { ca_file: Some(ca.ca_file()), ..patient("localhost", port, Tls::StartTls) };
    let outcome = deliver(&open(way), "bob@example.net").await;
    assert_eq!(kind(&outcome), "refused", "{outcome}");
    assert!(outcome.to_string().contains("before TLS begins"), "{outcome}");
    assert_eq!(meddler.join().unwrap(), None, "nothing more was said");
}

#[tokio::test]
async fn the_wrong_port_is_told() {
    let server = SmtpServer::start(json!({"tls": "starttls"})).await;
    let outcome = deliver(&open(secured(&server, Tls::Implicit)), "bob@example.net").await;
    assert_eq!(kind(&outcome), "refused", "{outcome}");
    assert!(outcome.to_string().contains("does not answer with TLS"), "{outcome}");
}

#[tokio::test]
async fn refused_credentials_are_about_the_provider() {
    let server = SmtpServer::start(json!({"users": {"app": "sesame"}})).await;
    let way = Server { credentials: Some(credentials("wrong")), ..secured(&server, Tls::StartTls) };
    let outcome = deliver(&open(way), "bob@example.net").await;
    assert_eq!(kind(&outcome), "credentials", "{outcome}");
    assert!(outcome.to_string().contains("535 5.7.8"), "{outcome}");
    assert!(!outcome.to_string().contains("wrong"), "no password in it: {outcome}");

    let outcome = deliver(&open(secured(&server, Tls::StartTls)), "bob@example.net").await;
    assert_eq!(kind(&outcome), "credentials", "it wants somebody to sign in: {outcome}");

    let temporary = SmtpServer::start(
        json!({"users": {"app": "sesame"}, "rules": [{"at": "auth", "reply": "454 4.7.0 try later"}]}),
    )
    .await;
    let way = Server { credentials: Some(credentials("sesame")), ..secured(&temporary, Tls::StartTls) };
    assert_eq!(kind(&deliver(&open(way), "bob@example.net").await), "later, all");
}

#[tokio::test]
async fn a_mechanism_that_we_lack_is_told() {
    let server = SmtpServer::start(json!({"mechanisms": [], "users": {"app": "x"}, "tls": "none"})).await;
    let way = Server { credentials: Some(credentials("x")), ..plain(server.port) };
    let outcome = deliver(&open(way), "bob@example.net").await;
    assert_eq!(kind(&outcome), "credentials", "{outcome}");
    assert!(outcome.to_string().contains("lets nobody sign in here"), "{outcome}");
}

#[tokio::test]
async fn authorities_that_cannot_be_read_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    for (content, words) in [(None, "cannot be read"), (Some("hello"), "holds no certificates in PEM")] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let server = Server { ca_file: Some(file.clone()), ..patient("localhost", 587, Tls::StartTls) };
        let error =
            super::Transport::open(&super::Way::Server(Box::new(server))).expect_err("it must be refused");
        assert!(error.message.contains(words), "{error}");
    }
}
