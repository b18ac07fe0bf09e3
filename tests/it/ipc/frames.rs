//! Frames as nobody should send them: a clear error, and the next request works.

use serde_json::{Value, json};
use sogo::ipc::server::Limits;
use tokio::io::AsyncWriteExt;

use super::{Raw, Server};

/// Sends a frame that is wrong inside and returns id, code and message of the answer; the connection must live on.
async fn refused(body: &[u8]) -> (String, String, String) {
    let server = Server::start();
    let mut raw = server.raw().await;
    let reply = raw.ask(body).await;
    assert_eq!(reply["status"], json!("error"), "{reply}");
    raw.still_works().await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&reply["id"]), text(&reply["error"]["code"]), text(&reply["error"]["message"]))
}

fn seen(id: &str, code: &str, message: &str) -> (String, String, String) {
    (id.to_owned(), code.to_owned(), message.to_owned())
}

#[tokio::test]
async fn an_empty_frame() {
    assert_eq!(refused(b"").await, seen("", "BAD_REQUEST", "the frame is empty"));
}

#[tokio::test]
async fn bytes_that_are_not_utf_8() {
    let body = b"{\"id\":\"a\",\"action\":\"echo\",\"params\":{\"text\":\"\xff\"}}";
    assert_eq!(refused(body).await, seen("a", "BAD_REQUEST", "the frame is not UTF-8 from byte 44 on"));
}

#[tokio::test]
async fn json_that_is_no_object() {
    for body in ["[1]", "null", "7", "\"text\"", "[\"a\",\"health\"]"] {
        let expected = seen("", "BAD_REQUEST", "the frame is not a JSON object");
        assert_eq!(refused(body.as_bytes()).await, expected, "{body}");
    }
}

#[tokio::test]
async fn what_is_not_json() {
    let (id, code, message) = refused(b"{\"id\":\"a\",\"action\":").await;
    assert_eq!((&*id, &*code), ("", "BAD_REQUEST"));
    assert!(message.starts_with("the frame is not a request: EOF"), "{message}");
}

#[tokio::test]
async fn a_request_without_an_id_or_an_action_or_with_wrong_ones() {
    for (body, id, words) in [
        (r#"{"action":"health"}"#, "", "missing field `id`"),
        (r#"{"id":7,"action":"health"}"#, "", "invalid type: integer `7`"),
        (r#"{"id":"a"}"#, "a", "missing field `action`"),
        (r#"{"id":"a","action":["health"]}"#, "a", "invalid type: sequence"),
        (r#"{"id":"a","action":"health","deadline_ms":-1}"#, "a", "invalid value: integer `-1`"),
    ] {
        let (found, code, message) = refused(body.as_bytes()).await;
        assert_eq!((&*found, &*code), (id, "BAD_REQUEST"), "{body}");
        assert!(message.contains(words), "{body}: {message}");
    }
}

#[tokio::test]
async fn an_unknown_action() {
    let expected = seen("a", "NOT_FOUND", "sogoms-test has no action `echo\u{fffd}`");
    assert_eq!(refused(b"{\"id\":\"a\",\"action\":\"echo\\n\"}").await, expected);
}

#[tokio::test]
async fn parameters_that_are_unknown_missing_of_a_wrong_type_or_no_object() {
    for (params, words) in [
        (r#"{"text":"a","more":1}"#, "unknown field `more`"),
        ("{}", "missing field `text`"),
        (r#"{"text":1}"#, "invalid type: integer `1`"),
        (r#"["a"]"#, "`params` of `echo` is not an object"),
        (r#""a""#, "`params` of `echo` is not an object"),
        (r#"{"text":"a","text":"b"}"#, "duplicate field `text`"),
    ] {
        let body = format!(r#"{{"id":"a","action":"echo","params":{params}}}"#);
        let (id, code, message) = refused(body.as_bytes()).await;
        assert_eq!((&*id, &*code), ("a", "BAD_REQUEST"), "{params}");
        assert!(message.contains(words), "{params}: {message}");
    }
}

#[tokio::test]
async fn json_of_a_hundred_thousand_levels() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for body in [
            format!(r#"{{"id":"a","action":"echo","params":{{"text":{deep}}}}}"#),
            format!(r#"{{"id":{deep},"action":"echo"}}"#),
            format!(r#"{{"id":"a","action":"health","more":{deep}}}"#),
        ] {
            let server = Server::start();
            let mut raw = server.raw().await;
            let reply = raw.ask(&body).await;
            assert!(
                reply["status"] == json!("success") || reply["error"]["code"] == json!("BAD_REQUEST"),
                "{reply}"
            );
            raw.still_works().await;
        }
    }
}

#[tokio::test]
async fn keys_in_any_order_unknown_ones_and_blanks_are_fine() {
    let server = Server::start();
    let body = " {\"x\":[1], \"params\" : {\"text\":\"a\"},\n\"request_id\":\"r\",\"action\":\"ec\\u0068o\",\"id\":\"\\\"\u{e9}\" } ";
    let reply = server.raw().await.ask(body).await;
    assert_eq!(reply, json!({"id": "\"é", "status": "success", "result": "a"}));
}

#[tokio::test]
async fn absent_parameters_mean_none() {
    let server = Server::start();
    let mut raw = server.raw().await;
    for params in ["", r#","params":null"#, r#","params":{}"#] {
        let reply = raw.ask(format!(r#"{{"id":"a","action":"health"{params}}}"#)).await;
        assert_eq!(reply["result"], json!("OK"), "{params}");
    }
}

#[tokio::test]
async fn a_length_beyond_the_limit_is_refused_before_anything_is_allocated() {
    let server = Server::limited(Limits { max_frame_bytes: 1000, ..Limits::default() });
    for length in [u32::MAX, 1 << 31, 1001] {
        let mut raw = server.raw().await;
        raw.0.write_all(&length.to_be_bytes()).await.unwrap();
        let reply = raw.read().await.unwrap();
        assert_eq!((&reply["id"], &reply["error"]["code"]), (&json!(""), &json!("TOO_LARGE")));
        // Nothing tells where the next frame would begin.
        assert_eq!(raw.read().await, None);
    }
    server.raw().await.still_works().await;
}

#[tokio::test]
async fn a_frame_of_exactly_the_limit_is_taken() {
    let server = Server::limited(Limits { max_frame_bytes: 1000, ..Limits::default() });
    let (head, tail) = (r#"{"id":"a","action":"health","x":""#, r#""}"#);
    let body = format!("{head}{}{tail}", "x".repeat(1000 - head.len() - tail.len()));
    assert_eq!(server.raw().await.ask(body).await["result"], json!("OK"));
}

#[tokio::test]
async fn a_frame_that_is_cut_short() {
    let server = Server::start();
    for part in [&b"\0"[..], b"\0\0\0", b"\0\0\0\x20", b"\0\0\0\x20{\"id\":\"a\""] {
        let mut raw = server.raw().await;
        raw.0.write_all(part).await.unwrap();
        raw.0.shutdown().await.unwrap();
        assert_eq!(raw.read().await, None);
        let mut gone = server.raw().await;
        gone.0.write_all(part).await.unwrap();
    }
    server.raw().await.still_works().await;
}

#[tokio::test]
async fn a_frame_byte_by_byte() {
    let server = Server::start();
    let Raw(mut stream) = server.raw().await;
    let body = br#"{"id":"a","action":"echo","params":{"text":"b"}}"#;
    let mut frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    for byte in frame {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut raw = Raw(stream);
    assert_eq!(raw.read().await.unwrap()["result"], json!("b"));
    raw.still_works().await;
}

#[tokio::test]
async fn many_frames_in_one_write_with_a_bad_one_among_them() {
    let server = Server::start();
    let mut raw = server.raw().await;
    let mut bytes = Vec::new();
    for body in ["{\"id\":\"1\",\"action\":\"health\"}", "", "{\"id\":\"2\",\"action\":\"health\"}"] {
        bytes.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(body.as_bytes());
    }
    raw.0.write_all(&bytes).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(raw.read().await.unwrap()["id"].as_str().unwrap().to_owned());
    }
    ids.sort();
    assert_eq!(ids, ["", "1", "2"]);
}
