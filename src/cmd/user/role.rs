//! `sogo user role`.

use clap::Args;
use serde::Serialize;

use super::passwd::one_row;
use crate::cmd::context::Context;
use crate::cmd::text::duration_ms;
use crate::cmd::{apps, users::Users};
use crate::error::Result;
use crate::services::gateway::plan::users;

/// Give a user another role, `default` for that of everybody
#[derive(Debug, Args)]
pub(super) struct Role {
    /// The app
    app: String,
    /// The user: what they sign in with, or an id
    #[arg(value_name = "EMAIL")]
    user: String,
    /// The role, as the filters of the app name it
    #[arg(value_name = "ROLE")]
    name: String,
}

#[derive(Debug, Serialize)]
struct Changed<'a> {
    app: &'a str,
    id: i64,
    role: &'a str,
}

pub(super) fn run(context: &Context, role: &Role) -> Result<()> {
    let app = apps::find(context, &role.app)?;
    let id = context.block_on(async {
        let found = Users::open(context, &app).await?;
        let account = found.find(&role.user).await?;
        let changed = found.db.call(users::set_role(&found.table()?, account.id, &role.name)?).await?;
        one_row(changed.affected_rows)?;
        Ok(account.id)
    })?;
    super::note_unknown_role(context, &app, &role.name);
    if !context.print.for_people() {
        context.print.value(&Changed { app: &app.name, id, role: &role.name });
        return Ok(());
    }
    let lifetime = u64::try_from(app.auth.jwt_expiry.as_millis()).unwrap_or(u64::MAX);
    context.print.line(&format!("user {id} of {} has the role {}", app.name, role.name));
    context.print.note(&format!(
        "whoever is signed in keeps the role of their token for up to {}",
        duration_ms(lifetime)
    ));
    Ok(())
}
