//! `sogo user list`.

use clap::Args;

use crate::cmd::context::Context;
use crate::cmd::{apps, rows, users::Users};
use crate::error::Result;
use crate::services::gateway::plan::users;

/// List the users of an app, without their passwords
#[derive(Debug, Args)]
pub(super) struct List {
    /// The app
    app: String,
    /// Only those with this role
    #[arg(long)]
    role: Option<String>,
    /// Show so many at most
    #[arg(short = 'n', long, value_name = "ROWS", default_value_t = 1000)]
    limit: u64,
}

pub(super) fn run(context: &Context, list: &List) -> Result<()> {
    let app = apps::find(context, &list.app)?;
    let found = context.block_on(async {
        let found = Users::open(context, &app).await?;
        found.db.call(users::list(&found.table()?, list.role.as_deref(), list.limit)?).await
    })?;
    rows::show(context, &found)
}
