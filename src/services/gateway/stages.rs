//! The row of stages that a request goes through.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, Request};
use tokio::time::Instant;
use tracing::warn;

use super::caller::Caller;
use super::compile::CompiledApp;
use super::context::Context;
use super::demands::{self, Asked};
use super::messages::Words;
use super::origin::Origin;
use super::plan::{Demands, Input};
use super::problem::Form;
use super::respond::{self, Refused, Response};
use super::routes::{self, NoRoute, Route};
use super::sign_in::SignInLimits;
use super::state::{State, Tenant};
use super::{Gateway, auth, body, cors, options, problem, tenant};
use crate::config::HttpLimits;
use crate::error::{Code, Error, Result};

/// Headers of a request at most.
const HEADERS: usize = 100;
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
        let mut cx = self.context(&state, peer, &request);
        let deadline = cx.deadline;
        let (head, mut body) = request.into_parts();
        let stages = self.stages(&state, &mut cx, &head, &mut body);
        let outcome = match tokio::time::timeout_at(deadline, stages).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::new(Code::Timeout, "the request took too long").into()),
        };
        match &outcome {
            Ok(_) => {}
            // Who was too slow for the body is not waited for again.
            Err(refused) if refused.error.code == Code::RequestTimeout => {}
            Err(_) => body::discard(&head.headers, &mut body).await,
        }
        let response = outcome.unwrap_or_else(|refused| self.refuse(&cx, refused));
        self.finish(&cx, &head, response).await
    }

    fn context<B>(&self, state: &State, peer: SocketAddr, request: &Request<B>) -> Context {
        let headers = request.headers();
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
            peer: peer.ip(),
            origin,
            words: Words::asked_for(headers),
            now: i64::try_from(seconds).unwrap_or(i64::MAX),
            began,
            deadline: Instant::now() + settings.request_timeout,
            form: Form::asked_for(request.method(), headers),
            app: None,
            tenant: None,
            asked: None,
            quotas: Vec::new(),
            refused_by: None,
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
        let settings = &state.settings.gateway;
        let path = head.uri.path();
        if let Some(answer) = self.probe(cx, head).await {
            return answer;
        }
        let host = tenant::host(&head.uri, &head.headers, cx.words)?;
        let tenant = state.at_host(&host).ok_or_else(|| tenant::unknown(cx.words))?;
        cx.app = Some(tenant.app.name.clone());
        cx.tenant = Some(Arc::clone(tenant));
        check_size(head, &settings.limits, cx.words)?;
        if cors::is_preflight(&head.method, &head.headers) {
            return Ok(options::preflight(tenant, head));
        }
        if head.method == Method::OPTIONS && path == "*" {
            return Ok(respond::options(options::by_shape(&tenant.app.base_path, path)));
        }
        if let Some(answer) = tenant.static_files.answer(head, cx.words) {
            return answer;
        }
        tenant.traffic.count_address(cx)?;

        let caller = auth::caller(&tenant.key, &tenant.app.name, &head.headers, cx.now, cx.words);
        if let Ok(caller) = &caller {
            cx.user_id = Some(caller.user_id);
            tenant.traffic.count_user(caller.user_id, cx)?;
        } else if head.method == Method::OPTIONS && is_private(&tenant.app.base_path, path) {
            return Ok(respond::options(options::by_shape(&tenant.app.base_path, path)));
        }

        let in_flight = tenant.traffic.enter(tenant.app.limits.max_in_flight, cx)?;
        let app = tenant.ready.get(&tenant.app, &self.db, cx.options()).await?;
        let serving = Serving { gateway: self, tenant, app: &app, limits: &state.limits };
        let route = match routes::find(&app, head.method.as_str(), path) {
            Ok(route) => route,
            Err(NoRoute::Method { allow }) if head.method == Method::OPTIONS => {
                return Ok(respond::options(&allow));
            }
            Err(no_route) => return Err(no_such_route(&no_route, &app, path, caller, cx.words)),
        };
        cx.asks(&route);
        if !matches!(route, Route::Resource(_)) {
            demands::refuse_key(&head.headers, cx.words)?;
        }
        // Who is slow to send a body takes no place meanwhile: else a few of them would fill the app.
        drop(in_flight);
        let most = match &route {
            Route::Login | Route::Register => LARGEST_SIGN_IN.min(settings.max_body_bytes),
            Route::Resource(_) if caller.is_ok() => settings.max_body_bytes,
            Route::Resource(_) | Route::Logout | Route::Me => 0,
        };
        let body = match head.method {
            Method::POST | Method::PUT | Method::PATCH if most != 0 => {
                body::read(&head.headers, body, most, settings.limits.body_timeout, cx.words).await?
            }
            _ => Bytes::new(),
        };
        let _in_flight = tenant.traffic.enter(tenant.app.limits.max_in_flight, cx)?;
        let (query, max_depth, lang) = (head.uri.query(), settings.max_depth, cx.words.lang());
        let input = Input { query, body: &body, max_depth, lang, demands: Demands::default() };
        let outcome = match route {
            Route::Login => serving.login(cx, &input).await,
            Route::Register => serving.register(cx, &input).await,
            Route::Logout => caller.map(|_| serving.logout(cx)),
            Route::Me => serving.me(cx, &caller?, &input).await,
            Route::Resource(target) => {
                let caller = caller?;
                let asked = Asked::of(&head.headers, target.verb, cx.words)?;
                let input = Input { demands: asked.demands(), ..input };
                serving.resource(cx, &target, &caller, &input, path, &head.headers).await
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
        // What an installation lacks is told by the stage that needs it, in words for everybody.
        let is_told = refused.error.code == Code::Unsupported;
        if 500 <= refused.error.code.outcome().http && !is_told {
            refused.error = respond::public(refused.error, cx.words);
        }
        self.events.refused(cx, &refused.error);
        let problem = match cx.form {
            Form::Problem { has_body } => Some(problem::json(&refused.error, has_body, cx)),
            Form::Envelope => None,
        };
        respond::refused(&refused, problem)
    }
}

/// Refuses what is over the limits; far larger heads never come here (see `http.rs`).
fn check_size(head: &Parts, limits: &HttpLimits, words: Words) -> Result<()> {
    let address = head.uri.path_and_query().map_or(0, |address| address.as_str().len());
    if (limits.address_bytes as usize) < address {
        return Err(Error::new(Code::AddressTooLong, words.of_code(Code::AddressTooLong)));
    }
    let headers: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if (limits.header_bytes as usize) < headers || HEADERS < head.headers.len() {
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
    if let (true, Err(refused)) = (is_private(app.base_path(), path), caller) {
        return refused;
    }
    options::refused(no_route, words)
}

/// Tells whether what is at a path is only for those who are signed in to know.
fn is_private(base_path: &str, path: &str) -> bool {
    let below = path.strip_prefix(base_path).and_then(|rest| rest.strip_prefix('/'));
    below.is_some_and(|rest| !rest.starts_with("auth/"))
}
