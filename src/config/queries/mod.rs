//! `apps/{app}/queries/*.yaml`: the resources of an app's API, and how its users sign in.

mod auth;
mod parts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use self::auth::{AuthQueries, Login, PasswordRules, Register};
use self::parts::{columns, filters, key, params, references, required, table};
use super::problem::{Problem, Report};
use super::source::{At, Sourced};
use super::sql_text::SqlText;
use super::yaml::{self, Fields};

/// The whole API of an app.
#[derive(Debug, Clone, Default)]
pub struct Queries {
    /// `auth.yaml`; without it nobody can sign in.
    pub auth: Option<AuthQueries>,
    /// Resources by name (the file's name without `.yaml`).
    pub resources: BTreeMap<String, Resource>,
}

/// One resource, `/api/{name}`; a verb that is absent does not exist.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its name: `[a-z][a-z0-9_]*`.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// GET of many rows.
    pub list: Option<Read>,
    /// GET of one row.
    pub show: Option<Read>,
    /// POST.
    pub create: Option<Create>,
    /// PUT.
    pub update: Option<Update>,
    /// DELETE.
    pub delete: Option<Delete>,
    /// `unfiltered: true`: every signed-in user sees all rows, no filter is added by itself.
    pub unfiltered: bool,
    /// `require_if_match: true`: who changes or deletes a row must say which version of it they saw.
    pub require_if_match: bool,
}

/// A statement that reads.
#[derive(Debug, Clone)]
pub struct Read {
    /// Where the section's key stands.
    pub at: At,
    /// The SELECT.
    pub query: SqlText,
    /// Conditions by role.
    pub filters: Filters,
    /// ORDER BY without the words ORDER BY; only in a `list`.
    pub order: Option<SqlText>,
    /// Types of placeholders that the file declares.
    pub params: BTreeMap<String, ParamType>,
}

/// How rows are made.
#[derive(Debug, Clone)]
pub struct Create {
    /// Where the section's key stands.
    pub at: At,
    /// The table.
    pub table: Sourced<String>,
    /// Columns a body may give; at least one.
    pub fields: Vec<Sourced<String>>,
    /// Those of them it must give.
    pub required: Vec<Sourced<String>>,
    /// Those of them that point at rows of other resources.
    pub references: Vec<Reference>,
    /// Conditions by role.
    pub filters: Filters,
}

/// How rows are changed.
#[derive(Debug, Clone)]
pub struct Update {
    /// Where the section's key stands.
    pub at: At,
    /// The table.
    pub table: Sourced<String>,
    /// Column that the id of the path is compared with; `None` means `id`.
    pub key: Option<Sourced<String>>,
    /// Columns a body may give; at least one.
    pub fields: Vec<Sourced<String>>,
    /// Those of them that point at rows of other resources.
    pub references: Vec<Reference>,
    /// Conditions by role.
    pub filters: Filters,
}

/// A field that points at a row: one that whoever writes it can `show`.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The field.
    pub field: Sourced<String>,
    /// The resource that has the row; it has a `show`.
    pub resource: Sourced<String>,
}

/// How rows are deleted.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Where the section's key stands.
    pub at: At,
    /// The table.
    pub table: Sourced<String>,
    /// Column that the id of the path is compared with; `None` means `id`.
    pub key: Option<Sourced<String>>,
    /// Conditions by role.
    pub filters: Filters,
}

/// SQL conditions by role: `default` and any other.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// Role → condition. Empty text means that the role sees everything. A role that is not listed uses `default`.
    pub by_role: BTreeMap<String, SqlText>,
}

/// Type of a placeholder, as a query file declares it: `params: { id: int }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamType {
    /// `int`: a whole number of 64 bits.
    Int,
    /// `decimal`: a number whose digits are kept.
    Decimal,
    /// `float`: a binary floating-point number.
    Float,
    /// `text`.
    Text,
    /// `date`: `YYYY-MM-DD`.
    Date,
    /// `datetime`: `YYYY-MM-DDTHH:MM:SS`, with or without a fraction.
    DateTime,
    /// `time`: `HH:MM:SS`.
    Time,
    /// `bool`: 0 or 1.
    Bool,
    /// `json`.
    Json,
    /// `blob`: base64.
    Blob,
}

/// Name of the file that is no resource.
const AUTH: &str = "auth";

/// Reads the folder of query files.
pub(super) fn load(folder: &Path, report: &Report) -> Queries {
    let mut queries = Queries::default();
    let mut seen: Option<String> = None;
    for file in yaml::yaml_files(folder, report) {
        if seen.as_ref() == Some(&file.stem) {
            let message =
                format!("`{0}.yaml` and `{0}.yml` are both there, and only one can be meant", file.stem);
            report.add(Problem::error_in(&file.path, message));
            continue;
        }
        seen = Some(file.stem.clone());
        let root = yaml::read(&file.path, report).and_then(|source| yaml::parse_required(&source, report));
        let Some(fields) = root.as_ref().and_then(|root| Fields::of_file(root, report)) else { continue };
        if file.stem == AUTH {
            queries.auth = AuthQueries::of(fields, file.path);
        } else if let Some(resource) = Resource::of(fields, file.stem, file.path) {
            queries.resources.insert(resource.name.clone(), resource);
        }
    }
    if let Some(auth) = &queries.auth {
        check_load(auth, &queries.resources, folder, report);
    }
    check_references(&queries.resources, folder, report);
    queries
}

/// Checks that what a login answers beside the token can be listed.
fn check_load(auth: &AuthQueries, resources: &BTreeMap<String, Resource>, folder: &Path, report: &Report) {
    for name in &auth.login.load {
        if report.spoiled(&folder.join(format!("{}.yaml", name.value))) {
            continue;
        }
        match resources.get(&name.value) {
            Some(resource) if resource.list.is_some() => {}
            Some(resource) => {
                let message = format!("`{}` has no `list`, so a login cannot load it", resource.name);
                report.error(&name.at, message);
            }
            None => {
                let problem = Problem::error(&name.at, format!("there is no resource `{}`", name.value));
                let lists = resources.values().filter(|resource| resource.list.is_some());
                let hint = yaml::one_of(&name.value, lists.map(|resource| resource.name.as_str()));
                report.add(hint.into_iter().fold(problem, Problem::hint));
            }
        }
    }
}

/// Checks that what a field points at can be shown.
fn check_references(resources: &BTreeMap<String, Resource>, folder: &Path, report: &Report) {
    for resource in resources.values() {
        let created = resource.create.iter().flat_map(|create| &create.references);
        let updated = resource.update.iter().flat_map(|update| &update.references);
        for Reference { resource: name, .. } in created.chain(updated) {
            if report.spoiled(&folder.join(format!("{}.yaml", name.value))) {
                continue;
            }
            match resources.get(&name.value) {
                Some(target) if target.show.is_some() => {}
                Some(target) => {
                    let message = format!(
                        "`{}` has no `show`, which tells whether a row exists for somebody",
                        target.name
                    );
                    report.error(&name.at, message);
                }
                None => {
                    let problem = Problem::error(&name.at, format!("there is no resource `{}`", name.value));
                    let shown = resources.values().filter(|resource| resource.show.is_some());
                    let hint = yaml::one_of(&name.value, shown.map(|resource| resource.name.as_str()));
                    report.add(hint.into_iter().fold(problem, Problem::hint));
                }
            }
        }
    }
}

impl Resource {
    fn of(mut fields: Fields<'_>, name: String, file: PathBuf) -> Option<Self> {
        let report = fields.report;
        let well_named = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !well_named {
            let message = format!("a resource cannot be called `{name}`");
            let hint = "name the file with a-z, 0-9 and `_`, a letter first: the name is part of the URL";
            report.add(Problem::error_in(&file, message).hint(hint));
        }
        let resource = Self {
            list: fields.section("list").and_then(|section| Read::of(section, Place::List)),
            show: fields.section("show").and_then(|section| Read::of(section, Place::Show)),
            create: fields.section("create").and_then(Create::of),
            update: fields.section("update").and_then(Update::of),
            delete: fields.section("delete").and_then(Delete::of),
            unfiltered: fields.boolean("unfiltered").unwrap_or(false),
            require_if_match: fields.boolean("require_if_match").unwrap_or(false),
            name,
            file,
        };
        let verbs = ["list", "show", "create", "update", "delete"];
        if verbs.iter().all(|verb| fields.node(verb).is_none()) {
            let message =
                "the resource does nothing: none of `list`, `show`, `create`, `update`, `delete` is there";
            report.error(&fields.at, message);
        }
        if resource.require_if_match && fields.node("show").is_none() {
            let message = "`require_if_match` needs a `show`: an ETag is that of the shown row";
            report.error(fields.key_at("require_if_match"), message);
        }
        fields.finish();
        well_named.then_some(resource)
    }
}

/// Where a [`Read`] stands; it decides which keys it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    List,
    Show,
    Me,
}

impl Read {
    fn of(mut fields: Fields<'_>, place: Place) -> Option<Self> {
        fields.require(&["query"]);
        let at = fields.at.clone();
        let query = fields.sql("query");
        let filters = if place == Place::Me { Filters::default() } else { filters(&mut fields) };
        let order = if place == Place::List { fields.sql("order") } else { None };
        let params = params(&mut fields);
        fields.finish();
        Some(Self { at, query: query?, filters, order, params })
    }
}

impl Create {
    fn of(mut fields: Fields<'_>) -> Option<Self> {
        fields.require(&["table", "fields"]);
        let at = fields.at.clone();
        let table = table(&mut fields);
        let columns = columns(&mut fields, "fields");
        let required = required(&mut fields, &columns);
        let references = references(&mut fields, &columns);
        let filters = filters(&mut fields);
        fields.finish();
        Some(Self { at, table: table?, fields: columns, required, references, filters })
    }
}

impl Update {
    fn of(mut fields: Fields<'_>) -> Option<Self> {
        fields.require(&["table", "fields"]);
        let at = fields.at.clone();
        let table = table(&mut fields);
        let key = key(&mut fields);
        let columns = columns(&mut fields, "fields");
        let references = references(&mut fields, &columns);
        let filters = filters(&mut fields);
        fields.finish();
        Some(Self { at, table: table?, key, fields: columns, references, filters })
    }
}

impl Delete {
    fn of(mut fields: Fields<'_>) -> Option<Self> {
        fields.require(&["table"]);
        let at = fields.at.clone();
        let table = table(&mut fields);
        let key = key(&mut fields);
        let filters = filters(&mut fields);
        fields.finish();
        Some(Self { at, table: table?, key, filters })
    }
}
