//! Bulk sendings: many recipients, faults, and kill -9 in a loop.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use sogo::error::Code;
use sogo::ipc::client::Options;
use sogo::services::smtp::api::{BulkItem, BulkRecipient, SendBulk, State};

use super::{Post, taken};
use crate::harness::SmtpServer;

const OPTIONS: Options<'static> = Options { deadline: Duration::from_secs(3600), request_id: None };

fn sending(count: usize) -> SendBulk {
    let recipient = |number: usize| BulkRecipient {
        to: format!("r{number:05}@d{}.example.com", number % 7),
        data: json!({"Name": format!("N{number}")}).as_object().unwrap().clone(),
    };
    SendBulk {
        app_id: "shop".to_owned(),
        recipients: (0..count).map(recipient).collect(),
        template: Some("welcome".to_owned()),
        unsubscribe: Some("https://example.com/out?who={{.Email}}".to_owned()),
        idempotency_key: Some("news-1".to_owned()),
        stream: true,
        ..SendBulk::default()
    }
}

/// Follows a sending to its end and returns the last state of each recipient.
async fn follow(post: &Post, action: SendBulk) -> Result<BTreeMap<u64, BulkItem>, sogo::error::Error> {
    let mut frames = post.client().stream(OPTIONS, action).await?;
    let mut items = BTreeMap::new();
    while let Some(frame) = frames.next().await {
        items.extend(frame?.results.into_iter().map(|item| (item.index, item)));
    }
    Ok(items)
}

#[tokio::test]
async fn each_recipient_gets_its_own_mail_and_its_own_result() {
    let server = SmtpServer::start(json!({"tls": "none", "keep": true, "rules": [
        {"at": "rcpt", "recipient": "r00003@*", "reply": "550 5.1.1 no such user"},
    ]}))
    .await;
    let post = Post::started(&server, "").await;
    let mut action = sending(20);
    action.recipients[5].to = "nobody".to_owned();
    action.recipients[6].data.clear();
    action.recipients[7].to = action.recipients[8].to.clone();
    let items = follow(&post, action.clone()).await.unwrap();
    assert_eq!(items.len(), 20);
    for (index, item) in &items {
        let expected = if [3, 5, 6, 8].contains(index) { State::Failed } else { State::Sent };
        assert_eq!(item.state, expected, "{item:?}");
        assert_eq!(item.message_id.is_none(), [5, 6, 8].contains(index), "{item:?}");
    }
    assert_eq!(taken(&server).len(), 16);
    let all: Vec<String> = (1..=16).map(|n| String::from_utf8(server.mail(n)).unwrap()).collect();
    assert!(all.iter().all(|mail| mail.contains("List-Unsubscribe: <https://example.com/out?who=r")));
    assert!(all.iter().any(|mail| mail.contains("Bienvenue N9 !")));

    // The same sending again has the same results and sends nothing.
    let again = follow(&post, action.clone()).await.unwrap();
    assert!(again.iter().all(|(index, item)| item.state == items[index].state));
    assert_eq!(server.accepted().len(), 16);
    action.template = None;
    (action.subject, action.body) = (Some("Other".to_owned()), Some("Other".to_owned()));
    assert_eq!(follow(&post, action).await.unwrap_err().code, Code::Conflict);
}

/// A smaller number by itself; `SOGO_TEST_RECIPIENTS=10000 SOGO_TEST_KILLS=20` is the whole of it.
#[tokio::test]
async fn kill_9_in_a_loop_loses_nothing_and_doubles_nothing() {
    let number = |name: &str, usual: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (count, kills) = (number("SOGO_TEST_RECIPIENTS", 300), number("SOGO_TEST_KILLS", 4));
    // Three in a hundred go wrong: put off, refused, and taken with the answer lost.
    let server = SmtpServer::plain(json!([
        {"at": "rcpt", "recipient": "r???11@*", "times": 1, "reply": "451 4.7.1 later"},
        {"at": "rcpt", "recipient": "r???22@*", "reply": "550 5.1.1 no such user"},
        {"at": "end", "recipient": "r???33@*", "times": 1, "record": true, "close": true},
    ]))
    .await;
    let mut post =
        Post::started(&server, "retry: { delay: 1s, max_delay: 1s }\nlimits: { connections: 8 }").await;
    let begun = Instant::now();
    for kill in 1..=kills {
        let target = count * kill / (kills + 1);
        let following = {
            let client = post.client();
            let action = sending(count);
            tokio::spawn(async move {
                let mut frames = client.stream(OPTIONS, action).await?;
                while let Some(frame) = frames.next().await {
                    frame?;
                }
                Ok::<(), sogo::error::Error>(())
            })
        };
        let waiting = Instant::now();
        while server.accepted().len() < target {
            assert!(waiting.elapsed() < Duration::from_secs(300), "it goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        post.kill();
        // What it was doing is cut off in the middle.
        let _ = following.await.unwrap();
        post.start().await;
    }
    follow(&post, sending(count)).await.unwrap();
    let waiting = Instant::now();
    let mails = loop {
        let mails = post.all().await;
        let open = [State::Queued, State::Sending, State::Deferred];
        if mails.iter().all(|mail| !open.contains(&mail.state)) {
            break mails;
        }
        assert!(waiting.elapsed() < Duration::from_secs(300), "everything has a result");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let taken = taken(&server);
    let mut figures: BTreeMap<&str, usize> = BTreeMap::new();
    for mail in &mails {
        *figures.entry(mail.state.name()).or_default() += 1;
        let times = taken.get(&mail.to).copied().unwrap_or(0);
        match mail.state {
            State::Sent => assert_eq!(times, 1, "{mail:?}"),
            State::Failed => assert_eq!(times, 0, "{mail:?}"),
            State::Unknown => assert!(times <= 1, "{mail:?}"),
            _ => panic!("{mail:?}"),
        }
    }
    assert_eq!(mails.len(), count);
    assert_eq!(figures["failed"], count / 100, "{figures:?}");
    eprintln!(
        "{count} recipients, {kills} kills, {:.1} s: {figures:?}, taken by the server: {}",
        begun.elapsed().as_secs_f64(),
        taken.len()
    );
}

#[tokio::test]
async fn a_bulk_sending_delays_no_single_mail() {
    let server = SmtpServer::plain(json!([{"at": "end", "recipient": "r*@*", "delay_ms": 300}])).await;
    let post = Post::started(&server, "").await;
    let client = post.client();
    let _bulk = client.stream(OPTIONS, sending(400)).await.unwrap();
    let goes = || async { (3 <= server.accepted().len()).then_some(()) };
    crate::harness::until_async("the sending goes", goes).await;
    assert_eq!(post.send(&["single@example.com"]).await.recipients[0].state, State::Sent);
    assert!(taken(&server).len() < 400, "the sending is not over yet");
}
