//! `sogo token`: a token of a user, as a sign-in would make it.

use std::time::{Duration, SystemTime};

use clap::Args;

use super::apps;
use super::context::Context;
use super::users::Users;
use crate::auth::token::{Claims, Key};
use crate::config::parse_duration;
use crate::error::Result;

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
    let app = apps::find(context, &token.app)?;
    let user = context.block_on(async { Users::open(context, &app).await?.find(&token.user).await })?;
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
    let token = Key::new(&app.auth.jwt_secret).sign(&claims);
    if context.print.for_people() {
        context.print.line(&token);
    } else {
        context.print.value(&serde_json::json!({ "token": token }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_at_least_a_second() {
        assert_eq!(lifetime("1h30m").unwrap(), Duration::from_secs(5400));
        for text in ["0", "10", "999ms", "-1h", ""] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }
}
