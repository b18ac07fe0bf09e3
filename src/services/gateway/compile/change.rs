//! `update` and `delete`: `WHERE key = :id AND (filter)`.

use crate::config::{At, Filters, Problem, Resource, Sourced};
use crate::services::db::api::Table;
use crate::sql::{self, Dialect, Identifier};

use super::Pointer;
use super::compiler::Compiler;
use super::create::{Owned, owned_columns};
use super::fields::Field;
use super::roles::{ByRole, choose};
use super::statement::{Draft, NO_PARAMS, Place, RoleStatement};

/// An `update`, ready.
#[derive(Debug)]
pub(crate) struct Update {
    /// Where it is configured.
    pub(crate) at: At,
    /// `UPDATE table SET`, with a blank behind it.
    pub(crate) head: String,
    /// What a body may give.
    pub(crate) fields: Vec<Field>,
    /// Those of them that point at rows.
    pub(crate) references: Vec<Pointer>,
    /// What finds the row of a condition before it is changed.
    pub(crate) find: Find,
    /// How each role may change rows.
    pub(crate) roles: ByRole<Change>,
}

/// How a role changes rows.
#[derive(Debug)]
pub(crate) struct Change {
    /// What follows the assignments: its text is `WHERE …`, with a blank before it.
    pub(crate) condition: RoleStatement,
    /// Columns that must stay what the token says.
    pub(crate) protected: Vec<Owned>,
}

/// A `delete`, ready.
#[derive(Debug)]
pub(crate) struct Delete {
    /// Where it is configured.
    pub(crate) at: At,
    /// `DELETE FROM table`.
    pub(crate) head: String,
    /// What finds the row before it is deleted.
    pub(crate) find: Find,
    /// The statement of each role.
    pub(crate) roles: ByRole<RoleStatement>,
}

/// A statement that finds the row that is to be written and keeps it from being changed meanwhile, without its condition.
#[derive(Debug)]
pub(crate) struct Find {
    head: String,
    lock: &'static str,
}

impl Find {
    fn new(table: &Identifier, dialect: Dialect) -> Self {
        let lock = match dialect {
            Dialect::MariaDb => " FOR UPDATE",
            // The one writer there is holds the whole file.
            Dialect::Sqlite => "",
        };
        Self { head: format!("SELECT 1 FROM {}", table.quoted()), lock }
    }

    /// Returns the statement for a condition: ` WHERE …`.
    pub(crate) fn by(&self, condition: &str) -> String {
        format!("{}{condition}{}", self.head, self.lock)
    }
}

impl Delete {
    /// Returns the condition of the statement of a role: ` WHERE …`.
    pub(crate) fn condition<'a>(&self, statement: &'a RoleStatement) -> &'a str {
        statement.sql.strip_prefix(&self.head).unwrap_or_default()
    }
}

impl Compiler<'_> {
    /// Makes a resource's `update` ready; `None` when it cannot be, or has none.
    pub(super) fn update(&mut self, resource: &Resource) -> Option<Update> {
        let update = resource.update.as_ref()?;
        let table = self.table(&update.table).ok()?;
        let names = self.names(&update.table, update.key.as_ref(), &update.at, table);
        let fields = self.fields(table, &update.fields, None);
        let (name, key) = names?;
        // Made with one assignment by the builder, and cut behind it: which columns are set, each request says.
        let made = sql::update(self.dialect, &name, &[(&key, "id")], (&key, "id"));
        let statement = made.map_err(|fault| self.fault_at(&update.at, fault)).ok()?;
        let draft = draft(&statement, &update.at);
        let statements = self.for_roles(&draft, &update.filters, &resource.file, resource.unfiltered)?;
        self.warn_of_open(resource, &update.at, &update.filters, "change");
        let head = format!("UPDATE {} SET ", name.quoted());
        let assignment = format!("{head}{} = ?", key.quoted());
        let roles = statements.map(|role, mut condition| {
            condition.sql.drain(..assignment.len());
            condition.slots.remove(0);
            let choice = choose(&update.filters, role, None, resource.unfiltered);
            let equalities = self.equalities(&choice).unwrap_or_default();
            let of_table = |table: &Table| {
                owned_columns(&equalities, table, |column| {
                    column.table.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&table.name))
                })
            };
            Change { condition, protected: table.map(of_table).unwrap_or_default() }
        });
        let references = Pointer::all(&update.references);
        let find = Find::new(&name, self.dialect);
        Some(Update { at: update.at.clone(), head, fields: fields?, references, find, roles })
    }

    /// Makes a resource's `delete` ready; `None` when it cannot be, or has none.
    pub(super) fn delete(&mut self, resource: &Resource) -> Option<Delete> {
        let delete = resource.delete.as_ref()?;
        let table = self.table(&delete.table).ok()?;
        let (name, key) = self.names(&delete.table, delete.key.as_ref(), &delete.at, table)?;
        let made = sql::delete(self.dialect, &name, (&key, "id"));
        let statement = made.map_err(|fault| self.fault_at(&delete.at, fault)).ok()?;
        let draft = draft(&statement, &delete.at);
        let roles = self.for_roles(&draft, &delete.filters, &resource.file, resource.unfiltered)?;
        self.warn_of_open(resource, &delete.at, &delete.filters, "delete");
        let head = format!("DELETE FROM {}", name.quoted());
        Some(Delete { at: delete.at.clone(), head, find: Find::new(&name, self.dialect), roles })
    }

    /// Checks the names of a table and of the column its rows are known by.
    fn names(
        &mut self,
        name: &Sourced<String>,
        key: Option<&Sourced<String>>,
        at: &At,
        table: Option<&Table>,
    ) -> Option<(Identifier, Identifier)> {
        let usual = Sourced::new("id".to_owned(), at.clone());
        let key = key.unwrap_or(&usual);
        let (Some(name), Some(identifier)) = (self.identifier(name), self.identifier(key)) else {
            return None;
        };
        if table.is_some_and(|table| table.column(&key.value).is_none()) {
            let message = format!("the table `{}` has no column `{}`", name.as_str(), key.value);
            let hint = "`key:` names the column that the id of the path is compared with";
            self.report(Problem::error(&key.at, message).hint(hint));
            return None;
        }
        Some((name, identifier))
    }

    /// Warns when `unfiltered: true`, which is about seeing, lets everybody write.
    fn warn_of_open(&mut self, resource: &Resource, at: &At, filters: &Filters, verb: &str) {
        if resource.unfiltered && filters.by_role.is_empty() {
            let message = format!("`unfiltered: true` lets every signed-in user {verb} every row");
            let hint = "say who may, for instance `filters: { default: \"1 = 0\", admin: \"\" }`";
            self.report(Problem::warning(at, message).hint(hint));
        }
    }
}

fn draft<'a>(statement: &'a sql::Statement, at: &'a At) -> Draft<'a> {
    Draft { statement, text: None, at, params: &NO_PARAMS, order: None, place: Place::Row, listed: false }
}
