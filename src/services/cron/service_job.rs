//! The `service` job: an action of one of our services, on behalf of an app.
//!
//! A job belongs to one app, so it may ask what is asked for one app, and for its own alone: an action that takes no
//! `app_id` concerns the whole host, and is for its operator.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::policy::Fault;
use crate::config::{App, Places, Problem, ServiceCall, Work, closest};
use crate::error::{Code, Error, Result};
use crate::ipc::client::Options;
use crate::ipc::{Action, Api, Client, Example};
use crate::services::{Entry, SERVICES, supervisor};

/// Bytes of a reply that are kept for whoever looks at the run.
const KEPT: usize = 4 << 10;
/// The parameter that says for which app something is asked.
const APP: &str = "app_id";
/// The parameter by which a service knows that it was asked before.
const KEY: &str = "idempotency_key";
/// The one action of the whole host that does no harm.
const HEALTH: &str = "health";
/// How long a call waits for a service that is away: it may just be restarting.
const PATIENCE: Duration = Duration::from_secs(2);

/// A request to any service, as it goes over the wire.
#[derive(Debug, Serialize, Deserialize)]
struct AnyRequest {
    action: String,
    params: Value,
}

impl Api for AnyRequest {
    const NAME: &'static str = "the service";
    const SUMMARY: &'static str = "any service";

    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

impl Action for AnyRequest {
    type Api = Self;
    type Reply = Value;
}

/// Returns what is wrong with the `service` jobs of an app, which only the list of services can tell.
pub fn problems(app: &App) -> Vec<Problem> {
    let jobs = app.cron.iter().flat_map(|cron| &cron.jobs);
    let calls = jobs.filter_map(|job| match &job.work {
        Work::Service(call) => Some(call),
        Work::QueryEmail(_) | Work::Http(_) => None,
    });
    calls.flat_map(|call| check(&app.name, call)).map(|problem| problem.app(&*app.name)).collect()
}

/// Asks the service of a job, and returns what it answered, or how many replies a stream had.
///
/// `key` names the run; a service that is asked twice with one key does it once, where it can tell.
///
/// # Errors
/// [`Code::Config`] for what [`problems`] tells, and those of the service.
pub(super) async fn run(
    places: &Places,
    max_frame_bytes: usize,
    app: &str,
    call: &ServiceCall,
    key: &str,
    deadline: Duration,
) -> Result<Value> {
    if let Some(problem) = check(app, call).into_iter().next() {
        let error = Error::new(Code::Config, problem.message);
        return Err(problem.hint.into_iter().fold(error, Error::hint));
    }
    let (entry, example) = find(call)?;
    let socket = match entry.name {
        supervisor::api::Request::NAME => places.control(),
        name => places.socket(name, 1),
    };
    let mut params = call.params.clone();
    for (name, value) in [(APP, app), (KEY, key)] {
        if takes(&example, name) && params.get(name).is_none() {
            params[name] = value.into();
        }
    }
    let request = AnyRequest { action: call.action.value.clone(), params };
    let client: Client<AnyRequest> = Client::new(&socket, PATIENCE, max_frame_bytes);
    // A stream as much as a single reply: whichever it is, it is read to its end.
    let replies = client.stream(Options { deadline, request_id: None }, request).await?;
    let (before, last) = replies.last().await?;
    Ok(match before {
        0 if last.len() <= KEPT => {
            json!({ "reply": serde_json::from_slice::<Value>(&last).unwrap_or_default() })
        }
        0 => json!({ "reply_bytes": last.len() }),
        _ => json!({ "replies": before }),
    })
}

/// Tells whether another attempt may succeed after this error of a service.
pub(super) fn fault(error: &Error) -> Fault {
    match error.code {
        Code::BadRequest
        | Code::Config
        | Code::Forbidden
        | Code::NotFound
        | Code::SqlError
        | Code::Unsupported
        | Code::Validation => Fault::Lasting,
        _ => Fault::Passing,
    }
}

fn check(app: &str, call: &ServiceCall) -> Vec<Problem> {
    let example = match find(call) {
        Ok((_, example)) => example,
        Err(error) => {
            let at = if SERVICES.iter().any(|entry| is_named(entry, call)) {
                &call.action.at
            } else {
                &call.service.at
            };
            let problem = Problem::error(at, error.message);
            return vec![error.hint.into_iter().fold(problem, Problem::hint)];
        }
    };
    let at = &call.action.at;
    let action = &call.action.value;
    let given = |name: &str| call.params.get(name);
    let mut problems = Vec::new();
    if !takes(&example, APP) && action != HEALTH {
        let message = format!("`{action}` is not asked for one app, and a job may ask for its own alone");
        problems.push(
            Problem::error(at, message)
                .hint("what concerns the whole host belongs to its own crontab, such as `sogo ctl`"),
        );
    }
    if let Some(other) = given(APP).filter(|other| *other != app) {
        problems.push(
            Problem::error(at, format!("`{APP}` is {other}, and a job may ask for its own app alone"))
                .hint("leave it out"),
        );
    }
    for name in example.required.iter().filter(|name| *name != APP && given(name).is_none()) {
        problems.push(Problem::error(at, format!("the parameter `{name}` of `{action}` is missing")));
    }
    let known = || example.required.iter().chain(&example.optional).map(String::as_str);
    for name in call.params.as_object().into_iter().flat_map(|params| params.keys()) {
        if !known().any(|known| known == name) {
            let problem = Problem::error(at, format!("`{action}` has no parameter `{name}`"));
            let near = closest(name, known()).map(|near| format!("did you mean `{near}`?"));
            problems.push(near.into_iter().fold(problem, Problem::hint));
        }
    }
    problems
}

/// Finds the service and the action of a call. A service goes by the name of its program, or by that without `sogoms-`.
fn find(call: &ServiceCall) -> Result<(&'static Entry, Example)> {
    let entry = SERVICES.iter().find(|entry| is_named(entry, call)).ok_or_else(|| {
        unknown(
            format!("there is no service `{}`", call.service.value),
            &call.service.value,
            SERVICES.iter().map(|entry| entry.name),
        )
    })?;
    let mut examples = (entry.examples)();
    let found = examples.iter().position(|example| example.action == call.action.value);
    if let Some(index) = found {
        return Ok((entry, examples.swap_remove(index)));
    }
    let message = format!("{} has no action `{}`", entry.name, call.action.value);
    Err(unknown(message, &call.action.value, examples.iter().map(|example| example.action.as_str())))
}

fn unknown<'a>(message: String, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let hint = match closest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
    };
    Error::new(Code::Config, message).hint(hint)
}

fn is_named(entry: &Entry, call: &ServiceCall) -> bool {
    let name = &call.service.value;
    entry.name == name || entry.name.strip_prefix("sogoms-") == Some(name)
}

fn takes(example: &Example, name: &str) -> bool {
    example.required.iter().chain(&example.optional).any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{At, Sourced};

    fn call(service: &str, action: &str, params: Value) -> ServiceCall {
        let text = |text: &str| Sourced::new(text.to_owned(), At::outside("cron.yaml"));
        ServiceCall { service: text(service), action: text(action), params }
    }

    #[test]
    fn a_job_asks_what_there_is_and_for_its_own_app() {
        let event = || json!({"event": "tidy"});
        for (service, action, params, told) in [
            ("sogoms-logs", "log_event", event(), &[][..]),
            ("logs", "log_event", event(), &[]),
            ("db", "health", json!({}), &[]),
            ("db", "query", json!({"app_id": "shop", "query": "SELECT 1"}), &[]),
            ("log", "log_event", event(), &["there is no service `log`"]),
            ("sogoms-db", "qery", json!({}), &["sogoms-db has no action `qery` = did you mean `query`?"]),
            (
                "db",
                "query",
                json!({"app_id": "bank", "query": "SELECT 1"}),
                &["`app_id` is \"bank\", and a job may ask for its own app alone = leave it out"],
            ),
            ("db", "query", json!({}), &["the parameter `query` of `query` is missing"]),
            (
                "db",
                "query",
                json!({"query": "SELECT 1", "agrs": []}),
                &["`query` has no parameter `agrs` = did you mean `args`?"],
            ),
            (
                "sogoctl",
                "status",
                json!({}),
                &["`status` is not asked for one app, and a job may ask for its own alone = what concerns"],
            ),
        ] {
            let found: Vec<String> = check("shop", &call(service, action, params))
                .into_iter()
                .map(|problem| {
                    problem.message + &problem.hint.map(|hint| format!(" = {hint}")).unwrap_or_default()
                })
                .collect();
            assert_eq!(found.len(), told.len(), "{service} {action}: {found:?}");
            for (found, told) in found.iter().zip(told) {
                assert!(found.starts_with(told), "{found}");
            }
        }
    }
}
