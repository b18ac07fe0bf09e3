//! `sogo token`: a token of a user, as a sign-in would make it.

use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::{Map, Value};

use super::context::{Context, client};
use crate::auth::token::{Claims, Key};
use crate::config::{self, App, AuthQueries, Registry, parse_duration};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::services::db::api::{Args as Bound, QueryOne, Request, Value as Bind};

/// Print a token of a user, as a sign-in would make it
///
/// The user is looked up with the app's own queries, so that e-mail address, name and role are what a sign-in gives.
/// Whoever has the token is that user until it expires.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo token prokov alice@example.com
  sogo token prokov 3 --expires 10m
  curl -H \"Authorization: Bearer $(sogo token prokov 3)\" http://localhost:8080/api/tasks")]
pub(super) struct Token {
    /// The app
    app: String,
    /// The user: an id, or what users sign in with
    user: String,
    /// How long it is valid, such as 10m or 24h
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = lifetime)]
    expires: Duration,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|time| Duration::from_secs(1) <= *time)
        .ok_or_else(|| "this is not a time of at least a second, such as 10m, 1h30m or 24h".to_owned())
}

pub(super) fn run(context: &Context, token: &Token) -> Result<()> {
    let registry = config::load(&context.places.config);
    let app = registry.app(&token.app).ok_or_else(|| no_app(context, &registry, &token.app))?;
    let user = context.block_on(find(context, app, &token.user))?;
    let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let now = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    let lifetime = i64::try_from(token.expires.as_secs()).unwrap_or(i64::MAX);
    let claims = Claims {
        sub: user.id,
        email: user.email,
        name: user.name,
        app: app.name.clone(),
        role: user.role,
        exp: now.saturating_add(lifetime),
        iat: now,
    };
    context.print.line(&Key::new(&app.auth.jwt_secret).sign(&claims));
    Ok(())
}

/// Says why an app cannot be found: there is none, it is wrong, or this is another installation.
pub(super) fn no_app(context: &Context, registry: &Registry, name: &str) -> Error {
    let apps = context.places.config.join("apps");
    if registry.apps.is_empty() && registry.has_errors() {
        let folder = context.places.config.display();
        return Error::new(Code::Config, format!("the configuration in {folder} cannot be used"))
            .hint("see what is wrong with `sogo check`; is it this installation? see --dir and --config");
    }
    if apps.join(name).is_dir() && !name.is_empty() {
        return Error::new(Code::Config, format!("the app `{name}` cannot be used"))
            .hint("see what is wrong with `sogo check`");
    }
    Error::new(Code::NotFound, format!("there is no app `{name}` in {}", apps.display()))
        .hint("is it this installation? see --dir and --config")
}

/// What a token says of a user.
#[derive(Debug, PartialEq, Eq)]
struct User {
    id: i64,
    email: Option<String>,
    name: Option<String>,
    role: Option<String>,
}

/// Finds a user by what they sign in with, or by id: `me` then says what they sign in with.
async fn find(context: &Context, app: &App, typed: &str) -> Result<User> {
    let Some(auth) = &app.queries.auth else {
        return Err(Error::new(Code::NotFound, format!("nobody signs in to `{}`", app.name))
            .hint("its queries/auth.yaml is missing"));
    };
    let db = client(&context.places.socket("sogoms-db", 1));
    let unknown = || {
        Error::new(Code::NotFound, format!("`{}` has no user `{typed}`", app.name))
            .hint(format!("a user is named by id or by `{}`", auth.login.identifier.value))
    };
    let Ok(id) = typed.parse::<i64>() else {
        return by_login(&db, app, auth, typed).await?.ok_or_else(unknown);
    };
    let Some(me) = &auth.me else {
        return Err(Error::new(
            Code::NotFound,
            "a user is found by id with `me` of queries/auth.yaml, which is missing",
        )
        .hint(format!("name the user by `{}`", auth.login.identifier.value)));
    };
    let row = row(&db, app, &me.query.value, ("user_id", Bind::Int(id))).await?.ok_or_else(unknown)?;
    let known_by = column(&row, &auth.login.identifier.value).ok_or_else(|| {
        Error::new(
            Code::Config,
            format!("`me` of queries/auth.yaml does not select `{}`", *auth.login.identifier),
        )
        .hint(format!("name the user by `{}`", *auth.login.identifier))
    })?;
    by_login(&db, app, auth, &known_by).await?.filter(|user| user.id == id).ok_or_else(unknown)
}

async fn by_login(db: &Client<Request>, app: &App, auth: &AuthQueries, typed: &str) -> Result<Option<User>> {
    let identifier = auth.login.identifier.value.as_str();
    let argument = (identifier, Bind::Text(typed.to_owned()));
    let Some(row) = row(db, app, &auth.login.query.value, argument).await? else { return Ok(None) };
    // A collation may find `é` for `e`: that is somebody else.
    let same = |found: String| found.trim().to_lowercase() == typed.trim().to_lowercase();
    if column(&row, identifier).is_none_or(|found| !same(found)) {
        return Ok(None);
    }
    user(&row).map(Some).ok_or_else(|| {
        Error::new(
            Code::Config,
            format!("{}: the query of a sign-in must select a numeric `id`", auth.login.query.at),
        )
    })
}

async fn row(
    db: &Client<Request>,
    app: &App,
    query: &str,
    (name, value): (&str, Bind),
) -> Result<Option<Map<String, Value>>> {
    let args = Bound::Named(vec![(name.to_owned(), value)]);
    let action = QueryOne { app_id: app.name.clone(), query: query.to_owned(), args, user_id: None };
    let Some(json) = db.call(action).await?.row else { return Ok(None) };
    serde_json::from_slice(&json).map(Some).map_err(|cause| {
        Error::new(Code::Internal, "sogoms-db answered a row that is not understood").caused_by(cause)
    })
}

fn user(row: &Map<String, Value>) -> Option<User> {
    let said = |name: &str| column(row, name).filter(|text| !text.is_empty());
    Some(User {
        id: column(row, "id")?.parse().ok()?,
        email: said("email"),
        name: said("name"),
        role: said("role"),
    })
}

/// Returns the text or the number of a column; `None` for anything else. Names of columns have no case in SQL.
fn column(row: &Map<String, Value>, name: &str) -> Option<String> {
    let (_, value) = row.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_user() {
        let of = |json: &str| user(&serde_json::from_str(json).unwrap());
        let alice =
            of(r#"{"ID": 9007199254740993, "email": "a@example.com", "name": "", "role": null}"#).unwrap();
        assert_eq!(
            alice,
            User {
                id: 9_007_199_254_740_993,
                email: Some("a@example.com".to_owned()),
                name: None,
                role: None
            }
        );
        assert_eq!(of(r#"{"id": null}"#), None);
        assert_eq!(of(r#"{"id": 1.5}"#), None);
    }

    #[test]
    fn a_lifetime_is_at_least_a_second() {
        assert_eq!(lifetime("1h30m").unwrap(), Duration::from_secs(5400));
        for text in ["0", "10", "999ms", "-1h", ""] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }
}
