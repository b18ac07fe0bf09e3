//! The row of stages that a request goes through.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderMap, HeaderValue};
use hyper::{Method, Request};
use tokio::time::Instant;

use super::context::{Context, Origin};
use super::messages::{Message, Words};
use super::plan::{self, Input, Plan, PlannedAction};
use super::respond::{self, REQUEST_ID, Refused, Response};
use super::routes::{self, NoRoute, Route};
use super::state::{State, Tenant};
use super::{Gateway, auth, body, probes, tenant};
use crate::error::{Code, Error, Result};
use crate::ipc::Action;
use crate::services::db;

/// Bytes of a path with its query string at most.
const LONGEST_ADDRESS: usize = 8 * 1024;
/// Bytes of all headers together at most.
const LARGEST_HEADERS: usize = 32 * 1024;

impl Gateway {
    /// Answers a request, whatever it is.
    pub(super) async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Response {
        let state = self.state.load_full();
        let mut cx = self.context(&state, peer, request.headers());
        let outcome = tokio::time::timeout_at(cx.deadline, self.stages(&state, &mut cx, request)).await;
        let outcome =
            outcome.unwrap_or_else(|_| Err(Error::new(Code::Timeout, "the request took too long").into()));
        let mut response = outcome.unwrap_or_else(|mut refused| {
            if 500 <= refused.error.code.outcome().http {
                refused.error = respond::public(refused.error, cx.words);
            }
            respond::refused(&refused)
        });
        if let Ok(id) = HeaderValue::try_from(&*cx.id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }

    fn context(&self, state: &State, peer: SocketAddr, headers: &HeaderMap) -> Context {
        let settings = &state.settings.gateway;
        let now = SystemTime::now();
        let trusted = settings.trusted_proxies.iter().any(|network| network.contains(peer.ip()));
        let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Context {
            id: self.request_ids.of(headers, trusted, now),
            origin: Origin::find(peer.ip(), headers, &settings.trusted_proxies),
            words: Words::asked_for(headers),
            now: i64::try_from(seconds).unwrap_or(i64::MAX),
            began: std::time::Instant::now(),
            deadline: Instant::now() + settings.request_timeout,
            app: None,
            user_id: None,
        }
    }

    async fn stages(
        &self,
        state: &State,
        cx: &mut Context,
        request: Request<Incoming>,
    ) -> Result<Response, Refused> {
        check_size(&request, cx.words)?;
        let (head, body) = request.into_parts();
        match head.uri.path() {
            "/health" => return Ok(probes::health()),
            "/ready" => return Ok(self.ready(cx).await),
            _ => {}
        }
        let host = tenant::host(&head.uri, &head.headers, cx.words)?;
        let tenant = state.at_host(&host).ok_or_else(|| tenant::unknown(cx.words))?;
        cx.app = Some(tenant.app.name.clone());

        let caller = auth::caller(&tenant.key, &tenant.app.name, &head.headers, cx.now, cx.words);
        cx.user_id = caller.as_ref().ok().map(|caller| caller.user_id);

        let app = tenant.ready.get(&tenant.app, &self.db, cx.options()).await?;
        let route = routes::find(&app, head.method.as_str(), head.uri.path());

        let read = async || {
            if head.method == Method::GET || head.method == Method::HEAD || head.method == Method::DELETE {
                return Ok(bytes::Bytes::new());
            }
            body::read(&head.headers, body, state.settings.gateway.max_body_bytes, cx.words).await
        };
        let input = |body| Input {
            query: head.uri.query(),
            body,
            max_depth: state.settings.gateway.max_depth,
            lang: cx.words.lang(),
        };
        let target = match route {
            Ok(Route::Resource(target)) => target,
            Ok(_) => return Err(Error::new(Code::Unsupported, "sign-in").into()),
            Err(no_route) => {
                // Without a token nobody learns which resources there are.
                return Err(caller.err().unwrap_or_else(|| no_such_route(&no_route, cx.words)));
            }
        };
        let caller = caller?;
        let body = read().await?;
        let plan = plan::plan(&app, &target, &caller, &input(&body))?;
        let outcome = self.run(cx, plan, head.uri.path()).await;
        if let Err(Refused { error: Error { code: Code::SqlError, .. }, .. }) = &outcome {
            self.look_again(tenant);
        }
        outcome
    }

    /// Has sogoms-db do what was planned, and answers it.
    async fn run(&self, cx: &Context, plan: Plan, path: &str) -> Result<Response, Refused> {
        let Plan { action, ignored } = plan;
        let words = cx.words;
        let no_such_row = || Refused::from(Error::new(Code::NotFound, words.of_code(Code::NotFound)));
        Ok(match action {
            PlannedAction::Query(query) => respond::data(&self.ask(cx, query).await?.rows),
            PlannedAction::QueryOne(query) => {
                respond::data(&self.ask(cx, query).await?.row.ok_or_else(no_such_row)?)
            }
            PlannedAction::Insert(insert) => {
                respond::created(words, path, self.ask(cx, insert).await?.insert_id, &ignored)
            }
            PlannedAction::Update(update) => match self.ask(cx, update).await?.affected_rows {
                0 => return Err(no_such_row()),
                rows => respond::affected(words.text(Message::Updated), rows, &ignored),
            },
            PlannedAction::Delete(delete) => match self.ask(cx, delete).await?.affected_rows {
                0 => return Err(no_such_row()),
                rows => respond::affected(words.text(Message::Deleted), rows, &ignored),
            },
        })
    }

    /// Asks sogoms-db; what it refuses is put into public words.
    pub(super) async fn ask<X>(&self, cx: &Context, action: X) -> Result<X::Reply>
    where
        X: Action<Api = db::api::Request>,
    {
        self.db.call_with(cx.options(), action).await.map_err(|error| {
            // Failures of ours are put into public words where the request is answered.
            if error.code.outcome().http < 500 { respond::public(error, cx.words) } else { error }
        })
    }

    /// Has the tables of an app looked at again, beside this request: a statement did not fit them.
    fn look_again(&self, tenant: &Arc<Tenant>) {
        let (tenant, db) = (Arc::clone(tenant), self.db.clone());
        tokio::spawn(async move { tenant.ready.look_again(&tenant.app, &db).await });
    }
}

/// Refuses what no client of ours would send; far larger heads never come here (see `http.rs`).
fn check_size(request: &Request<Incoming>, words: Words) -> Result<()> {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if LONGEST_ADDRESS < address {
        return Err(Error::new(Code::AddressTooLong, words.of_code(Code::AddressTooLong)));
    }
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if LARGEST_HEADERS < headers {
        return Err(Error::new(Code::HeadersTooLarge, words.of_code(Code::HeadersTooLarge)));
    }
    Ok(())
}

fn no_such_route(no_route: &NoRoute, words: Words) -> Refused {
    let header = match no_route {
        NoRoute::Path => None,
        NoRoute::Method { allow } => HeaderValue::try_from(allow).ok().map(|allow| (ALLOW, allow)),
    };
    Refused { error: no_route.error(words.lang()), header }
}
