//! `/health`, `/ready` and `/metrics`: for supervisors, load balancers and scrapers, before any app is looked for.

use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::context::Context;
use super::respond::{self, Refused, Response};
use super::routes::NoRoute;
use super::{Gateway, options, origin, tenant};
use crate::ipc::client::Options;
use crate::services::db::api::Health;

/// How long sogoms-db may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// The methods they have, besides OPTIONS.
const METHODS: &str = "GET, HEAD";

fn is_local(cx: &Context, head: &Parts) -> bool {
    let host = tenant::host(&head.uri, &head.headers, cx.words);
    host.is_ok_and(|host| origin::is_local(cx.peer, &host, &head.headers))
}

/// Says that the gateway itself is well, without asking anybody.
fn health() -> Response {
    respond::plain(StatusCode::OK, br#"{"status":"OK","service":"sogoway"}"#.to_vec())
}

impl Gateway {
    /// Answers at the paths that belong to no app; `None` at all others.
    pub(super) async fn probe(&self, cx: &Context, head: &Parts) -> Option<Result<Response, Refused>> {
        let path = head.uri.path();
        let is_there = match path {
            "/health" | "/ready" => true,
            "/metrics" => !self.metrics.are_apart() && is_local(cx, head),
            _ => false,
        };
        if !is_there {
            return None;
        }
        Some(match head.method {
            Method::GET | Method::HEAD if path == "/health" => Ok(health()),
            Method::GET | Method::HEAD if path == "/metrics" => Ok(self.figures().await),
            Method::GET | Method::HEAD => Ok(self.ready(cx).await),
            Method::OPTIONS => Ok(respond::options(METHODS)),
            _ => Err(options::refused(&NoRoute::Method { allow: METHODS.to_owned() }, cx.words)),
        })
    }

    /// Says whether requests can be answered: sogoms-db is there. Whether each app's database is up is its own
    /// matter, since the other apps can be served.
    async fn ready(&self, cx: &Context) -> Response {
        let options = Options { deadline: PATIENCE, ..cx.options() };
        match self.db.call_with(options, Health {}).await {
            Ok(_) => respond::plain(StatusCode::OK, br#"{"status":"ready"}"#.to_vec()),
            Err(_) => respond::plain(
                StatusCode::SERVICE_UNAVAILABLE,
                br#"{"status":"unavailable","missing":["sogoms-db"]}"#.to_vec(),
            ),
        }
    }
}
