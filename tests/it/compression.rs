//! Answers made smaller, for clients that take them so.

use std::io::Read as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Engine, Installation, PASSWORD, Sogo, http};
use crate::on_each_engine;

on_each_engine! {
    a_long_list_comes_as_the_client_takes_it,
    a_compressed_version_is_the_same_version,
    what_is_small_or_holds_a_token_comes_as_it_is,
}

/// An answer with its body as bytes; the harness' own client reads text.
async fn raw(
    sogo: &Sogo,
    client: &Client,
    method: Method,
    path: &str,
    accept: &str,
) -> (reqwest::header::HeaderMap, Vec<u8>) {
    let url = format!("http://{}{path}", sogo.address());
    let request = http().build().unwrap().request(method, url);
    let request = request.header("host", "prokov.example.com").header("accept-encoding", accept);
    let answer = request.bearer_auth(client.token.as_deref().unwrap_or("none")).send().await.unwrap();
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

fn unpacked(coding: Option<&str>, bytes: &[u8]) -> Value {
    let plain = match coding {
        Some("gzip") => {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
            plain
        }
        Some("zstd") => zstd::bulk::decompress(bytes, 64 << 20).unwrap(),
        _ => bytes.to_vec(),
    };
    serde_json::from_slice(&plain).unwrap()
}

async fn a_long_list_comes_as_the_client_takes_it(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    // The second makes the list so long that it is compressed beside the thread that serves.
    for (rows, width) in [(30, 40), (20, 5000)] {
        for number in 0..rows {
            let body =
                json!({"name": format!("project {number}"), "description": "long text ".repeat(width / 10)});
            alice.post("/api/projects", body).await.expect(201);
        }
        let (plain, whole) = raw(&sogo, &alice, Method::GET, "/api/projects", "identity").await;
        assert_eq!(
            (plain.get("content-encoding"), plain["vary"].to_str().unwrap()),
            (None, "Authorization, Accept-Encoding")
        );
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Some("zstd")),
            ("gzip, deflate", Some("gzip")),
            ("zstd;q=0.5, gzip", Some("gzip")),
            ("br", None),
            ("gzip;q=0", None),
            ("", None),
        ] {
            let (headers, body) = raw(&sogo, &alice, Method::GET, "/api/projects", accept).await;
            let told = headers.get("content-encoding").map(|value| value.to_str().unwrap());
            assert_eq!(told, coding, "{accept}");
            assert_eq!(headers["content-length"], body.len().to_string(), "{accept}");
            assert_eq!(headers["vary"], "Authorization, Accept-Encoding");
            assert!(
                coding.is_none() || body.len() < whole.len() / 2,
                "{accept}: {} of {}",
                body.len(),
                whole.len()
            );
            assert_eq!(unpacked(coding, &body), unpacked(None, &whole), "{accept}");
            let (head, nothing) = raw(&sogo, &alice, Method::HEAD, "/api/projects", accept).await;
            for name in ["content-length", "content-encoding", "vary", "etag"] {
                assert_eq!(head.get(name), headers.get(name), "{accept} {name}");
            }
            assert_eq!(nothing, b"");
        }
    }
}

async fn what_is_small_or_holds_a_token_comes_as_it_is(engine: Engine) {
    let installation = Installation::new(engine).await;
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let (headers, _) = raw(&sogo, &alice, Method::GET, "/api/projects", "gzip").await;
    assert_eq!(headers.get("content-encoding"), None);
    for number in 0..40 {
        alice
            .post("/api/projects", json!({"name": format!("a project with the number {number}")}))
            .await
            .expect(201);
    }
    // The size of what holds a token beside words of the client's would tell of the token.
    let body = json!({"email": "alice@example.com", "password": PASSWORD}).to_string();
    let headers = [("accept-encoding", "gzip, zstd"), ("content-type", "application/json")];
    let answer = sogo.client().send_with(Method::POST, "/api/auth/login", Some(body), &headers).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (200, None));
    assert!(1024 < answer.text.len() && answer.body["data"]["token"].is_string());
}

async fn a_compressed_version_is_the_same_version(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let body = json!({"name": "one", "description": "long text ".repeat(300)});
    let created = alice.post("/api/projects", body).await;
    let path = created.header("location").unwrap().to_owned();
    let (plain, _) = raw(&sogo, &alice, Method::GET, &path, "identity").await;
    let tag = plain["etag"].to_str().unwrap().trim_matches('"').to_owned();
    for coding in ["gzip", "zstd"] {
        let (headers, _) = raw(&sogo, &alice, Method::GET, &path, coding).await;
        let packed = format!("\"{tag}-{coding}\"");
        assert_eq!(headers["content-encoding"], coding);
        assert_eq!(headers["etag"], packed);
        let known = [("if-none-match", packed.as_str()), ("accept-encoding", coding)];
        let unchanged = alice.send_with(Method::GET, &path, None, &known).await;
        assert_eq!((unchanged.status, unchanged.header("etag")), (304, Some(packed.as_str())));
        let expected = [("if-match", packed.as_str()), ("content-type", "application/json")];
        let change = Some(json!({"name": "one"}).to_string());
        alice.send_with(Method::PUT, &path, change, &expected).await.expect(200);
    }
}
