//! `sogo exit-codes`: what a script can tell from how a command ended.

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::print::Table;
use crate::error::{Code, EXIT_CODES};

/// Tell what each exit code means, and which errors end with it
///
/// `sogo help exit-codes` says the same. The names of errors are those of HTTP answers, logs and sockets.
#[derive(Debug, Args)]
pub(super) struct ExitCodes {}

/// One exit code. The keys are for programs and stay as they are.
#[derive(Debug, Serialize)]
struct ExitCode {
    exit: u8,
    meaning: &'static str,
    errors: Vec<Code>,
}

pub(super) fn run(context: &Context) {
    let codes: Vec<ExitCode> =
        EXIT_CODES.iter().map(|(exit, meaning)| ExitCode::of(*exit, meaning)).collect();
    context.print.show(&codes, || {
        let mut table = Table::new(["EXIT", "MEANING", "ERRORS"]);
        for code in &codes {
            let errors: Vec<String> = code.errors.iter().map(ToString::to_string).collect();
            table.row([code.exit.to_string(), code.meaning.to_owned(), errors.join(", ")]);
        }
        table
    });
}

impl ExitCode {
    fn of(exit: u8, meaning: &'static str) -> Self {
        let errors = Code::ALL.iter().copied().filter(|code| code.outcome().exit == exit);
        Self { exit, meaning, errors: errors.collect() }
    }
}

/// Returns all exit codes in a sentence, for the help of `sogo`.
pub(super) fn sentence() -> String {
    let codes: Vec<String> = EXIT_CODES.iter().map(|(exit, meaning)| format!("{exit} {meaning}")).collect();
    codes.join(", ")
}
