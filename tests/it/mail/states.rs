//! What becomes of a mail for each thing that a server can say or fail to say.

use serde_json::json;
use sogo::error::Code;
use sogo::services::smtp::api::{QueueCancel, QueueRetry, State, SuppressionsList, SuppressionsRemove};

use super::{Post, mail, states, taken, way};
use crate::harness::SmtpServer;
use crate::harness::until_async;

const QUICK: &str = "retry: { delay: 1s, max_delay: 1s }";

#[tokio::test]
async fn what_the_server_takes_is_sent_with_everything_a_mail_needs() {
    let server = SmtpServer::start(json!({"tls": "none", "keep": true})).await;
    let post = Post::started(&server, "").await;
    let sent = post.send(&["Zoé <zoe@example.com>"]).await;
    assert_eq!(states(&sent), [("zoe@example.com", State::Sent)].into());
    let bytes = server.mail(1);
    let text = String::from_utf8(bytes).unwrap();
    for header in ["Message-ID: <", "Date: ", "MIME-Version: 1.0", "charset=utf-8", "From: ", "=?utf-8?"] {
        assert!(text.to_lowercase().contains(&header.to_lowercase()), "{header}: {text}");
    }
    assert!(text.contains(&format!("<{}>", sent.message_id)), "{text}");
    assert_eq!(server.accepted()[0].sender, "noreply@example.com");
}

#[tokio::test]
async fn what_is_put_off_is_tried_again() {
    let server =
        SmtpServer::plain(json!([{"at": "rcpt", "times": 2, "reply": "451 4.7.1 greylisted"}])).await;
    let post = Post::started(&server, QUICK).await;
    let first = post.send(&["a@example.com"]).await;
    assert_eq!(first.recipients[0].state, State::Deferred);
    assert!(first.recipients[0].reply.as_deref().unwrap().contains("greylisted"));
    let sent = post.until_state("a@example.com", State::Sent).await;
    assert_eq!((sent.tries, taken(&server)["a@example.com"]), (3, 1));
}

#[tokio::test]
async fn what_is_put_off_too_often_has_failed() {
    let server = SmtpServer::plain(json!([{"at": "rcpt", "reply": "451 4.7.1 never today"}])).await;
    let post = Post::started(&server, "retry: { delay: 1s, max_attempts: 2 }").await;
    assert_eq!(post.send(&["a@example.com"]).await.recipients[0].state, State::Deferred);
    let failed = post.until_state("a@example.com", State::Failed).await;
    assert!(failed.reply.unwrap().starts_with("given up after 2 tries"));
}

#[tokio::test]
async fn one_refused_recipient_leaves_the_others_alone_and_gets_no_more_mail() {
    let mut server =
        SmtpServer::plain(json!([{"at": "rcpt", "recipient": "gone@*", "reply": "550 5.1.1 no such user"}]))
            .await;
    let post = Post::started(&server, "").await;
    let sent = post.send(&["a@example.com", "gone@example.com", "b@example.com"]).await;
    let expected =
        [("a@example.com", State::Sent), ("gone@example.com", State::Failed), ("b@example.com", State::Sent)];
    assert_eq!(states(&sent), expected.into());

    let again = post.client().call(mail(&["GONE@example.com"])).await.unwrap();
    assert_eq!(again.recipients[0].state, State::Suppressed);
    assert!(again.recipients[0].reply.as_deref().unwrap().contains("no such user"));
    let list = SuppressionsList { limit: 10, ..SuppressionsList::default() };
    let listed = post.client().call(list).await.unwrap().suppressions;
    assert_eq!(listed[0].address, "gone@example.com");
    assert!(listed[0].until.is_some());

    server.set_rules(&json!([]));
    let remove = SuppressionsRemove { app_id: "shop".to_owned(), address: "gone@example.com".to_owned() };
    assert_eq!(post.client().call(remove).await.unwrap().changed, 1);
    assert_eq!(post.send(&["gone@example.com"]).await.recipients[0].state, State::Sent);
    assert_eq!(taken(&server)["gone@example.com"], 1);
}

#[tokio::test]
async fn a_mail_that_may_have_gone_out_waits_for_a_person() {
    let lost = json!([{"at": "end", "recipient": "a@*", "times": 1, "record": true, "close": true}]);
    let server = SmtpServer::plain(lost).await;
    let mut post = Post::started(&server, QUICK).await;
    assert_eq!(post.send(&["a@example.com"]).await.recipients[0].state, State::Unknown);
    assert!(post.health().await.health.problems[0].contains("not known"));
    // Neither time nor a new start sends it again.
    post.stop();
    post.start().await;
    assert_eq!(post.send(&["b@example.com"]).await.recipients[0].state, State::Sent);
    let unknown = post.until_state("a@example.com", State::Unknown).await;
    assert_eq!(taken(&server)["a@example.com"], 1);
    let retry = QueueRetry { ids: vec![unknown.id], ..QueueRetry::default() };
    assert_eq!(post.client().call(retry).await.unwrap().changed, 1);
    post.until_state("a@example.com", State::Sent).await;
    assert_eq!(taken(&server)["a@example.com"], 2);
}

#[tokio::test]
async fn an_app_may_choose_what_becomes_of_a_mail_that_may_have_gone_out() {
    for (choice, state, times) in [("resend", State::Sent, 2), ("fail", State::Failed, 1)] {
        let lost = json!([{"at": "end", "times": 1, "record": true, "close": true}]);
        let server = SmtpServer::plain(lost).await;
        let post = Post::started(&server, &format!("unknown: {choice}\n{QUICK}")).await;
        post.send(&["a@example.com"]).await;
        post.until_state("a@example.com", state).await;
        assert_eq!(taken(&server)["a@example.com"], times, "{choice}");
    }
}

#[tokio::test]
async fn a_cancelled_mail_is_never_sent() {
    let mut server = SmtpServer::plain(json!([{"at": "rcpt", "reply": "451 4.7.1 later"}])).await;
    let post = Post::started(&server, QUICK).await;
    let sent = post.send(&["a@example.com"]).await;
    let cancel = QueueCancel { ids: vec![sent.recipients[0].id], ..QueueCancel::default() };
    assert_eq!(post.client().call(cancel.clone()).await.unwrap().changed, 1);
    assert_eq!(post.client().call(cancel).await.unwrap().changed, 0);
    server.set_rules(&json!([]));
    post.until_state("a@example.com", State::Cancelled).await;
    post.send(&["b@example.com"]).await;
    assert_eq!(taken(&server).keys().collect::<Vec<_>>(), ["b@example.com"]);
}

#[tokio::test]
async fn a_server_that_says_421_and_hangs_up_is_tried_again_by_one_mail() {
    let mut server =
        SmtpServer::plain(json!([{"at": "greeting", "reply": "421 4.3.2 closing", "close": true}])).await;
    let post = Post::started(&server, QUICK).await;
    post.client().call(mail(&["a@example.com"])).await.unwrap();
    let paused =
        until_async("the app is paused", || async { post.health().await.apps[0].paused.clone() }).await;
    assert!(paused.contains("421") || paused.contains("closing"), "{paused}");
    server.set_rules(&json!([]));
    post.until_state("a@example.com", State::Sent).await;
    assert_eq!(post.health().await.apps[0].paused, None);
}

#[tokio::test]
async fn what_cannot_be_a_mail_is_refused_by_field() {
    let post_server = SmtpServer::plain(json!([])).await;
    let post = Post::new(&way(&post_server), "");
    let mut post = post;
    post.start().await;
    let mut wrong = mail(&["a@example.com\r\nBcc: x@example.com"]);
    wrong.cc = "nobody".into();
    let error = post.client().call(wrong).await.unwrap_err();
    assert_eq!(error.code, Code::Validation);
    let fields: Vec<&str> = error.fields.iter().map(|field| &*field.field).collect();
    assert_eq!(fields, ["to", "cc"]);
    let mut injected = mail(&["a@example.com"]);
    injected.subject = "Hi\r\nBcc: x@example.com".to_owned();
    assert_eq!(post.client().call(injected).await.unwrap_err().code, Code::Validation);
    let mut unknown = mail(&["a@example.com"]);
    unknown.app_id = "shpo".to_owned();
    let error = post.client().call(unknown).await.unwrap_err();
    assert_eq!((error.code, error.hint.unwrap().as_ref()), (Code::NotFound, "did you mean `shop`?"));
    assert!(post.all().await.is_empty());
}
