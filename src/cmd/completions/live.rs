//! `sogo __complete`: what a shell's script asks when Tab is pressed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use clap::builder::ValueHint;
use clap::{Args, Command, CommandFactory as _};
use clap_complete::engine::{self, ArgValueCandidates, CompletionCandidate};

use super::Supported;
use super::words::Words;
use crate::cmd::Cli;
use crate::cmd::context::Context;
use crate::cmd::print::escaped;
use crate::config::{self, PlaceFlags, Places};
use crate::services::SERVICES;

/// Print what a word can become (for the scripts of `sogo completions`)
#[derive(Debug, Args)]
pub(in crate::cmd) struct Complete {
    /// Whose script asks
    shell: Supported,
    /// Which word it is, from 0
    index: usize,
    /// The words that are typed
    #[arg(last = true)]
    words: Vec<OsString>,
}

/// What an argument of this name stands for, wherever it stands in the command line.
const NAMES: &[(&[&str], Find)] = &[
    (&["app", "apps"], apps),
    (&["service", "services"], services),
    (&["resource", "resources"], resources),
    (&["job", "jobs"], jobs),
    (&["path"], paths),
];

/// Finds the names there are at the moment; of one app, where its name was typed before.
type Find = fn(&Typed) -> BTreeSet<String>;

/// Where names are looked for.
#[derive(Debug)]
struct Typed {
    places: Places,
    words: Vec<OsString>,
}

/// Prints what the word at the cursor can become, in the form that the shell's script reads.
pub(in crate::cmd) fn complete(context: &Context, complete: Complete) {
    let Complete { shell, index, words } = complete;
    if words.is_empty() {
        return;
    }
    let typed = Words::new(words, index, shell == Supported::Bash);
    let flags =
        PlaceFlags { dir: typed.flag("--dir").map(Path::new), config: typed.flag("--config").map(Path::new) };
    let places = Places::find(flags, &context.environment);
    let find_in = Arc::new(Typed { places, words: typed.words.clone() });
    let mut command = with_names(Cli::command(), &find_in);
    let last = typed.words.len() - 1;
    let here = std::env::current_dir().ok();
    // A line that cannot be completed is no failure: the shell offers nothing.
    let found = engine::complete(&mut command, typed.words, last, here.as_deref()).unwrap_or_default();
    let is_shown = |candidate: &&CompletionCandidate| !candidate.is_hide_set();
    let lines: Vec<String> =
        found.iter().filter(is_shown).filter_map(|candidate| line(shell, candidate, &typed.kept)).collect();
    context.print.text(&lines.concat());
}

/// Adds to every argument that stands for a name what it can be.
fn with_names(command: Command, typed: &Arc<Typed>) -> Command {
    command
        .mut_args(|arg| {
            let id = arg.get_id().as_str();
            let known = NAMES.iter().find(|(ids, _)| ids.contains(&id)).map(|(_, find)| *find);
            let has_own = !arg.get_possible_values().is_empty() || arg.get_value_hint() != ValueHint::Unknown;
            match known.filter(|_| !has_own) {
                None => arg,
                Some(find) => {
                    let typed = Arc::clone(typed);
                    let candidates = move || find(&typed).into_iter().map(CompletionCandidate::new).collect();
                    arg.add(ArgValueCandidates::new(candidates))
                }
            }
        })
        .mut_subcommands(|verb| with_names(verb, typed))
}

/// Returns one line for a shell: `value`, `value:what it is` for zsh, `value<Tab>what it is` for fish.
fn line(shell: Supported, candidate: &CompletionCandidate, kept: &str) -> Option<String> {
    let value = candidate.get_value().to_str()?;
    let value = escaped(value.strip_prefix(kept).unwrap_or(value));
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    let help = escaped(help.lines().next().unwrap_or_default());
    Some(match shell {
        Supported::Bash => format!("{value}\n"),
        Supported::Zsh => format!("{}:{help}\n", value.replace('\\', "\\\\").replace(':', "\\:")),
        Supported::Fish => format!("{value}\t{help}\n"),
    })
}

/// The folders of apps, also of those that are wrong at the moment.
fn apps(typed: &Typed) -> BTreeSet<String> {
    let folder = typed.places.config.join("apps");
    names_in(&folder).filter(|name| config::is_name(name) && folder.join(name).is_dir()).collect()
}

fn services(typed: &Typed) -> BTreeSet<String> {
    match config::supervisor::load(&typed.places.config).value {
        Some(units) => units.services.into_iter().map(|unit| unit.name).collect(),
        None => SERVICES.iter().map(|entry| entry.name.to_owned()).collect(),
    }
}

fn resources(typed: &Typed) -> BTreeSet<String> {
    typed.chosen_apps().iter().flat_map(|app| typed.resources_of(app)).collect()
}

fn jobs(typed: &Typed) -> BTreeSet<String> {
    let chosen = typed.chosen_apps();
    let apps = config::load(&typed.places.config).apps;
    let of_chosen = apps.iter().filter(|app| chosen.contains(&app.name));
    of_chosen
        .flat_map(|app| app.cron.iter())
        .flat_map(|cron| cron.jobs.iter())
        .map(|job| job.name.clone())
        .collect()
}

/// The paths of an app's API.
fn paths(typed: &Typed) -> BTreeSet<String> {
    let chosen = typed.chosen_apps();
    let apps = config::load(&typed.places.config).apps;
    let of_chosen = apps.iter().filter(|app| chosen.contains(&app.name));
    of_chosen
        .flat_map(|app| app.queries.resources.keys().map(|name| format!("{}/{name}", app.base_path)))
        .collect()
}

impl Typed {
    /// Returns the apps that were typed, or all of them.
    fn chosen_apps(&self) -> BTreeSet<String> {
        let all = apps(self);
        let typed: BTreeSet<String> =
            all.iter().filter(|app| self.words.iter().any(|word| word == app.as_str())).cloned().collect();
        if typed.is_empty() { all } else { typed }
    }

    fn resources_of(&self, app: &str) -> Vec<String> {
        let folder = self.places.config.join("apps").join(app).join("queries");
        let stems = names_in(&folder).filter_map(|name| Some(name.strip_suffix(".yaml")?.to_owned()));
        stems.filter(|stem| stem != "auth" && !stem.starts_with('.')).collect()
    }
}

/// Returns the names in a folder; none if it cannot be read.
fn names_in(folder: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}
