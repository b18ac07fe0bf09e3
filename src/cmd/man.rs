//! `sogo man`: the manual, made from the definition of the command line.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man as Page;

use super::context::Context;
use super::definition;
use crate::error::{Code, Error, Result};

/// Print the manual page, or write all of them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo man | man -l -
  sogo man --to /usr/local/share/man/man1")]
pub(super) struct Man {
    /// Write the page of every verb into this folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    to: Option<PathBuf>,
}

pub(super) fn run(context: &Context, man: &Man) -> Result<()> {
    let Some(folder) = &man.to else {
        context.print.text(&render(definition()));
        return Ok(());
    };
    let cannot = |cause: std::io::Error| {
        Error::new(Code::of_io(&cause), format!("cannot write to {}: {cause}", folder.display()))
            .hint("name another folder with --to")
            .caused_by(cause)
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    for (name, page) in pages() {
        std::fs::write(folder.join(&name), page).map_err(cannot)?;
        context.print.line(&folder.join(name).display().to_string());
    }
    Ok(())
}

/// Returns the name and the text of each page: `sogo.1`, and one for each verb, such as `sogo-db-query.1`.
pub(super) fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    add(&mut pages, "sogo", definition());
    pages
}

fn add(pages: &mut Vec<(String, String)>, name: &str, command: clap::Command) {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        add(pages, &format!("{name}-{}", verb.get_name()), verb.clone());
    }
    pages.push((format!("{name}.1"), render(command.name(name.to_owned()))));
}

fn render(command: clap::Command) -> String {
    let mut page = Vec::new();
    Page::new(command).render(&mut page).expect("the page is written to memory");
    String::from_utf8(page).expect("the definition is UTF-8, and so is what is made of it")
}
