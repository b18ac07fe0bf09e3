//! `sogo cron`: the apps' scheduled jobs.

mod explain;

use clap::{Args, Subcommand};

use super::context::Context;
use crate::error::Result;

/// Tell when the apps' jobs run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo cron explain '30 2 * * 1-5' --tz Europe/Paris
  sogo cron explain '0 9 1 * *' --lang fr -o json")]
pub(super) struct Cron {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Explain(explain::Explain),
}

pub(super) fn run(context: &Context, cron: Cron) -> Result<()> {
    match cron.verb {
        Verb::Explain(explain) => explain::run(context, &explain),
    }
}
