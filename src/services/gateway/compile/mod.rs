//! An app's files made ready: each statement joined with each role's filter, bound and typed, once.

mod change;
mod compiler;
mod create;
mod fields;
mod finals;
mod list;
mod roles;
mod sign_in;
mod statement;
#[cfg(test)]
mod tests;
mod users;

use std::path::PathBuf;

use crate::config::{App, At, Problem, Read, Reference, Resource};
use crate::services::db::api::Schema;
use crate::sql::{ItemKind, Statement};

pub(crate) use self::change::{Delete, Update};
use self::compiler::Compiler;
use self::compiler::with_suggestion;
pub(crate) use self::create::{Create, Owned};
pub(crate) use self::fields::Field;
pub use self::finals::Final;
pub(crate) use self::list::{ListColumn, ListForm, Unfit};
pub(crate) use self::roles::{ByRole, FilterSource, RowFilter};
pub(crate) use self::sign_in::{SignIn, SignUp};
use self::statement::{Draft, Place};
pub(crate) use self::statement::{RoleStatement, Slot, ValueFrom};
pub use self::users::{UsersTable, users_table};
use super::routes::Verb;

/// Everything of one app that requests are planned with. Immutable.
#[derive(Debug)]
pub struct CompiledApp {
    name: String,
    base_path: String,
    resources: Vec<CompiledResource>,
    pub(crate) sign_in: Option<SignIn>,
}

/// One resource, ready.
#[derive(Debug)]
pub struct CompiledResource {
    name: String,
    /// Its file.
    pub(crate) file: PathBuf,
    pub(crate) list: Offer<CompiledRead>,
    pub(crate) show: Offer<CompiledRead>,
    pub(crate) create: Offer<Create>,
    pub(crate) update: Offer<Update>,
    pub(crate) delete: Offer<Delete>,
    /// Whether a change of a row must say which version of it was seen.
    pub(crate) require_if_match: bool,
    /// Names of the columns that `show` and `list` answer: a body may hold them without being wrong.
    pub(crate) answered: Vec<String>,
}

/// A `list`, a `show` or a `me`, ready.
#[derive(Debug)]
pub(crate) struct CompiledRead {
    /// Where it is configured.
    pub(crate) at: At,
    /// The statement of each role.
    pub(crate) roles: ByRole<RoleStatement>,
}

/// A field of a body that points at a row of another resource.
#[derive(Debug, Clone)]
pub(crate) struct Pointer {
    /// The field.
    pub(crate) field: String,
    /// The resource whose `show` must find the row.
    pub(crate) resource: String,
}

impl Pointer {
    fn all(references: &[Reference]) -> Vec<Self> {
        let pointer = |Reference { field, resource }: &Reference| Self {
            field: field.value.clone(),
            resource: resource.value.clone(),
        };
        references.iter().map(pointer).collect()
    }
}

/// What a file may offer.
#[derive(Debug)]
pub(crate) enum Offer<T> {
    /// The file does not have it.
    Absent,
    /// The file has it, and it cannot be made ready; the problems say why.
    Broken,
    /// It is ready.
    Ready(T),
}

impl<T> Offer<T> {
    fn of<S>(section: Option<S>, make: impl FnOnce(S) -> Option<T>) -> Self {
        section.map_or(Self::Absent, |section| Self::made(make(section)))
    }

    fn made(made: Option<T>) -> Self {
        made.map_or(Self::Broken, Self::Ready)
    }

    /// Returns it if it is ready.
    pub(crate) fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(ready) => Some(ready),
            _ => None,
        }
    }

    fn is_there(&self) -> bool {
        !matches!(self, Self::Absent)
    }
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
        let index = self.resources.binary_search_by(|resource| resource.name.as_str().cmp(name)).ok()?;
        Some(&self.resources[index])
    }

    /// Returns its resources by name.
    pub fn resources(&self) -> impl Iterator<Item = &CompiledResource> {
        self.resources.iter()
    }

    /// Tells whether users can sign in.
    pub fn has_sign_in(&self) -> bool {
        self.sign_in.is_some()
    }

    /// Tells whether users can sign up.
    pub fn has_register(&self) -> bool {
        self.sign_in.as_ref().is_some_and(|sign_in| sign_in.register.is_there())
    }

    /// Tells whether users can ask who they are.
    pub fn has_me(&self) -> bool {
        self.sign_in.as_ref().is_some_and(|sign_in| sign_in.me.is_there())
    }
}

impl CompiledResource {
    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the filter of each role for a verb, and where the verb is configured; `None` if it is not ready.
    pub(crate) fn filters(&self, verb: Verb) -> Option<(&At, Vec<(&str, &RowFilter)>)> {
        fn of<T>(roles: &ByRole<T>, filter: fn(&T) -> &RowFilter) -> Vec<(&str, &RowFilter)> {
            roles.iter().map(|(role, value)| (role, filter(value))).collect()
        }
        fn read(read: &CompiledRead) -> (&At, Vec<(&str, &RowFilter)>) {
            (&read.at, of(&read.roles, |statement| &statement.filter))
        }
        match verb {
            Verb::List => self.list.ready().map(read),
            Verb::Show => self.show.ready().map(read),
            Verb::Create => {
                self.create.ready().map(|create| (&create.at, of(&create.roles, |role| &role.filter)))
            }
            Verb::Update => self
                .update
                .ready()
                .map(|update| (&update.at, of(&update.roles, |role| &role.condition.filter))),
            Verb::Delete => {
                self.delete.ready().map(|delete| (&delete.at, of(&delete.roles, |role| &role.filter)))
            }
        }
    }

    /// Tells whether it has a verb, ready or not.
    pub fn has(&self, verb: Verb) -> bool {
        match verb {
            Verb::List => self.list.is_there(),
            Verb::Show => self.show.is_there(),
            Verb::Create => self.create.is_there(),
            Verb::Update => self.update.is_there(),
            Verb::Delete => self.delete.is_there(),
        }
    }

    /// Returns what can be done with it.
    pub fn verbs(&self) -> impl Iterator<Item = Verb> {
        Verb::ALL.into_iter().filter(|verb| self.has(*verb))
    }
}

/// Makes an app ready, with the tables of its database.
///
/// What cannot be made ready is told in the problems, and a request for it answers CONFIG (500); everything else of the
/// app works. Whether an app with errors is served at all is for the caller to decide.
pub fn compile(app: &App, schema: &Schema) -> (CompiledApp, Vec<Problem>) {
    run(app, Some(schema))
}

/// Checks what can be known without the database: every statement and filter lexes and can be joined.
pub fn check(app: &App) -> Vec<Problem> {
    run(app, None).1
}

/// Makes an app ready as far as its files tell: to be read, not to be served.
pub(crate) fn compile_files(app: &App) -> CompiledApp {
    run(app, None).0
}

fn run(app: &App, schema: Option<&Schema>) -> (CompiledApp, Vec<Problem>) {
    let mut compiler = Compiler::new(app, schema);
    // A BTreeMap hands its names out in order, which the search by name relies on.
    let resources = app.queries.resources.values().map(|resource| compiler.resource(resource)).collect();
    let sign_in = app.queries.auth.as_ref().map(|auth| compiler.sign_in(app, auth));
    let ready = CompiledApp { name: app.name.clone(), base_path: app.base_path.clone(), resources, sign_in };
    (ready, compiler.into_problems())
}

impl Compiler<'_> {
    fn resource(&mut self, resource: &Resource) -> CompiledResource {
        let mut answered = Vec::new();
        let mut read = |read: Option<&Read>, place| {
            Offer::of(read, |read| {
                let statement = self.select(&read.query)?;
                answered.extend(self.answered(&statement));
                self.read(resource, read, &statement, place)
            })
        };
        let list = read(resource.list.as_ref(), Place::Collection);
        let show = read(resource.show.as_ref(), Place::Row);
        answered.sort_unstable();
        answered.dedup();
        CompiledResource {
            name: resource.name.clone(),
            file: resource.file.clone(),
            list,
            show,
            create: Offer::of(resource.create.as_ref(), |_| self.create(resource)),
            update: Offer::of(resource.update.as_ref(), |_| self.update(resource)),
            delete: Offer::of(resource.delete.as_ref(), |_| self.delete(resource)),
            require_if_match: resource.require_if_match,
            answered,
        }
    }

    fn read(
        &mut self,
        resource: &Resource,
        read: &Read,
        statement: &Statement,
        place: Place<'_>,
    ) -> Option<CompiledRead> {
        let draft = Draft {
            statement,
            text: Some(&read.query),
            at: &read.at,
            params: &read.params,
            order: read.order.as_ref(),
            place,
            listed: true,
        };
        if place == Place::Row && !statement.placeholders().iter().any(|placeholder| placeholder.name == "id")
        {
            let message = "this answers the same row whatever the id of the path";
            self.report(Problem::warning(&read.query.at, message).hint("write WHERE id = :id"));
        }
        let roles = self.for_roles(&draft, &read.filters, &resource.file, resource.unfiltered)?;
        self.warn_of_unused(read, statement);
        Some(CompiledRead { at: read.at.clone(), roles })
    }

    /// Warns of declared types whose placeholder is nowhere.
    fn warn_of_unused(&mut self, read: &Read, statement: &Statement) {
        let mut used = statement.placeholders();
        let filters = read.filters.by_role.values().filter(|text| !text.trim().is_empty());
        used.extend(filters.filter_map(|text| self.filter(text)).flat_map(|filter| filter.placeholders()));
        for name in read.params.keys().filter(|name| !used.iter().any(|known| known.name == **name)) {
            let problem =
                Problem::warning(&read.at, format!("`params` names `{name}`, which nothing here uses"));
            self.report(with_suggestion(problem, name, used.iter().map(|known| known.name.as_str())));
        }
    }

    /// Returns the names of the columns that a statement answers, as far as they can be told.
    fn answered(&self, statement: &Statement) -> Vec<String> {
        let tables = statement.tables();
        let mut names = Vec::new();
        for item in statement.items() {
            if let ItemKind::All { table: reference } = &item.kind {
                let is_meant = |table: &&crate::sql::Table| match reference {
                    Some(reference) => table.reference().eq_ignore_ascii_case(reference),
                    None => true,
                };
                for table in tables.iter().filter(is_meant) {
                    let known = table.columns.as_deref().or_else(|| self.column_names(table));
                    names.extend(known.unwrap_or_default().iter().cloned());
                }
            }
            names.extend(item.name);
        }
        names
    }
}
