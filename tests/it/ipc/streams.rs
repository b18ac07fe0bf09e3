//! Streams: each item in a frame of its own, and an end.

use serde_json::json;
use sogo::error::Code;
use sogo::ipc::client::Options;

use super::{Count, Server, echo, eventually};

/// Returns the items of a stream and the code of the error that ended it.
async fn counted(server: &Server, count: Count) -> (Vec<u64>, Option<Code>) {
    let mut stream = server.client().stream(Options::default(), count).await.unwrap();
    let mut numbers = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(number) => numbers.push(number),
            Err(error) => {
                assert!(stream.next().await.is_none());
                return (numbers, Some(error.code));
            }
        }
    }
    assert!(stream.next().await.is_none());
    (numbers, None)
}

#[tokio::test]
async fn no_item_one_and_many_with_and_without_an_error_at_the_end() {
    let server = Server::start();
    for to in [0, 1, 2, 1000] {
        let numbers: Vec<u64> = (1..=to).collect();
        assert_eq!(counted(&server, Count { to, ..Count::default() }).await, (numbers.clone(), None));
        let failing = Count { to, fail: true, stay: false };
        assert_eq!(counted(&server, failing).await, (numbers, Some(Code::DbError)));
    }
}

#[tokio::test]
async fn on_the_wire_each_item_says_more_and_the_end_does_not() {
    let server = Server::start();
    let mut raw = server.raw().await;
    let first = raw.ask(r#"{"id":"a","action":"count","params":{"to":2}}"#).await;
    let frames = [first, raw.read().await.unwrap(), raw.read().await.unwrap()];
    assert_eq!(
        frames,
        [
            json!({"id": "a", "status": "success", "more": true, "result": 1}),
            json!({"id": "a", "status": "success", "more": true, "result": 2}),
            json!({"id": "a", "status": "success", "result": null}),
        ]
    );
    raw.still_works().await;
}

#[tokio::test]
async fn an_item_comes_before_the_next_one_is_there() {
    let server = Server::start();
    let mut stream =
        server.client().stream(Options::default(), Count { to: 1, stay: true, fail: false }).await.unwrap();
    let item = tokio::time::timeout(std::time::Duration::from_secs(2), stream.next()).await;
    assert_eq!(item.unwrap().unwrap().unwrap(), 1);
}

#[tokio::test]
async fn a_reader_that_leaves_ends_the_stream() {
    let server = Server::start();
    let client = server.client();
    for to in [0, 1, 1_000_000] {
        let before = server.service.counts().2;
        let mut stream =
            client.stream(Options::default(), Count { to, stay: true, fail: false }).await.unwrap();
        if to > 0 {
            stream.next().await.unwrap().unwrap();
        }
        drop(stream);
        eventually(|| server.service.counts().2 == before + 1).await;
    }
    client.call(echo("a")).await.unwrap();
}

#[tokio::test]
async fn a_stream_that_nobody_reads_holds_up_no_call_of_the_same_client() {
    let server = Server::start();
    let client = server.client();
    let unread =
        client.stream(Options::default(), Count { to: 1_000_000, ..Count::default() }).await.unwrap();
    for _ in 0..100 {
        client.call(echo("a")).await.unwrap();
    }
    drop(unread);
}

#[tokio::test]
async fn a_stop_ends_streams() {
    let mut server = Server::start();
    let mut stream =
        server.client().stream(Options::default(), Count { to: 1, stay: true, fail: false }).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), 1);
    server.stop().await;
    assert!(stream.next().await.is_none());
}
