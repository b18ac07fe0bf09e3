//! The row of a user who signs in.

use serde_json::value::RawValue;

use super::super::caller::{Caller, DEFAULT_ROLE};
use super::super::input::{Body, text_of};
use super::super::respond;
use super::super::words::Lang;
use crate::config::Login;
use crate::error::{Code, Error, Result};

/// What a sign-in needs of a user's row.
#[derive(Clone)]
pub struct Account {
    /// The column `id`.
    pub id: i64,
    /// The column the user is known by, such as `email`; `None` for NULL.
    pub identifier: Option<String>,
    /// The hash of the password; `None` for NULL.
    pub(in super::super) hash: Option<String>,
    /// The column `role`, if the query selects it and it says something.
    pub role: Option<String>,
    /// The column `email`, likewise.
    pub email: Option<String>,
    /// The column `name`, likewise.
    pub name: Option<String>,
    /// The row as a JSON object, without the password.
    pub(in super::super) row: Vec<u8>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The hash has no place in logs.
        f.debug_struct("Account").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Account {
    /// Reads the row of `login.query`, a JSON object.
    ///
    /// # Errors
    /// [`Code::Config`] when it lacks a column that a sign-in needs, or has no whole number as `id`.
    pub(super) fn read(row: &[u8], login: &Login) -> Result<Self> {
        let fields = parsed(row)?;
        let column = |name: &str| {
            fields.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, raw)| *raw)
        };
        let needed = |name: &str| {
            let missing = || format!("{}: the query of a sign-in must select `{name}`", login.query.at);
            column(name).ok_or_else(|| Error::new(Code::Config, missing()))
        };
        let said = |name: &str| column(name).and_then(text).filter(|text| !text.is_empty());
        let id = text(needed("id")?).and_then(|digits| digits.parse().ok()).ok_or_else(|| {
            let message = format!("{}: `id` of a user is not a whole number of 64 bits", login.query.at);
            Error::new(Code::Config, message)
        })?;
        Ok(Self {
            id,
            identifier: text(needed(&login.identifier.value)?),
            hash: text(needed(&login.password)?),
            role: said("role"),
            email: said("email"),
            name: said("name"),
            row: rewritten(&fields, &login.password),
        })
    }

    /// Returns the user as the one who asks.
    pub(in super::super) fn caller(&self) -> Caller {
        Caller {
            user_id: self.id,
            role: self.role.clone().unwrap_or_else(|| DEFAULT_ROLE.to_owned()),
            email: self.email.clone().unwrap_or_default(),
            name: self.name.clone().unwrap_or_default(),
        }
    }
}

/// Returns the text of one column of a row, if it has it and it is not NULL.
pub(super) fn column(row: &[u8], name: &str) -> Result<Option<String>> {
    let fields = parsed(row)?;
    let found = fields.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    Ok(found.and_then(|(_, raw)| text(raw)))
}

/// Returns a row without one of its columns.
pub(in super::super) fn without(row: &[u8], column: &str) -> Result<Vec<u8>> {
    Ok(rewritten(&parsed(row)?, column))
}

/// Returns what a user is known by in the form that is compared: `" Alice@Example.COM"` is `"alice@example.com"`.
pub fn normal(identifier: &str) -> String {
    identifier.trim().to_lowercase()
}

fn parsed(row: &[u8]) -> Result<Body<'_>> {
    // The depth of what the database holds is not ours to limit.
    Body::parse(row, u32::MAX, Lang::En)
        .map_err(|cause| Error::new(Code::Internal, "a user's row is not understood").caused_by(cause))
}

fn rewritten(fields: &Body<'_>, left_out: &str) -> Vec<u8> {
    let mut json = vec![b'{'];
    for (name, raw) in fields.fields.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(left_out)) {
        if json.len() != 1 {
            json.push(b',');
        }
        respond::put(&mut json, name);
        json.push(b':');
        json.extend_from_slice(raw.get().as_bytes());
    }
    json.push(b'}');
    json
}

/// Returns the text of a value, or the digits of a number; `None` for everything else.
fn text(raw: &RawValue) -> Option<String> {
    let number =
        || raw.get().starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| raw.get().to_owned());
    text_of(raw).map(Into::into).or_else(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{At, Sourced, SqlText};

    fn login() -> Login {
        let at = At::outside("auth.yaml");
        Login {
            at: at.clone(),
            identifier: Sourced::new("email".to_owned(), at.clone()),
            password: "password".to_owned(),
            query: SqlText::outside("SELECT 1", at),
            load: Vec::new(),
        }
    }

    #[test]
    fn a_row_is_read_and_its_password_left_out() {
        let row =
            r#"{"id":1,"email":"a@example.com","Password":"$2b$","role":"admin","name":null,"total":1.10}"#;
        let account = Account::read(row.as_bytes(), &login()).unwrap();
        assert_eq!((account.id, account.identifier.as_deref()), (1, Some("a@example.com")));
        assert_eq!((account.hash.as_deref(), account.role.as_deref()), (Some("$2b$"), Some("admin")));
        assert_eq!((account.name, account.email.as_deref()), (None, Some("a@example.com")));
        let shown = r#"{"id":1,"email":"a@example.com","role":"admin","name":null,"total":1.10}"#;
        assert_eq!(account.row, shown.as_bytes());
    }

    #[test]
    fn nulls_and_large_ids_are_told_apart() {
        let row = br#"{"id":"9007199254740993","email":null,"password":null}"#;
        let account = Account::read(row, &login()).unwrap();
        assert_eq!((account.id, account.identifier, account.hash), (9_007_199_254_740_993, None, None));
    }

    #[test]
    fn a_row_that_lacks_something_is_a_mistake_of_the_configuration() {
        for row in [
            r#"{"email":"a","password":"x"}"#,
            r#"{"id":1,"password":"x"}"#,
            r#"{"id":1,"email":"a"}"#,
            r#"{"id":null,"email":"a","password":"x"}"#,
            r#"{"id":"9f","email":"a","password":"x"}"#,
        ] {
            assert_eq!(Account::read(row.as_bytes(), &login()).err().unwrap().code, Code::Config, "{row}");
        }
    }

    #[test]
    fn what_a_user_is_known_by_is_compared_in_one_form() {
        assert_eq!(normal(" Alice@Example.COM\t"), normal("alice@example.com"));
        assert_ne!(normal("élise@example.com"), normal("elise@example.com"));
        assert_eq!(normal("ÉLISE@example.com"), normal("élise@example.com"));
    }
}
