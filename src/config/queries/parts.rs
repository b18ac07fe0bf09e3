//! The keys that several sections of a query file share.

use std::collections::BTreeMap;

use super::{Filters, ParamType, Reference};
use crate::config::problem::Problem;
use crate::config::source::Sourced;
use crate::config::yaml::{Fields, Node, choose, one_of};

const PARAM_TYPES: [(&str, ParamType); 10] = [
    ("int", ParamType::Int),
    ("decimal", ParamType::Decimal),
    ("float", ParamType::Float),
    ("text", ParamType::Text),
    ("date", ParamType::Date),
    ("datetime", ParamType::DateTime),
    ("time", ParamType::Time),
    ("bool", ParamType::Bool),
    ("json", ParamType::Json),
    ("blob", ParamType::Blob),
];

/// Reads `table`.
pub(super) fn table(fields: &mut Fields<'_>) -> Option<Sourced<String>> {
    name_of_column(fields, "table")
}

/// Reads `key`, the column that the id of the path is compared with.
pub(super) fn key(fields: &mut Fields<'_>) -> Option<Sourced<String>> {
    name_of_column(fields, "key")
}

/// Reads the name of a table or column.
pub(super) fn name_of_column(fields: &mut Fields<'_>, key: &'static str) -> Option<Sourced<String>> {
    let name = fields.text(key)?;
    if !is_name(&name.value) {
        fields.report.add(not_a_name(&name, key));
        return None;
    }
    Some(name)
}

/// Reads a list of columns, each once.
pub(super) fn columns(fields: &mut Fields<'_>, key: &'static str) -> Vec<Sourced<String>> {
    let mut columns: Vec<Sourced<String>> = Vec::new();
    if fields.node(key).is_some_and(Node::is_empty_list) && key == "fields" {
        fields.report.error(fields.key_at(key), "`fields` is empty, so a body could give nothing");
    }
    for column in fields.texts(key) {
        if !is_name(&column.value) {
            fields.report.add(not_a_name(&column, key));
        } else if columns.iter().any(|known| known.value == column.value) {
            fields.report.error(&column.at, format!("`{}` is listed twice", column.value));
        } else {
            columns.push(column);
        }
    }
    columns
}

/// Reads `required`, which names some of the fields.
pub(super) fn required(fields: &mut Fields<'_>, known: &[Sourced<String>]) -> Vec<Sourced<String>> {
    let required = columns(fields, "required");
    for name in &required {
        if known.iter().all(|field| field.value != name.value) {
            let problem =
                Problem::error(&name.at, format!("`{}` is required and not one of `fields`", name.value));
            let hint = one_of(&name.value, known.iter().map(|field| field.value.as_str()));
            fields.report.add(hint.into_iter().fold(problem, Problem::hint));
        }
    }
    required
}

/// Reads `references`: the resource whose row each of some fields points at.
pub(super) fn references(fields: &mut Fields<'_>, known: &[Sourced<String>]) -> Vec<Reference> {
    let Some(section) = fields.section("references") else { return Vec::new() };
    let report = section.report;
    let mut references = Vec::new();
    for (field, resource) in section.named() {
        if known.iter().all(|known| known.value != field.value) {
            let message = format!("`{}` is a reference and not one of `fields`", field.value);
            let hint = one_of(&field.value, known.iter().map(|field| field.value.as_str()));
            report.add(hint.into_iter().fold(Problem::error(&field.at, message), Problem::hint));
        } else if let Some(resource) = resource.text() {
            references.push(Reference { field: field.clone(), resource });
        } else {
            let message = format!("expected the name of a resource, found {}", resource.describe());
            report.error(&resource.at, message);
        }
    }
    references
}

/// Reads `filters`: a condition by role.
pub(super) fn filters(fields: &mut Fields<'_>) -> Filters {
    let mut by_role = BTreeMap::new();
    let Some(section) = fields.section("filters") else { return Filters { by_role } };
    for (role, condition) in section.named() {
        if !is_role(&role.value) {
            let message = format!("a role cannot be called `{}`", role.value);
            let hint = "use letters, digits, `_` and `-`, at most 64";
            fields.report.add(Problem::error(&role.at, message).hint(hint));
        } else if condition.is_null() {
            // Nothing must not come to mean everything.
            let message = format!("the filter of `{}` says nothing", role.value);
            let hint = "write a condition, or `\"\"` where the role sees every row";
            fields.report.add(Problem::error(&role.at, message).hint(hint));
        } else if let Some(condition) = condition.sql() {
            by_role.insert(role.value.clone(), condition);
        } else {
            let message = format!("expected a condition, found {}", condition.describe());
            fields.report.error(&condition.at, message);
        }
    }
    Filters { by_role }
}

/// Reads `params`: the types of placeholders.
pub(super) fn params(fields: &mut Fields<'_>) -> BTreeMap<String, ParamType> {
    let mut params = BTreeMap::new();
    let Some(section) = fields.section("params") else { return params };
    for (name, kind) in section.named() {
        if !is_name(&name.value) {
            let message = format!("`{}` cannot be a placeholder", name.value);
            fields.report.add(Problem::error(&name.at, message).hint("write it without the `:`"));
        } else if let Some(word) = kind.text() {
            let what = format!("the type of `{}`", name.value);
            if let Some(kind) = choose(&word, &what, &PARAM_TYPES, fields.report) {
                params.insert(name.value.clone(), kind);
            }
        } else {
            fields.report.error(&kind.at, format!("expected the name of a type, found {}", kind.describe()));
        }
    }
    params
}

fn not_a_name(name: &Sourced<String>, key: &str) -> Problem {
    Problem::error(
        &name.at,
        format!("`{key}` names something in the database, and `{}` is no such name", name.value),
    )
    .hint("use letters, digits and `_`, not a digit first; neither quotes nor a database's name")
}

fn is_name(text: &str) -> bool {
    const LONGEST: usize = 64;
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_role(text: &str) -> bool {
    const LONGEST: usize = 64;
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
