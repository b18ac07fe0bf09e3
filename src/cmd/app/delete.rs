//! `sogo app delete`: an app's folder is put away, its data are not touched.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cmd::context::Context;
use crate::cmd::installation::cannot;
use crate::cmd::{apps, files, prompt};
use crate::config;
use crate::error::Result;

/// Put an app's folder away, so that it is no longer served
///
/// The folder is moved to .deleted/ in the configuration folder, from where it can be moved back. The database, the logs
/// and the secrets stay where they are.
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// The app
    app: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// What became of the app.
#[derive(Debug, Serialize)]
struct Deleted<'a> {
    app: &'a str,
    kept: &'a Path,
}

pub(super) fn run(context: &Context, delete: &Delete) -> Result<()> {
    let config = &context.places.config;
    let folder = config.join("apps").join(&delete.app);
    if !apps::has_folder(context, &delete.app) {
        return Err(apps::absent(context, &config::load(config), &delete.app));
    }
    if !delete.yes {
        prompt::confirm(context, &format!("Put the app `{}` away?", delete.app), "--yes")?;
    }
    let kept = backup(config, ".deleted", &delete.app)?;
    files::rename(&folder, &kept)?;
    if context.print.for_people() {
        context.print.line(&format!("{} is kept in {}", delete.app, kept.display()));
        context.print.note("its database, logs and secrets were not touched");
        super::tell_reload(context);
    } else {
        context.print.value(&Deleted { app: &delete.app, kept: &kept });
    }
    Ok(())
}

/// Returns the place in a folder of backups where something of an app is kept: `.deleted/prokov-20260115-080000`, with a
/// number behind it where that is taken. The folder itself is made, for its owner alone.
pub(super) fn backup(config: &Path, kind: &str, app: &str) -> Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = config.join(kind);
    let mut make = fs::DirBuilder::new();
    make.recursive(true).mode(0o700).create(&folder).map_err(cannot(&folder))?;
    let name = format!("{app}-{}", chrono::Local::now().format("%Y%m%d-%H%M%S"));
    let numbered = (2..).map(|number| format!("{name}.{number}"));
    let free = [name.clone()].into_iter().chain(numbered).map(|name| folder.join(name));
    let mut free = free.filter(|path| path.symlink_metadata().is_err());
    Ok(free.next().unwrap_or(folder))
}
