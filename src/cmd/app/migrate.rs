//! `sogo app migrate`: from the layout before `apps/` to a folder an app.
//!
//! The new folder is made beside its place and checked there; it takes its place in one step, and the old files are put
//! away after it. A file that begins before that step and ends with the last one tells a second run where to go on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::delete::backup;
use super::difference::difference;
use crate::cmd::check;
use crate::cmd::context::Context;
use crate::cmd::files::{self, NewFolder};
use crate::cmd::installation::cannot;
use crate::cmd::print::{Table, escaped_lines};
use crate::config::{self, Candidate, Migrated, Problem};
use crate::error::{Code, Error, Result};

/// Move an app from the layout before apps/ into a folder of its own
///
/// routes/APP.yaml becomes apps/APP/app.yaml; queries/APP/, emails/APP/ and cron/APP.yaml go with it. Comments stay. What
/// would not pass `sogo check` is not moved. The old files are kept in .before-apps/ in the configuration folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo app migrate prokov --dry-run
  sogo app migrate prokov
  sogo app migrate --all")]
pub(super) struct Migrate {
    /// The app
    #[arg(required_unless_present = "all")]
    app: Option<String>,
    /// All apps of the old layout
    #[arg(long, conflicts_with = "app")]
    all: bool,
    /// Show what would move where and what would change, and move nothing
    #[arg(long)]
    dry_run: bool,
}

/// Folder of what was replaced, below the configuration folder.
const KEPT: &str = ".before-apps";

#[derive(Debug, Serialize)]
struct Told {
    app: String,
    /// Where the old files are kept; none on trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<PathBuf>,
    /// Whether an earlier run had made the folder already.
    went_on: bool,
    files: Vec<File>,
}

#[derive(Debug, Serialize)]
struct File {
    from: PathBuf,
    to: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
}

/// An app whose new folder is made, and not yet in its place.
struct Staged {
    app: String,
    parts: Vec<PathBuf>,
    files: Vec<Migrated>,
    folder: NewFolder,
}

pub(super) fn run(context: &Context, migrate: &Migrate) -> Result<()> {
    let config = &context.places.config;
    let mut told = if migrate.dry_run { Vec::new() } else { go_on(config)? };
    let mut old = config::old_apps(config);
    if let Some(app) = &migrate.app {
        let parts = old.remove(app);
        if parts.is_none() && !told.iter().any(|done| done.app == *app) {
            return Err(nothing_of(config, app, &old));
        }
        old = parts.into_iter().map(|parts| (app.clone(), parts)).collect();
    }
    let staged = old
        .into_iter()
        .map(|(app, parts)| stage(config, app, parts, migrate.dry_run))
        .collect::<Result<Vec<_>>>()?;
    refuse_faulty(context, config, &staged)?;
    for staged in staged {
        told.push(if migrate.dry_run { staged.told(config, None) } else { staged.commit(config)? });
    }
    show(context, &told, migrate.dry_run);
    Ok(())
}

fn nothing_of(config: &Path, app: &str, old: &BTreeMap<String, Vec<PathBuf>>) -> Error {
    if !app.is_empty() && config.join("apps").join(app).is_dir() {
        let message = format!("`{app}` is in apps/ already, and nothing of it in the layout before");
        return Error::new(Code::Conflict, message).hint("there is nothing to do");
    }
    let message = format!("{} has no app `{app}` in the layout before apps/", config.display());
    let names: Vec<&str> = old.keys().map(String::as_str).collect();
    Error::new(Code::NotFound, message).hint(if names.is_empty() {
        "there is none at all; is it this installation? see --dir and --config".to_owned()
    } else {
        format!("there are: {}", names.join(", "))
    })
}

/// Makes the new folder beside its place; on trial outside the configuration.
fn stage(config: &Path, app: String, parts: Vec<PathBuf>, dry_run: bool) -> Result<Staged> {
    let place = config.join("apps").join(&app);
    if place.symlink_metadata().is_ok() {
        let message =
            format!("`{app}` has files in the layout before apps/, and {} is there too", place.display());
        return Err(Error::new(Code::Conflict, message)
            .hint(format!("move one of the two away; the old files are {}", listed(&parts))));
    }
    let old = config::read_old(config, &parts).map_err(cannot(config))?;
    let files = config::migrate(&app, &old).map_err(|message| Error::new(Code::Config, message))?;
    let folder = NewFolder::begin(&if dry_run {
        std::env::temp_dir().join(format!("sogo-migrate-{app}"))
    } else {
        place
    })?;
    for file in &files {
        folder.write_bytes(&file.to, &file.bytes)?;
    }
    Ok(Staged { app, parts, files, folder })
}

/// Checks the new folders as if they were in their places, all of them together.
fn refuse_faulty(context: &Context, config: &Path, staged: &[Staged]) -> Result<()> {
    let candidates: Vec<Candidate<'_>> =
        staged.iter().map(|staged| Candidate { app: &staged.app, folder: staged.folder.path() }).collect();
    let registry = config::load_with(config, &candidates);
    let compiled = registry.apps.iter().flat_map(|app| check::offline(app));
    let is_ours = |problem: &Problem| {
        problem.app.as_ref().is_some_and(|app| staged.iter().any(|staged| staged.app == *app))
    };
    let all: Vec<Problem> = registry.problems.into_iter().chain(compiled).collect();
    let errors: Vec<Problem> =
        all.into_iter().filter(|problem| problem.is_error() && is_ours(problem)).collect();
    if errors.is_empty() {
        return Ok(());
    }
    for mut problem in errors {
        for staged in staged {
            if let Ok(below) = problem.file.strip_prefix(staged.folder.path()) {
                let old = staged.files.iter().find(|file| file.to == below);
                problem.file = old.map_or_else(|| problem.file.clone(), |file| config.join(&file.from));
            }
        }
        context.print.complain(&format!("{}\n\n", escaped_lines(&problem.to_string())));
    }
    Err(Error::new(Code::Config, "the result would not pass `sogo check`, so nothing was changed")
        .hint("mend the old files where it says so, and run it again"))
}

impl Staged {
    /// Puts the new folder into its place, and the old files away.
    fn commit(self, config: &Path) -> Result<Told> {
        let kept = backup(config, KEPT, &self.app)?;
        let told = self.told(config, Some(kept.clone()));
        let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let journal = journal(config, &self.app);
        // One that is left from a run that was cut off before its first step says nothing any more.
        let _ = fs::remove_file(&journal);
        files::write_new(&journal, name.as_bytes(), 0o600)?;
        self.folder.keep()?;
        put_away(config, &self.parts, &kept)?;
        fs::remove_file(&journal).map_err(cannot(&journal))?;
        Ok(told)
    }

    fn told(&self, config: &Path, kept: Option<PathBuf>) -> Told {
        let file = |file: &Migrated| {
            let old = fs::read(config.join(&file.from)).unwrap_or_default();
            let to = Path::new("apps").join(&self.app).join(&file.to);
            let change = difference(&String::from_utf8_lossy(&old), &String::from_utf8_lossy(&file.bytes));
            File { from: file.from.clone(), to, change }
        };
        Told { app: self.app.clone(), kept, went_on: false, files: self.files.iter().map(file).collect() }
    }
}

fn journal(config: &Path, app: &str) -> PathBuf {
    config.join(format!(".migrating-{app}"))
}

/// Ends what earlier runs had begun: where the new folder is in its place, the old files are put away.
fn go_on(config: &Path) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    for (app, parts) in config::old_apps(config) {
        let journal = journal(config, &app);
        let Ok(name) = fs::read_to_string(&journal) else { continue };
        if !config.join("apps").join(&app).is_dir() || name.is_empty() || name.contains('/') {
            continue;
        }
        let kept = config.join(KEPT).join(name);
        put_away(config, &parts, &kept)?;
        told.push(Told { app, kept: Some(kept), went_on: true, files: Vec::new() });
    }
    // What is left of journals belongs to apps whose old files are all put away.
    for entry in fs::read_dir(config).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let app = name.strip_prefix(".migrating-");
        if app.is_some_and(|app| config.join("apps").join(app).is_dir()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(told)
}

/// Moves old files and folders into the folder of what is kept; those that are there already were moved before.
fn put_away(config: &Path, parts: &[PathBuf], kept: &Path) -> Result<()> {
    for part in parts {
        let to = kept.join(part);
        let parent = to.parent().unwrap_or(kept);
        fs::create_dir_all(parent).map_err(cannot(parent))?;
        files::rename(&config.join(part), &to)?;
        if let Some(folder) = part.parent() {
            // Only the last app leaves it empty.
            let _ = fs::remove_dir(config.join(folder));
        }
    }
    Ok(())
}

fn listed(parts: &[PathBuf]) -> String {
    parts.iter().map(|part| part.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn show(context: &Context, told: &[Told], dry_run: bool) {
    let print = &context.print;
    if !print.for_people() {
        return print.value(&told);
    }
    if told.is_empty() {
        return print.note("nothing is left in the layout before apps/");
    }
    let mut table = Table::new(["APP", "FROM", "TO", "CHANGED"]);
    for app in told {
        for file in &app.files {
            let changed = if file.change.is_some() { "yes" } else { "no" };
            let (from, to) = (file.from.display().to_string(), file.to.display().to_string());
            table.row([app.app.clone(), from, to, changed.to_owned()]);
        }
    }
    print.table(&table);
    for file in told.iter().flat_map(|app| &app.files) {
        if let Some(change) = &file.change {
            let (from, to) = (file.from.display(), file.to.display());
            print.text(&escaped_lines(&format!("\n--- {from}\n+++ {to}\n{change}")));
        }
    }
    for app in told {
        if app.went_on {
            print.note(&format!("{}: an earlier run was cut off, and is ended now", app.app));
        }
        if let Some(kept) = &app.kept {
            print.note(&format!("{}: the old files are kept in {}", app.app, kept.display()));
        }
    }
    if dry_run {
        print.note("nothing was moved; without --dry-run it is");
    } else {
        super::tell_reload(context);
    }
}
