//! `sogo app prepare`: the tables of ours in an app's database.

use clap::Args;

use crate::cmd::context::{self, Context};
use crate::cmd::print::Table;
use crate::cmd::prompt::confirm;
use crate::error::{Code, Result};
use crate::services::db::api::{OwnTable, OwnTables, PrepareTables, TableState};

/// Make the tables that we need in an app's database
///
/// They are shown first, and made by sogoms-db with the app's own database user. Idempotency-Key needs `sogo_idempotency`.
/// What is there stays as it is, so this can be repeated.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo app prepare prokov
  sogo app prepare prokov --dry-run        # the SQL, for an administrator of the database to run
  sogo app prepare prokov --yes")]
pub(super) struct Prepare {
    /// The app
    app: String,
    /// Make them without asking
    #[arg(long)]
    yes: bool,
    /// Show them and make nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

pub(super) fn run(context: &Context, prepare: Prepare) -> Result<()> {
    context.block_on(prepared(context, prepare))
}

async fn prepared(context: &Context, Prepare { app, yes, dry_run }: Prepare) -> Result<()> {
    let db = context::client(&context.places.socket("sogoms-db", 1));
    let ask = |dry_run| db.call(PrepareTables { app_id: app.clone(), dry_run });
    let found = ask(true).await?;
    let missing: Vec<&OwnTable> =
        found.tables.iter().filter(|table| table.state == TableState::Missing).collect();
    if dry_run || missing.is_empty() {
        context.print.show(&found, || states(&found));
        if context.print.for_people() {
            show_statements(context, &missing);
        }
        return Ok(());
    }
    if !yes {
        // Whoever is asked sees them before; standard output is for what came of it.
        for table in &missing {
            context.print.note(&format!("{}\n{};", table.purpose, table.sql));
        }
        confirm(context, &format!("Make {} in the database of {app}?", names(&missing)), "--yes")?;
    }
    match ask(false).await {
        Ok(made) => context.print.show(&made, || states(&made)),
        Err(error) => {
            if error.code == Code::Forbidden && context.print.for_people() {
                show_statements(context, &missing);
            }
            return Err(error);
        }
    }
    Ok(())
}

fn names(tables: &[&OwnTable]) -> String {
    tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn show_statements(context: &Context, tables: &[&OwnTable]) {
    for table in tables {
        context.print.text(&format!("\n{};\n", table.sql));
    }
}

fn states(found: &OwnTables) -> Table {
    let mut table = Table::new(["TABLE", "STATE", "FOR"]);
    for own in &found.tables {
        let state = match own.state {
            TableState::Missing => "missing",
            TableState::Present => "there already",
            TableState::Made => "made",
        };
        table.row([own.name.clone(), state.to_owned(), own.purpose.clone()]);
    }
    table
}
