//! The command line: what the operator types, and how every daemon is started.
//!
//! One file a verb: its arguments on top, the function under it. [`print`] alone prints.

mod app;
mod apps;
mod arguments;
mod check;
mod completions;
mod config;
mod context;
mod cron;
mod ctl;
mod daemon;
mod database_address;
mod databases;
mod db;
mod demo;
mod doctor;
mod exit_codes;
mod expected;
mod files;
pub mod generated;
mod init;
mod install;
mod installation;
mod logs;
mod man;
mod ping;
mod print;
mod prompt;
mod protocol;
mod rows;
mod smtp;
mod text;
mod token;
mod user;
mod users;
mod watch;
mod way;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::config::Environment;
use crate::error::Result;
use context::Context;
use print::{Color, Format, Printer};

/// Version, commit and time of the build.
const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("SOGO_COMMIT"), ", built ", env!("SOGO_BUILT"), ")");

/// A complete back end for web apps from a folder of YAML
///
/// One program is every daemon and the operator's tool at once: `sogo ctl` without a verb is the supervisor, `sogo way`
/// the gateway, `sogo db` the databases, `sogo logs` the logs, `sogo smtp` the mail, `sogo cron` the jobs. Under the name
/// sogoctl, sogoway, sogoms-db, sogoms-logs, sogoms-smtp or sogoms-cron it is that daemon at once.
#[derive(Debug, Parser)]
#[command(name = "sogo", version = VERSION, propagate_version = true, max_term_width = 100)]
#[command(
    disable_help_subcommand = true,
    after_help = format!(
        "Begin with `sogo demo`: it makes a folder with a sample app and serves it. `sogo init` makes one to keep.\n\n\
         Exit codes: {}; see `sogo help exit-codes`.",
        exit_codes::sentence()
    )
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// Folder that holds config, run, state and logs, as `sogo demo` makes it
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
    /// Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    config: Option<PathBuf>,
    /// How results are shown [default: table on a terminal, plain in a pipe]
    #[arg(short, long, global = true, value_name = "FORMAT")]
    output: Option<Format>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    color: Color,
    /// Tell more: causes of errors, and the log of what is done (-vv: everything)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Demo),
    Init(init::Init),
    Check(check::Check),
    App(app::App),
    Doctor(doctor::Doctor),
    Config(config::Config),
    Ctl(ctl::Ctl),
    Way(way::Way),
    Db(db::Db),
    Logs(logs::Logs),
    Cron(cron::Cron),
    Smtp(smtp::Smtp),
    User(user::User),
    Token(token::Token),
    Ping(ping::Ping),
    Install(install::Install),
    ExitCodes(exit_codes::ExitCodes),
    Completions(completions::Completions),
    #[command(name = "__complete", hide = true)]
    Complete(completions::Complete),
    Man(man::Man),
}

/// Runs the command line of this process and returns its exit code.
pub fn run() -> ExitCode {
    let environment = Environment::read();
    no_core_dumps();
    let cli = match Cli::try_parse_from(arguments::resolve(std::env::args_os())) {
        Ok(cli) => cli,
        Err(mistake) => {
            let print = Printer::new(None, Color::Auto, &environment);
            print.clap(&mistake);
            return exit(&print, false, &Ok(()), u8::try_from(mistake.exit_code()).unwrap_or(2));
        }
    };
    let global = &cli.global;
    let print = Printer::new(global.output, global.color, &environment);
    let verbose = global.verbose > 0;
    let context = Context::new(global, environment, print);
    let outcome = dispatch(&context, cli.verb);
    exit(&context.print, verbose, &outcome, 0)
}

fn dispatch(context: &Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Demo(demo) => demo::run(context, &demo),
        Verb::Init(init) => init::run(context, &init),
        Verb::Check(check) => check::run(context, &check),
        Verb::App(app) => app::run(context, app),
        Verb::Doctor(doctor) => doctor::run(context, &doctor),
        Verb::Config(config) => config::run(context, config),
        Verb::Ctl(ctl) => ctl::run(context, ctl),
        Verb::Way(way) => way::run(context, way),
        Verb::Db(db) => db::run(context, db),
        Verb::Logs(logs) => logs::run(context, logs),
        Verb::Cron(cron) => cron::run(context, cron),
        Verb::Smtp(smtp) => smtp::run(context, smtp),
        Verb::User(user) => user::run(context, user),
        Verb::Token(token) => token::run(context, &token),
        Verb::Ping(ping) => ping::run(context, &ping),
        Verb::Install(install) => install::run(context, &install),
        Verb::ExitCodes(_) => {
            exit_codes::run(context);
            Ok(())
        }
        Verb::Completions(completions) => {
            completions::run(context, &completions);
            Ok(())
        }
        Verb::Complete(complete) => {
            completions::complete(context, complete);
            Ok(())
        }
        Verb::Man(man) => man::run(context, &man),
    }
}

/// The only place where an error becomes an exit code.
fn exit(print: &Printer, verbose: bool, outcome: &Result<()>, otherwise: u8) -> ExitCode {
    let mut code = otherwise;
    if let Err(error) = outcome {
        print.error(error, verbose);
        code = error.code.outcome().exit;
    }
    if let Err(error) = print.finish() {
        // Standard output failed; standard error may still be there.
        print.error(&error, false);
        code = error.code.outcome().exit;
    }
    ExitCode::from(code)
}

/// Every process of ours holds secrets, so none leaves its memory behind in a file.
///
/// PR_SET_DUMPABLE would also hide /proc/PID from a supervisor that is not root, which looks there for strays.
fn no_core_dumps() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    // The kernel never refuses to lower a limit.
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}

/// How much the log on standard error tells: `-v`, else `SOGO_LOG`, else `usual`.
fn log_level(verbose: u8, environment: &Environment, usual: LevelFilter) -> LevelFilter {
    match verbose {
        0 => environment.log_level.as_deref().and_then(|name| name.parse().ok()).unwrap_or(usual),
        1 => LevelFilter::DEBUG.max(usual),
        _ => LevelFilter::TRACE,
    }
}

/// The definition of the command line without what differs between builds, for the generated files.
fn definition() -> clap::Command {
    let mut command = Cli::command().version(env!("CARGO_PKG_VERSION"));
    command.build();
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_log_level_is_found() {
        let quiet = Environment::default();
        let named = Environment { log_level: Some("trace".to_owned()), ..Environment::default() };
        let wrong = Environment { log_level: Some("loud".to_owned()), ..Environment::default() };
        for (verbose, environment, expected) in [
            (0, &quiet, LevelFilter::INFO),
            (0, &named, LevelFilter::TRACE),
            (0, &wrong, LevelFilter::INFO),
            (1, &named, LevelFilter::DEBUG),
            (2, &quiet, LevelFilter::TRACE),
        ] {
            assert_eq!(log_level(verbose, environment, LevelFilter::INFO), expected);
        }
    }
}
