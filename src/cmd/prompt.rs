//! Questions to the operator, on a terminal alone: what is piped is never asked.

use std::io::{self, IsTerminal as _};

use super::context::Context;
use crate::error::{Code, Error, Result};

/// Tells whether somebody can be asked: standard input is a terminal, and what is asked can be seen.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a yes; anything else is a no. Without a terminal it is the error that names `flag`, which answers it.
///
/// # Errors
/// [`Code::Usage`] when nobody can be asked, [`Code::Interrupted`] when the answer is no.
pub(super) fn confirm(context: &Context, question: &str, flag: &str) -> Result<()> {
    if !can_ask() {
        return Err(Error::new(Code::Usage, format!("{question} Nobody is there to answer"))
            .hint(format!("say yes with {flag}")));
    }
    context.print.ask(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(unreadable)?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "o" | "oui") {
        return Ok(());
    }
    Err(Error::new(Code::Interrupted, "nothing was changed"))
}

fn unreadable(cause: io::Error) -> Error {
    Error::new(Code::Usage, format!("cannot read the answer: {cause}")).caused_by(cause)
}
