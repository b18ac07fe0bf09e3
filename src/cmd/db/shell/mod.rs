//! `sogo db shell`: statements typed one after the other, each run by sogoms-db.

mod command;
mod history;
mod session;
mod terminal;

use std::io::{IsTerminal as _, Read as _};

use clap::Args;

use self::command::Command;
use self::session::Session;
use self::terminal::{Read, Terminal};
use crate::cmd::context::Context;
use crate::error::{Code, Error, Result};
use crate::sql;

/// Type statements, and see their rows
///
/// A statement ends with a semicolon and may take several lines. SELECT, INSERT, UPDATE and DELETE are run by sogoms-db
/// as the app's own; what changes tables is left to the database's own client. \? tells the other commands. Ctrl-C stops a
/// statement, Ctrl-D leaves. What is piped in is run up to the first failure.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo db shell prokov
  echo 'SELECT id, email FROM users;' | sogo db shell prokov -o json
  sogo db shell prokov < changes.sql")]
pub(in crate::cmd) struct Shell {
    /// The app
    app: String,
    /// Show so many rows of an answer at most
    #[arg(short = 'n', long, value_name = "ROWS", default_value_t = 1000)]
    limit: u64,
    /// Do not ask before an UPDATE or DELETE without WHERE
    #[arg(long)]
    write: bool,
}

pub(in crate::cmd) fn run(context: &Context, shell: &Shell) -> Result<()> {
    let is_terminal = std::io::stdin().is_terminal();
    let may_ask = is_terminal && !shell.write;
    let mut session = Session::open(context, &shell.app, shell.limit, may_ask)?;
    if is_terminal { typed(context, &mut session) } else { piped(&mut session) }
}

/// Reads lines from the terminal until it is left.
fn typed(context: &Context, session: &mut Session<'_>) -> Result<()> {
    let history = context.environment.home.as_ref().map(|home| home.join(".sogo_history"));
    let mut terminal = Terminal::open(history)?;
    let (first, further) = prompts(session.app());
    context.print.note(&format!(
        "{} on {}; \\? tells the commands, \\q leaves",
        session.app(),
        session.engine()
    ));
    let mut text = String::new();
    loop {
        match terminal.line(if text.is_empty() { &first } else { &further })? {
            Read::End => return Ok(()),
            Read::Interrupted => text.clear(),
            Read::Line(line) => {
                if text.is_empty()
                    && let Some(command) = Command::read(&line)
                {
                    terminal.remember(line.trim());
                    match command.and_then(|command| session.command(&command)) {
                        Ok(session::Next::Leave) => return Ok(()),
                        Ok(session::Next::GoOn) => {}
                        Err(error) => context.print.error(&error, false),
                    }
                    continue;
                }
                text.push_str(&line);
                text.push('\n');
                run_complete(context, session, &mut terminal, &mut text);
            }
        }
    }
}

/// Runs what is complete, and leaves the rest; after a failure nothing of what was typed with it is run.
fn run_complete(context: &Context, session: &mut Session<'_>, terminal: &mut Terminal, text: &mut String) {
    while let Some(end) = sql::end_of_first(session.dialect(), text) {
        let statement: String = text.drain(..end).collect();
        terminal.remember(statement.trim());
        if let Err(error) = session.statement(&statement) {
            context.print.error(&error, context.verbose > 0);
            text.clear();
        }
    }
    if sql::is_blank(session.dialect(), text) {
        text.clear();
    }
}

/// Runs everything that is piped in, up to the first failure.
fn piped(session: &mut Session<'_>) -> Result<()> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).map_err(|cause| {
        Error::new(Code::Usage, format!("cannot read the statements from standard input: {cause}"))
    })?;
    let mut rest = text.as_str();
    while !sql::is_blank(session.dialect(), rest) {
        let start = rest.trim_start();
        let line = start.lines().next().unwrap_or_default();
        if let Some(command) = Command::read(line) {
            if matches!(session.command(&command?)?, session::Next::Leave) {
                return Ok(());
            }
            rest = &start[line.len()..];
            continue;
        }
        let end = sql::end_of_first(session.dialect(), start).unwrap_or(start.len());
        session.statement(&start[..end])?;
        rest = &start[end..];
    }
    Ok(())
}

/// Returns the prompt of a statement and that of its further lines, equally wide.
fn prompts(app: &str) -> (String, String) {
    (format!("{app}> "), format!("{:>width$}> ", "-", width = app.chars().count()))
}
