//! Pages of other origins, OPTIONS and HEAD.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Engine, Installation, Sogo, raw_http};

const PAGE: &str = "https://app.example.com";

async fn start(cors: &str) -> Sogo {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.edit("config/apps/prokov/app.yaml", "version:", &format!("cors: {cors}\nversion:"));
    installation.start()
}

async fn preflight(client: &Client, path: &str, origin: &str) -> crate::harness::Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "authorization, content-type"),
    ];
    client.send_with(Method::OPTIONS, path, None, &headers).await
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_use_the_api() {
    let sogo = start("{ origins: [https://app.example.com], max_age: 5m, expose: [X-Total] }").await;
    let client = sogo.client();
    let answer = preflight(&client, "/api/tasks/7", PAGE).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD, PUT, PATCH, DELETE"));
    for header in ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"] {
        assert!(answer.header("access-control-allow-headers").unwrap().contains(header), "{header}");
    }
    assert_eq!(answer.header("access-control-max-age"), Some("300"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(answer.header("vary"), Some("Origin"));

    let alice = sogo.sign_in("alice@example.com").await;
    let origin = [("origin", PAGE), ("content-type", "application/json")];
    let get = |client: Client, path: &'static str| async move {
        client.send_with(Method::GET, path, None, &origin).await
    };
    // The page can read what it is refused, whatever refuses it.
    for (client, path, status) in [
        (&alice, "/api/tasks", 200),
        (&alice, "/api/nothing", 404),
        (&client, "/api/tasks", 401),
        (&alice, "/api/tasks?nothing=1", 400),
        (&alice, "/elsewhere", 404),
    ] {
        let answer = get(client.clone(), path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE), "{path}");
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for header in
            ["ETag", "Location", "Link", "Retry-After", "X-Request-Id", "Idempotency-Replayed", "X-Total"]
        {
            assert!(exposed.contains(header), "{exposed}");
        }
        assert!(answer.header("vary").unwrap().contains("Origin"), "{path}");
    }
    let long = format!("/api/tasks?q={}", "x".repeat(9000));
    let answer = alice.send_with(Method::GET, &long, None, &origin).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (414, Some(PAGE)));
}

#[tokio::test]
async fn a_page_of_another_origin_may_not() {
    let sogo = start("{ origins: [https://app.example.com] }").await;
    let alice = sogo.sign_in("alice@example.com").await;
    for origin in
        ["https://evil.test", "null", "https://app.example.com.evil.test", "http://app.example.com", ""]
    {
        let answer = preflight(&alice, "/api/tasks", origin).await;
        assert_eq!(answer.status, 204, "{origin}");
        for name in ["origin", "methods", "headers", "credentials"] {
            assert_eq!(answer.header(&format!("access-control-allow-{name}")), None, "{origin}");
        }
        let answer = alice.send_with(Method::GET, "/api/tasks", None, &[("origin", origin)]).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{origin}");
        // A cache must not hand this answer to a page that may read it.
        assert!(answer.header("vary").unwrap().contains("Origin"));
    }
}

#[tokio::test]
async fn an_app_without_the_key_is_closed() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let answer = preflight(&alice, "/api/tasks", PAGE).await;
    assert_eq!(answer.status, 204);
    let read = alice.send_with(Method::GET, "/api/tasks", None, &[("origin", PAGE)]).await;
    for answer in [answer, read] {
        assert!(
            !answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")),
            "{:?}",
            answer.headers
        );
    }
}

#[tokio::test]
async fn every_origin_may_be_let_in_and_none_is_mirrored() {
    let sogo = start("{ origins: [\"*\"] }").await;
    let answer = sogo.client().send_with(Method::GET, "/api/tasks", None, &[("origin", PAGE)]).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, Some("*")));
}

#[tokio::test]
async fn options_tells_what_may_be_done() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let (nobody, alice) = (sogo.client(), sogo.sign_in("alice@example.com").await);
    for (client, path, status, allow) in [
        (&alice, "/api/tasks", 204, Some("GET, HEAD, POST, OPTIONS")),
        (&alice, "/api/statuses", 204, Some("GET, HEAD, OPTIONS")),
        (&alice, "/api/tasks/7", 204, Some("GET, HEAD, PUT, PATCH, DELETE, OPTIONS")),
        (&alice, "/api/auth/login", 204, Some("POST, OPTIONS")),
        (&alice, "/api/nothing", 404, None),
        (&alice, "/", 204, Some("GET, HEAD, OPTIONS")),
        (&nobody, "/", 204, Some("GET, HEAD, OPTIONS")),
        (&nobody, "/api/auth/login", 204, Some("POST, OPTIONS")),
        (&nobody, "/elsewhere", 404, None),
        // Which resources there are is nobody's business without a token.
        (&nobody, "/api/tasks", 204, Some("GET, HEAD, POST, OPTIONS")),
        (&nobody, "/api/statuses", 204, Some("GET, HEAD, POST, OPTIONS")),
        (&nobody, "/api/nothing", 204, Some("GET, HEAD, POST, OPTIONS")),
        (&nobody, "/health", 204, Some("GET, HEAD, OPTIONS")),
        (&nobody, "/ready", 204, Some("GET, HEAD, OPTIONS")),
    ] {
        let answer = client.send(Method::OPTIONS, path, None).await;
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{path}: {}", answer.text);
        assert!(answer.header("x-request-id").is_some());
    }
    assert_eq!(
        raw_http(
            sogo.address(),
            "OPTIONS * HTTP/1.1\r\nHost: prokov.example.com\r\nConnection: close\r\n\r\n"
        )
        .status,
        204
    );
    let wrong = nobody.send(Method::POST, "/health", None).await;
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, OPTIONS"));
    wrong.refused(405, "METHOD_NOT_ALLOWED");
    let wrong = alice.delete("/api/tasks").await;
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
}

#[tokio::test]
async fn head_says_what_get_would() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let created = alice.post("/api/projects", json!({"name": "one"})).await;
    let row = created.header("location").unwrap().to_owned();
    for path in [
        "/api/projects",
        row.as_str(),
        "/api/auth/me",
        "/api/nothing",
        "/api/projects/4711",
        "/health",
        "/ready",
    ] {
        let get = alice.get(path).await;
        let head = alice.send(Method::HEAD, path, None).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-length", "content-type", "cache-control", "vary", "allow"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        assert_eq!(get.header("content-length"), Some(get.text.len().to_string().as_str()), "{path}");
    }
    // Without a body the next answer on the connection is where it should be.
    let request = "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let both = raw_http(sogo.address(), request);
    assert!(both.text.starts_with("HTTP/1.1 200 OK\r\n"), "{}", both.text);
}
