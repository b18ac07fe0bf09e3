//! Which condition decides what a role sees and changes. Closed by default.

use std::path::PathBuf;

use crate::config::{At, Filters, Resource, SqlText};
use crate::sql::ColumnRef;

use super::super::caller::DEFAULT_ROLE;

/// The condition of every statement that has no other: rows belong to the user whose id they hold.
pub(crate) const AUTOMATIC: &str = "user_id = :user_id";

/// The placeholder that holds the id of the user who asks.
pub(crate) const USER_ID: &str = "user_id";

/// One value a role, where a role that is not named gets that of `default`.
#[derive(Debug)]
pub(crate) struct ByRole<T> {
    default: T,
    others: Vec<(String, T)>,
}

impl<T> ByRole<T> {
    /// Makes the value of `default` and of every other role that these filters name; `None` when one cannot be made.
    pub(crate) fn make(filters: &Filters, mut one: impl FnMut(&str) -> Option<T>) -> Option<Self> {
        let default = one(DEFAULT_ROLE);
        let roles = filters.by_role.keys().filter(|role| *role != DEFAULT_ROLE);
        // Every role is made before the first failure counts, so that all problems are told at once.
        let others: Vec<_> = roles.map(|role| (role.clone(), one(role))).collect();
        let others = others.into_iter().map(|(role, value)| Some((role, value?))).collect::<Option<_>>();
        Some(Self { default: default?, others: others? })
    }

    /// Makes another value of each.
    pub(crate) fn map<U>(self, mut change: impl FnMut(&str, T) -> U) -> ByRole<U> {
        let default = change(DEFAULT_ROLE, self.default);
        let others = self.others.into_iter().map(|(role, value)| {
            let value = change(&role, value);
            (role, value)
        });
        ByRole { default, others: others.collect() }
    }

    /// Returns every role with what holds for it, `default` first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        let others = self.others.iter().map(|(role, value)| (role.as_str(), value));
        std::iter::once((DEFAULT_ROLE, &self.default)).chain(others)
    }

    /// Returns what holds for a role.
    pub(crate) fn get(&self, role: &str) -> &T {
        self.others.iter().find(|(name, _)| name == role).map_or(&self.default, |(_, value)| value)
    }

    /// Returns what holds for `default`.
    pub(crate) fn default(&self) -> &T {
        &self.default
    }
}

/// Where the condition of a role comes from.
#[derive(Debug, Clone)]
pub(crate) enum Choice<'a> {
    /// An entry of `filters`; empty when the role sees everything.
    Entry(&'a SqlText),
    /// The statement's own WHERE compares this column with the user's id.
    Own(ColumnRef),
    /// `unfiltered: true` of the resource.
    Unfiltered,
    /// Nothing says otherwise: [`AUTOMATIC`].
    Automatic,
}

/// Chooses the condition of a role.
///
/// `own` is the column that the statement itself compares with `:user_id`, so that every row passes only for its owner.
pub(crate) fn choose<'a>(
    filters: &'a Filters,
    role: &str,
    own: Option<ColumnRef>,
    unfiltered: bool,
) -> Choice<'a> {
    let entry = filters.by_role.get(role).or_else(|| filters.by_role.get(DEFAULT_ROLE));
    match (entry, own) {
        (Some(text), _) => Choice::Entry(text),
        (None, Some(column)) => Choice::Own(column),
        (None, None) if unfiltered => Choice::Unfiltered,
        (None, None) => Choice::Automatic,
    }
}

/// Returns the filters that a `create` goes by: its own, else those of `update`, else those of `list`.
pub(crate) fn filters_of_create(resource: &Resource) -> Option<&Filters> {
    let own = resource.create.as_ref().map(|create| &create.filters);
    let update = resource.update.as_ref().map(|update| &update.filters);
    let list = resource.list.as_ref().map(|list| &list.filters);
    [own, update, list].into_iter().flatten().find(|filters| !filters.by_role.is_empty())
}

/// The condition that applies to a role, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowFilter {
    /// The condition; empty when the role sees or changes every row.
    pub(crate) text: String,
    /// Where it comes from.
    pub(crate) source: FilterSource,
}

/// Where a [`RowFilter`] comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilterSource {
    /// An entry of `filters`.
    Entry(At),
    /// The WHERE of the statement itself.
    Statement,
    /// `unfiltered: true` in this file.
    Unfiltered(PathBuf),
    /// No file: the condition of every statement that has no other.
    Automatic,
    /// No condition is needed: the statement is about the user who asks, or who signs in.
    SignIn,
}

impl RowFilter {
    /// Describes a choice; `file` is that of the resource.
    pub(crate) fn of(choice: &Choice<'_>, file: &std::path::Path) -> Self {
        let (text, source) = match choice {
            Choice::Entry(text) => (text.value.trim().to_owned(), FilterSource::Entry(text.at.clone())),
            Choice::Own(column) => (format!("{} = :{USER_ID}", named(column)), FilterSource::Statement),
            Choice::Unfiltered => (String::new(), FilterSource::Unfiltered(file.to_path_buf())),
            Choice::Automatic => (AUTOMATIC.to_owned(), FilterSource::Automatic),
        };
        Self { text, source }
    }
}

/// Returns a column as a person would write it.
pub(crate) fn named(column: &ColumnRef) -> String {
    match &column.table {
        Some(table) => format!("{table}.{}", column.column),
        None => column.column.clone(),
    }
}
