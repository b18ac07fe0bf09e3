//! `queries/auth.yaml`.

use std::path::PathBuf;

use super::parts::{columns, name_of_column, required, table};
use super::{Place, Read};
use crate::config::source::{At, Sourced};
use crate::config::sql_text::SqlText;
use crate::config::yaml::Fields;

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
    /// Cost of bcrypt, 4 to [`PasswordRules::HIGHEST_COST`].
    pub cost: u32,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_length: 8, cost: 12 }
    }
}

impl AuthQueries {
    pub(super) fn of(mut fields: Fields<'_>, file: PathBuf) -> Option<Self> {
        fields.require(&["login"]);
        let login = fields.section("login").and_then(Login::of);
        let register = fields.section("register").and_then(Register::of);
        let me = fields.section("me").and_then(|section| Read::of(section, Place::Me));
        let password = fields.section("password").map(PasswordRules::of).unwrap_or_default();
        let report = fields.report;
        fields.finish();
        let login = login?;
        if let Some(register) = &register {
            for needed in [&login.identifier.value, &login.password] {
                if register.fields.iter().all(|field| field.value != *needed) {
                    let message = format!("`fields` lacks `{needed}`, without which nobody could sign in");
                    report.error(&register.at, message);
                }
            }
        }
        Some(Self { file, login, register, me, password })
    }
}

impl Login {
    fn of(mut fields: Fields<'_>) -> Option<Self> {
        const PASSWORD: &str = "password";
        fields.require(&["identifier", "query"]);
        let at = fields.at.clone();
        let identifier = name_of_column(&mut fields, "identifier");
        let password =
            name_of_column(&mut fields, "password").map_or_else(|| PASSWORD.into(), |name| name.value);
        let query = fields.sql("query");
        let load = fields.texts("load");
        fields.finish();
        Some(Self { at, identifier: identifier?, password, query: query?, load })
    }
}

impl Register {
    fn of(mut fields: Fields<'_>) -> Option<Self> {
        fields.require(&["table", "fields"]);
        let at = fields.at.clone();
        let table = table(&mut fields);
        let columns = columns(&mut fields, "fields");
        let required = required(&mut fields, &columns);
        fields.finish();
        Some(Self { at, table: table?, fields: columns, required })
    }
}

impl PasswordRules {
    /// The highest cost of a hash that is made or verified: 6 s of work. A higher one would keep a thread for minutes or
    /// days.
    pub const HIGHEST_COST: u32 = 16;

    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let rules = Self {
            min_length: fields.integer("min_length", 1..=72).unwrap_or(default.min_length),
            cost: fields.integer("cost", 4..=Self::HIGHEST_COST).unwrap_or(default.cost),
        };
        fields.finish();
        rules
    }
}
