//! Questions to services that answer well, badly, and not at all.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::thread;

use super::*;

fn unit(url: Option<&str>, socket: Option<&Path>) -> ServiceUnit {
    ServiceUnit {
        health_socket: socket.map(Path::to_owned),
        health_url: url.map(str::to_owned),
        ..ServiceUnit::program("sogoway", "/bin/true", &[])
    }
}

fn places() -> Places {
    Places::below(Path::new("/nonexistent"))
}

async fn ask(check: Check, limit: Duration) -> Outcome {
    Asking::new(check).ask(limit).await
}

#[test]
fn only_urls_that_can_be_asked_are_taken() {
    for url in ["http://localhost:8080/health", "http://127.0.0.1", "http://[::1]:80/"] {
        assert!(Check::of(&unit(Some(url), None), &places()).unwrap().is_some(), "{url}");
    }
    for url in ["", "localhost:8080", "/health", "https://localhost/health", "http://", "http://a b/"] {
        let error = Check::of(&unit(Some(url), None), &places()).unwrap_err();
        assert_eq!(error.code, Code::Config, "{url}");
    }
    assert_eq!(Check::of(&unit(None, None), &places()).unwrap(), None);
}

/// Serves one raw HTTP answer and asks for it.
async fn ask_http(answer: &'static str) -> Result<Vec<String>, String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://localhost:{}/health?deep=1", listener.local_addr().unwrap().port());
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(request[..length].to_vec()).unwrap()
    });
    let check = Check::of(&unit(Some(&url), None), &places()).unwrap().unwrap();
    let outcome = ask(check, Duration::from_secs(5)).await;
    let request = serving.join().unwrap();
    assert!(request.starts_with("GET /health?deep=1 HTTP/1.1\r\nhost: localhost:"), "{request}");
    let port = url.rsplit([':', '/']).nth(1).unwrap_or_default().to_owned();
    outcome.map(|answer| answer.problems).map_err(|reason| reason.replace(&port, "PORT"))
}

#[tokio::test]
async fn http_answers_are_judged_by_their_status() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK", Ok(vec![])),
        ("HTTP/1.1 204 No Content\r\n\r\n", Ok(vec![])),
        // What a URL says of problems is not believed: it may be open to the world.
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"problems\":[\"apps/a is broken\", 7]}", Ok(vec![])),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"pro", Ok(vec![])),
        (
            "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
            Err("http://localhost:PORT/health?deep=1 answered 302 Found"),
        ),
        (
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
            Err("http://localhost:PORT/health?deep=1 answered 503 Service Unavailable"),
        ),
    ] {
        assert_eq!(
            ask_http(answer).await.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|e| *e)
        );
    }
    assert!(ask_http("garbage\r\n\r\n").await.unwrap_err().contains("did not answer"));
}

#[tokio::test]
async fn what_is_not_there_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("sogoms-db.1.sock");
    let reason = ask(Check::Socket(socket.clone()), Duration::from_secs(5)).await.unwrap_err();
    let expected = format!("cannot reach the service at {}: No such file", socket.display());
    assert!(reason.starts_with(&expected), "{reason}");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url: Uri = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let reason = ask(Check::Url { url, socket: places().socket("none", 1) }, Duration::from_secs(5))
        .await
        .unwrap_err();
    assert!(reason.starts_with(&format!("cannot reach 127.0.0.1:{port}: Connection refused")), "{reason}");
}

#[tokio::test]
async fn a_question_that_hangs_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("hangs.sock");
    let _unix = UnixListener::bind(&socket).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Uri = format!("http://{}/", tcp.local_addr().unwrap()).parse().unwrap();
    let limit = Duration::from_millis(50);
    for check in [Check::Socket(socket), Check::Url { url, socket: places().socket("none", 1) }] {
        let begun = Instant::now();
        let reason = ask(check, limit).await.unwrap_err();
        assert_eq!(reason, "no health answer within 50ms");
        assert!(begun.elapsed() < limit * 40, "{:?}", begun.elapsed());
    }
}
