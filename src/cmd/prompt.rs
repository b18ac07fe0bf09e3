//! Questions to the operator, on a terminal alone: what is piped is never asked.

use std::io::{self, IsTerminal as _};

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, Password, Select};

use super::context::Context;
use super::print::Printer;
use crate::config::Secret;
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

/// Asks for a password twice, without showing it.
///
/// # Errors
/// [`Code::Usage`] when nobody can be asked or the two differ, [`Code::Interrupted`] for Ctrl-C and Ctrl-D.
pub(super) fn new_password() -> Result<Secret> {
    if !can_ask() {
        return Err(Error::new(Code::Usage, "a password is needed, and nobody is there to type it")
            .hint("name a file that holds it with --password-file FILE, or pipe it with --password-file -"));
    }
    let first = hidden("Password")?;
    if first == hidden("Once more")? {
        return Ok(Secret::new(first));
    }
    Err(Error::new(Code::Usage, "the two passwords differ").hint("nothing was changed; try again"))
}

/// Asks for a secret on one line, without showing it.
fn hidden(question: &str) -> Result<String> {
    let input = Password::with_theme(&SimpleTheme).with_prompt(question).allow_empty_password(true);
    input.interact().map_err(unanswered)
}

fn unreadable(cause: io::Error) -> Error {
    Error::new(Code::Usage, format!("cannot read the answer: {cause}")).caused_by(cause)
}

/// Asks somebody who is there.
pub(super) struct Questions {
    theme: Box<dyn Theme>,
}

impl Questions {
    /// Returns who can be asked; `None` where nobody would answer.
    pub(super) fn to(print: &Printer) -> Option<Self> {
        let theme: Box<dyn Theme> =
            if print.asks_in_color() { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) };
        can_ask().then_some(Self { theme })
    }

    /// Asks for a text until `check` has nothing against it.
    pub(super) fn text(
        &self,
        question: &str,
        default: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String> {
        let input = Input::<String>::with_theme(&*self.theme).with_prompt(question);
        let input = if default.is_empty() { input } else { input.default(default.to_owned()) };
        input.validate_with(|text: &String| check(text)).interact_text().map_err(unanswered)
    }

    /// Asks which of several it is, the first unless another is chosen, and returns its place.
    pub(super) fn choice(&self, question: &str, answers: &[&str]) -> Result<usize> {
        let select = Select::with_theme(&*self.theme).with_prompt(question).items(answers).default(0);
        select.interact().map_err(unanswered)
    }

    /// Asks for a secret, which is not shown; `None` if nothing is typed.
    pub(super) fn secret(&self, question: &str) -> Result<Option<Secret>> {
        let input = Password::with_theme(&*self.theme).with_prompt(question).allow_empty_password(true);
        let typed = input.interact().map_err(unanswered)?;
        Ok((!typed.is_empty()).then(|| Secret::new(typed)))
    }
}

fn unanswered(cause: dialoguer::Error) -> Error {
    Error::new(Code::Interrupted, "the question was not answered")
        .hint("nothing was changed")
        .caused_by(cause)
}
