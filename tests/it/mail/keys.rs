//! Idempotency keys: the same mail is sent once, however often and by however many it is asked for.

use futures_util::future::join_all;
use serde_json::json;
use sogo::error::Code;
use sogo::services::smtp::api::{SendMail, SendTemplate, State};

use super::{Post, mail, taken};
use crate::harness::SmtpServer;

fn keyed(key: &str) -> SendMail {
    SendMail { idempotency_key: Some(key.to_owned()), ..mail(&["a@example.com"]) }
}

#[tokio::test]
async fn the_same_mail_is_sent_once_and_another_one_is_refused() {
    let server = SmtpServer::plain(json!([])).await;
    let mut post = Post::started(&server, "").await;
    let client = post.client();
    let answers = join_all((0..20).map(|_| client.call(keyed("order-1")))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    assert!(answers.iter().all(|answer| answer.message_id == answers[0].message_id));

    let other = SendMail { subject: "Another".to_owned(), ..keyed("order-1") };
    assert_eq!(client.call(other).await.unwrap_err().code, Code::Conflict);
    post.until_state("a@example.com", State::Sent).await;

    post.kill();
    post.start().await;
    let after = post.client().call(keyed("order-1")).await.unwrap();
    assert!(after.repeated);
    assert_eq!(after.recipients[0].state, State::Sent);
    assert_eq!(taken(&server)["a@example.com"], 1);
}

#[tokio::test]
async fn a_template_is_the_same_mail_by_its_data() {
    let server = SmtpServer::plain(json!([])).await;
    let post = Post::started(&server, "").await;
    let welcome = |name: &str| SendTemplate {
        app_id: "shop".to_owned(),
        template: "welcome".to_owned(),
        to: "a@example.com".into(),
        data: json!({"Name": name}).as_object().unwrap().clone(),
        idempotency_key: Some("welcome-a".to_owned()),
        wait_ms: Some(20_000),
        ..SendTemplate::default()
    };
    assert_eq!(post.client().call(welcome("Alice")).await.unwrap().recipients[0].state, State::Sent);
    assert!(post.client().call(welcome("Alice")).await.unwrap().repeated);
    assert_eq!(post.client().call(welcome("Bob")).await.unwrap_err().code, Code::Conflict);
    let mut nameless = welcome("Alice");
    (nameless.data, nameless.idempotency_key) = (serde_json::Map::new(), None);
    let missing = post.client().call(nameless).await.unwrap_err();
    assert_eq!(missing.code, Code::Validation);
    assert!(missing.message.contains("emails/welcome.yaml:1:"), "{missing}");
    assert_eq!(taken(&server)["a@example.com"], 1);
}
