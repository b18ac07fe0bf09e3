//! Making the folder: beside its place first, and into it when all of it is there.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::answers::{Answers, Store};
use crate::cmd::arguments::PROGRAMS;
use crate::cmd::database_address::Address;
use crate::cmd::installation::{
    self, Link, NewApp, PARTS, cannot, database_section, own_program, sogoctl_yaml, starter,
};
use crate::config::{self, Problem, Secret};
use crate::error::{Code, Error, Result};
use crate::services::db::run_script;
use crate::services::gateway::compile;

/// Where everything is made at first. One that is there was left by an `init` that was killed.
const STAGE: &str = ".sogo-init";
/// What git is told not to keep: everything but the configuration.
const GITIGNORE: &str = "\
# Made by `sogo init`. The configuration belongs into git, secrets and data never do.
/bin/
/data/
/logs/
/run/
/secrets/
/state/
";

const SOGOCTL: &str = "\
# Which services run, and how they are kept running. `sogo ctl status` tells how they are; docs/CONFIGURATION.md has
# every key.";

/// Refuses a folder that holds anything.
///
/// # Errors
/// [`Code::Conflict`] if it does, or is no folder.
pub(super) fn must_be_empty(folder: &Path) -> Result<()> {
    let refused = |why: &str| {
        Err(Error::new(Code::Conflict, format!("{} {why}", folder.display()))
            .hint("name a folder that is empty or not there; `sogo app new` adds an app to an installation"))
    };
    match fs::read_dir(folder) {
        Ok(entries) => match entries.filter_map(io::Result::ok).find(|entry| entry.file_name() != STAGE) {
            Some(_) => refused("holds something"),
            None => Ok(()),
        },
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) if cause.kind() == io::ErrorKind::NotADirectory => refused("is no folder"),
        Err(cause) => Err(cannot(folder)(cause)),
    }
}

/// Makes everything in `folder`, an absolute path; on any failure nothing of it is left.
pub(super) async fn make(folder: &Path, answers: &Answers) -> Result<()> {
    let mut making = Making::begin(folder)?;
    let stage = folder.join(STAGE);
    installation::make_parts(&stage)?;
    installation::write(&stage.join(".gitignore"), GITIGNORE)?;
    write_configuration(&stage, folder, answers)?;
    if answers.store == Store::Sqlite {
        let registry = config::load(&stage.join("config"));
        let app = registry.app(&answers.app).ok_or_else(|| wrong(&registry.problems))?;
        run_script(&app.database, starter::SQLITE).await?;
    }
    making.move_into_place()?;
    let problems = problems(&folder.join("config"));
    if !problems.is_empty() {
        return Err(wrong(&problems));
    }
    making.is_complete = true;
    Ok(())
}

fn write_configuration(stage: &Path, folder: &Path, answers: &Answers) -> Result<()> {
    let Answers { app, hosts, store, port } = answers;
    let secret = |what: &str| stage.join("secrets").join(format!("{app}_{what}"));
    installation::write_secret(&secret("jwt_secret"), &installation::random_secret()?)?;
    let address = match store {
        Store::Sqlite => None,
        Store::MariaDb(address) => Some(address.clone()),
        Store::NewMariaDb => {
            let address = new_database(app)?;
            installation::write_secret(&secret("database.sql"), &Secret::new(script(&address)))?;
            Some(address)
        }
    };
    if let Some(password) = address.as_ref().and_then(|address| address.password.as_ref()) {
        installation::write_secret(&secret("db_pass"), password)?;
    }
    let database = database_section(address.as_ref(), "../data/{app}.db");
    NewApp { name: app, hosts, database: &database }.write(&stage.join("config/apps").join(app))?;
    installation::write(&stage.join("config/sogoms.yaml"), &sogoms_yaml(*port))?;
    installation::write(&stage.join("config/sogoctl.yaml"), &sogoctl_yaml(SOGOCTL, folder, *port))?;
    let program = own_program()?;
    let names = ["sogo"].into_iter().chain(PROGRAMS.iter().map(|(name, _)| *name));
    for name in names {
        Link::plan(&program, stage.join("bin").join(name), false)?.make(&program)?;
    }
    Ok(())
}

fn new_database(app: &str) -> Result<Address> {
    Ok(Address {
        user: app.to_owned(),
        password: Some(installation::random_secret()?),
        host: "127.0.0.1".to_owned(),
        port: 3306,
        socket: None,
        database: app.to_owned(),
    })
}

/// Returns the script that makes database, user and tables. Name and password hold nothing that SQL would read
/// otherwise: the one is an app's name, the other hex digits.
fn script(address: &Address) -> String {
    let Address { user, database, .. } = address;
    let password = address.password.as_ref().map(Secret::expose).unwrap_or_default();
    let mut script = format!(
        "-- Run once as an administrator of the MariaDB server, then remove this file: it holds the password.\n\
         CREATE DATABASE `{database}` CHARACTER SET utf8mb4;\n"
    );
    // A server that resolves no names knows a connection over loopback by its address.
    for host in ["localhost", "127.0.0.1"] {
        let _ = write!(
            script,
            "CREATE USER '{user}'@'{host}' IDENTIFIED BY '{password}';\n\
             GRANT ALL PRIVILEGES ON `{database}`.* TO '{user}'@'{host}';\n"
        );
    }
    format!("{script}USE `{database}`;\n\n{}", starter::MARIADB)
}

fn sogoms_yaml(port: u16) -> String {
    format!(
        "\
# Settings of the daemons. What is not here has its default: `sogo config show` lists all of it, docs/CONFIGURATION.md
# explains it. A relative path is taken from this folder.
places:
  run: ../run                   # sockets
  state: ../state               # durable local state
  logs: ../logs                 # log files

gateway:
  listen: 127.0.0.1:{port}        # loopback alone: nginx or the like stands before it

secrets: strict                 # a secret file that other users can read is refused
"
    )
}

/// Returns everything that `sogo check` would call an error.
fn problems(config: &Path) -> Vec<Problem> {
    let apps = config::load(config).apps;
    let found = config::check(config).into_iter().chain(apps.iter().flat_map(|app| compile::check(app)));
    found.filter(Problem::is_error).collect()
}

fn wrong(problems: &[Problem]) -> Error {
    let listed: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Error::new(Code::Config, format!("what was made is no right configuration:\n{}", listed.join("\n")))
        .hint("nothing was kept; give other values")
}

/// What is under way; dropped before it is complete, it takes everything away again.
struct Making<'a> {
    folder: &'a Path,
    /// The folder was not there.
    is_new: bool,
    /// What stands in its place already.
    placed: Vec<PathBuf>,
    is_complete: bool,
}

impl<'a> Making<'a> {
    fn begin(folder: &'a Path) -> Result<Self> {
        let is_new = !folder.exists();
        installation::make_folder(folder)?;
        let making = Self { folder, is_new, placed: Vec::new(), is_complete: false };
        let stage = folder.join(STAGE);
        match fs::remove_dir_all(&stage) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cannot(&stage)(cause)),
            _ => {}
        }
        installation::make_folder(&stage)?;
        Ok(making)
    }

    /// Moves everything; the configuration comes last, since it is what makes the folder an installation.
    fn move_into_place(&mut self) -> Result<()> {
        let stage = self.folder.join(STAGE);
        let others = PARTS.iter().copied().filter(|part| *part != "config");
        for part in others.chain([".gitignore", "config"]) {
            let place = self.folder.join(part);
            fs::rename(stage.join(part), &place).map_err(cannot(&place))?;
            self.placed.push(place);
        }
        fs::remove_dir(&stage).map_err(cannot(&stage))
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if self.is_complete {
            return;
        }
        // What cannot be removed is told by the error that led here.
        for path in self.placed.iter().chain([&self.folder.join(STAGE)]) {
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        if self.is_new {
            let _ = fs::remove_dir(self.folder);
        }
    }
}
