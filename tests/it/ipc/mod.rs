//! How services talk, over real sockets: a service made for the purpose, our client, and bare bytes.

mod calls;
mod frames;
mod other_languages;
mod peers;
mod sockets;
mod streams;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sogo::error::{Code, Error, Result};
use sogo::ipc::listen::Listener;
use sogo::ipc::peer::Access;
use sogo::ipc::server::{Limits, serve};
use sogo::ipc::{Answer, Api, Call, Client, Example, Service, answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
enum Request {
    Echo(Echo),
    Wait(Wait),
    Fill(Fill),
    Count(Count),
    Health(Health),
}

sogo::actions! { Request: Echo => String, Wait => u64, Fill => String, Count => u64, Health => String }

/// Answers the text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Echo {
    text: String,
}

/// Answers after a while.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    ms: u64,
}

/// Answers so many bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fill {
    bytes: usize,
}

/// Streams the numbers up to `to`; then fails if `fail`, or goes on without an item until the caller leaves if `stay`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    to: u64,
    #[serde(default)]
    fail: bool,
    #[serde(default)]
    stay: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Health {}

impl Api for Request {
    const NAME: &'static str = "sogoms-test";
    const SUMMARY: &'static str = "answers what the tests ask";

    fn examples() -> Vec<Example> {
        vec![Example::of("Echoes.", Echo { text: "a".to_owned() }, &"a".to_owned())]
    }
}

/// The service, and what it saw.
#[derive(Debug, Default)]
struct TestService {
    begun: AtomicUsize,
    finished: AtomicUsize,
    /// Work that was dropped before its end.
    dropped: Arc<AtomicUsize>,
}

/// Counts when it is dropped unfinished.
struct Unfinished(Option<Arc<AtomicUsize>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(dropped) = &self.0 {
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Service for TestService {
    type Api = Request;

    async fn dispatch(&self, _: Call, request: Request) -> Result<Answer> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let mut unfinished = Unfinished(Some(Arc::clone(&self.dropped)));
        let outcome = match request {
            Request::Echo(Echo { text }) => answer(Ok(text)),
            Request::Wait(Wait { ms }) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                answer(Ok(ms))
            }
            Request::Fill(Fill { bytes }) => answer(Ok("x".repeat(bytes))),
            Request::Count(count) => Ok(self.count(count)),
            Request::Health(Health {}) => answer(Ok("OK".to_owned())),
        };
        unfinished.0 = None;
        self.finished.fetch_add(1, Ordering::Relaxed);
        outcome
    }
}

impl TestService {
    fn count(&self, Count { to, fail, stay }: Count) -> Answer {
        let (items, stream) = mpsc::channel(4);
        let unfinished = Unfinished(stay.then(|| Arc::clone(&self.dropped)));
        tokio::spawn(async move {
            let _unfinished = unfinished;
            for number in 1..=to {
                if items.send(Ok(number.to_string().into_bytes())).await.is_err() {
                    return;
                }
            }
            if fail {
                let _ = items.send(Err(Error::new(Code::DbError, "it broke"))).await;
            }
            if stay {
                items.closed().await;
            }
        });
        Answer::Stream(stream)
    }

    fn counts(&self) -> (usize, usize, usize) {
        let [begun, finished, dropped] =
            [&self.begun, &self.finished, &self.dropped].map(|counter| counter.load(Ordering::Relaxed));
        (begun, finished, dropped)
    }
}

/// A running service and its socket.
struct Server {
    folder: tempfile::TempDir,
    service: Arc<TestService>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Server {
    fn start() -> Self {
        Self::start_with(Limits::default(), Access::own(None))
    }

    fn limited(limits: Limits) -> Self {
        Self::start_with(limits, Access::own(None))
    }

    fn start_with(limits: Limits, access: Access) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self { folder, service: Arc::default(), stop: CancellationToken::new(), task: None };
        // Others must be able to reach the socket at all for it to tell them that they may not use it.
        std::fs::set_permissions(server.folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        server.restart(limits, access);
        server
    }

    fn restart(&mut self, limits: Limits, access: Access) {
        let listener = Listener::bind(&self.path(), access.group).unwrap();
        self.stop = CancellationToken::new();
        let (service, stop) = (Arc::clone(&self.service), self.stop.clone());
        self.task = Some(tokio::spawn(serve(listener, service, access, limits, stop)));
    }

    async fn stop(&mut self) {
        self.stop.cancel();
        self.task.take().unwrap().await.unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sogoms-test.1.sock")
    }

    fn client(&self) -> Client<Request> {
        client(&self.path())
    }

    async fn raw(&self) -> Raw {
        Raw(UnixStream::connect(self.path()).await.unwrap())
    }

    /// Waits until the service has seen so many calls begin.
    async fn has_begun(&self, calls: usize) {
        eventually(|| self.service.counts().0 >= calls).await;
    }
}

fn client(path: &Path) -> Client<Request> {
    Client::new(path, Duration::from_secs(2), 16 << 20)
}

fn echo(text: &str) -> Echo {
    Echo { text: text.to_owned() }
}

async fn eventually(condition: impl Fn() -> bool) {
    let look = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), look).await.expect("it never came true");
}

/// A connection that speaks in bytes.
struct Raw(UnixStream);

impl Raw {
    async fn send(&mut self, body: impl AsRef<[u8]>) {
        let body = body.as_ref();
        let mut frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        frame.extend_from_slice(body);
        self.0.write_all(&frame).await.unwrap();
    }

    /// Returns the next frame; `None` when the service closed the connection.
    async fn read(&mut self) -> Option<Value> {
        let read = async {
            let length = self.0.read_u32().await.ok()?;
            let mut body = vec![0; length as usize];
            self.0.read_exact(&mut body).await.unwrap();
            Some(serde_json::from_slice(&body).unwrap())
        };
        tokio::time::timeout(Duration::from_secs(5), read).await.expect("no frame came")
    }

    async fn ask(&mut self, body: impl AsRef<[u8]>) -> Value {
        self.send(body).await;
        self.read().await.unwrap()
    }

    /// Asserts that the connection still does its work.
    async fn still_works(&mut self) {
        let reply = self.ask(r#"{"id":"works","action":"echo","params":{"text":"é"}}"#).await;
        assert_eq!(reply, serde_json::json!({"id": "works", "status": "success", "result": "é"}));
    }
}
