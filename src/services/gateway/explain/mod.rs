//! Why a request is answered as it is: for `sogo way explain` and `sogo way routes`.
//!
//! It goes the way a request goes, through the same functions, and tells what each of them decided.

use std::path::Path;

use serde_json::Value as Json;

use super::api::{Argument, Explain, Explanation, RoleFilter, RouteInfo, Stage};
use super::caller::{Caller, TokenValue};
use super::compile::{
    self, CompiledApp, CompiledResource, FilterSource, Pointer, RoleStatement, RowFilter, ValueFrom,
};
use super::plan::{self, Demands, Draft, Filled, Input};
use super::routes::{self, NoRoute, Route, Target, Verb};
use super::words::{self, Lang};
use crate::config::{App, At};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Kind, Value};

/// What is told about a request.
#[derive(Debug)]
pub struct Explained {
    /// The stages, as far as the request gets, and the statement.
    pub explanation: Explanation,
    /// What refuses it, if something does: its status stands in the explanation already.
    pub refusal: Option<Error>,
}

/// Tells how a request would be planned, stage by stage, and where it would be refused; nothing is run.
///
/// `caller` is `None` for nobody: then a path that takes a token is refused. `max_depth` is that of bodies.
pub fn explain(
    app: &App,
    compiled: &CompiledApp,
    request: &Explain,
    caller: Option<&Caller>,
    max_depth: u32,
    lang: Lang,
) -> Explained {
    let explanation =
        Explanation { stages: Vec::new(), sql: None, arguments: Vec::new(), status: None, answer: None };
    let mut told = Telling { app, explanation };
    let body = request.body.as_ref().map(Json::to_string).unwrap_or_default();
    let (path, query) = match request.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.path.as_str(), None),
    };
    let input = Input { query, body: body.as_bytes(), max_depth, lang, demands: Demands::default() };
    let refusal = told.request(compiled, &request.method, path, caller, &input).err();
    if let Some(error) = &refusal {
        told.refusal(error);
    }
    Explained { explanation: told.explanation, refusal }
}

/// Lists the routes of an app with the filter of each role; the database is not needed for it.
pub fn routes(app: &App) -> Vec<RouteInfo> {
    let compiled = compile::compile_files(app);
    let mut routes = routes_of_sign_in(app, &compiled);
    for resource in compiled.resources() {
        let verbs = resource.verbs().map(|verb| route(app, resource, verb));
        routes.extend(verbs);
    }
    routes
}

fn route(app: &App, resource: &CompiledResource, verb: Verb) -> RouteInfo {
    let (source, filters) = match resource.filters(verb) {
        Some((at, filters)) => (place(app, at), filters),
        None => (relative(app, &resource.file), Vec::new()),
    };
    let filter = |(role, filter): (&str, &RowFilter)| RoleFilter {
        role: role.to_owned(),
        filter: filter.text.clone(),
    };
    let id = if verb.has_id() { "/{id}" } else { "" };
    RouteInfo {
        app: app.name.clone(),
        method: verb.methods()[0].to_owned(),
        path: format!("{}/{}{id}", app.base_path, resource.name()),
        auth: true,
        does: verb.name().to_owned(),
        filters: filters.into_iter().map(filter).collect(),
        source,
    }
}

fn routes_of_sign_in(app: &App, compiled: &CompiledApp) -> Vec<RouteInfo> {
    let Some(auth) = &app.queries.auth else { return Vec::new() };
    let route = |method: &str, does: &str, needs_token: bool, at: &At| RouteInfo {
        app: app.name.clone(),
        method: method.to_owned(),
        path: format!("{}/auth/{does}", app.base_path),
        auth: needs_token,
        does: does.to_owned(),
        filters: Vec::new(),
        source: place(app, at),
    };
    let mut routes = Vec::new();
    routes.extend(auth.register.as_ref().map(|register| route("POST", "register", false, &register.at)));
    if compiled.has_sign_in() {
        routes.push(route("POST", "login", false, &auth.login.at));
        routes.push(route("POST", "logout", true, &auth.login.at));
    }
    routes.extend(auth.me.as_ref().map(|me| route("GET", "me", true, &me.at)));
    routes
}

/// An explanation in the making.
struct Telling<'a> {
    app: &'a App,
    explanation: Explanation,
}

impl Telling<'_> {
    fn stage(&mut self, stage: &str, decision: impl Into<String>, source: Option<String>) {
        self.explanation.stages.push(Stage { stage: stage.to_owned(), decision: decision.into(), source });
    }

    fn request(
        &mut self,
        compiled: &CompiledApp,
        method: &str,
        path: &str,
        caller: Option<&Caller>,
        input: &Input<'_>,
    ) -> Result<()> {
        self.stage("app", &*self.app.name, Some(place(self.app, &self.app.at)));
        let needs_token = || Error::new(Code::Unauthorized, words::no_token(input.lang));
        match caller {
            Some(caller) => {
                self.stage("user", caller.user_id.to_string(), None);
                self.stage("role", &*caller.role, None);
            }
            None => self.stage("user", "nobody", None),
        }
        let route = routes::find(compiled, &method.to_ascii_uppercase(), path).map_err(|no_route| {
            if matches!(no_route, NoRoute::Path) {
                self.stage("resource", no_resource(compiled, path), None);
            }
            no_route.error(input.lang)
        })?;
        match route {
            Route::Login => self.login(compiled),
            Route::Register => self.sign_in(
                "register",
                self.app
                    .queries
                    .auth
                    .as_ref()
                    .and_then(|auth| auth.register.as_ref())
                    .map(|register| &register.at),
            ),
            Route::Logout => self.sign_in("logout", None),
            Route::Me => {
                let caller = caller.ok_or_else(needs_token)?;
                self.me(compiled, caller, input)?;
            }
            Route::Resource(target) => {
                let caller = caller.ok_or_else(needs_token)?;
                self.resource(compiled, &target, caller, input)?;
            }
        }
        Ok(())
    }

    fn sign_in(&mut self, does: &str, at: Option<&At>) {
        let source = at.map(|at| place(self.app, at));
        self.stage("resource", format!("auth: {does}"), source);
    }

    fn login(&mut self, compiled: &CompiledApp) {
        let at = self.app.queries.auth.as_ref().map(|auth| &auth.login.at);
        self.sign_in("login", at);
        if let Some(statement) = compiled.sign_in.as_ref().and_then(|sign_in| sign_in.login.ready()) {
            self.statement(statement);
            self.explanation.sql = Some(statement.sql.clone());
        }
    }

    fn me(&mut self, compiled: &CompiledApp, caller: &Caller, input: &Input<'_>) -> Result<()> {
        self.sign_in("me", self.app.queries.auth.as_ref().and_then(|auth| auth.me.as_ref()).map(|me| &me.at));
        if let Some(me) = compiled.sign_in.as_ref().and_then(|sign_in| sign_in.me.ready()) {
            self.statement(me.roles.get(&caller.role));
        }
        self.draft(plan::draft_of_me(compiled, caller, input)?);
        Ok(())
    }

    fn resource(
        &mut self,
        compiled: &CompiledApp,
        target: &Target<'_>,
        caller: &Caller,
        input: &Input<'_>,
    ) -> Result<()> {
        let Target { resource, verb, .. } = target;
        let filters = resource.filters(*verb);
        let source = match &filters {
            Some((at, _)) => place(self.app, at),
            None => relative(self.app, &resource.file),
        };
        self.stage("resource", format!("{}: {verb}", resource.name()), Some(source));
        match verb {
            Verb::List | Verb::Show => {
                let read = if *verb == Verb::List { &resource.list } else { &resource.show };
                if let Some(read) = read.ready() {
                    self.statement(read.roles.get(&caller.role));
                }
            }
            Verb::Update => {
                if let Some(update) = resource.update.ready() {
                    self.statement(&update.roles.get(&caller.role).condition);
                    self.references(compiled, &update.references, caller);
                }
            }
            Verb::Delete => {
                if let Some(delete) = resource.delete.ready() {
                    self.statement(delete.roles.get(&caller.role));
                }
            }
            Verb::Create => {
                if let Some(create) = resource.create.ready() {
                    self.filter(&create.roles.get(&caller.role).filter);
                    self.stage("tables", &*create.table, None);
                    self.references(compiled, &create.references, caller);
                }
            }
        }
        let draft = plan::draft(compiled, target, caller, input).inspect_err(|error| {
            if let (Code::NotFound, Some(id)) = (error.code, &target.id) {
                self.stage("id", format!("`{id}` can be the id of no row"), None);
            }
        })?;
        self.draft(draft);
        Ok(())
    }

    /// Tells which rows the fields of a body may point at.
    fn references(&mut self, compiled: &CompiledApp, pointers: &[Pointer], caller: &Caller) {
        for Pointer { field, resource } in pointers {
            let show = compiled.resource(resource).and_then(|resource| resource.show.ready());
            let Some(show) = show else { continue };
            let filter = &show.roles.get(&caller.role).filter.text;
            let whose = if filter.is_empty() { "every row" } else { filter };
            let decision = format!("`{field}` points at {resource}: {whose}");
            self.stage("reference", decision, Some(place(self.app, &show.at)));
        }
    }

    /// Tells the filter of a statement, and which tables it covers.
    fn statement(&mut self, statement: &RoleStatement) {
        self.filter(&statement.filter);
        let mut tables = statement.tables.join(", ");
        if !statement.inner_tables.is_empty() {
            let inner = statement.inner_tables.join(", ");
            tables = format!("{tables}; in subqueries, not covered by the filter: {inner}");
        }
        self.stage("tables", tables, None);
    }

    fn filter(&mut self, filter: &RowFilter) {
        let text = &filter.text;
        let (decision, source) = match &filter.source {
            FilterSource::Entry(at) if text.is_empty() => {
                ("none: the role has every row".to_owned(), Some(place(self.app, at)))
            }
            FilterSource::Entry(at) => (text.clone(), Some(place(self.app, at))),
            FilterSource::Statement => (format!("{text}, by the statement itself"), None),
            FilterSource::Unfiltered(file) => {
                ("none: `unfiltered: true`".to_owned(), Some(relative(self.app, file)))
            }
            FilterSource::Automatic => (format!("{text}, automatic: nothing says otherwise"), None),
            FilterSource::SignIn => ("none: the statement is about the user alone".to_owned(), None),
        };
        self.stage("filter", decision, source);
    }

    /// Tells the final statement and its arguments.
    fn draft(&mut self, draft: Draft<'_>) {
        if !draft.ignored.is_empty() {
            self.stage("ignored", draft.ignored.join(", "), None);
        }
        if let Some((sql, _)) = draft.page.as_ref().and_then(|page| page.count.as_ref()) {
            self.stage("count", sql.as_str(), None);
        }
        self.explanation.arguments = draft.filled.iter().map(argument).collect();
        self.explanation.sql = Some(draft.sql.into_owned());
    }

    fn refusal(&mut self, error: &Error) {
        let status = error.code.outcome().http;
        let fields = error.fields.iter().map(|field| format!("{}: {}", field.field, field.message));
        let details: Vec<String> = fields.chain(error.hint.as_ref().map(ToString::to_string)).collect();
        let mut decision = format!("{status} {}: {}", error.code, error.message);
        if !details.is_empty() {
            decision = format!("{decision} ({})", details.join("; "));
        }
        self.stage("refused", decision, None);
        self.explanation.status = Some(status);
    }
}

/// Tells why no route has this path, which the world is not told.
fn no_resource(compiled: &CompiledApp, path: &str) -> String {
    let base = compiled.base_path();
    let Some(rest) = path.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')) else {
        return format!("none: the paths of this app begin with {base}/");
    };
    let name = rest.split('/').next().unwrap_or_default();
    if name == "auth" || compiled.resource(name).is_some() {
        return format!("none: `{name}` has no such path");
    }
    let names: Vec<&str> = compiled.resources().map(CompiledResource::name).collect();
    format!("none is called `{name}`; there are: {}", names.join(", "))
}

fn argument(filled: &Filled<'_>) -> Argument {
    let from = match filled.from {
        None => "absent",
        Some(ValueFrom::Token(TokenValue::UserId | TokenValue::Role | TokenValue::Email)) => "token",
        Some(ValueFrom::Path) => "path",
        Some(ValueFrom::Query) => "query",
        Some(ValueFrom::Body) => "body",
    };
    Argument {
        name: filled.name.to_owned(),
        value: shown(&filled.value),
        kind: kind_name(filled.kind).to_owned(),
        from: from.to_owned(),
    }
}

/// Returns a value as JSON; a number whose digits JSON's own numbers would lose is shown as text.
fn shown(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Number(text) | Value::Text(text) => text.as_str().into(),
    }
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "int",
        Kind::Unsigned => "unsigned",
        Kind::Bool => "bool",
        Kind::Decimal => "decimal",
        Kind::Float => "float",
        Kind::Text => "text",
        Kind::Date => "date",
        Kind::DateTime => "datetime",
        Kind::Time => "time",
        Kind::Json => "json",
        Kind::Blob => "blob",
        Kind::Bit => "bit",
    }
}

/// Returns a place as `file:line`, the file seen from the configuration folder.
fn place(app: &App, at: &At) -> String {
    format!("{}:{}", relative(app, at.file()), at.line)
}

fn relative(app: &App, file: &Path) -> String {
    let config = app.folder.parent().and_then(Path::parent).unwrap_or(&app.folder);
    file.strip_prefix(config).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests;
