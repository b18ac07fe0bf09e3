//! Connections are few, used again, and never trusted to be still open.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::{deliver, kind, open, plain};
use crate::harness::{SmtpServer, until_async};

fn connections(server: &SmtpServer) -> Vec<u32> {
    server.accepted().iter().map(|mail| mail.connection).collect()
}

#[tokio::test]
async fn mails_share_a_connection_and_it_is_renewed_when_it_has_had_enough() {
    let server = SmtpServer::plain(json!([])).await;
    let transport =
        open(sogo::services::smtp::wire::Server { mails_per_connection: 3, ..plain(server.port) });
    for _ in 0..7 {
        assert_eq!(kind(&deliver(&transport, "bob@example.net").await), "sent");
    }
    assert_eq!(connections(&server), [1, 1, 1, 2, 2, 2, 3]);
}

#[tokio::test]
async fn one_refused_recipient_costs_no_connection() {
    let rules = json!([
        {"at": "rcpt", "recipient": "none@*", "reply": "550 5.1.1 no such user"},
        {"at": "end", "recipient": "spam@*", "reply": "550 5.7.1 spam"},
    ]);
    for pipelining in [false, true] {
        let options = json!({"tls": "none", "rules": rules, "pipelining": pipelining});
        let server = SmtpServer::start(options).await;
        check_refused(&server).await;
    }
}

async fn check_refused(server: &SmtpServer) {
    let transport = open(plain(server.port));
    for (recipient, expected) in [
        ("none@example.net", "no such address"),
        ("bob@example.net", "sent"),
        ("spam@example.net", "never"),
        ("bob@example.net", "sent"),
    ] {
        assert_eq!(kind(&deliver(&transport, recipient).await), expected, "{recipient}");
    }
    assert_eq!(connections(server), [1, 1]);
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_replaced_unnoticed() {
    let mut server = SmtpServer::plain(json!([])).await;
    let transport = open(plain(server.port));
    for (number, rule) in [
        json!({"at": "mail", "times": 1, "close": true}),
        json!({"at": "mail", "times": 1, "reply": "421 4.4.2 idle for too long", "close": true}),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(kind(&deliver(&transport, "bob@example.net").await), "sent");
        server.set_rules(&json!([rule.clone()]));
        assert_eq!(kind(&deliver(&transport, "bob@example.net").await), "sent", "{rule}");
        assert_eq!(server.accepted().len(), 2 * (number + 1), "{rule}");
    }
    assert_eq!(connections(&server), [1, 2, 2, 3]);
}

#[tokio::test]
async fn there_are_never_more_than_allowed() {
    let server = SmtpServer::plain(json!([{"at": "end", "delay_ms": 50}])).await;
    let transport = open(sogo::services::smtp::wire::Server { connections: 3, ..plain(server.port) });
    let all = (0..12).map(|_| deliver(&transport, "bob@example.net"));
    for outcome in futures_util::future::join_all(all).await {
        assert_eq!(kind(&outcome), "sent", "{outcome}");
    }
    let used: BTreeSet<u32> = connections(&server).into_iter().collect();
    assert_eq!(used, BTreeSet::from([1, 2, 3]));
}

#[tokio::test]
async fn an_idle_connection_is_closed_politely() {
    let server = SmtpServer::plain(json!([])).await;
    let idle = Duration::from_millis(100);
    let transport = open(sogo::services::smtp::wire::Server { idle, ..plain(server.port) });
    assert_eq!(kind(&deliver(&transport, "bob@example.net").await), "sent");
    until_async("it says good-bye", || async { server.dialogue().contains("QUIT").then_some(()) }).await;

    let other = open(plain(server.port));
    assert_eq!(kind(&deliver(&other, "bob@example.net").await), "sent");
    other.close().await;
    until_async("both are closed", || async {
        (server.dialogue().matches("QUIT").count() == 2).then_some(())
    })
    .await;
}
