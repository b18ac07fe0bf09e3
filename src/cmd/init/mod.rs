//! `sogo init`: a complete folder for an installation of one's own.

mod answers;
mod folder;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use self::answers::{Answers, Store};
use super::context::Context;
use super::installation;
use super::print::escaped;
use super::prompt::Questions;
use super::text::shell_word;
use crate::error::{Code, Error, Result};

/// Make a folder with everything of a new installation
///
/// It holds the configuration with one app to begin with, random secrets, and room for sockets, logs and data. What no flag
/// says is asked on a terminal. A folder that holds something is left alone, and nothing half-made is left behind.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo init ./shop
  sogo init /srv/shop --app shop --host shop.example.com --yes
  sogo init /srv/shop --app shop --host shop.example.com --database mariadb
  sogo init /srv/shop --app shop --database mysql://shop@db.example.com/shop

The exit code is 6 when the folder holds something.")]
pub(super) struct Init {
    /// The folder to make
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: PathBuf,
    /// Name of its first app: a-z, 0-9, _ and -
    #[arg(long, value_name = "NAME", value_parser = answers::app_name)]
    app: Option<String>,
    /// Host name that the app answers to; may be given several times [default: localhost and 127.0.0.1]
    #[arg(long = "host", value_name = "HOST", value_parser = answers::host)]
    hosts: Vec<String>,
    /// Where the app's data are: sqlite (the default), mariadb, mysql://user@host[:port]/database, or @FILE
    ///
    /// `sqlite` is a file in the folder. `mariadb` is a new database on this machine, for which a script with a random
    /// password is written. An address is that of a database that exists; one with a password stands in a file, named as @FILE.
    #[arg(long, value_name = "WHERE", value_parser = answers::database)]
    database: Option<Store>,
    /// Port of the API, on loopback: a web server for the world stands before it
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Ask nothing: what no flag says has its default
    #[arg(short, long)]
    yes: bool,
}

/// What was made. The keys are for programs and stay as they are.
#[derive(Debug, Serialize)]
struct Made {
    folder: String,
    app: String,
    hosts: Vec<String>,
    port: u16,
    next: Vec<Step>,
}

/// What to type next.
#[derive(Debug, Serialize)]
struct Step {
    command: String,
    why: &'static str,
}

pub(super) fn run(context: &Context, init: &Init) -> Result<()> {
    let path = installation::absolute(&init.folder)?;
    folder::must_be_empty(&path)?;
    let questions = if init.yes { None } else { Questions::to(&context.print) };
    let answers = match &questions {
        Some(questions) => Answers::ask(init, questions)?,
        None => Answers::without_asking(init)?,
    };
    context.block_on(folder::make(&path, &answers))?;
    let made = Made {
        next: next(&path.display().to_string(), &answers),
        folder: path.display().to_string(),
        app: answers.app,
        hosts: answers.hosts,
        port: answers.port,
    };
    if !context.print.for_people() {
        context.print.value(&made);
        return Ok(());
    }
    context.print.line(&format!("{} is made, with the app `{}`.", made.folder, made.app));
    context.print.heading("\nNext:\n");
    for Step { command, why } in &made.next {
        context.print.text(&format!("  {}\n      {why}\n", escaped(command)));
    }
    Ok(())
}

/// Returns what to type next, in the order in which it works.
fn next(folder: &str, answers: &Answers) -> Vec<Step> {
    let app = &answers.app;
    let word = |name: &str| shell_word(&format!("{folder}/{name}"));
    let sogo = format!("{} --dir {}", word("bin/sogo"), shell_word(folder));
    let mut steps = Vec::new();
    let mut step = |command: String, why| steps.push(Step { command, why });
    match &answers.store {
        Store::Sqlite => {}
        Store::NewMariaDb => step(
            format!("sudo mariadb < {}", word(&format!("secrets/{app}_database.sql"))),
            "makes database, user and tables, as an administrator of the MariaDB server",
        ),
        Store::MariaDb(address) => step(
            format!(
                "mariadb -h {} -P {} -u {} -p {} < {}",
                shell_word(&address.host),
                address.port,
                shell_word(&address.user),
                shell_word(&address.database),
                word(&format!("config/apps/{app}/database/mariadb.sql"))
            ),
            "makes the tables of the first app, unless you write queries for tables that are there",
        ),
    }
    step(format!("{} --dir {}", word("bin/sogoctl"), shell_word(folder)), "serves the app until Ctrl-C");
    step(format!("{sogo} doctor"), "looks whether all is well, in another terminal");
    step(format!("{sogo} app prepare {app}"), "makes the table that Idempotency-Key needs, after showing it");
    step(format!("{sogo} user add {app} you@example.com"), "makes the first user");
    step(format!("{sogo} way routes"), "lists what the API offers, and who sees what");
    steps
}

/// Says which flag is missing where nobody can be asked.
fn unsaid(flag: &str) -> Error {
    Error::new(Code::Usage, format!("{flag} is not given, and nobody is there to be asked"))
        .hint("run it on a terminal, or give the flag; see `sogo init --help`")
}
