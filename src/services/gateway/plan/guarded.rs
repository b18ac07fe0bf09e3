//! A write that depends on more than its own statement: a key, a version of the row, other rows.

use super::super::caller::Caller;
use super::super::compile::{CompiledApp, Offer};
use super::super::input::Params;
use super::super::routes::{Target, Verb};
use super::super::words;
use super::draft::{Draft, fill};
use super::{Input, Plan, PlannedAction, Tags, args, ready};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{IdempotencyKey, IfMatch, Statement, Write, row_tag};

/// Tells whether a request needs more than its statement.
///
/// # Errors
/// 428 when a change must say for which version of the row it is.
pub(super) fn is_needed(target: &Target<'_>, draft: &Draft<'_>, input: &Input<'_>) -> Result<bool> {
    let changes = matches!(target.verb, Verb::Update | Verb::Delete);
    if changes && target.resource.require_if_match && input.demands.if_match.is_none() {
        return Err(Error::new(Code::PreconditionRequired, words::if_match_required(input.lang)));
    }
    let writes = changes || target.verb == Verb::Create;
    let demanded = input.demands.key.is_some() || input.demands.if_match.is_some();
    Ok(writes && (demanded || !draft.references.is_empty()))
}

/// Plans such a write.
pub(super) fn plan(
    app: &CompiledApp,
    target: &Target<'_>,
    caller: &Caller,
    input: &Input<'_>,
    draft: Draft<'_>,
) -> Result<Plan> {
    let write = Write {
        app_id: app.name().to_owned(),
        query: draft.sql.into_owned(),
        args: args(draft.filled),
        user_id: Some(caller.user_id),
        references: draft.references,
        if_match: input.demands.if_match.map(|tags| if_match(target, caller, input, tags)).transpose()?,
        key: input.demands.key.map(|key| IdempotencyKey {
            user_id: caller.user_id,
            route: format!("{} {}", target.verb.methods()[0], target.resource.name()),
            key: key.to_owned(),
            request: request(target, input),
        }),
    };
    Ok(Plan { action: PlannedAction::Write(Box::new(write)), ignored: draft.ignored })
}

/// Makes what locks the row, and what shows it to its writer.
fn if_match(target: &Target<'_>, caller: &Caller, input: &Input<'_>, tags: &Tags) -> Result<IfMatch> {
    let lang = input.lang;
    let resource = target.resource;
    let no_tag = || Error::new(Code::BadRequest, words::no_tag(lang));
    if matches!(resource.show, Offer::Absent) {
        return Err(no_tag());
    }
    let show = ready(&resource.show, lang)?.roles.get(&caller.role);
    let (query, condition) = match target.verb {
        Verb::Update => {
            let update = ready(&resource.update, lang)?;
            let condition = &update.roles.get(&caller.role).condition;
            (update.find.by(&condition.sql), condition)
        }
        Verb::Delete => {
            let delete = ready(&resource.delete, lang)?;
            let statement = delete.roles.get(&caller.role);
            (delete.find.by(delete.condition(statement)), statement)
        }
        Verb::Create | Verb::List | Verb::Show => return Err(no_tag()),
    };
    let id = target.id.as_deref();
    let found = fill(condition, id, &Params::parse(input.query, lang)?, caller, lang)?;
    // The tag is that of the row as it is shown without parameters.
    let shown = fill(show, id, &Params::parse(None, lang)?, caller, lang)?;
    Ok(IfMatch {
        row: Statement { query, args: args(found) },
        show: Statement { query: show.sql.clone(), args: args(shown) },
        tags: match tags {
            Tags::Any => Vec::new(),
            Tags::These(tags) => tags.clone(),
        },
    })
}

/// Returns a tag of everything that one request has and another one of the same route may have otherwise.
fn request(target: &Target<'_>, input: &Input<'_>) -> String {
    let (id, query) = (target.id.as_deref().unwrap_or_default(), input.query.unwrap_or_default());
    // The lengths keep an id with a line break apart from a query string.
    let mut bytes = format!("{} {}\n{id}\n{query}\n", id.len(), query.len()).into_bytes();
    bytes.extend_from_slice(input.body);
    row_tag(&bytes)
}
