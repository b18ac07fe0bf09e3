//! `apps/{app}/queries/*.yaml`: the resources of an app's API, and how its users sign in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::source::{At, Sourced};
use super::sql_text::SqlText;

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
    /// Conditions by role.
    pub filters: Filters,
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

/// `auth.yaml`: how users sign in, sign up and see themselves.
#[derive(Debug, Clone)]
pub struct AuthQueries {
    /// Its file.
    pub file: PathBuf,
    /// Signing in.
    pub login: Login,
    /// Signing up; `None` when nobody may.
    pub register: Option<Register>,
    /// The current user.
    pub me: Option<Read>,
    /// Rules for passwords that are set.
    pub password: PasswordRules,
}

/// Signing in.
#[derive(Debug, Clone)]
pub struct Login {
    /// Where the section's key stands.
    pub at: At,
    /// Field of the body and selected column by which a user is known, such as `email`.
    pub identifier: Sourced<String>,
    /// Field of the body that holds the password and selected column that holds its hash: `password` unless given.
    pub password: String,
    /// SELECT of the user's row; the identifier is its placeholder.
    pub query: SqlText,
    /// Resources whose lists are answered beside the token.
    pub load: Vec<Sourced<String>>,
}

/// Signing up.
#[derive(Debug, Clone)]
pub struct Register {
    /// Where the section's key stands.
    pub at: At,
    /// The table.
    pub table: Sourced<String>,
    /// Columns a body may give; identifier and password are among them.
    pub fields: Vec<Sourced<String>>,
    /// Those of them it must give.
    pub required: Vec<Sourced<String>>,
}

/// Rules for passwords that are set. Over 72 bytes is always refused: bcrypt would cut it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// Characters at least.
    pub min_length: u32,
    /// Cost of bcrypt, 4 to 31.
    pub cost: u32,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_length: 8, cost: 12 }
    }
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
