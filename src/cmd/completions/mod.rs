//! `sogo completions`: what the shell offers after Tab.
//!
//! The scripts of the shells ask the program itself (`live`), so that they offer the apps and services of the moment.

mod live;
mod words;

use clap::{Args, ValueEnum};

pub(super) use self::live::{Complete, complete};
use super::arguments::PROGRAMS;
use super::context::Context;

/// Print the completions of a shell
///
/// They offer verbs and flags, and the names of apps, services, resources and jobs as they are when Tab is pressed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo completions bash > /etc/bash_completion.d/sogo
  sogo completions zsh > ~/.zfunc/_sogo
  sogo completions fish > ~/.config/fish/completions/sogo.fish")]
pub(super) struct Completions {
    /// The shell
    shell: Supported,
}

/// The shells whose completions are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Supported {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}

pub(super) fn run(context: &Context, completions: &Completions) {
    context.print.text(&script(completions.shell));
}

/// Returns the completions of a shell, for every name of the program.
pub(super) fn script(shell: Supported) -> String {
    let script = match shell {
        Supported::Bash => include_str!("scripts/sogo.bash"),
        Supported::Zsh => include_str!("scripts/_sogo"),
        Supported::Fish => include_str!("scripts/sogo.fish"),
    };
    let names: Vec<&str> = ["sogo"].into_iter().chain(PROGRAMS.iter().map(|(name, _)| *name)).collect();
    script.replace("NAMES", &names.join(" "))
}
