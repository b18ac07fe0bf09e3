//! `sogo completions`: what the shell offers after Tab.

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::context::Context;
use super::definition;

/// Print the completions of a shell
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
#[derive(Debug, Clone, Copy, ValueEnum)]
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

/// Returns the completions of a shell.
pub(super) fn script(shell: Supported) -> String {
    let shell = match shell {
        Supported::Bash => Shell::Bash,
        Supported::Zsh => Shell::Zsh,
        Supported::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "sogo", &mut script);
    String::from_utf8(script).expect("the definition is UTF-8, and so is what is made of it")
}
