//! `sogo user passwd`.

use clap::Args;
use serde::Serialize;

use super::password::{self, PasswordFrom};
use crate::cmd::context::Context;
use crate::cmd::text::duration_ms;
use crate::cmd::{apps, users::Users};
use crate::error::{Code, Error, Result};
use crate::services::gateway::plan::users;

/// Give a user another password
#[derive(Debug, Args)]
pub(super) struct Passwd {
    /// The app
    app: String,
    /// The user: what they sign in with, or an id
    #[arg(value_name = "EMAIL")]
    user: String,
    #[command(flatten)]
    password: PasswordFrom,
}

#[derive(Debug, Serialize)]
struct Changed<'a> {
    app: &'a str,
    id: i64,
}

pub(super) fn run(context: &Context, passwd: &Passwd) -> Result<()> {
    let app = apps::find(context, &passwd.app)?;
    let (found, account) = context.block_on(async {
        let found = Users::open(context, &app).await?;
        let account = found.find(&passwd.user).await?;
        Ok((found, account))
    })?;
    let table = found.table()?;
    let password = passwd.password.read(context)?;
    users::check_password(&table, password.expose())?;
    context.block_on(async {
        let hash = password::hash(password, users::password_cost(&table)).await?;
        let changed = found.db.call(users::set_password(&table, account.id, hash)).await?;
        one_row(changed.affected_rows)
    })?;
    if !context.print.for_people() {
        context.print.value(&Changed { app: found.app(), id: account.id });
        return Ok(());
    }
    let lifetime = u64::try_from(app.auth.jwt_expiry.as_millis()).unwrap_or(u64::MAX);
    context.print.line(&format!("user {} of {} has another password", account.id, found.app()));
    context.print.note(&format!("whoever is signed in stays so for up to {}", duration_ms(lifetime)));
    Ok(())
}

/// Fails when a user was removed a moment ago.
pub(super) fn one_row(affected: u64) -> Result<()> {
    if 0 < affected { Ok(()) } else { Err(Error::new(Code::NotFound, "the user is not there any more")) }
}
