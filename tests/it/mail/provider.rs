//! A provider that refuses all mail, and limits.

use std::time::Instant;

use serde_json::json;
use sogo::services::smtp::api::{Resume, State};

use super::{Post, mail, taken};
use crate::harness::SmtpServer;
use crate::harness::{until_async, write_secret};

#[tokio::test]
async fn a_refused_password_pauses_the_app_and_costs_no_mail() {
    let options = json!({"tls": "starttls", "users": {"noreply": "right"}});
    let server = SmtpServer::start(options).await;
    let way = format!(
        "host: localhost\nport: {}\nca_file: {}\nuser: noreply\npassword_file: ../secrets/smtp",
        server.port,
        server.ca_file().display()
    );
    let mut post = Post::new(&way, "");
    write_secret(&post.path("secrets/smtp"), "wrong");
    post.start().await;
    for to in ["a@example.com", "b@example.com"] {
        post.client().call(mail(&[to])).await.unwrap();
    }
    let paused =
        until_async("the app is paused", || async { post.health().await.apps[0].paused.clone() }).await;
    assert!(paused.contains("535") || paused.contains("password"), "{paused}");
    assert_eq!(post.until_state("a@example.com", State::Queued).await.tries, 0);
    let resume = Resume { app_id: "shop".to_owned() };
    assert!(post.client().call(resume.clone()).await.unwrap().was_paused);
    until_async("it is paused again", || async { post.health().await.apps[0].paused.clone() }).await;

    write_secret(&post.path("secrets/smtp"), "right");
    post.reload();
    for to in ["a@example.com", "b@example.com"] {
        post.until_state(to, State::Sent).await;
    }
    assert!(server.accepted().iter().all(|mail| mail.secured && mail.user.as_deref() == Some("noreply")));
    assert!(!post.client().call(resume).await.unwrap().was_paused);
}

#[tokio::test]
async fn no_minute_has_more_mails_than_its_limit_and_other_domains_go_on() {
    let server = SmtpServer::plain(json!([])).await;
    let post = Post::started(&server, "limits: { domain_per_minute: 3 }").await;
    for number in 0..6 {
        post.client().call(mail(&[&format!("a{number}@slow.example.com")])).await.unwrap();
    }
    let begun = Instant::now();
    assert_eq!(post.send(&["b@example.net"]).await.recipients[0].state, State::Sent);
    until_async("three have gone", || async { (4 <= taken(&server).len()).then_some(()) }).await;
    if begun.elapsed().as_secs() < 50 {
        let slow = taken(&server).keys().filter(|to| to.ends_with("slow.example.com")).count();
        assert_eq!(slow, 3);
    }
}
