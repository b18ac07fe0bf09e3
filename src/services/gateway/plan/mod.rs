//! One request made into one action of sogoms-db. Pure: no I/O.

#[cfg(test)]
mod any_request;
mod draft;
mod guarded;
mod list;
mod read;
mod sign_in;
#[cfg(test)]
mod tests;
pub mod users;
mod write;

use crate::error::{Code, Error, Result};
use crate::services::db::api::{Args, Delete, Insert, Query, QueryOne, Update, Value, Write};

use super::caller::Caller;
use super::compile::{CompiledApp, Offer};
use super::routes::{Target, Verb};
use super::words::{self, Lang};

pub(crate) use self::draft::{Draft, DraftPage, Filled};
pub use self::list::{Page, PageAnswer};
pub(crate) use self::sign_in::draft_of_me;
pub use self::sign_in::{LONGEST_IDENTIFIER, Registration, load, login, me, register};

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
    /// What a write is asked to hold to.
    pub demands: Demands<'a>,
}

/// What the headers of a write ask it to hold to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Demands<'a> {
    /// The name under which its answer is kept (Idempotency-Key).
    pub key: Option<&'a str>,
    /// Which version of the row it is for (If-Match).
    pub if_match: Option<&'a Tags>,
}

/// Versions of a row, by their tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// Any there is: `*`.
    Any,
    /// One of these; none of ours is ever among those that begin with `W/`.
    These(Vec<String>),
}

/// What a request becomes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What sogoms-db is asked.
    pub action: PlannedAction,
    /// Fields of the body that were left out, because the resource answers them but does not take them
    /// (`meta.ignored`).
    pub ignored: Vec<String>,
}

/// The action of a [`Plan`].
#[derive(Debug, Clone)]
pub enum PlannedAction {
    /// A list: every row, up to the app's `max_rows`.
    Query(Query),
    /// A list of which a part is asked for, or a number.
    Page(Box<PlannedPage>),
    /// One row; none is a 404.
    QueryOne(QueryOne),
    /// A new row: 201 and `Location: {path}/{insert_id}`.
    Insert(Insert),
    /// A change; no row affected is a 404.
    Update(Update),
    /// A removal; no row affected is a 404.
    Delete(Delete),
    /// Any of the three, done only if what it depends on holds.
    Write(Box<Write>),
}

/// A list of which a part is asked for, or a number.
#[derive(Debug, Clone)]
pub struct PlannedPage {
    /// The rows of the page; every row when [`Page::limit`] is `None`.
    pub rows: Query,
    /// What counts the rows of all pages, in a column `count`.
    pub count: Option<Query>,
    /// What is answered beside the rows.
    pub page: Page,
}

/// Plans a verb of a resource.
///
/// # Errors
/// 400 for unknown or doubled parameters and for a body that is not JSON, 404 for an id that cannot be one, 422 for
/// everything that is wrong with values, all of it at once, by field; 428 for a change that must say for which version it is; 500 CONFIG for what could not be made ready.
pub fn plan(app: &CompiledApp, target: &Target<'_>, caller: &Caller, input: &Input<'_>) -> Result<Plan> {
    let draft = draft(app, target, caller, input)?;
    if guarded::is_needed(target, &draft, input)? {
        return guarded::plan(app, target, caller, input, draft);
    }
    let ignored = draft.ignored;
    let app_id = app.name().to_owned();
    let query = draft.sql.into_owned();
    let (args, user_id) = (args(draft.filled), Some(caller.user_id));
    let action = match (target.verb, draft.page) {
        (Verb::List, Some(more)) => {
            let DraftPage { count, page } = *more;
            let count = count.map(|(query, filled)| Query {
                app_id: app_id.clone(),
                query,
                args: self::args(filled),
                limit: Some(1),
                user_id,
                every_column: false,
            });
            let rows = Query { app_id, query, args, limit: page.limit(), user_id, every_column: false };
            PlannedAction::Page(Box::new(PlannedPage { rows, count, page }))
        }
        (Verb::List, None) => {
            PlannedAction::Query(Query { app_id, query, args, limit: None, user_id, every_column: false })
        }
        (Verb::Show, _) => PlannedAction::QueryOne(QueryOne { app_id, query, args, user_id }),
        (Verb::Create, _) => PlannedAction::Insert(Insert { app_id, query, args, user_id }),
        (Verb::Update, _) => PlannedAction::Update(Update { app_id, query, args, user_id }),
        (Verb::Delete, _) => PlannedAction::Delete(Delete { app_id, query, args, user_id }),
    };
    Ok(Plan { action, ignored })
}

/// Plans a verb of a resource, each value still beside its name and where it comes from.
pub(crate) fn draft<'a>(
    app: &CompiledApp,
    target: &'a Target<'_>,
    caller: &'a Caller,
    input: &Input<'_>,
) -> Result<Draft<'a>> {
    let Target { resource, verb, id } = target;
    let id = id.as_deref();
    match verb {
        Verb::List => {
            read::read(ready(&resource.list, input.lang)?.roles.get(&caller.role), id, caller, input)
        }
        Verb::Show => {
            read::read(ready(&resource.show, input.lang)?.roles.get(&caller.role), id, caller, input)
        }
        Verb::Delete => {
            read::read(ready(&resource.delete, input.lang)?.roles.get(&caller.role), id, caller, input)
        }
        Verb::Create => write::create(app, resource, ready(&resource.create, input.lang)?, caller, input),
        Verb::Update => write::update(app, resource, ready(&resource.update, input.lang)?, id, caller, input),
    }
}

/// Returns what a file offers, if it is ready.
fn ready<T>(offer: &Offer<T>, lang: Lang) -> Result<&T> {
    match offer {
        Offer::Ready(ready) => Ok(ready),
        Offer::Absent => Err(Error::new(Code::NotFound, words::not_found(lang))),
        Offer::Broken => Err(Error::new(Code::Config, words::misconfigured(lang))),
    }
}

fn args(filled: Vec<Filled<'_>>) -> Args {
    Args::Positional(filled.into_iter().map(|filled| filled.value).collect::<Vec<Value>>())
}
