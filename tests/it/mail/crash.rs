//! kill -9 at each point of a try: nothing is lost, nothing comes twice, and what nobody can know is told.

use serde_json::json;
use sogo::services::smtp::api::State;

use super::{Post, mail, taken};
use crate::harness::SmtpServer;
use crate::harness::until;

#[tokio::test]
async fn a_mail_whose_content_was_not_given_is_sent_after_the_next_start() {
    // The server takes its time: the service is killed while it waits for each of these answers.
    for (stage, said) in [("mail", "MAIL"), ("rcpt", "RCPT"), ("data", "DATA")] {
        let mut server = SmtpServer::plain(json!([{"at": stage, "delay_ms": 600_000}])).await;
        let mut post = Post::started(&server, "").await;
        post.client().call(mail(&["a@example.com"])).await.unwrap();
        until(&format!("{said} was said"), || server.dialogue().contains(said).then_some(()));
        post.kill();
        server.set_rules(&json!([]));
        post.start().await;
        post.until_state("a@example.com", State::Sent).await;
        assert_eq!(taken(&server)["a@example.com"], 1, "killed at {stage}");
    }
}

#[tokio::test]
async fn a_mail_whose_answer_was_awaited_is_unknown_after_the_next_start() {
    let mut server = SmtpServer::plain(json!([{"at": "end", "record": true, "delay_ms": 600_000}])).await;
    let mut post = Post::started(&server, "").await;
    post.client().call(mail(&["a@example.com"])).await.unwrap();
    post.until_state("a@example.com", State::Sending).await;
    post.kill();
    server.set_rules(&json!([]));
    post.start().await;
    let unknown = post.until_state("a@example.com", State::Unknown).await;
    assert!(unknown.reply.unwrap().contains("the service ended"));
    post.send(&["b@example.com"]).await;
    assert!(taken(&server).get("a@example.com").is_none_or(|times| *times == 1));
}

#[tokio::test]
async fn an_orderly_stop_ends_what_is_under_way_and_keeps_the_rest() {
    let mut server = SmtpServer::plain(json!([{"at": "end", "recipient": "slow@*", "delay_ms": 1500}])).await;
    let mut post = Post::started(&server, "limits: { connections: 1 }").await;
    for to in ["slow@example.com", "b@example.com", "c@example.com"] {
        post.client().call(mail(&[to])).await.unwrap();
    }
    post.until_state("slow@example.com", State::Sending).await;
    post.stop();
    assert_eq!(taken(&server).keys().collect::<Vec<_>>(), ["slow@example.com"]);
    server.set_rules(&json!([]));
    post.start().await;
    for to in ["slow@example.com", "b@example.com", "c@example.com"] {
        post.until_state(to, State::Sent).await;
    }
    assert!(taken(&server).values().all(|times| *times == 1));
}
