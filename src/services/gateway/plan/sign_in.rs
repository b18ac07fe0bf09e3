//! Signing in, signing up, and the user's own row.

use super::super::caller::Caller;
use super::super::compile::{CompiledApp, SignIn, SignUp};
use super::super::input::{Body, Params, Wrong, from_text, text_of};
use super::super::routes::{Target, Verb};
use super::super::words::{self, Lang};
use super::draft::Draft;
use super::write::{Given, insert};
use super::{Demands, Input, args, draft, read, ready};
use crate::auth::password::{self, Weakness};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Args, Insert, Query, QueryOne, Value};

/// Longest identifier that a user signs in with, in bytes: no address of e-mail is longer.
pub const LONGEST_IDENTIFIER: usize = 320;

/// A new user, checked: everything but the hash of the password.
pub struct Registration {
    /// What the user will sign in with.
    pub identifier: String,
    /// The password as it was typed; to be hashed.
    pub password: String,
    insert: Insert,
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Passwords have no place in logs.
        f.debug_struct("Registration").field("identifier", &self.identifier).finish_non_exhaustive()
    }
}

impl Registration {
    /// Returns the INSERT of the user's row with this hash of the password.
    pub fn insert(mut self, hash: String) -> Insert {
        // The password's column was put last.
        if let Args::Positional(values) = &mut self.insert.args {
            values.push(Value::Text(hash));
        }
        self.insert
    }
}

/// Plans `auth/me`: the user's own row.
pub fn me(app: &CompiledApp, caller: &Caller, input: &Input<'_>) -> Result<QueryOne> {
    let draft = draft_of_me(app, caller, input)?;
    let (query, args) = (draft.sql.into_owned(), args(draft.filled));
    Ok(QueryOne { app_id: app.name().to_owned(), query, args, user_id: Some(caller.user_id) })
}

/// Plans `auth/me`, each value still beside its name.
pub(crate) fn draft_of_me<'a>(app: &'a CompiledApp, caller: &Caller, input: &Input<'_>) -> Result<Draft<'a>> {
    let me = ready(&sign_in(app, input.lang)?.me, input.lang)?;
    read::read(me.roles.get(&caller.role), None, caller, input)
}

/// Plans the lists that a sign-in answers beside the token (`login.load`), by the name of their resource.
///
/// # Errors
/// 500 CONFIG when one of them could not be made ready.
pub fn load(app: &CompiledApp, caller: &Caller, lang: Lang) -> Result<Vec<(String, Query)>> {
    let input = Input { query: None, body: &[], max_depth: 0, lang, demands: Demands::default() };
    let names = sign_in(app, lang)?.load.iter();
    names
        .map(|name| {
            let resource = app.resource(name).ok_or_else(|| misconfigured(lang))?;
            let target = Target { resource, verb: Verb::List, id: None };
            let draft = draft(app, &target, caller, &input)?;
            let (query, args) = (draft.sql.into_owned(), args(draft.filled));
            // Read with the sign-in, from the primary as all of it is.
            Ok((
                name.clone(),
                Query {
                    app_id: app.name().to_owned(),
                    query,
                    args,
                    limit: None,
                    user_id: None,
                    every_column: false,
                },
            ))
        })
        .collect()
}

/// Plans the query for the row of the user who signs in with this identifier.
///
/// An identifier that can be none of its column finds nobody, like one that is not known.
pub fn login(app: &CompiledApp, identifier: &str, lang: Lang) -> Result<QueryOne> {
    let statement = ready(&sign_in(app, lang)?.login, lang)?;
    let values = statement.slots.iter().map(|slot| from_text(slot.kind, identifier).unwrap_or(Value::Null));
    let args = Args::Positional(values.collect());
    Ok(QueryOne { app_id: app.name().to_owned(), query: statement.sql.clone(), args, user_id: None })
}

/// Plans a sign-up: every field is checked as in a `create`, the password by the app's own rules; it is handed back to
/// be hashed.
///
/// # Errors
/// 400 for a body that is not JSON, 422 for everything that is wrong with its values, by field.
pub fn register(app: &CompiledApp, input: &Input<'_>) -> Result<Registration> {
    Params::parse(input.query, input.lang)?.only(&[], input.lang)?;
    let sign_up = ready(&sign_in(app, input.lang)?.register, input.lang)?;
    registration(app.name(), sign_up, input.body, input.max_depth, input.lang)
}

/// Checks the body of a new user.
pub(super) fn registration(
    app: &str,
    sign_up: &SignUp,
    body: &[u8],
    max_depth: u32,
    lang: Lang,
) -> Result<Registration> {
    let body = Body::parse(body, max_depth, lang)?;
    let mut given = Given::new(lang);
    let mut password = None;
    for (name, raw) in &body.fields {
        if *name == sign_up.password {
            password = checked_password(text_of(raw).as_deref(), sign_up, &mut given, lang);
        } else if let Some(field) = sign_up.fields.iter().find(|field| field.name == *name) {
            given.take(field, raw, lang);
        } else {
            given.unknown(name, &sign_up.fields, lang);
        }
    }
    given.require(&sign_up.fields, |name| body.get(name).is_some(), lang);
    let identifier = body.get(&sign_up.identifier).and_then(text_of).unwrap_or_default().into_owned();
    if let Some(wrong) = wrong_identifier(&identifier).filter(|_| given.wrong.fields.is_empty()) {
        given.refuse(&sign_up.identifier, words::wrong(lang, &wrong));
    }
    let Given { mut values, .. } = given.checked()?;
    // `auth.yaml` was checked to list both; a body that lacks one was refused above.
    let (Some(password), Some(column)) = (password, field(sign_up, &sign_up.password)) else {
        return Err(misconfigured(lang));
    };
    let mut columns: Vec<(&str, &str)> = Vec::with_capacity(values.len() + 1);
    columns.extend(values.iter().map(|(field, _)| (field.quoted.as_str(), field.mark())));
    columns.push((&column.quoted, "?"));
    let query = insert(&sign_up.head, &columns);
    let args = Args::Positional(values.drain(..).map(|(_, value)| value).collect());
    let insert = Insert { app_id: app.to_owned(), query, args, user_id: None };
    Ok(Registration { identifier, password, insert })
}

/// Says why nobody can be known by this: they could not type it to sign in, or it looks like somebody else's, or it
/// would become a line of its own where it is written into a mail or a log.
fn wrong_identifier(identifier: &str) -> Option<Wrong> {
    // Soft hyphens, marks of direction, joiners and other characters that show nothing.
    let is_invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if identifier.trim().is_empty() {
        return Some(Wrong::Required);
    }
    if LONGEST_IDENTIFIER < identifier.len() {
        return Some(Wrong::TooManyBytes(LONGEST_IDENTIFIER as u64));
    }
    identifier.chars().any(|c| c.is_control() || is_invisible(c)).then_some(Wrong::Unreadable)
}

/// Checks a password by the rules of the app.
fn checked_password(
    text: Option<&str>,
    sign_up: &SignUp,
    given: &mut Given<'_>,
    lang: Lang,
) -> Option<String> {
    let message = match text.filter(|text| !text.is_empty()) {
        None => words::wrong(lang, &Wrong::Required),
        Some(text) => match password::check(text, sign_up.rules) {
            Ok(()) => return Some(text.to_owned()),
            Err(weakness) => refused_password(weakness, lang),
        },
    };
    given.refuse(&sign_up.password, message);
    None
}

/// Says why a password is refused.
pub(super) fn refused_password(weakness: Weakness, lang: Lang) -> String {
    match weakness {
        Weakness::TooShort(least) => words::short_password(lang, least),
        Weakness::TooLong => words::long_password(lang).to_owned(),
        Weakness::ZeroByte => words::wrong(lang, &Wrong::Unreadable),
    }
}

fn field<'a>(sign_up: &'a SignUp, name: &str) -> Option<&'a super::super::compile::Field> {
    sign_up.fields.iter().find(|field| field.name == name)
}

fn sign_in(app: &CompiledApp, lang: Lang) -> Result<&SignIn> {
    app.sign_in.as_ref().ok_or_else(|| Error::new(Code::NotFound, words::not_found(lang)))
}

fn misconfigured(lang: Lang) -> Error {
    Error::new(Code::Config, words::misconfigured(lang))
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::{PROJECTS, json, ready, refusal, user};
    use super::*;

    const AUTH: &str = r#"
login:
  identifier: email
  query: SELECT id, email, name, role, password FROM users WHERE email = :email
  load: [projects]
register: { table: users, fields: [email, password, name], required: [email, password] }
me: { query: "SELECT id, email, name FROM users WHERE id = :user_id" }
password: { min_length: 8 }
"#;

    fn input(body: &str) -> Input<'_> {
        Input {
            query: None,
            body: body.as_bytes(),
            max_depth: 64,
            lang: Lang::En,
            demands: Demands::default(),
        }
    }

    #[test]
    fn signing_in_finds_a_user_and_loads_their_lists() {
        let (app, problems) = ready(&[("auth", AUTH), ("projects", PROJECTS)]);
        assert!(problems.is_empty(), "{problems:?}");
        let found = login(&app, "a@example.com", Lang::En).unwrap();
        assert_eq!(found.query, "SELECT id, email, name, role, password FROM users WHERE email = ?");
        assert_eq!(json(&found.args), r#"["a@example.com"]"#);
        assert_eq!(json(&login(&app, "a\0", Lang::En).unwrap().args), "[null]");
        let own = me(&app, &user("admin"), &input("")).unwrap();
        assert_eq!(own.query, "SELECT id, email, name FROM users WHERE id = ?");
        assert_eq!(json(&own.args), "[3]");
        let lists = load(&app, &user("default"), Lang::En).unwrap();
        assert_eq!(lists[0].0, "projects");
        assert!(lists[0].1.query.contains("WHERE (user_id = ?)"));
    }

    #[test]
    fn signing_up_checks_every_field_and_hands_the_password_back() {
        let (app, _) = ready(&[("auth", AUTH), ("projects", PROJECTS)]);
        let body = r#"{"password":"corr\u0065ct horse","email":"a@example.com"}"#;
        let registration = register(&app, &input(body)).unwrap();
        assert_eq!(registration.identifier, "a@example.com");
        assert_eq!(registration.password, "correct horse");
        assert!(!format!("{registration:?}").contains("horse"));
        let insert = registration.insert("$2b$12$hash".to_owned());
        assert_eq!(insert.query, "INSERT INTO `users` (`email`, `password`) VALUES (?, ?)");
        assert_eq!(json(&insert.args), r#"["a@example.com","$2b$12$hash"]"#);

        let long = format!(r#"{{"email":"a@example.com","password":"{}"}}"#, "é".repeat(37));
        let cases = [
            ("{}", "422 VALIDATION; email: required; password: required"),
            (
                r#"{"email":"a@example.com","password":"short"}"#,
                "422 VALIDATION; password: at least 8 characters",
            ),
            (&long, "422 VALIDATION; password: at most 72 bytes"),
            (r#"{"email":null,"password":12345678}"#, "422 VALIDATION; email: required; password: required"),
            (
                r#"{"email":"a@example.com","password":"longenough","role":"admin","id":1}"#,
                "422 VALIDATION; role: unknown field; id: unknown field",
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(refusal(&register(&app, &input(body)).unwrap_err()), expected, "{body}");
        }
    }
}
