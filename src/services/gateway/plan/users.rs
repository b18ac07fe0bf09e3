//! What an operator does with the users of an app: the same checks as a sign-up, in one action of sogoms-db each.

use super::super::compile::UsersTable;
use super::super::words::Lang;
use super::sign_in::{Registration, refused_password, registration};
use crate::auth::password;
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Args, Kind, Query, Update, Value};

/// The column in which a user's role stands.
const ROLE: &str = "role";
/// Columns that a list of users shows, where the table has them, beside the one users are known by.
const SHOWN: [&str; 4] = ["email", "name", ROLE, "created_at"];

impl UsersTable {
    /// Returns the column by which a user is known.
    pub fn identifier(&self) -> &str {
        &self.sign_up.identifier
    }

    /// Returns the column that holds the hash of the password.
    pub fn password(&self) -> &str {
        &self.sign_up.password
    }

    fn quoted_column(&self, name: &str) -> Option<&str> {
        let mut fields = self.sign_up.fields.iter();
        fields.find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.quoted.as_str())
    }
}

/// Plans a new user from columns and values as they were typed: `null` is NULL where the column takes it, and text stays
/// text in a column of text.
///
/// # Errors
/// 422 for everything that is wrong with the values, by column.
pub fn add(table: &UsersTable, typed: &[(String, String)]) -> Result<Registration> {
    let mut body = serde_json::Map::new();
    for (name, text) in typed {
        let field = table.sign_up.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        let value = match field {
            Some(field) if field.nullable && text == "null" => serde_json::Value::Null,
            Some(field) if is_number(field.kind) => {
                serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into())
            }
            _ => text.as_str().into(),
        };
        body.insert(field.map_or(name.as_str(), |field| &field.name).to_owned(), value);
    }
    let body = serde_json::Value::from(body).to_string();
    registration(&table.app, &table.sign_up, body.as_bytes(), 1, Lang::En)
}

const fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Int | Kind::Unsigned | Kind::Bool | Kind::Decimal | Kind::Float | Kind::Bit)
}

/// Checks a password by the rules of the app.
///
/// # Errors
/// 422 that says what is wrong with it.
pub fn check_password(table: &UsersTable, text: &str) -> Result<()> {
    password::check(text, table.sign_up.rules).map_err(|weakness| {
        Error::new(Code::Validation, "the password is refused")
            .field(table.password().to_owned(), refused_password(weakness, Lang::En))
    })
}

/// Returns the cost of the hashes that the app makes.
pub fn password_cost(table: &UsersTable) -> u32 {
    table.sign_up.rules.cost
}

/// Plans a new password of a user.
pub fn set_password(table: &UsersTable, id: i64, hash: String) -> Update {
    // The table was found by this very column.
    let column = table.quoted_column(table.password()).unwrap_or_default();
    update(table, column, Value::Text(hash), id)
}

/// Plans a new role of a user; `default` is the role of everybody.
///
/// # Errors
/// [`Code::Unsupported`] when the table has no column for it, 422 when no role can be called so.
pub fn set_role(table: &UsersTable, id: i64, role: &str) -> Result<Update> {
    let column = role_column(table)?;
    check_role(role)?;
    Ok(update(table, column, Value::Text(role.to_owned()), id))
}

/// Checks the name of a role: letters, digits, `_` and `-`, at most 64.
///
/// # Errors
/// 422 when no role can be called so.
pub fn check_role(role: &str) -> Result<()> {
    let fits = (1..=64).contains(&role.len())
        && role.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if fits {
        return Ok(());
    }
    Err(Error::new(Code::Validation, format!("a role cannot be called `{role}`"))
        .hint("use letters, digits, `_` and `-`, at most 64"))
}

fn role_column(table: &UsersTable) -> Result<&str> {
    table.quoted_column(ROLE).ok_or_else(|| {
        Error::new(Code::Unsupported, format!("the table {} has no column `{ROLE}`", table.quoted))
            .hint("add it to the table, and select it in `login` of queries/auth.yaml")
    })
}

fn update(table: &UsersTable, column: &str, value: Value, id: i64) -> Update {
    Update {
        app_id: table.app.clone(),
        query: format!("UPDATE {} SET {column} = ? WHERE {} = ?", table.quoted, table.id),
        args: Args::Positional(vec![value, Value::Int(id)]),
        user_id: Some(id),
    }
}

/// Plans a list of users by id, without their passwords, all of them or those of a role.
///
/// # Errors
/// [`Code::Unsupported`] when a role is asked for and the table has no column for it.
pub fn list(table: &UsersTable, role: Option<&str>, limit: u64) -> Result<Query> {
    let mut columns: Vec<&str> = vec![&table.id];
    let shown = [table.identifier()].into_iter().chain(SHOWN).filter(|name| *name != table.password());
    for column in shown.filter_map(|name| table.quoted_column(name)) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let mut args = Vec::new();
    let mut condition = String::new();
    if let Some(role) = role {
        let column = role_column(table)?;
        check_role(role)?;
        args.push(Value::Text(role.to_owned()));
        // Whoever's row names no role has that of everybody.
        let nobodys =
            if role == "default" { format!(" OR {column} IS NULL OR {column} = ''") } else { String::new() };
        condition = format!(" WHERE {column} = ?{nobodys}");
    }
    let (columns, from, id) = (columns.join(", "), &table.quoted, &table.id);
    Ok(Query {
        app_id: table.app.clone(),
        query: format!("SELECT {columns} FROM {from}{condition} ORDER BY {id}"),
        args: Args::Positional(args),
        limit: Some(limit),
        user_id: None,
        every_column: false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::compile::users_table;
    use super::super::super::sample::{app, json, refusal, tables};
    use super::*;

    const AUTH: &str = r"
login:
  identifier: email
  query: SELECT u.id, u.email, u.name, u.role, u.password FROM users u WHERE u.email = :email
";

    fn table() -> UsersTable {
        users_table(&app(&[("auth", AUTH)]), &tables()).unwrap()
    }

    fn typed(given: &[(&str, &str)]) -> Vec<(String, String)> {
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_operator_sets_what_no_body_may() {
        let table = table();
        let given = typed(&[
            ("email", "a@example.com"),
            ("role", "admin"),
            ("name", "42"),
            ("password", "correct horse"),
        ]);
        let insert = add(&table, &given).unwrap().insert("$2b$hash".to_owned());
        assert_eq!(
            insert.query,
            "INSERT INTO `users` (`email`, `role`, `name`, `password`) VALUES (?, ?, ?, ?)"
        );
        assert_eq!(json(&insert.args), r#"["a@example.com","admin","42","$2b$hash"]"#);
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("email", "a@example.com")], "422 VALIDATION; password: required"),
            (
                &[("email", "a@example.com"), ("password", "short")],
                "422 VALIDATION; password: at least 8 characters",
            ),
            (
                &[("email", "a@example.com"), ("password", "correct horse"), ("nmae", "A")],
                "422 VALIDATION; nmae: unknown field",
            ),
        ];
        for (given, expected) in cases {
            let refused = refusal(&add(&table, &typed(given)).unwrap_err());
            assert!(refused.starts_with(expected), "{refused}");
        }
    }

    #[test]
    fn a_user_is_changed_by_number() {
        let table = table();
        let password = set_password(&table, 3, "$2b$hash".to_owned());
        assert_eq!(password.query, "UPDATE `users` SET `password` = ? WHERE `id` = ?");
        assert_eq!(json(&password.args), r#"["$2b$hash",3]"#);
        let role = set_role(&table, 3, "admin").unwrap();
        assert_eq!(role.query, "UPDATE `users` SET `role` = ? WHERE `id` = ?");
        for wrong in ["", "a b", "é", &"x".repeat(65)] {
            assert_eq!(set_role(&table, 3, wrong).unwrap_err().code, Code::Validation, "{wrong}");
        }
    }

    #[test]
    fn a_list_never_shows_a_password() {
        let table = table();
        let all = list(&table, None, 10).unwrap();
        assert_eq!(all.query, "SELECT `id`, `email`, `name`, `role` FROM `users` ORDER BY `id`");
        let everybody = list(&table, Some("default"), 10).unwrap();
        assert!(
            everybody.query.contains(" WHERE `role` = ? OR `role` IS NULL OR `role` = '' ORDER"),
            "{}",
            everybody.query
        );
    }

    #[test]
    fn the_columns_behind_a_sign_in_are_found() {
        let of = |query: &str| {
            let auth = format!("login: {{ identifier: login, query: \"{query}\" }}");
            users_table(&app(&[("auth", &auth)]), &tables())
        };
        let table =
            of("SELECT id, email AS login, name AS password FROM users WHERE email = :login").unwrap();
        assert_eq!((table.identifier(), table.password()), ("email", "name"));
        for query in [
            "SELECT id, email AS login, MD5(name) AS password FROM users WHERE email = :login",
            "SELECT 1 AS id, 'x' AS login, 'y' AS password FROM nowhere WHERE 'x' = :login",
        ] {
            assert_eq!(of(query).unwrap_err().code, Code::Config, "{query}");
        }
    }
}
