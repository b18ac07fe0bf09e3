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

/// A new user, checked: everything but the hash of the password.
#[derive(Debug)]
pub struct Registration {
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
/// `query` is the query string as the client wrote it, without `?`; `body` is read by the verbs that take one, and
/// ignored by the others.
///
/// # Errors
/// 400 for unknown or doubled parameters and for a body that is not JSON, 404 for an id that cannot be one, 422 for
/// everything that is wrong with values, all of it at once, by field; 500 CONFIG for what could not be made ready.
pub fn plan(
    app: &CompiledApp,
    target: &Target<'_>,
    caller: &Caller,
    query: Option<&str>,
    body: Option<&[u8]>,
    lang: Lang,
) -> Result<Plan> {
    let _ = (app, target, caller, query, body, lang);
    Err(not_yet())
}

/// Plans `auth/me`: the user's own row.
pub fn me(app: &CompiledApp, caller: &Caller, query: Option<&str>, lang: Lang) -> Result<QueryOne> {
    let _ = (app, caller, query, lang);
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

/// Plans a sign-up: every field but the password is checked as in a `create`, and the password is handed back.
///
/// Rules for passwords are not looked at here.
pub fn register(app: &CompiledApp, body: &[u8], lang: Lang) -> Result<Registration> {
    let _ = (app, body, lang);
    Err(not_yet())
}

fn not_yet() -> Error {
    Error::new(Code::Unsupported, "planning follows with the reader of statements")
}
