//! What the operator types.

use serde_json::json;
use sogo::services::smtp::api::State;

use super::Post;
use crate::harness::SmtpServer;

#[tokio::test]
async fn the_operator_sends_looks_and_mends() {
    let server = SmtpServer::plain(
        json!([{"at": "rcpt", "recipient": "later@*", "times": 1, "reply": "451 4.7.1 later"}]),
    )
    .await;
    let post = Post::started(&server, "").await;
    let sent = post.sogo(&[
        "send",
        "shop",
        "Alice <alice@example.com>",
        "--subject",
        "Hello",
        "--body",
        "It works",
        "--wait",
        "-o",
        "json",
    ]);
    let sent = sent.ok().json();
    assert_eq!((&sent["recipients"][0]["state"], &sent["repeated"]), (&json!("sent"), &json!(false)));

    let preview = post.sogo(&["preview", "shop", "welcome", "Name=Zoé", "-o", "json"]).ok().json();
    assert_eq!(preview["subject"], "Bienvenue Zoé !");
    let nameless = post.sogo(&["preview", "shop", "welcome"]);
    assert_eq!(nameless.code, 1, "{nameless:?}");

    let later = post.sogo(&["template", "shop", "welcome", "later@example.com", "Name=Bob", "--wait"]);
    assert_eq!(later.code, 7, "{later:?}");
    let waiting = post.sogo(&["queue", "list", "shop", "--state", "deferred", "-o", "json"]).ok().json();
    assert_eq!(waiting["mails"][0]["to"], "later@example.com");
    let id = waiting["mails"][0]["id"].to_string();
    let shown = post.sogo(&["queue", "show", &id]).ok();
    assert!(shown.stdout.contains("Subject: Bienvenue Bob !"), "{}", shown.stdout);
    assert_eq!(post.sogo(&["retry", "--app", "shop", "-o", "json"]).ok().json()["changed"], 1);
    post.until_state("later@example.com", State::Sent).await;
    assert_eq!(post.sogo(&["queue", "cancel", &id, "-o", "json"]).ok().json()["changed"], 0);

    std::fs::write(post.path("list.csv"), "email;Name\nc1@example.com;Carl\nc2@example.com;Cora\n").unwrap();
    let list = post.path("list.csv");
    let bulk = ["bulk", "shop", list.to_str().unwrap(), "--template", "welcome", "--yes", "-o", "json"];
    assert_eq!(post.sogo(&bulk).ok().json()["states"]["sent"], 2);

    post.sogo(&["suppressions", "add", "shop", "no@example.com", "--reason", "asked"]).ok();
    let listed = post.sogo(&["suppressions", "list", "shop", "-o", "json"]).ok().json();
    assert_eq!(listed["suppressions"][0]["reason"], "asked");
    post.sogo(&["suppressions", "remove", "shop", "no@example.com"]).ok();
    assert_eq!(post.sogo(&["suppressions", "remove", "shop", "no@example.com"]).code, 4);

    let health = post.sogo(&["health", "-o", "json"]).ok().json();
    assert_eq!((&health["status"], &health["apps"][0]["app"]), (&json!("OK"), &json!("shop")));
    post.sogo(&["doctor", "shop"]).ok();
    drop(server);
    assert_eq!(post.sogo(&["doctor", "shop"]).code, 7);
}

#[tokio::test]
async fn a_folder_takes_what_would_have_been_sent() {
    let mut post = Post::new("folder: ../outbox", "");
    post.start().await;
    assert_eq!(post.send(&["a@example.com", "b@example.com"]).await.recipients[1].state, State::Sent);
    assert_eq!(std::fs::read_dir(post.path("outbox")).unwrap().count(), 2);
}
