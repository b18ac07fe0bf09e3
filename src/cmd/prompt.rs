//! Questions to the operator, on a terminal alone: what is piped is never asked.

use std::io::{self, IsTerminal as _};

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, Select};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

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
pub(super) fn new_password(context: &Context) -> Result<Secret> {
    if !can_ask() {
        return Err(Error::new(Code::Usage, "a password is needed, and nobody is there to type it")
            .hint("name a file that holds it with --password-file FILE, or pipe it with --password-file -"));
    }
    let first = hidden(&context.print, "Password: ")?;
    let second = hidden(&context.print, "Once more: ")?;
    if first == second {
        return Ok(first);
    }
    Err(Error::new(Code::Usage, "the two passwords differ").hint("nothing was changed; try again"))
}

/// Asks for a line that is not shown. Not with dialoguer, which asks before it hides what is typed.
fn hidden(print: &Printer, question: &str) -> Result<Secret> {
    // What is typed before the question is there is thrown away, and none of it is shown after.
    let quiet = Quiet::begin()?;
    print.ask(question);
    let typed = read_hidden(&mut io::stdin().lock());
    drop(quiet);
    print.ask("\n");
    typed
}

/// Reads up to the end of the line, byte for byte, with the keys that mend and leave it.
fn read_hidden(input: &mut impl io::Read) -> Result<Secret> {
    const INTERRUPT: u8 = 3;
    const END: u8 = 4;
    const KILL: u8 = 21;
    let mut typed = Vec::new();
    let mut byte = [0];
    loop {
        match input.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => {}
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(unreadable(cause)),
        }
        match byte[0] {
            b'\n' | b'\r' => break,
            INTERRUPT => return Err(Error::new(Code::Interrupted, "nothing was changed")),
            END if typed.is_empty() => return Err(Error::new(Code::Interrupted, "nothing was changed")),
            END => break,
            KILL => typed.clear(),
            8 | 127 => {
                let start = typed.iter().rposition(|byte: &u8| byte & 0xc0 != 0x80).unwrap_or(0);
                typed.truncate(start);
            }
            other => typed.push(other),
        }
    }
    String::from_utf8(typed)
        .map(Secret::new)
        .map_err(|_| Error::new(Code::Usage, "what was typed is not UTF-8 text"))
}

fn unreadable(cause: io::Error) -> Error {
    Error::new(Code::Usage, format!("cannot read the answer: {cause}")).caused_by(cause)
}

/// Asks somebody who is there.
pub(super) struct Questions<'a> {
    print: &'a Printer,
    theme: Box<dyn Theme>,
}

impl<'a> Questions<'a> {
    /// Returns who can be asked; `None` where nobody would answer.
    pub(super) fn to(print: &'a Printer) -> Option<Self> {
        let theme: Box<dyn Theme> =
            if print.asks_in_color() { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) };
        can_ask().then_some(Self { print, theme })
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
        let typed = hidden(self.print, &format!("{question}: "))?;
        Ok((!typed.expose().is_empty()).then_some(typed))
    }
}

fn unanswered(cause: dialoguer::Error) -> Error {
    Error::new(Code::Interrupted, "the question was not answered")
        .hint("nothing was changed")
        .caused_by(cause)
}

/// The terminal without an echo, as it was again when this is dropped. Ctrl-C comes as a key, so that it cannot end the
/// program while nothing is shown.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> Result<Self> {
        let failed = |cause| {
            Error::new(Code::Internal, "the terminal cannot be made to hide a password").caused_by(cause)
        };
        let before = tcgetattr(rustix::stdio::stdin()).map_err(failed)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &quiet).map_err(failed)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_hidden_line_work() {
        for (typed, expected) in [
            (&b"correct horse\n"[..], Some("correct horse")),
            (b"wrong\x15right\r", Some("right")),
            ("\u{e9}t\u{e9}\x7f\x7fa\n".as_bytes(), Some("\u{e9}a")),
            (b"\x7f\x7fa\n", Some("a")),
            (b"a\x04", Some("a")),
            (b"\n", Some("")),
            (b"abc\x03", None),
            (b"\x04", None),
        ] {
            let read = read_hidden(&mut &*typed);
            assert_eq!(read.ok().map(|secret| secret.expose().to_owned()).as_deref(), expected);
        }
    }
}
