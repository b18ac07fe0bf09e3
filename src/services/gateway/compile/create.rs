//! `create`: what a new row is made from, and whose it is.

use crate::config::{At, Filters, Problem, Resource};
use crate::services::db::api::{Kind, Table};
use crate::sql::{self, ColumnRef, Equality, Identifier};

use super::super::caller::{DEFAULT_ROLE, TokenValue};
use super::Pointer;
use super::compiler::Compiler;
use super::fields::Field;
use super::roles::{ByRole, Choice, RowFilter, USER_ID, choose, filters_of_create};

/// A `create`, ready.
#[derive(Debug)]
pub(crate) struct Create {
    /// Where it is configured.
    pub(crate) at: At,
    /// The table.
    pub(crate) table: String,
    /// `INSERT INTO table`.
    pub(crate) head: String,
    /// The whole statement for a row of defaults: each engine spells it in its own way.
    pub(crate) bare: String,
    /// What a body may give.
    pub(crate) fields: Vec<Field>,
    /// Those of them that point at rows.
    pub(crate) references: Vec<Pointer>,
    /// Whose the new row is.
    pub(crate) roles: ByRole<Ownership>,
}

/// Columns that a new row gets from the token.
#[derive(Debug)]
pub(crate) struct Ownership {
    /// Those the body has no say in.
    pub(crate) forced: Vec<Owned>,
    /// Those the body may give, for a role that may act for others.
    pub(crate) offered: Vec<Owned>,
    /// The condition they come from.
    pub(crate) filter: RowFilter,
}

/// A column that holds a value of the token.
#[derive(Debug, Clone)]
pub(crate) struct Owned {
    /// The column.
    pub(crate) name: String,
    /// The name in quotes.
    pub(crate) quoted: String,
    /// How its value is bound.
    pub(crate) kind: Kind,
    /// The value.
    pub(crate) token: TokenValue,
}

impl Compiler<'_> {
    /// Makes a resource's `create` ready; `None` when it cannot be, or has none.
    pub(super) fn create(&mut self, resource: &Resource) -> Option<Create> {
        let create = resource.create.as_ref()?;
        let identifier = self.identifier(&create.table);
        let table = self.table(&create.table).ok()?;
        let fields = self.fields(table, &create.fields, Some(&create.required));
        let none = Filters::default();
        let filters = filters_of_create(resource).unwrap_or(&none);
        let roles = ByRole::make(filters, |role| self.ownership(resource, table, filters, role))?;
        let (fields, identifier) = (fields?, identifier?);
        if let Some(table) = table {
            self.warn_of_missing(&create.at, table, &fields, roles.default());
        }
        let bare = sql::insert(self.dialect, &identifier, &[]);
        let bare = bare.map_err(|fault| self.fault_at(&create.at, fault)).ok()?.text();
        let head = format!("INSERT INTO {}", identifier.quoted());
        let (at, table) = (create.at.clone(), create.table.value.clone());
        let references = Pointer::all(&create.references);
        Some(Create { at, table, head, bare, fields, references, roles })
    }

    /// Says which columns of a new row come from the token.
    fn ownership(
        &mut self,
        resource: &Resource,
        table: Option<&Table>,
        filters: &Filters,
        role: &str,
    ) -> Option<Ownership> {
        let create = resource.create.as_ref()?;
        let own = self.own_column_of_list(resource, &create.table.value);
        let choice = choose(filters, role, own.clone(), resource.unfiltered);
        let filter = RowFilter::of(&choice, &resource.file);
        let Some(table) = table else {
            return Some(Ownership { forced: Vec::new(), offered: Vec::new(), filter });
        };
        let listed = |owned: &Owned| create.fields.iter().any(|f| f.value.eq_ignore_ascii_case(&owned.name));
        if filter.text.is_empty() {
            let default = choose(filters, DEFAULT_ROLE, own, false);
            let usual = match &default {
                Choice::Entry(text) if text.trim().is_empty() => Choice::Automatic,
                _ => default,
            };
            let owned = self.owned(resource, table, &usual)?.into_iter().filter(listed).collect();
            // Who may see a row says nothing about whose it is: only a filter that is empty lets a role write in
            // another's name.
            let (forced, offered) = match choice {
                Choice::Unfiltered => (owned, Vec::new()),
                _ => (Vec::new(), owned),
            };
            return Some(Ownership { forced, offered, filter });
        }
        let mut forced = self.owned(resource, table, &choice)?;
        if forced.is_empty() {
            // A filter such as `user_id = :user_id OR shared` lets more rows be seen; it lets nobody sign for another.
            forced = self.owned(resource, table, &Choice::Automatic)?.into_iter().filter(listed).collect();
        }
        match &choice {
            Choice::Automatic if forced.is_empty() => {
                let message =
                    format!("rows belong to their `{USER_ID}`, and `{}` has no such column", table.name);
                self.report(Problem::error(&create.at, message).hint(
                    "write `unfiltered: true` in this file if every signed-in user may make such rows, or `filters:` \
                     with the condition that tells whose they are",
                ));
                return None;
            }
            Choice::Entry(text) if forced.is_empty() => {
                let message = "this filter equates no column of a new row with a value of the token, so nothing ties \
                               the row to who makes it";
                let hint = "give `create` a filter of its own, such as \"user_id = :user_id\": the column is then \
                            filled from the token";
                self.report(Problem::warning(&text.at, message).hint(hint));
            }
            _ => {}
        }
        Some(Ownership { forced, offered: Vec::new(), filter })
    }

    /// Returns the columns of a new row that a condition equates with values of the token.
    fn owned(&mut self, resource: &Resource, table: &Table, choice: &Choice<'_>) -> Option<Vec<Owned>> {
        let equalities = self.equalities(choice)?;
        Some(owned_columns(&equalities, table, |column| self.is_of(resource, column, &table.name)))
    }

    /// Returns what a condition equates.
    pub(super) fn equalities(&mut self, choice: &Choice<'_>) -> Option<Vec<Equality>> {
        let by_user = |column: ColumnRef| vec![Equality { column, placeholder: USER_ID.to_owned() }];
        match choice {
            Choice::Entry(text) if text.trim().is_empty() => Some(Vec::new()),
            Choice::Entry(text) => self.filter(text).map(|filter| filter.equalities()),
            Choice::Own(column) => Some(by_user(column.clone())),
            Choice::Unfiltered => Some(Vec::new()),
            Choice::Automatic => Some(by_user(ColumnRef { table: None, column: USER_ID.to_owned() })),
        }
    }

    /// Tells whether a column that a filter names is one of this table: the filter may be that of `list`, with the
    /// aliases of its statement.
    fn is_of(&mut self, resource: &Resource, column: &ColumnRef, table: &str) -> bool {
        let Some(reference) = &column.table else { return true };
        if reference.eq_ignore_ascii_case(table) {
            return true;
        }
        let list = resource.list.as_ref().and_then(|list| self.select(&list.query));
        let is_meant = |known: sql::Table| {
            known.reference().eq_ignore_ascii_case(reference) && known.name.eq_ignore_ascii_case(table)
        };
        list.is_some_and(|list| list.tables().into_iter().any(is_meant))
    }

    /// Returns the column of this table that the `list` of a resource compares with the user's id by itself.
    fn own_column_of_list(&mut self, resource: &Resource, table: &str) -> Option<ColumnRef> {
        let list = resource.list.as_ref()?;
        let column = self.select(&list.query)?.owner_column(USER_ID)?;
        self.is_of(resource, &column, table).then_some(column)
    }

    /// Warns of columns that a new row needs and that nothing gives.
    fn warn_of_missing(&mut self, at: &At, table: &Table, fields: &[Field], ownership: &Ownership) {
        let given = |name: &str| {
            fields.iter().any(|field| field.name.eq_ignore_ascii_case(name))
                || ownership.forced.iter().any(|owned| owned.name.eq_ignore_ascii_case(name))
        };
        let needed = table.columns.iter().filter(|column| !column.optional && !column.generated);
        let missing: Vec<&str> =
            needed.map(|column| column.name.as_str()).filter(|name| !given(name)).collect();
        if !missing.is_empty() {
            let names = missing.join("`, `");
            let message =
                format!("a new row of `{}` needs `{names}`, which `fields` does not list", table.name);
            self.report(Problem::warning(at, message).hint("list it, or give the column a default"));
        }
    }
}

/// Returns the columns of a table that these terms equate with values of the token.
pub(super) fn owned_columns(
    equalities: &[Equality],
    table: &Table,
    mut is_of_table: impl FnMut(&ColumnRef) -> bool,
) -> Vec<Owned> {
    let mut owned: Vec<Owned> = Vec::new();
    for equality in equalities {
        let Some(token) = TokenValue::named(&equality.placeholder) else { continue };
        let Some(column) = table.column(&equality.column.column) else { continue };
        let Ok(name) = Identifier::new(&column.name) else { continue };
        if is_of_table(&equality.column) && !owned.iter().any(|known| known.name == column.name) {
            owned.push(Owned { quoted: name.quoted(), name: column.name.clone(), kind: column.kind, token });
        }
    }
    owned
}
