//! Calls: many at once, too late, too many, and with the other side going away.

use std::time::{Duration, Instant};

use serde_json::json;
use sogo::error::Code;
use sogo::ipc::Client;
use sogo::ipc::client::Options;
use sogo::ipc::peer::Access;
use sogo::ipc::server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use super::{Fill, Server, Wait, client, echo};

fn within(ms: u64) -> Options<'static> {
    Options { deadline: Duration::from_millis(ms), request_id: None }
}

#[tokio::test]
async fn two_hundred_calls_at_once_each_get_their_own_answer() {
    let server = Server::start();
    let client = server.client();
    let calls = (0..200_u64).map(|number| {
        let client = client.clone();
        tokio::spawn(async move {
            let ms = 200 - number;
            assert_eq!(client.call(Wait { ms }).await.unwrap(), ms);
            assert_eq!(client.call(echo(&number.to_string())).await.unwrap(), number.to_string());
        })
    });
    let began = Instant::now();
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(5), "one after the other they would take 20 s");
}

#[tokio::test]
async fn replies_come_as_they_are_ready() {
    let server = Server::start();
    let mut raw = server.raw().await;
    for (id, ms) in [("slow", 300), ("medium", 150), ("fast", 0)] {
        raw.send(json!({"id": id, "action": "wait", "params": {"ms": ms}}).to_string()).await;
    }
    for id in ["fast", "medium", "slow"] {
        assert_eq!(raw.read().await.unwrap()["id"], json!(id));
    }
}

#[tokio::test]
async fn a_deadline_that_passes_ends_the_work() {
    let server = Server::start();
    let client = server.client();
    let late = client.call_with(within(50), Wait { ms: 60_000 }).await.unwrap_err();
    assert_eq!((late.code, &*late.message), (Code::Timeout, "`wait` took longer than 50ms"));
    assert_eq!(server.service.counts(), (1, 0, 1));
    let mut raw = server.raw().await;
    let reply = raw.ask(r#"{"id":"a","action":"wait","params":{"ms":60000},"deadline_ms":0}"#).await;
    assert_eq!(reply["error"]["code"], json!("TIMEOUT"));
    let forever = format!(r#"{{"id":"a","action":"health","deadline_ms":{}}}"#, u64::MAX);
    assert_eq!(raw.ask(forever).await["result"], json!("OK"));
}

#[tokio::test]
async fn a_service_that_never_answers_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("silent.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    let began = Instant::now();
    let late = client(&path).call_with(within(50), echo("a")).await.unwrap_err();
    assert_eq!(late.code, Code::Timeout);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn more_than_it_can_do_is_answered_at_once() {
    let server = Server::limited(Limits { in_flight: 2, ..Limits::default() });
    let client = server.client();
    let working = [1, 2].map(|_| {
        tokio::spawn({
            let client = client.clone();
            async move { client.call(Wait { ms: 300 }).await }
        })
    });
    server.has_begun(2).await;
    let overload = client.call(echo("a")).await.unwrap_err();
    assert_eq!((overload.code, overload.retry_after), (Code::Unavailable, Some(1)));
    for call in working {
        call.await.unwrap().unwrap();
    }
    client.call(echo("a")).await.unwrap();
}

#[tokio::test]
async fn one_connection_cannot_take_all_places() {
    let server = Server::limited(Limits { in_flight_per_connection: 2, ..Limits::default() });
    let mut greedy = server.raw().await;
    for number in 0..6 {
        greedy
            .send(json!({"id": number.to_string(), "action": "wait", "params": {"ms": 100}}).to_string())
            .await;
    }
    server.has_begun(2).await;
    assert_eq!(server.service.counts().0, 2);
    server.raw().await.still_works().await;
    for _ in 0..6 {
        assert_eq!(greedy.read().await.unwrap()["status"], json!("success"));
    }
}

#[tokio::test]
async fn one_connection_too_many_is_closed() {
    let server = Server::limited(Limits { connections: 1, ..Limits::default() });
    let mut first = server.raw().await;
    first.still_works().await;
    assert_eq!(server.raw().await.read().await, None);
    first.still_works().await;
}

#[tokio::test]
async fn a_client_outlives_a_restart() {
    let mut server = Server::start();
    let client = server.client();
    client.call(echo("before")).await.unwrap();
    server.stop().await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.call(echo("while it is away")).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.restart(Limits::default(), Access::own(None));
    assert_eq!(waiting.await.unwrap().unwrap(), "while it is away");
    client.call(echo("after")).await.unwrap();
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nobody.sock");
    let client: Client<super::Request> = Client::new(&path, Duration::ZERO, 1 << 20);
    let away = client.call(echo("a")).await.unwrap_err();
    assert_eq!(away.code, Code::Unavailable);
    assert!(away.message.starts_with("cannot reach sogoms-test at /"), "{away}");
    assert!(away.hint.is_some());
}

#[tokio::test]
async fn a_service_that_dies_in_the_middle_leaves_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dying.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let client = client(&path);
    let calls = [1, 2, 3].map(|_| {
        tokio::spawn({
            let client = client.clone();
            async move { client.call(echo("a")).await }
        })
    });
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.read_u32().await.unwrap();
    // Half an answer, and the end.
    stream.write_all(b"\0\0\0\x40{\"id\":\"req_1\"").await.unwrap();
    drop(stream);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().code, Code::ConnectionLost);
    }
}

#[tokio::test]
async fn a_service_that_has_stopped_reading_is_connected_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deaf.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let client = client(&path);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.call_with(within(100), echo("a")).await }
    });
    let (mut deaf, _) = listener.accept().await.unwrap();
    deaf.read_u32().await.unwrap();
    let deaf = deaf.into_std().unwrap();
    deaf.shutdown(std::net::Shutdown::Read).unwrap();
    first.await.unwrap().unwrap_err();
    // This one finds out that nothing is read any more.
    client.call_with(within(100), echo("b")).await.unwrap_err();
    let third = tokio::spawn(async move { client.call_with(within(5000), echo("c")).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let length = stream.read_u32().await.unwrap();
    let mut request = vec![0; length as usize];
    stream.read_exact(&mut request).await.unwrap();
    let request: serde_json::Value = serde_json::from_slice(&request).unwrap();
    let reply = json!({"id": request["id"], "status": "success", "result": "c"}).to_string();
    stream.write_u32(u32::try_from(reply.len()).unwrap()).await.unwrap();
    stream.write_all(reply.as_bytes()).await.unwrap();
    assert_eq!(third.await.unwrap().unwrap(), "c");
}

#[tokio::test]
async fn answers_that_are_none_hurt_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let call = tokio::spawn({
        let client = client(&path);
        async move { client.call(echo("a")).await }
    });
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.read_u32().await.unwrap();
    for body in [
        "",
        "[]",
        "{\"id\":\"req_99\",\"status\":\"success\",\"result\":1}",
        "{\"id\":7,\"status\":\"success\"}",
        "{\"status\":\"success\",\"result\":\"mine\", \"id\":\"req_1\"}",
    ] {
        stream.write_u32(u32::try_from(body.len()).unwrap()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
    }
    assert_eq!(call.await.unwrap().unwrap(), "mine");
}

#[tokio::test]
async fn a_stop_lets_what_is_in_work_end() {
    let mut server = Server::start();
    let client = server.client();
    let working = tokio::spawn({
        let client = client.clone();
        async move { client.call(Wait { ms: 300 }).await }
    });
    server.has_begun(1).await;
    let path = server.path();
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() >= Duration::from_millis(200), "it waited for the call");
    assert_eq!(working.await.unwrap().unwrap(), 300);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let mut server = Server::limited(Limits { grace: Duration::from_millis(100), ..Limits::default() });
    let mut raw = server.raw().await;
    raw.send(r#"{"id":"a","action":"wait","params":{"ms":60000}}"#).await;
    server.has_begun(1).await;
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_caller_that_sends_no_more_still_gets_its_answers() {
    let server = Server::start();
    let mut raw = server.raw().await;
    raw.send(r#"{"id":"a","action":"wait","params":{"ms":250}}"#).await;
    raw.0.shutdown().await.unwrap();
    assert_eq!(raw.read().await.unwrap()["result"], json!(250));
    assert_eq!(raw.read().await, None);
}

#[tokio::test]
async fn the_work_of_a_caller_that_left_is_dropped() {
    let server = Server::start();
    let mut raw = server.raw().await;
    raw.send(r#"{"id":"a","action":"wait","params":{"ms":60000}}"#).await;
    server.has_begun(1).await;
    drop(raw);
    super::eventually(|| server.service.counts().2 == 1).await;
}

#[tokio::test]
async fn what_is_larger_than_the_limit_is_an_error_and_the_next_call_works() {
    let server = Server::limited(Limits { max_frame_bytes: 10_000, ..Limits::default() });
    let limited: Client<super::Request> = Client::new(&server.path(), Duration::ZERO, 10_000);
    for client in [server.client(), limited.clone()] {
        let large = client.call(Fill { bytes: 10_000 }).await.unwrap_err();
        assert_eq!(large.code, Code::TooLarge);
        assert_eq!(client.call(Fill { bytes: 9_000 }).await.unwrap().len(), 9_000);
    }
    let text = "x".repeat(10_000);
    assert_eq!(limited.call(echo(&text)).await.unwrap_err().code, Code::TooLarge);
    limited.call(echo("small")).await.unwrap();
}

#[tokio::test]
async fn a_reader_that_does_not_read_stops_nobody_else() {
    let server = Server::start();
    let mut stuck = server.raw().await;
    for number in 0..50 {
        let body = json!({"id": number.to_string(), "action": "fill", "params": {"bytes": 1_000_000}});
        stuck.send(body.to_string()).await;
    }
    server.has_begun(50).await;
    server.client().call(echo("a")).await.unwrap();
    for _ in 0..50 {
        assert_eq!(stuck.read().await.unwrap()["result"].as_str().unwrap().len(), 1_000_000);
    }
}
