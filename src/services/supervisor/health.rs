//! Asks a service whether it is well: its `health` action on a socket, or a GET on a URL.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::http::uri::InvalidUri;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use crate::config::{Places, ServiceUnit, Timing};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::health::{AnyService, Ask};

/// Pause before the first question after a start; it grows up to `start_interval`.
const FIRST_START_PAUSE: Duration = Duration::from_millis(10);
/// Longest pause after a miss, so that it is soon known whether it was one of its kind.
const PAUSE_AFTER_MISS: Duration = Duration::from_secs(2);
/// Bytes of a health answer on a socket at most.
const LONGEST_ANSWER: usize = 64 << 10;

/// How a service is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    /// With the `health` action on this socket.
    Socket(PathBuf),
    /// With a GET on this URL; any 2xx answer is good.
    Url {
        /// Where to ask.
        url: Uri,
        /// The service's own socket, if it has one: what is wrong with its configuration is told there alone, since
        /// a URL may be open to the world.
        socket: PathBuf,
    },
}

/// A good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// How long it took.
    pub latency: Duration,
    /// What the service itself says is wrong with its configuration.
    pub problems: Vec<String>,
}

/// What came of one question: an answer, or what was wrong, for a person.
pub(super) type Outcome = std::result::Result<Answer, String>;

impl Check {
    /// Returns how this service is asked, `None` if the configuration does not tell.
    ///
    /// # Errors
    /// [`Code::Config`] for a URL that cannot be asked.
    pub(super) fn of(unit: &ServiceUnit, places: &Places) -> Result<Option<Self>> {
        if let Some(socket) = &unit.health_socket {
            return Ok(Some(Self::Socket(socket.clone())));
        }
        let Some(text) = &unit.health_url else { return Ok(None) };
        let socket = places.socket(&unit.service, unit.instance);
        if 1 < unit.instances {
            // Any of them would answer on the port that they share.
            return Ok(Some(Self::Socket(socket)));
        }
        let wrong = || {
            let message = format!("{}: `health_url` of `{}` cannot be asked: {text}", unit.at, unit.name);
            Error::new(Code::Config, message).hint("write it as http://HOST:PORT/PATH")
        };
        let url: Uri = text.parse().map_err(|cause: InvalidUri| wrong().caused_by(cause))?;
        if url.scheme_str() != Some("http") || url.host().is_none() {
            return Err(wrong());
        }
        Ok(Some(Self::Url { url, socket }))
    }
}

/// Asks again and again, until the handle is dropped, and gives each outcome to `tell`: often until the first good
/// answer (unless it is ready already), then every `health_interval`. One question is over before the next begins.
pub(super) fn watch<F>(
    check: Check,
    timing: Timing,
    mut is_ready: bool,
    tell: impl Fn(Outcome) -> F + Send + 'static,
) -> AbortOnDropHandle<()>
where
    F: Future<Output = ()> + Send,
{
    let Timing { health_interval, health_timeout, start_interval, start_health_timeout, .. } = timing;
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut asking = Asking::new(check);
        let mut start_pause = FIRST_START_PAUSE.min(start_interval);
        loop {
            // Nothing is up at the moment of its start.
            if !is_ready {
                tokio::time::sleep(start_pause).await;
                start_pause = (start_pause * 3 / 2).min(start_interval);
            }
            let outcome = asking.ask(if is_ready { health_timeout } else { start_health_timeout }).await;
            let well = outcome.is_ok();
            tell(outcome).await;
            is_ready |= well;
            if is_ready {
                tokio::time::sleep(if well {
                    health_interval
                } else {
                    health_interval.min(PAUSE_AFTER_MISS)
                })
                .await;
            }
        }
    }))
}

/// Asks one service; a socket keeps its connection.
enum Asking {
    Socket(Client<AnyService>),
    Url { url: Uri, client: Client<AnyService> },
}

impl Asking {
    fn new(check: Check) -> Self {
        match check {
            Check::Socket(path) => Self::Socket(client(&path)),
            Check::Url { url, socket } => Self::Url { url, client: client(&socket) },
        }
    }

    async fn ask(&mut self, limit: Duration) -> Outcome {
        let begun = Instant::now();
        let asked = async {
            match self {
                Self::Socket(client) => over_socket(client, limit).await,
                Self::Url { url, client } => {
                    over_http(url).await?;
                    // The status has said that it is well; a service without a socket has nothing to add.
                    Ok(over_socket(client, limit).await.unwrap_or_default())
                }
            }
        };
        match tokio::time::timeout(limit, asked).await {
            Ok(Ok(problems)) => Ok(Answer { latency: begun.elapsed(), problems }),
            Ok(Err(reason)) => Err(reason),
            Err(_) => Err(format!("no health answer within {limit:?}")),
        }
    }
}

fn client(path: &Path) -> Client<AnyService> {
    Client::of_one(path, Duration::ZERO, LONGEST_ANSWER)
}

async fn over_socket(client: &Client<AnyService>, limit: Duration) -> Result<Vec<String>, String> {
    let options = Options { deadline: limit, request_id: None };
    let answer = client.call_with(options, Ask {}).await.map_err(|error| match error.cause() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })?;
    Ok(problems(&answer))
}

async fn over_http(uri: &Uri) -> Result<(), String> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(80);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let stream = connect(host, port).await.map_err(|cause| format!("cannot reach {authority}: {cause}"))?;
    let broken = |cause: hyper::Error| format!("{uri} did not answer: {cause}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the question, however that ends.
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let request = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, authority)
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "sogoctl")
        .body(Empty::<bytes::Bytes>::new())
        .expect("a path and a host that were read as a URL are valid");
    let response = sender.send_request(request).await.map_err(broken)?;
    if !response.status().is_success() {
        return Err(format!("{uri} answered {}", response.status()));
    }
    Ok(())
}

/// Connects; `localhost` needs no resolver, whose threads cannot be cut off.
async fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    if host.eq_ignore_ascii_case("localhost") {
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => return Ok(stream),
            Err(_) => return TcpStream::connect(("::1", port)).await,
        }
    }
    TcpStream::connect((host, port)).await
}

/// Returns the `problems` of a health answer; none if it has none.
fn problems(answer: &serde_json::Value) -> Vec<String> {
    let list = answer.get("problems").and_then(serde_json::Value::as_array);
    list.into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
