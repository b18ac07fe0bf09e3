//! The `http` job: a request to a URL of this host, of a neighbour or of the open net.

pub mod addresses;
pub mod names;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde::Serialize;
use tokio::time::timeout;
use tracing::warn;

use crate::config::{Http, HttpMethod};
use crate::error::{Code, Error};
use names::{Checked, Lookup, Refused, check};

/// How long a connection may take to be there.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long the body of an answer is read; its status is known by then.
const READING: Duration = Duration::from_secs(5);
/// Bytes of a body that are kept for whoever looks at the run.
const KEPT: usize = 2 << 10;
/// Names the run to who is asked, so that a second attempt can be told from a second run.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Sends the requests of jobs.
#[derive(Debug, Clone)]
pub struct Web {
    open: Client,
    public_only: Client,
    deny_private: bool,
}

/// What was answered in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Scheme, host and path of who answered; a query may hold what is nobody's business.
    pub url: String,
    /// How many redirects led there.
    pub redirects: u8,
    /// The beginning of the body, as text.
    pub body: String,
}

/// Why a request was no success.
#[derive(Debug)]
pub struct Failure {
    /// What was wrong.
    pub error: Error,
    /// Whether another attempt may succeed.
    pub may_pass: bool,
    /// What was answered, if anything.
    pub answer: Option<Answer>,
}

impl Web {
    /// Makes a sender; with `deny_private` no job may reach this host and private networks, whatever it says itself.
    ///
    /// # Errors
    /// None that is known: TLS without any certificate to trust is only felt by who uses it.
    pub fn new(lookup: &Lookup, deny_private: bool) -> Result<Self, Error> {
        // The clients look for the provider of the process, and none is the default of both libraries.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { open: client(lookup, false)?, public_only: client(lookup, true)?, deny_private })
    }

    /// Sends a request and follows what redirects it; `key` names the run.
    ///
    /// It has no limit of time of its own: drop it.
    pub async fn send(&self, request: &Http, key: &str) -> Result<Answer, Failure> {
        let deny_private = self.deny_private || request.deny_private;
        let client = if deny_private { &self.public_only } else { &self.open };
        let mut hop = Hop::first(request, key)?;
        loop {
            check_host(&hop.url, deny_private).map_err(|refused| refusal(&refused))?;
            let response = hop.send(client).await?;
            let status = response.status();
            if request.expected_status.contain(status.as_u16()) {
                return Ok(answer(response, &hop).await);
            }
            match location(&response, &hop.url) {
                Some(next) if status.is_redirection() => {
                    let next =
                        next.and_then(|next| hop.clone().redirected(next, status, request.max_redirects));
                    hop = match next {
                        Ok(next) => next,
                        Err(error) => {
                            return Err(Failure {
                                error,
                                may_pass: false,
                                answer: Some(answer(response, &hop).await),
                            });
                        }
                    };
                }
                _ => return Err(unexpected(answer(response, &hop).await)),
            }
        }
    }
}

/// One request of a chain.
#[derive(Debug, Clone)]
struct Hop {
    url: Url,
    method: Method,
    headers: HeaderMap,
    body: Option<String>,
    redirects: u8,
}

impl Hop {
    fn first(request: &Http, key: &str) -> Result<Self, Failure> {
        let url = Url::parse(&request.url.value).map_err(|cause| {
            lasting(Error::new(Code::Config, format!("the URL of the job cannot be read: {cause}")))
        })?;
        let mut headers = HeaderMap::new();
        if let Some(body) = &request.body {
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
            let kind = if is_json { "application/json" } else { "text/plain; charset=utf-8" };
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for header in &request.headers {
            let wrong =
                || lasting(Error::new(Code::Config, format!("the header `{}` cannot be sent", header.name)));
            let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| wrong())?;
            let mut value = HeaderValue::from_str(header.value.expose()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Ok(key) = HeaderValue::from_str(key) {
            headers.insert(IDEMPOTENCY_KEY, key);
        }
        let method = match request.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
        };
        Ok(Self { url, method, headers, body: request.body.clone(), redirects: 0 })
    }

    async fn send(&self, client: &Client) -> Result<Response, Failure> {
        let mut request = client.request(self.method.clone(), self.url.clone()).headers(self.headers.clone());
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        request.send().await.map_err(|cause| self.not_sent(cause))
    }

    /// Returns the request that a redirect asks for.
    fn redirected(mut self, to: Url, status: StatusCode, most: u8) -> Result<Self, Error> {
        if most <= self.redirects {
            let error = Error::new(
                Code::TargetFailed,
                format!("redirected more than {most} times, to {}", shown(&to)),
            );
            return Err(error.hint("name the last URL in the job, or set `max_redirects`"));
        }
        if self.url.scheme() == "https" && to.scheme() != "https" {
            let message = format!("redirected from https to {}, which is not protected", shown(&to));
            return Err(Error::new(Code::TargetFailed, message));
        }
        self.redirects += 1;
        if self.url.origin() != to.origin() {
            // What the job sends is meant for who it names.
            let kind = self.headers.remove(CONTENT_TYPE);
            self.headers.clear();
            self.headers.extend(kind.map(|kind| (CONTENT_TYPE, kind)));
        }
        // As browsers and curl do it; 307 and 308 are there for who wants the other.
        if self.method == Method::POST && matches!(status.as_u16(), 301..=303) {
            self.method = Method::GET;
            self.body = None;
            self.headers.remove(CONTENT_TYPE);
        }
        self.url = to;
        Ok(self)
    }

    fn not_sent(&self, cause: reqwest::Error) -> Failure {
        if let Some(refused) = chain(&cause).find_map(|error| error.downcast_ref::<Refused>()) {
            return refusal(refused);
        }
        let host = shown(&self.url);
        // The library's words begin with the URL, whose query is nobody's business.
        let cause = cause.without_url();
        let error = match innermost(&cause) {
            _ if cause.is_timeout() => Error::new(Code::Timeout, format!("{host} took too long to be there")),
            why => Error::new(Code::Unavailable, format!("cannot ask {host}: {why}")),
        };
        Failure { error: error.caused_by(cause), may_pass: true, answer: None }
    }
}

fn client(lookup: &Lookup, deny_private: bool) -> Result<Client, Error> {
    let builder = || {
        Client::builder()
            .dns_resolver(Checked { lookup: lookup.clone(), deny_private })
            .user_agent(concat!("sogo/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            // A proxy would connect to addresses that were never checked.
            .no_proxy()
            .connect_timeout(CONNECTING)
            // Each run looks the name up anew, and jobs are too rare to keep connections for.
            .pool_max_idle_per_host(0)
    };
    let built = builder().build().or_else(|cause| {
        warn!(error = %cause, "No certificates of this system can be read, so no https URL will be trusted");
        let trusts_nobody = rustls::ClientConfig::builder()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        builder().tls_backend_preconfigured(trusts_nobody).build()
    });
    built.map_err(|cause| Error::new(Code::Internal, "requests to URLs cannot be made").caused_by(cause))
}

/// Checks the host of a URL that is an address: no name is looked up for it.
fn check_host(url: &Url, deny_private: bool) -> Result<(), Refused> {
    let host = url.host_str().unwrap_or_default();
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(address) => check(&address.to_string(), address, deny_private),
        Err(_) => Ok(()),
    }
}

/// Returns where an answer redirects to, if it says so.
fn location(response: &Response, from: &Url) -> Option<Result<Url, Error>> {
    let location = response.headers().get(LOCATION)?;
    let wrong = || {
        Error::new(Code::TargetFailed, "the answer redirects to something that is no URL of http or https")
    };
    let to = location.to_str().ok().and_then(|to| from.join(to).ok());
    Some(to.filter(|to| matches!(to.scheme(), "http" | "https")).ok_or_else(wrong))
}

async fn answer(mut response: Response, hop: &Hop) -> Answer {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    // The status has said what became of it; a body that does not end, or breaks off, changes nothing about that.
    let _ = timeout(READING, async {
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(KEPT - body.len())]);
            if KEPT <= body.len() {
                break;
            }
        }
    })
    .await;
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { status, url: shown(&hop.url), redirects: hop.redirects, body }
}

fn unexpected(answer: Answer) -> Failure {
    let status = StatusCode::from_u16(answer.status).unwrap_or_default();
    let error = Error::new(Code::TargetFailed, format!("{} answered {status}", answer.url))
        .hint("`expected_status` of the job says which are a success");
    let may_pass = status.is_server_error() || matches!(answer.status, 408 | 425 | 429);
    Failure { error, may_pass, answer: Some(answer) }
}

fn refusal(refused: &Refused) -> Failure {
    lasting(Error::new(Code::Forbidden, refused.to_string()))
}

fn lasting(error: Error) -> Failure {
    Failure { error, may_pass: false, answer: None }
}

fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn innermost<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    chain(error).last().unwrap_or(error)
}

/// Returns an error with all that led to it.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}
