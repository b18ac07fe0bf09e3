//! `sogo app`: the apps of an installation, from their first file to their last.

mod delete;
mod difference;
mod list;
mod migrate;
mod new;
mod prepare;
mod show;
mod survey;

use clap::{Args, Subcommand};

use super::context::Context;
use super::watch::Watch;
use crate::error::Result;

/// List, show, make and remove the apps of this installation
///
/// An app is a folder of YAML below apps/ in the configuration folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo app list
  sogo app show prokov
  sogo app show prokov -o json
  sogo app new shop --host shop.example.com
  sogo app migrate prokov --dry-run
  sogo app delete prokov")]
pub(super) struct App {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the apps: hosts, database, resources, problems
    ///
    /// An app that cannot be used is listed too; `sogo app show` and `sogo check` tell why.
    List {
        #[command(flatten)]
        watch: Watch,
    },
    Show(show::Show),
    New(new::New),
    Prepare(prepare::Prepare),
    Migrate(migrate::Migrate),
    Delete(delete::Delete),
}

pub(super) fn run(context: &Context, app: App) -> Result<()> {
    match app.verb {
        Verb::List { watch } => list::run(context, watch),
        Verb::Show(show) => show::run(context, &show),
        Verb::New(new) => new::run(context, &new),
        Verb::Migrate(migrate) => migrate::run(context, &migrate),
        Verb::Prepare(prepare) => prepare::run(context, prepare),
        Verb::Delete(delete) => delete::run(context, &delete),
    }
}

/// Tells how the services come to know of a change to the apps.
fn tell_reload(context: &Context) {
    context
        .print
        .note("the services take it over with `sogo ctl reload sogoms-db`, then `sogo ctl reload sogoway`");
}
