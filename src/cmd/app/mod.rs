//! `sogo app`: the apps of this installation.

mod prepare;

use clap::{Args, Subcommand};

use super::context::Context;
use crate::error::Result;

/// Look after the apps
#[derive(Debug, Args)]
pub(super) struct App {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Prepare(prepare::Prepare),
}

pub(super) fn run(context: &Context, app: App) -> Result<()> {
    match app.verb {
        Verb::Prepare(prepare) => prepare::run(context, prepare),
    }
}
