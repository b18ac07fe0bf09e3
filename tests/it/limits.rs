//! What a client may send, how long it may take, and how much of the gateway it gets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Engine, Installation, Sogo, raw_http, until};

async fn start(settings: &str, app: &str) -> Sogo {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.edit("config/sogoms.yaml", "gateway:\n", &format!("gateway:\n  {settings}\n"));
    installation.edit("config/apps/prokov/app.yaml", "version:", &format!("{app}\nversion:"));
    installation.add_app("other");
    installation.start()
}

/// Opens a connection; nothing on it is waited for longer than any time limit here may take on a busy machine.
fn open(sogo: &Sogo) -> TcpStream {
    let stream = TcpStream::connect(sogo.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Reads until the server closes the connection.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asks for a figure of the gateway's.
#[track_caller]
fn figure(sogo: &Sogo, series: &str) -> u32 {
    let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let text = raw_http(sogo.address(), request).text;
    let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("{series}: {text}")).parse().unwrap()
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off() {
    let sogo = start("limits: { body_timeout: 1s }", "").await;
    let alice = sogo.sign_in("alice@example.com").await;
    let mut stream = open(&sogo);
    let head = format!(
        "POST /api/projects HTTP/1.1\r\nHost: prokov.example.com\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{",
        alice.token.as_deref().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut writing = stream.try_clone().unwrap();
    // It is never silent for long, so only a limit of the whole can end it.
    let trickle = std::thread::spawn(move || {
        let began = Instant::now();
        while writing.write_all(b" ").is_ok() && began.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(50));
        }
        began.elapsed()
    });
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"REQUEST_TIMEOUT\""), "{answer}");
    stream.shutdown(std::net::Shutdown::Both).unwrap_or_default();
    assert!(trickle.join().unwrap() < Duration::from_secs(20));
    alice.get("/api/projects").await.expect(200);
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let sogo = start("limits: { head_timeout: 1s, idle_timeout: 1s }", "").await;
    for begun in ["", "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let mut stream = open(&sogo);
        stream.write_all(begun.as_bytes()).unwrap();
        assert_eq!(rest(&mut stream), "", "{begun}");
    }
    // The same after a first request, on the same connection.
    for begun in ["", "GET /health HT"] {
        let mut stream = open(&sogo);
        stream.write_all(format!("GET /health HTTP/1.1\r\nHost: x\r\n\r\n{begun}").as_bytes()).unwrap();
        let answer = rest(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let sogo = start("limits: { unread_timeout: 1s }", "").await;
    let alice = sogo.sign_in("alice@example.com").await;
    for _ in 0..100 {
        alice
            .post("/api/projects", json!({"name": "large", "description": "x".repeat(60_000)}))
            .await
            .expect(201);
    }
    let before = figure(&sogo, "sogoway_connections");
    let mut stream = open(&sogo);
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 4096).unwrap();
    let request = format!(
        "GET /api/projects HTTP/1.1\r\nHost: prokov.example.com\r\nAuthorization: Bearer {}\r\n\r\n",
        alice.token.as_deref().unwrap()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    until("the connection that is not read is closed", || {
        (figure(&sogo, "sogoway_connections") <= before).then_some(())
    });
}

#[tokio::test]
async fn heads_have_a_largest_size() {
    let sogo = start("limits: { address_bytes: 300, header_bytes: 1024 }", "").await;
    let alice = sogo.sign_in("alice@example.com").await;
    alice.get(&format!("/api/projects?q={}", "x".repeat(300))).await.refused(414, "ADDRESS_TOO_LONG");
    let long = "x".repeat(1100);
    let headers = [("x-long", long.as_str())];
    alice.send_with(Method::GET, "/api/projects", None, &headers).await.refused(431, "HEADERS_TOO_LARGE");
    let mut request =
        "GET /api/projects HTTP/1.1\r\nHost: prokov.example.com\r\nConnection: close\r\n".to_owned();
    for number in 0..120 {
        request.extend(["a", &number.to_string(), ":\r\n"]);
    }
    raw_http(sogo.address(), format!("{request}\r\n")).refused(431, "HEADERS_TOO_LARGE");
    alice.get("/api/projects").await.expect(200);
}

#[tokio::test]
async fn one_app_in_flight_leaves_the_others_alone() {
    let sogo = start("request_timeout: 30s", "limits: { max_in_flight: 1 }").await;
    let alice = sogo.sign_in("alice@example.com").await;
    let other = alice.at_host("other.example.com").sign_in("bob@example.com", crate::harness::PASSWORD).await;
    // Whoever writes waits for this lock.
    let lock = rusqlite::Connection::open(sogo.installation.path().join("data/prokov.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writer = alice.clone();
    let writing = tokio::spawn(async move { writer.post("/api/projects", json!({"name": "one"})).await });
    crate::harness::until_async("a request is in flight", async || {
        (figure(&sogo, "sogoway_requests_in_flight{app=\"prokov\"}") == 1).then_some(())
    })
    .await;
    let refused = alice.get("/api/projects").await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(503, "UNAVAILABLE");
    other.get("/api/projects").await.expect(200);
    lock.execute_batch("ROLLBACK").unwrap();
    writing.await.unwrap().expect(201);
    alice.get("/api/projects").await.expect(200);
}

const RATES: &str =
    "rate_limit: { per_user: { requests: 3, window: 1h }, per_address: { requests: 9, window: 1h } }";

#[tokio::test]
async fn users_and_addresses_have_so_many_requests() {
    let sogo = start("max_depth: 64", RATES).await;
    let from = async |client: &Client, address: &str| {
        client.send_with(Method::GET, "/api/projects", None, &[("x-forwarded-for", address)]).await
    };
    let alice = sogo.sign_in("alice@example.com").await;
    for left in [2, 1, 0] {
        let answer = from(&alice, "192.0.2.1").await;
        assert_eq!(answer.status, 200);
        let told = answer.header("ratelimit").unwrap();
        assert!(told.contains(&format!("\"user\";r={left};t=")), "{told}");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"address\";q=9;w=3600, \"user\";q=3;w=3600"));
    }
    let wait =
        |answer: &crate::harness::Answer| answer.header("retry-after").unwrap().parse::<u32>().unwrap();
    let refused = from(&alice, "192.0.2.2").await;
    assert!((1..=1200).contains(&wait(&refused)), "{refused:?}");
    refused.refused(429, "RATE_LIMITED");
    // A reload does not forget, and others are not concerned.
    sogo.reload("sogoway");
    from(&alice, "192.0.2.3").await.refused(429, "RATE_LIMITED");
    let bob = sogo.sign_in("bob@example.com").await;
    from(&bob, "192.0.2.3").await.expect(200);

    // An address is limited with and without tokens, an IPv6 network as one.
    let nobody = sogo.client();
    for number in 0..9 {
        from(&nobody, &format!("2001:db8::{number}")).await.refused(401, "UNAUTHORIZED");
    }
    let refused = from(&nobody, "2001:db8::ffff").await;
    assert!((1..=400).contains(&wait(&refused)), "{refused:?}");
    refused.refused(429, "RATE_LIMITED");
    from(&nobody, "2001:db8:0:1::1").await.refused(401, "UNAUTHORIZED");
    from(&nobody.at_host("other.example.com"), "2001:db8::1").await.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn many_behind_an_unknown_proxy_are_not_one() {
    let sogo = start("trusted_proxies: []", "rate_limit: { per_address: { requests: 2, window: 1h } }").await;
    let nobody = sogo.client();
    for _ in 0..5 {
        let headers = [("x-forwarded-for", "192.0.2.1")];
        let answer = nobody.send_with(Method::GET, "/api/projects", None, &headers).await;
        answer.refused(401, "UNAUTHORIZED");
    }
    let codes: Vec<Value> = {
        let mut codes = Vec::new();
        for _ in 0..3 {
            codes.push(nobody.get("/api/projects").await.body["error"]["code"].clone());
        }
        codes
    };
    assert_eq!(codes, ["UNAUTHORIZED", "UNAUTHORIZED", "RATE_LIMITED"]);
}
