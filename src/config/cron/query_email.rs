//! The `query_email` job: a query, and an e-mail for each group of its rows.

use crate::config::source::Sourced;
use crate::config::sql_text::SqlText;
use crate::config::yaml::Fields;

/// A query, and an e-mail for each group of its rows.
#[derive(Debug, Clone)]
pub struct QueryEmail {
    /// The SELECT.
    pub query: SqlText,
    /// Column whose equal values make a group; `None` means an e-mail for each row.
    pub group_by: Option<Sourced<String>>,
    /// Column that holds the address: `email` unless given.
    pub to: String,
    /// Name of the template.
    pub template: Sourced<String>,
}

impl QueryEmail {
    pub(super) fn of(fields: &mut Fields<'_>) -> Option<Self> {
        fields.require(&["query", "template"]);
        let query = fields.sql("query");
        let group_by = fields.text("group_by");
        let to = fields.text("to").map_or_else(|| "email".to_owned(), |to| to.value);
        let template = fields.text("template");
        Some(Self { query: query?, group_by, to, template: template? })
    }
}
