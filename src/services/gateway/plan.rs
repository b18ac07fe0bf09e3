//! One request made into one action of sogoms-db. Pure: no I/O.

use crate::error::{Code, Error, Result};
use crate::services::db::api::{Args, Delete, Insert, Query, QueryOne, Update, Value};

use super::caller::Caller;
use super::compile::CompiledApp;
use super::routes::Target;
use super::words::Lang;

/// What a request becomes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What sogoms-db is asked.
    pub action: PlannedAction,
    /// Fields of the body that were left out, because the resource answers them but does not take them (`meta.ignored`).
    pub ignored: Vec<String>,
}

/// The action of a [`Plan`].
#[derive(Debug, Clone)]
pub enum PlannedAction {
    /// A list: every row, up to the app's `max_rows`.
    Query(Query),
    /// One row; none is a 404.
    QueryOne(QueryOne),
    /// A new row: 201 and `Location: {path}/{insert_id}`.
    Insert(Insert),
    /// A change; no row affected is a 404.
    Update(Update),
    /// A removal; no row affected is a 404.
    Delete(Delete),
}

/// What a request brings besides its method and path.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The query string as the client wrote it, without `?`; `None` and empty mean the same.
    pub query: Option<&'a str>,
    /// The body: read by the verbs that take one, ignored by the others.
    pub body: &'a [u8],
    /// Levels of nesting in the body at most.
    pub max_depth: u32,
    /// The language of messages.
    pub lang: Lang,
}

/// A new user, checked: everything but the hash of the password.
#[derive(Debug)]
pub struct Registration {
    /// What the user will sign in with.
    pub identifier: String,
    /// The password as it was typed; to be hashed.
    pub password: String,
    insert: Insert,
}

impl Registration {
    /// Returns the INSERT of the user's row with this hash of the password.
    pub fn insert(mut self, hash: String) -> Insert {
        // The password's column was put last.
        if let Args::Positional(values) = &mut self.insert.args {
            values.push(Value::Text(hash));
        }
        self.insert
    }
}

/// Plans a verb of a resource.
///
/// # Errors
/// 400 for unknown or doubled parameters and for a body that is not JSON, 404 for an id that cannot be one, 422 for
/// everything that is wrong with values, all of it at once, by field; 500 CONFIG for what could not be made ready.
pub fn plan(app: &CompiledApp, target: &Target<'_>, caller: &Caller, input: &Input<'_>) -> Result<Plan> {
    let _ = (app, target, caller, input);
    Err(not_yet())
}

/// Plans `auth/me`: the user's own row.
pub fn me(app: &CompiledApp, caller: &Caller, input: &Input<'_>) -> Result<QueryOne> {
    let _ = (app, caller, input);
    Err(not_yet())
}

/// Plans the lists that a sign-in answers beside the token (`login.load`), by the name of their resource.
pub fn load(app: &CompiledApp, caller: &Caller) -> Result<Vec<(String, Query)>> {
    let _ = (app, caller);
    Err(not_yet())
}

/// Plans the query for the row of the user who signs in with this identifier.
pub fn login(app: &CompiledApp, identifier: &str) -> Result<QueryOne> {
    let _ = (app, identifier);
    Err(not_yet())
}

/// Plans a sign-up: every field is checked as in a `create`, the password by the app's own rules; it is handed back to
/// be hashed.
pub fn register(app: &CompiledApp, input: &Input<'_>) -> Result<Registration> {
    let _ = (app, input);
    Err(not_yet())
}

fn not_yet() -> Error {
    Error::new(Code::Unsupported, "planning follows with the reader of statements")
}
