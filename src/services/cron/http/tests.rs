//! Requests to a server of the test's own, by its address and by names that the test resolves.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::names::{Lookup, system};
use super::{Answer, Failure, Web};
use crate::config::{At, Header, Http, HttpMethod, Secret, Sourced, Statuses};

/// Answers each request by its path, and keeps what it was asked.
struct Server {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server whose answers `answer` makes of a path: status and headers, an empty line, body.
    async fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (keep, answer) = (Arc::clone(&heard), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (keep, answer) = (Arc::clone(&keep), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut text = Vec::new();
                    let mut buffer = [0; 4096];
                    while !is_whole(&text) {
                        match stream.read(&mut buffer).await {
                            Ok(0) | Err(_) => return,
                            Ok(count) => text.extend_from_slice(&buffer[..count]),
                        }
                    }
                    let text = String::from_utf8(text).unwrap();
                    let path = text.split(' ').nth(1).unwrap().to_owned();
                    keep.lock().unwrap().push(text);
                    let answer = format!("HTTP/1.1 {}", answer(&path));
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, heard }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.unwrap_or(0) <= body.len()
}

fn text(body: &str) -> String {
    format!("200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn to(status: u16, location: &str) -> String {
    format!("{status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

fn get(url: impl Into<String>) -> Http {
    Http {
        method: HttpMethod::Get,
        url: Sourced::new(url.into(), At::outside("cron.yaml")),
        headers: Vec::new(),
        body: None,
        expected_status: Statuses::default(),
        max_redirects: 5,
        deny_private: false,
    }
}

fn web() -> Web {
    Web::new(&system(), false).unwrap()
}

/// Resolves each name to the addresses of the list, one list a lookup, the last for ever.
fn names(lists: &[&[&str]]) -> Lookup {
    let lists: Vec<Vec<IpAddr>> =
        lists.iter().map(|list| list.iter().map(|address| address.parse().unwrap()).collect()).collect();
    let asked = AtomicUsize::new(0);
    Arc::new(move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let found = lists[number.min(lists.len() - 1)].clone();
        Box::pin(async move { Ok(found) })
    })
}

async fn fails(web: &Web, request: &Http) -> Failure {
    web.send(request, "key").await.unwrap_err()
}

#[tokio::test]
async fn a_request_is_sent_as_the_job_has_it() {
    let server = Server::start(|_| text("pong")).await;
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: Secret::new(value) };
    let request = Http {
        method: HttpMethod::Post,
        body: Some("{\"a\": 1}".to_owned()),
        headers: vec![header("X-Token", "abc")],
        ..get(server.url("/ping?secret=1"))
    };
    let answer = web().send(&request, "cron/shop/ping/2026-01-01T08:00").await.unwrap();
    let expected = Answer { status: 200, url: server.url("/ping"), redirects: 0, body: "pong".to_owned() };
    assert_eq!(answer, expected);
    let heard = server.heard().remove(0).to_lowercase();
    for part in [
        "post /ping?secret=1 http/1.1\r\n",
        "\r\nx-token: abc\r\n",
        "\r\nidempotency-key: cron/shop/ping/2026-01-01t08:00\r\n",
        "\r\ncontent-type: application/json\r\n",
        "\r\nuser-agent: sogo/",
        "\r\n\r\n{\"a\": 1}",
    ] {
        assert!(heard.contains(part), "{part}: {heard}");
    }
}

#[tokio::test]
async fn what_is_not_expected_fails_and_some_of_it_may_pass() {
    let server =
        Server::start(|path| format!("{} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno", &path[1..]))
            .await;
    for (status, expected, may_pass) in [
        (404, 200..=299, Some(false)),
        (500, 200..=299, Some(true)),
        (503, 200..=299, Some(true)),
        (429, 200..=299, Some(true)),
        (302, 200..=299, Some(false)),
        (200, 204..=204, Some(false)),
        (404, 400..=404, None),
        (204, 200..=299, None),
    ] {
        let request =
            Http { expected_status: Statuses::new([expected]), ..get(server.url(&format!("/{status}"))) };
        let sent = web().send(&request, "key").await;
        assert_eq!(sent.as_ref().err().map(|failure| failure.may_pass), may_pass, "{status}: {sent:?}");
        let answer = sent.unwrap_or_else(|failure| failure.answer.unwrap());
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn who_is_not_there_may_be_there_later_and_is_named_without_a_query() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let failure = fails(&web(), &get(format!("http://127.0.0.1:{port}/x?token=abc"))).await;
    assert!(failure.may_pass);
    assert!(
        failure.error.message.starts_with(&format!("cannot ask http://127.0.0.1:{port}/x: ")),
        "{}",
        failure.error
    );
    assert!(!format!("{:?}", failure.error).contains("abc"), "{:?}", failure.error);
}

#[tokio::test]
async fn redirects_are_followed_so_far_and_what_is_secret_stays() {
    let other = Server::start(|_| text("there")).await;
    let there = other.url("/there");
    let server = Server::start(move |path| match path {
        "/away" => to(307, &there),
        "/see" => to(303, "/end"),
        "/keep" => to(308, "end"),
        "/round" => to(302, "/round"),
        "/odd" => to(302, "ftp://example.com/"),
        "/end" => text("end"),
        _ => text("?"),
    })
    .await;
    let secret = Header { name: "Authorization".to_owned(), value: Secret::new("Bearer abc") };
    let post = |path: &str| Http {
        method: HttpMethod::Post,
        body: Some("x".to_owned()),
        headers: vec![secret.clone()],
        ..get(server.url(path))
    };
    let seen = web().send(&post("/see"), "key").await.unwrap();
    assert_eq!((seen.url, seen.redirects), (server.url("/end"), 1));
    let kept = web().send(&post("/keep"), "key").await.unwrap();
    assert_eq!(kept.redirects, 1);
    let heard = server.heard();
    assert!(heard[1].starts_with("GET /end ") && !heard[1].contains("content-type"), "{}", heard[1]);
    assert!(heard[3].starts_with("POST /end ") && heard[3].contains("Bearer abc"), "{}", heard[3]);
    assert_eq!(web().send(&post("/away"), "key").await.unwrap().url, other.url("/there"));
    let away = other.heard().remove(0);
    assert!(
        away.starts_with("POST /there ") && !away.contains("abc") && !away.contains("idempotency"),
        "{away}"
    );
    let round = fails(&web(), &post("/round")).await;
    assert!(round.error.message.contains("more than 5 times"), "{}", round.error);
    let odd = fails(&web(), &post("/odd")).await;
    assert!(odd.error.message.contains("no URL of http or https"), "{}", odd.error);
    let none = fails(&web(), &Http { max_redirects: 0, ..post("/see") }).await;
    assert_eq!(none.answer.unwrap().status, 303);
}

#[tokio::test]
async fn where_machines_tell_their_secrets_no_job_gets() {
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://2852039166/",
        "http://0xa9.0xfe.0xa9.0xfe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
    ] {
        let failure = fails(&web(), &get(url)).await;
        assert!(
            !failure.may_pass && failure.error.message.contains("is refused"),
            "{url}: {}",
            failure.error
        );
    }
}

#[tokio::test]
async fn a_name_is_refused_by_what_it_stands_for() {
    let server = Server::start(|_| text("in")).await;
    let url = format!("http://inside.test:{}/", server.address.port());
    for (addresses, deny_private, refused) in [
        (&["169.254.169.254"][..], false, true),
        (&["127.0.0.1", "169.254.169.254"], false, true),
        (&["::ffff:169.254.169.254"], false, true),
        (&["127.0.0.1"], true, true),
        (&["127.0.0.1"], false, false),
    ] {
        let web = Web::new(&names(&[addresses]), false).unwrap();
        let sent = web.send(&Http { deny_private, ..get(&*url) }, "key").await;
        assert_eq!(sent.is_err(), refused, "{addresses:?} {sent:?}");
        if let Err(failure) = sent {
            assert!(failure.error.message.starts_with("inside.test is "), "{}", failure.error);
        }
    }
    // What the operator denies no job allows itself.
    let closed = Web::new(&names(&[&["127.0.0.1"]]), true).unwrap();
    assert!(fails(&closed, &get(&*url)).await.error.message.contains("deny_private"));
    assert!(fails(&closed, &get(server.url("/"))).await.error.message.contains("deny_private"));
}

#[tokio::test]
async fn a_redirect_is_checked_like_the_url_itself() {
    let server = Server::start(|path| match path {
        "/literal" => to(302, "http://169.254.169.254/latest/"),
        "/mapped" => to(302, "http://[::ffff:169.254.169.254]/"),
        _ => to(302, "http://metadata.test/"),
    })
    .await;
    for path in ["/literal", "/mapped", "/name"] {
        let web = Web::new(&names(&[&["169.254.169.254"]]), false).unwrap();
        let failure = fails(&web, &get(server.url(path))).await;
        assert!(failure.error.message.contains("refused"), "{path}: {}", failure.error);
    }
    assert_eq!(server.heard().len(), 3);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_looked_up_once_a_connection() {
    let server = Server::start(|_| text("first")).await;
    let web = Web::new(&names(&[&["127.0.0.1"], &["169.254.169.254"]]), false).unwrap();
    let request = get(format!("http://rebound.test:{}/", server.address.port()));
    assert_eq!(web.send(&request, "key").await.unwrap().body, "first");
    assert!(fails(&web, &request).await.error.message.contains("169.254.169.254"));
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn of_a_long_body_the_beginning_is_kept() {
    let server = Server::start(|_| text(&"é".repeat(1 << 20))).await;
    let answer = web().send(&get(server.url("/")), "key").await.unwrap();
    assert_eq!(answer.body, "é".repeat(1 << 10));
}

#[tokio::test]
async fn who_does_not_speak_tls_is_not_asked_without() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(text("plain").as_bytes()).await;
        }
    });
    let failure = fails(&web(), &get(format!("https://{address}/"))).await;
    assert!(failure.may_pass, "{}", failure.error);
    assert!(failure.error.message.starts_with("cannot ask https://127.0.0.1:"), "{}", failure.error);
}
