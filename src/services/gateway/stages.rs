//! The row of stages that a request goes through.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request};
use tokio::time::Instant;
use tracing::warn;

use super::caller::Caller;
use super::compile::CompiledApp;
use super::context::Context;
use super::messages::Words;
use super::origin::Origin;
use super::plan::Input;
use super::respond::{self, REQUEST_ID, Refused, Response};
use super::routes::{self, NoRoute, Route};
use super::sign_in::SignInLimits;
use super::state::{State, Tenant};
use super::{Gateway, auth, body, probes, tenant};
use crate::error::{Code, Error, Result};

/// Bytes of a path with its query string at most.
const LONGEST_ADDRESS: usize = 8 * 1024;
/// Bytes of all headers together at most.
const LARGEST_HEADERS: usize = 32 * 1024;
/// Bytes of a body from somebody who has no token yet at most.
const LARGEST_SIGN_IN: u64 = 16 * 1024;

/// What a request is served with, once its app is known and ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Serving<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) tenant: &'a Arc<Tenant>,
    pub(super) app: &'a CompiledApp,
    pub(super) limits: &'a SignInLimits,
}

impl Gateway {
    /// Answers a request, whatever it is.
    pub(super) async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Response {
        let state = self.state.load_full();
        let mut cx = self.context(&state, peer, request.headers());
        let deadline = cx.deadline;
        let (head, mut body) = request.into_parts();
        let stages = self.stages(&state, &mut cx, &head, &mut body);
        let outcome = match tokio::time::timeout_at(deadline, stages).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::new(Code::Timeout, "the request took too long").into()),
        };
        if outcome.is_err() {
            body::discard(&head.headers, &mut body).await;
        }
        let mut response = outcome.unwrap_or_else(|refused| self.refuse(&cx, refused));
        if let Ok(id) = HeaderValue::try_from(&*cx.id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }

    fn context(&self, state: &State, peer: SocketAddr, headers: &HeaderMap) -> Context {
        let settings = &state.settings.gateway;
        let (now, began) = (SystemTime::now(), std::time::Instant::now());
        let trusted = settings.trusted_proxies.iter().any(|network| network.contains(peer.ip()));
        let origin = Origin::find(peer.ip(), headers, &settings.trusted_proxies);
        if self.strange_proxies.is_news(origin, began) {
            let peer = origin.address;
            warn!(
                %peer,
                hint = "if it is a proxy of yours, name it in `gateway.trusted_proxies` of sogoms.yaml",
                "{peer} sends X-Forwarded-For and is not trusted: its clients are not limited by address"
            );
        }
        let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Context {
            id: self.request_ids.of(headers, trusted, now),
            origin,
            words: Words::asked_for(headers),
            now: i64::try_from(seconds).unwrap_or(i64::MAX),
            began,
            deadline: Instant::now() + settings.request_timeout,
            app: None,
            user_id: None,
            account: None,
        }
    }

    async fn stages(
        &self,
        state: &State,
        cx: &mut Context,
        head: &Parts,
        body: &mut Incoming,
    ) -> Result<Response, Refused> {
        check_size(head, cx.words)?;
        let path = head.uri.path();
        match path {
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
        let serving = Serving { gateway: self, tenant, app: &app, limits: &state.limits };
        let settings = &state.settings.gateway;
        let route = match routes::find(&app, head.method.as_str(), path) {
            Ok(route) => route,
            Err(no_route) => return Err(no_such_route(&no_route, &app, path, caller, cx.words)),
        };
        let words = cx.words;
        let mut read = async |most: u64| match head.method {
            Method::GET | Method::HEAD | Method::DELETE => Ok(Bytes::new()),
            _ => body::read(&head.headers, body, most.min(settings.max_body_bytes), words).await,
        };
        let (query, max_depth, lang) = (head.uri.query(), settings.max_depth, cx.words.lang());
        let input = |body| Input { query, body, max_depth, lang };
        let outcome = match route {
            Route::Login => serving.login(cx, &input(&read(LARGEST_SIGN_IN).await?)).await,
            Route::Register => serving.register(cx, &input(&read(LARGEST_SIGN_IN).await?)).await,
            Route::Logout => caller.map(|_| serving.logout(cx)),
            Route::Me => serving.me(cx, &caller?, &input(&[])).await,
            Route::Resource(target) => {
                let caller: Caller = caller?;
                serving.resource(cx, &target, &caller, &input(&read(u64::MAX).await?), path).await
            }
        };
        // The tables may have been changed since a statement was made for them, or could not be.
        let misfit = |refused: &Refused| matches!(refused.error.code, Code::SqlError | Code::Config);
        if outcome.as_ref().is_err_and(misfit) {
            self.look_again(tenant);
        }
        outcome
    }

    /// Has the tables of an app looked at again, beside this request.
    fn look_again(&self, tenant: &Arc<Tenant>) {
        let (tenant, db) = (Arc::clone(tenant), self.db.clone());
        tokio::spawn(async move { tenant.ready.look_again(&tenant.app, &db).await });
    }

    /// Answers what refuses a request, and tells the logs of it.
    pub(super) fn refuse(&self, cx: &Context, mut refused: Refused) -> Response {
        if 500 <= refused.error.code.outcome().http {
            refused.error = respond::public(refused.error, cx.words);
        }
        self.events.refused(cx, &refused.error);
        respond::refused(&refused)
    }
}

/// Refuses what no client of ours would send; far larger heads never come here (see `http.rs`).
fn check_size(head: &Parts, words: Words) -> Result<()> {
    let address = head.uri.path_and_query().map_or(0, |address| address.as_str().len());
    if LONGEST_ADDRESS < address {
        return Err(Error::new(Code::AddressTooLong, words.of_code(Code::AddressTooLong)));
    }
    let headers: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if LARGEST_HEADERS < headers {
        return Err(Error::new(Code::HeadersTooLarge, words.of_code(Code::HeadersTooLarge)));
    }
    Ok(())
}

/// Refuses a path or method that is not there: 404 or 405. Below the app's own path, and but for signing in, who has
/// no valid token gets 401 instead, and does not learn which resources there are.
fn no_such_route(
    no_route: &NoRoute,
    app: &CompiledApp,
    path: &str,
    caller: Result<Caller, Refused>,
    words: Words,
) -> Refused {
    let below = path.strip_prefix(app.base_path()).and_then(|rest| rest.strip_prefix('/'));
    let is_private = below.is_some_and(|rest| !rest.starts_with("auth/"));
    if let (true, Err(refused)) = (is_private, caller) {
        return refused;
    }
    let header = match no_route {
        NoRoute::Path => None,
        NoRoute::Method { allow } => HeaderValue::try_from(allow).ok().map(|allow| (ALLOW, allow)),
    };
    Refused { error: no_route.error(words.lang()), header }
}
