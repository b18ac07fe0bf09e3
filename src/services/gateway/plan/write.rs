//! `create` and `update`: the statement holds the columns that the body gives.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::super::caller::Caller;
use super::super::compile::{
    CompiledApp, CompiledResource, Create, Field, Owned, Pointer, Update, ValueFrom,
};
use super::super::input::{Body, Params, Wrong, from_json};
use super::super::words::{self, Lang};
use super::Input;
use super::draft::{Draft, Filled, fill};
use crate::config::closest;
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Reference, Value};

/// Unknown fields that are told by name; a body may hold a hundred thousand of them.
const TOLD: usize = 20;

/// What a body gives, sorted out.
pub(super) struct Given<'a> {
    /// Columns with their values, in the order of the body.
    pub(super) values: Vec<(&'a Field, Value)>,
    /// Fields that are left out.
    pub(super) ignored: Vec<String>,
    /// Everything that is wrong; no field of it when nothing is.
    pub(super) wrong: Error,
}

impl<'a> Given<'a> {
    /// Makes one that nothing was given to.
    pub(super) fn new(lang: Lang) -> Self {
        let wrong = Error::new(Code::Validation, words::wrong_fields(lang));
        Self { values: Vec::new(), ignored: Vec::new(), wrong }
    }

    /// Notes what is wrong with a field.
    pub(super) fn refuse(&mut self, field: &str, message: impl Into<Cow<'static, str>>) {
        let wrong = std::mem::replace(&mut self.wrong, Error::new(Code::Validation, ""));
        self.wrong = wrong.field(field.to_owned(), message);
    }

    /// Takes the value of a column.
    pub(super) fn take(&mut self, field: &'a Field, raw: &RawValue, lang: Lang) {
        match from_json(field, raw) {
            Ok(value) => self.values.push((field, value)),
            // What a new row needs is told as that, not as a column that takes no null.
            Err(Wrong::Null) if field.required => {
                self.refuse(&field.name, words::wrong(lang, &Wrong::Required));
            }
            Err(wrong) => self.refuse(&field.name, words::wrong(lang, &wrong)),
        }
    }

    /// Notes a field that is no column to be written: known ones are left out, others are refused.
    fn leave(&mut self, name: &str, answered: &[String], fields: &[Field], lang: Lang) {
        if answered.iter().any(|known| known == name) {
            self.ignored.push(name.to_owned());
        } else {
            self.unknown(name, fields, lang);
        }
    }

    /// Refuses a field that nobody knows.
    pub(super) fn unknown(&mut self, name: &str, fields: &[Field], lang: Lang) {
        if self.wrong.fields.len() < TOLD {
            let near = closest(name, fields.iter().map(|field| field.name.as_str()));
            self.refuse(name, words::unknown_field(lang, near));
        }
    }

    /// Refuses a new row that lacks what it needs.
    pub(super) fn require(&mut self, fields: &[Field], is_given: impl Fn(&str) -> bool, lang: Lang) {
        for field in fields.iter().filter(|field| field.required) {
            if !is_given(&field.name) {
                self.refuse(&field.name, words::wrong(lang, &Wrong::Required));
            }
        }
    }

    /// Fails if something is wrong.
    pub(super) fn checked(self) -> Result<Self> {
        if self.wrong.fields.is_empty() { Ok(self) } else { Err(self.wrong) }
    }
}

/// Makes an INSERT of what the body gives and the token forces.
pub(super) fn create<'a>(
    app: &CompiledApp,
    resource: &'a CompiledResource,
    create: &'a Create,
    caller: &'a Caller,
    input: &Input<'_>,
) -> Result<Draft<'a>> {
    Params::parse(input.query, input.lang)?.only(&[], input.lang)?;
    let body = Body::parse(input.body, input.max_depth, input.lang)?;
    let ownership = create.roles.get(&caller.role);
    let mut given = Given::new(input.lang);
    for (name, raw) in &body.fields {
        if named(&ownership.forced, name).is_some() {
            given.ignored.push(name.clone().into_owned());
        } else if let Some(field) = create.fields.iter().find(|field| field.name == *name) {
            given.take(field, raw, input.lang);
        } else {
            given.leave(name, &resource.answered, &create.fields, input.lang);
        }
    }
    let offered = ownership.offered.iter().filter(|owned| body.get(&owned.name).is_none());
    let from_token: Vec<&Owned> = ownership.forced.iter().chain(offered).collect();
    let is_given = |name: &str| {
        body.get(name).is_some() || from_token.iter().any(|owned| owned.name.eq_ignore_ascii_case(name))
    };
    given.require(&create.fields, is_given, input.lang);
    let references = references(app, &create.references, &mut given, caller, input.lang)?;
    let Given { values, ignored, .. } = given.checked()?;
    let mut columns: Vec<(&str, &str)> = Vec::with_capacity(from_token.len() + values.len());
    let mut filled = Vec::with_capacity(columns.capacity());
    for owned in from_token {
        columns.push((&owned.quoted, "?"));
        filled.push(from_caller(owned, caller));
    }
    for (field, value) in values {
        columns.push((&field.quoted, field.mark()));
        filled.push(from_body(field, value));
    }
    let sql = if columns.is_empty() { create.bare.clone() } else { insert(&create.head, &columns) };
    Ok(Draft { sql: Cow::Owned(sql), filled, ignored, references, page: None })
}

/// Makes an UPDATE of what the body gives.
pub(super) fn update<'a>(
    app: &CompiledApp,
    resource: &'a CompiledResource,
    update: &'a Update,
    id: Option<&str>,
    caller: &'a Caller,
    input: &Input<'_>,
) -> Result<Draft<'a>> {
    let change = update.roles.get(&caller.role);
    let params = Params::parse(input.query, input.lang)?;
    params.only(&change.condition.params, input.lang)?;
    let condition = fill(&change.condition, id, &params, caller, input.lang)?;
    let body = Body::parse(input.body, input.max_depth, input.lang)?;
    let mut given = Given::new(input.lang);
    for (name, raw) in &body.fields {
        if let Some(owned) = named(&change.protected, name) {
            if is_own(owned, raw, caller) {
                given.ignored.push(name.clone().into_owned());
            } else {
                given.refuse(name, words::protected_field(input.lang));
            }
        } else if let Some(field) = update.fields.iter().find(|field| field.name == *name) {
            given.take(field, raw, input.lang);
        } else {
            given.leave(name, &resource.answered, &update.fields, input.lang);
        }
    }
    let references = references(app, &update.references, &mut given, caller, input.lang)?;
    let Given { values, ignored, .. } = given.checked()?;
    if values.is_empty() {
        let names: Vec<&str> = update.fields.iter().map(|field| field.name.as_str()).collect();
        return Err(Error::new(Code::Validation, words::no_field(input.lang))
            .hint(words::possible_fields(input.lang, &names.join(", "))));
    }
    let mut sql = update.head.clone();
    let mut filled = Vec::with_capacity(values.len() + condition.len());
    for (field, value) in values {
        let comma = if filled.is_empty() { "" } else { ", " };
        let _ = write!(sql, "{comma}{} = {}", field.quoted, field.mark());
        filled.push(from_body(field, value));
    }
    sql.push_str(&change.condition.sql);
    filled.extend(condition);
    Ok(Draft { sql: Cow::Owned(sql), filled, ignored, references, page: None })
}

/// Makes what finds each row that a value points at, as its writer would be shown it; NULL points at none.
///
/// A value that can be no id of the other resource is noted as wrong.
fn references(
    app: &CompiledApp,
    pointers: &[Pointer],
    given: &mut Given<'_>,
    caller: &Caller,
    lang: Lang,
) -> Result<Vec<Reference>> {
    let mut references = Vec::new();
    for Pointer { field, resource } in pointers {
        let value = given.values.iter().find(|(known, _)| known.name == *field).map(|(_, value)| value);
        let Some(id) = value.and_then(text_of_value) else { continue };
        let show = app.resource(resource).and_then(|resource| resource.show.ready());
        let misconfigured = || Error::new(Code::Config, words::misconfigured(lang));
        let show = show.ok_or_else(misconfigured)?.roles.get(&caller.role);
        match fill(show, Some(&id), &Params::parse(None, lang)?, caller, lang) {
            Ok(filled) => {
                let (field, query) = (field.clone(), show.sql.clone());
                references.push(Reference { field, query, args: super::args(filled) });
            }
            Err(error) if error.code == Code::NotFound => {
                given.refuse(field, words::points_nowhere(lang));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(references)
}

/// Returns a value as it would stand in a path; `None` for NULL.
fn text_of_value(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => Cow::Owned(u8::from(*value).to_string()),
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::UInt(number) => Cow::Owned(number.to_string()),
        Value::Number(text) | Value::Text(text) => Cow::Borrowed(text),
    })
}

/// Writes an INSERT of these columns, at least one, each with what stands for its value.
pub(super) fn insert(head: &str, columns: &[(&str, &str)]) -> String {
    let join = |part: fn(&(&str, &str)) -> String| columns.iter().map(part).collect::<Vec<_>>().join(", ");
    let names = join(|(name, _)| (*name).to_owned());
    let marks = join(|(_, mark)| (*mark).to_owned());
    format!("{head} ({names}) VALUES ({marks})")
}

/// Puts a value of the body beside its column.
pub(super) fn from_body(field: &Field, value: Value) -> Filled<'_> {
    Filled { name: &field.name, kind: field.kind, from: Some(ValueFrom::Body), value }
}

fn from_caller<'a>(owned: &'a Owned, caller: &Caller) -> Filled<'a> {
    let value = owned.token.of(caller, owned.kind);
    Filled { name: &owned.name, kind: owned.kind, from: Some(ValueFrom::Token(owned.token)), value }
}

/// Finds the column of this name; case does not count, so that no spelling gets around it.
fn named<'a>(columns: &'a [Owned], name: &str) -> Option<&'a Owned> {
    columns.iter().find(|owned| owned.name.eq_ignore_ascii_case(name))
}

/// Tells whether a value is the one that the token has: what front ends send back as they got it.
fn is_own(owned: &Owned, raw: &RawValue, caller: &Caller) -> bool {
    let own = match owned.token.of(caller, owned.kind) {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text,
        _ => return false,
    };
    match super::super::input::text_of(raw) {
        Some(text) => text == own,
        None => raw.get() == own,
    }
}
