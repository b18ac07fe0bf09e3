//! What may be asked of `sogoway` on its own socket; the API of the apps is HTTP.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::actions;
use crate::ipc::{Api, Example};
use crate::services::health;

/// All requests of `sogoway`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Request {
    /// See [`Routes`].
    Routes(Routes),
    /// See [`Explain`].
    Explain(Explain),
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    Routes => RouteList,
    Explain => Explanation,
    Health => HealthReply,
}

/// Lists the routes of the apps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routes {
    /// Only this app, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
}

/// Tells how a request would be answered, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// The app.
    pub app: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query string, as the client writes them.
    pub path: String,
    /// The user who asks; nobody without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// The same by what the user signs in with, such as an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's role, if another than the one in the users table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The body of the request, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Whether to run the statement as well; without it nothing is run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub run: bool,
}

/// Tells the state of the service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

/// The reply to [`Routes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteList {
    /// The routes, by app and path.
    pub routes: Vec<RouteInfo>,
}

/// The reply to [`Health`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReply {
    /// The service itself.
    #[serde(flatten)]
    pub health: health::Health,
    /// The addresses it listens on, with the port that a `-port 0` became.
    pub listening: Vec<String>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteInfo {
    /// The app.
    pub app: String,
    /// The HTTP method.
    pub method: String,
    /// The path, with `{id}` where an id stands.
    pub path: String,
    /// Whether it takes a token.
    pub auth: bool,
    /// What it does: `list`, `show`, `create`, `update`, `delete`, `login`, …
    pub does: String,
    /// The filter of each role: who sees or changes what.
    pub filters: Vec<RoleFilter>,
    /// Where it is configured: `file:line`.
    pub source: String,
}

/// The filter of one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleFilter {
    /// The role.
    pub role: String,
    /// The condition; empty when the role may see or change every row.
    pub filter: String,
}

/// The reply to [`Explain`]: the stages in order, as far as the request gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Explanation {
    /// The stages.
    pub stages: Vec<Stage>,
    /// The statement that reaches the database, with `?` for each argument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// Its arguments, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Argument>,
    /// The HTTP status that ends the request before the database, or that a run had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of the answer, when it was run or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Box<RawValue>>,
}

/// One stage of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name: `app`, `user`, `role`, `resource`, `filter`, `tables`.
    pub stage: String,
    /// What it decided.
    pub decision: String,
    /// Where that comes from: `file:line`, where it comes from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// One argument of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Name of the placeholder.
    pub name: String,
    /// The value that is bound.
    pub value: Value,
    /// How it is bound: `int`, `text`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the value comes from: `token`, `path`, `query`, `body`, `absent`.
    pub from: String,
}

impl Api for Request {
    const NAME: &'static str = "sogoway";
    const SUMMARY: &'static str = "HTTP gateway: tenants by host name, tokens, routes, row filters";

    fn examples() -> Vec<Example> {
        let stage = |stage: &str, decision: &str, source: Option<&str>| Stage {
            stage: stage.to_owned(),
            decision: decision.to_owned(),
            source: source.map(str::to_owned),
        };
        vec![
            Example::of(
                "Lists the routes of all apps, or of `app`, with the filter of each role.",
                Routes { app: Some("prokov".to_owned()) },
                &RouteList {
                    routes: vec![RouteInfo {
                        app: "prokov".to_owned(),
                        method: "GET".to_owned(),
                        path: "/api/projects".to_owned(),
                        auth: true,
                        does: "list".to_owned(),
                        filters: vec![RoleFilter {
                            role: "default".to_owned(),
                            filter: "user_id = :user_id".to_owned(),
                        }],
                        source: "apps/prokov/queries/projects.yaml:1".to_owned(),
                    }],
                },
            ),
            Example::of(
                "Tells the stages of a request, which filter applies and from which line of which file, the tables \
                 read, the final statement and its arguments. Nothing is run unless `run` is true: then \
                 `status` and `answer` are what the client would get. `user_id` is who asks, nobody without it, or `user` by what they \
                 sign in with; `role` (text) replaces the role that the users table gives, and `body` (any JSON) is the request's.",
                Explain {
                    app: "prokov".to_owned(),
                    method: "GET".to_owned(),
                    path: "/api/projects".to_owned(),
                    user_id: Some(3),
                    user: None,
                    role: None,
                    body: None,
                    run: false,
                },
                &Explanation {
                    stages: vec![
                        stage("app", "prokov", Some("apps/prokov/app.yaml:1")),
                        stage("user", "3", None),
                        stage("role", "default", None),
                        stage("resource", "projects: list", Some("apps/prokov/queries/projects.yaml:1")),
                        stage("filter", "user_id = :user_id", Some("apps/prokov/queries/projects.yaml:5")),
                        stage("tables", "projects", None),
                    ],
                    sql: Some(
                        "SELECT id, name FROM projects WHERE (user_id = ?) ORDER BY position ASC".to_owned(),
                    ),
                    arguments: vec![Argument {
                        name: "user_id".to_owned(),
                        value: 3.into(),
                        kind: "int".to_owned(),
                        from: "token".to_owned(),
                    }],
                    status: None,
                    answer: None,
                },
            ),
            Example::of(
                "Tells that the gateway is well, what is wrong with the configuration, and where it listens.",
                Health {},
                &HealthReply {
                    health: health::Health::example("sogoway"),
                    listening: vec!["127.0.0.1:8080".to_owned()],
                },
            ),
        ]
    }
}
