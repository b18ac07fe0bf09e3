//! `sogo install`: the daemons under their own names.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::arguments::PROGRAMS;
use super::context::Context;
use super::installation::{Link, Linked, cannot, own_program};
use super::print::Table;
use crate::error::Result;

/// Link the names of the daemons to this program
///
/// This one program is every daemon, each under its own name. What is linked already stays, and links of an earlier
/// installation are turned to this one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo install --links /opt/sogoms/bin
  sogo install --links ~/.local/bin --force

The exit code is 6, and nothing is changed, when something else has one of the names.")]
pub(super) struct Install {
    /// Folder that gets the links; it is made if it is not there
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    links: PathBuf,
    /// Replace files and links of something else that have these names
    #[arg(long)]
    force: bool,
}

/// What was done about one name. The keys are for programs and stay as they are.
#[derive(Debug, Serialize)]
struct Installed {
    link: String,
    program: String,
    done: Linked,
}

pub(super) fn run(context: &Context, install: &Install) -> Result<()> {
    let program = own_program()?;
    std::fs::create_dir_all(&install.links).map_err(cannot(&install.links))?;
    let plan = |(name, _): &(&str, &str)| Link::plan(&program, install.links.join(name), install.force);
    let links: Vec<Link> = PROGRAMS.iter().map(plan).collect::<Result<_>>()?;
    let mut done = Vec::new();
    for link in &links {
        link.make(&program)?;
        done.push(Installed {
            link: link.path.display().to_string(),
            program: program.display().to_string(),
            done: link.linked,
        });
    }
    context.print.show(&done, || {
        let mut table = Table::new(["LINK", "DONE", "PROGRAM"]);
        for Installed { link, program, done } in &done {
            let word = match done {
                Linked::Made => "made",
                Linked::Kept => "kept",
                Linked::Replaced => "replaced",
            };
            table.row([link.clone(), word.to_owned(), program.clone()]);
        }
        table
    });
    Ok(())
}
