//! Answers what is asked on the gateway's own socket.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::SystemTime;

use http_body_util::BodyExt as _;
use hyper::header::HeaderMap;
use serde_json::value::RawValue;

use super::api::{Explain, Explanation, Health, HealthReply, Request, RouteList, Routes};
use super::caller::Caller;
use super::context::Context;
use super::messages::Words;
use super::origin::Origin;
use super::plan::{Demands, Input};
use super::problem::Form;
use super::respond::Response;
use super::routes::{self, Route};
use super::stages::Serving;
use super::state::{State, Tenant};
use super::words::Lang;
use super::{Gateway, explain};
use crate::error::{Code, Error, Result};
use crate::ipc::{Answer, Call, Handle, Service, answer};
use crate::services::health;

impl Service for Gateway {
    type Api = Request;

    async fn dispatch(&self, call: Call, request: Request) -> Result<Answer> {
        match request {
            Request::Routes(action) => answer(self.handle(&call, action).await),
            Request::Explain(action) => answer(self.handle(&call, action).await),
            Request::Health(action) => answer(self.handle(&call, action).await),
        }
    }
}

impl Handle<Health> for Gateway {
    async fn handle(&self, _call: &Call, _action: Health) -> Result<HealthReply> {
        let problems = self.state.load().problems();
        Ok(HealthReply {
            health: health::Health::of("sogoway", self.began.elapsed(), problems),
            listening: self.listening.clone(),
        })
    }
}

impl Handle<Routes> for Gateway {
    async fn handle(&self, _call: &Call, action: Routes) -> Result<RouteList> {
        let state = self.state.load_full();
        let routes = match &action.app {
            Some(app) => explain::routes(&tenant(&state, app)?.app),
            None => state.tenants().flat_map(|tenant| explain::routes(&tenant.app)).collect(),
        };
        Ok(RouteList { routes })
    }
}

impl Handle<Explain> for Gateway {
    async fn handle(&self, call: &Call, action: Explain) -> Result<Explanation> {
        let state = self.state.load_full();
        let tenant = tenant(&state, &action.app)?;
        let cx = self.explaining(call);
        let app = tenant.ready.get(&tenant.app, &self.db, cx.options()).await?;
        let serving = Serving { gateway: self, tenant, app: &app, limits: &state.limits };
        let found = match (&action.user, action.user_id) {
            (Some(known_by), None) => {
                let caller = serving.caller_known_by(&cx, known_by, action.role.clone()).await?;
                Some((caller, true))
            }
            (None, Some(user_id)) => Some(serving.caller(&cx, user_id, action.role.clone()).await?),
            (None, None) => None,
            (Some(_), Some(_)) => {
                return Err(Error::new(Code::BadRequest, "`user` and `user_id` both name who asks")
                    .hint("give one of them"));
            }
        };
        let (caller, exists) = found.map_or((None, true), |(caller, exists)| (Some(caller), exists));
        let max_depth = state.settings.gateway.max_depth;
        let told = explain::explain(&tenant.app, &app, &action, caller.as_ref(), max_depth, cx.words.lang());
        let mut explanation = told.explanation;
        if let Some(user) = explanation.stages.iter_mut().find(|stage| stage.stage == "user" && !exists) {
            user.decision.push_str(", and there is no such user");
        }
        let answer = match (told.refusal, &caller) {
            (Some(refusal), _) => Some(self.refuse(&cx, refusal.into())),
            (None, Some(caller)) if action.run => serving.run(&cx, &action, caller, max_depth).await,
            (None, _) => None,
        };
        if let Some(answer) = answer {
            explanation.status = Some(answer.status().as_u16());
            explanation.answer = raw(answer).await;
        }
        Ok(explanation)
    }
}

impl Gateway {
    /// Returns the circumstances of a request that an operator has explained.
    fn explaining(&self, call: &Call) -> Context {
        let now = SystemTime::now();
        let id = call.request_id.clone();
        Context {
            id: id.unwrap_or_else(|| self.request_ids.of(&HeaderMap::new(), false, now)),
            peer: Ipv4Addr::LOCALHOST.into(),
            origin: Origin { address: Ipv4Addr::LOCALHOST.into(), one_client: true },
            words: Words::of(Lang::En),
            now: 0,
            began: std::time::Instant::now(),
            deadline: call.deadline,
            form: Form::Envelope,
            // What an operator tries is no event of the app.
            app: None,
            tenant: None,
            asked: None,
            quotas: Vec::new(),
            refused_by: None,
            user_id: None,
            account: None,
        }
    }
}

impl Serving<'_> {
    /// Runs a request to a resource, as this user; `None` for signing in and up, which are not run on trial.
    async fn run(&self, cx: &Context, action: &Explain, caller: &Caller, max_depth: u32) -> Option<Response> {
        let (path, query) = match action.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (action.path.as_str(), None),
        };
        let body = action.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let input = Input {
            query,
            body: body.as_bytes(),
            max_depth,
            lang: cx.words.lang(),
            demands: Demands::default(),
        };
        let outcome = match routes::find(self.app, &action.method, path).ok()? {
            Route::Resource(target) => {
                self.resource(cx, &target, caller, &input, path, &HeaderMap::new()).await
            }
            Route::Me => self.me(cx, caller, &input).await,
            Route::Login | Route::Register | Route::Logout => return None,
        };
        Some(outcome.unwrap_or_else(|refused| self.gateway.refuse(cx, refused)))
    }
}

/// Returns the body of an answer, as the JSON that it is.
async fn raw(answer: Response) -> Option<Box<RawValue>> {
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    RawValue::from_string(String::from_utf8(body.into()).ok()?).ok()
}

fn tenant<'a>(state: &'a State, app: &str) -> Result<&'a Arc<Tenant>> {
    state.tenant(app).ok_or_else(|| {
        let names: Vec<&str> = state.tenants().map(|tenant| tenant.app.name.as_str()).collect();
        Error::new(Code::NotFound, format!("no app is called `{app}`"))
            .hint(format!("there are: {}", names.join(", ")))
    })
}
