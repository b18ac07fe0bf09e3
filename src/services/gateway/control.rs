//! Answers what is asked on the gateway's own socket.

use std::sync::Arc;

use super::Gateway;
use super::api::{Explain, Explanation, Health, HealthReply, Request, RouteList, Routes};
use super::caller::{Caller, DEFAULT_ROLE};
use super::explain;
use super::state::{State, Tenant};
use super::words::Lang;
use crate::error::{Code, Error, Result};
use crate::ipc::client::Options;
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
        let options = Options { deadline: call.remaining(), request_id: call.request_id.as_deref() };
        let compiled = tenant.ready.get(&tenant.app, &self.db, options).await?;
        let caller = action.user_id.map(|user_id| Caller {
            user_id,
            role: action.role.clone().unwrap_or_else(|| DEFAULT_ROLE.to_owned()),
            email: String::new(),
            name: String::new(),
        });
        let max_depth = state.settings.gateway.max_depth;
        let told = explain::explain(&tenant.app, &compiled, &action, caller.as_ref(), max_depth, Lang::En);
        Ok(told.explanation)
    }
}

fn tenant<'a>(state: &'a State, app: &str) -> Result<&'a Arc<Tenant>> {
    state.tenant(app).ok_or_else(|| {
        let names: Vec<&str> = state.tenants().map(|tenant| tenant.app.name.as_str()).collect();
        Error::new(Code::NotFound, format!("no app is called `{app}`"))
            .hint(format!("there are: {}", names.join(", ")))
    })
}
