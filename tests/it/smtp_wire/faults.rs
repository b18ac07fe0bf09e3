//! What becomes of a mail at each fault: nothing surely undone is called unknown, and nothing that may have gone out is tried again.

use std::cell::Cell;
use std::time::Duration;

use serde_json::json;

use super::{Outcome, built, deliver, envelope, kind, open, plain};
use crate::harness::SmtpServer;
use sogo::error::{Code, Error};

#[tokio::test]
async fn each_fault_says_whether_the_mail_went_out() {
    for pipelining in [false, true] {
        let mut server = SmtpServer::start(json!({"tls": "none", "pipelining": pipelining})).await;
        check_faults(&mut server).await;
    }
}

async fn check_faults(server: &mut SmtpServer) {
    for (rule, expected, is_marked, accepted) in [
        (json!({"at": "greeting", "reply": "421 4.3.2 shutting down"}), "later, all", false, 0),
        (json!({"at": "greeting", "reply": "554 5.7.1 not from you"}), "refused", false, 0),
        (json!({"at": "greeting", "close": true}), "later, all", false, 0),
        (json!({"at": "mail", "reply": "451 4.3.0 later"}), "later, all", false, 0),
        (json!({"at": "mail", "reply": "553 5.7.1 not your address"}), "refused", false, 0),
        (json!({"at": "mail", "reply": "421 4.7.0 bye", "close": true}), "later, all", false, 0),
        (json!({"at": "rcpt", "reply": "450 4.2.0 greylisted"}), "later", false, 0),
        (json!({"at": "rcpt", "reply": "550 5.1.1 no such user"}), "no such address", false, 0),
        (json!({"at": "rcpt", "reply": "550 5.7.1 blocked"}), "never", false, 0),
        (json!({"at": "rcpt", "reply": "552 5.2.2 full"}), "later", false, 0),
        (json!({"at": "rcpt", "reply": "421 4.7.0 bye", "close": true}), "later, all", false, 0),
        (json!({"at": "rcpt", "close": true}), "later", false, 0),
        (json!({"at": "data", "reply": "451 4.3.0 later"}), "later", false, 0),
        (json!({"at": "data", "reply": "554 5.5.1 no"}), "never", false, 0),
        (json!({"at": "data", "close": true}), "later", false, 0),
        (json!({"at": "end", "reply": "451 4.3.0 later"}), "later", true, 0),
        (json!({"at": "end", "reply": "421 4.3.0 bye", "close": true}), "later, all", true, 0),
        (json!({"at": "end", "reply": "554 5.7.1 spam"}), "never", true, 0),
        (json!({"at": "end", "reply": "552 5.3.4 too large"}), "never", true, 0),
        (json!({"at": "end", "close": true}), "unknown", true, 0),
        (json!({"at": "end", "close": true, "record": true}), "unknown", true, 1),
    ] {
        server.set_rules(&json!([rule.clone()]));
        let before = server.accepted().len();
        let transport = open(plain(server.port));
        let marked = Cell::new(false);
        let mark = async {
            marked.set(true);
            Ok(())
        };
        let outcome = transport.deliver(&envelope("bob@example.net"), &built("Bonjour"), mark).await;
        assert_eq!(kind(&outcome), expected, "{rule}: {outcome}");
        assert_eq!(marked.get(), is_marked, "{rule}");
        assert_eq!(server.accepted().len() - before, accepted, "{rule}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_content_took_nothing() {
    let server = SmtpServer::plain(json!([{"at": "content", "close": true}])).await;
    // More than what lies between the two ends of a connection, so that the break comes before the final dot is written.
    let large = [built("Bonjour"), b"a line\r\n".repeat(2 << 20)].concat();
    let outcome = open(plain(server.port))
        .deliver(&envelope("bob@example.net"), &large, std::future::ready(Ok(())))
        .await;
    assert_eq!(kind(&outcome), "later", "{outcome}");
    assert_eq!(server.accepted(), []);
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_given_up() {
    let mut server = SmtpServer::plain(json!([{"at": "rcpt", "delay_ms": 60_000}])).await;
    let mut slow = plain(server.port);
    slow.timeouts.reply = Duration::from_secs(5);
    slow.timeouts.accepted = Duration::from_millis(500);
    let outcome = deliver(&open(slow.clone()), "bob@example.net").await;
    assert_eq!(kind(&outcome), "later", "{outcome}");
    assert!(outcome.to_string().contains("did not answer within 5 s"), "{outcome}");

    server.set_rules(&json!([{"at": "end", "delay_ms": 60_000}]));
    let outcome = deliver(&open(slow), "bob@example.net").await;
    assert_eq!(kind(&outcome), "unknown", "{outcome}");
}

#[tokio::test]
async fn nobody_there_is_later_for_all() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = deliver(&open(plain(port)), "bob@example.net").await;
    assert_eq!(kind(&outcome), "later, all", "{outcome}");
    assert!(outcome.to_string().contains("cannot be reached"), "{outcome}");
}

#[tokio::test]
async fn what_is_not_marked_is_not_sent() {
    let server = SmtpServer::plain(json!([])).await;
    let mark = async { Err(Error::new(Code::Internal, "the disk is full")) };
    let outcome =
        open(plain(server.port)).deliver(&envelope("bob@example.net"), &built("Bonjour"), mark).await;
    assert!(matches!(&outcome, Outcome::Later { reply, .. } if reply == "the disk is full"), "{outcome}");
    assert_eq!(server.accepted(), []);
}

#[tokio::test]
async fn what_the_server_says_is_too_large_is_not_even_offered() {
    let server = SmtpServer::start(json!({"tls": "none", "size": 200})).await;
    let outcome = deliver(&open(plain(server.port)), "bob@example.net").await;
    assert_eq!(kind(&outcome), "never", "{outcome}");
    assert!(outcome.to_string().contains("the server takes 200 at most"), "{outcome}");
    assert!(!server.dialogue().contains("MAIL FROM"));
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_built() {
    let server = SmtpServer::start(json!({"tls": "none", "keep": true})).await;
    let mail = built("Bonjour,\n.\n..\n.MAIL FROM:<x@example.com>\n\n\nà bientôt\r");
    let transport = open(plain(server.port));
    let outcome = transport.deliver(&envelope("bob@example.net"), &mail, std::future::ready(Ok(()))).await;
    assert_eq!(outcome, Outcome::Sent { reply: "250 2.0.0 taken as 1".into() });
    assert_eq!(String::from_utf8(server.mail(1)), String::from_utf8(mail));
    let accepted = &server.accepted()[0];
    assert_eq!(
        (accepted.sender.as_str(), accepted.recipient.as_str()),
        ("noreply@example.com", "bob@example.net")
    );
    assert_eq!(accepted.message_id.as_deref(), Some("<1@example.com>"));
}
