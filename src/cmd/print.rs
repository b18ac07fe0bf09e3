//! What reaches the terminal: the only place that prints.
//!
//! A command hands over a value and, for people, a table of it; the operator's `-o` decides which is shown. Text that
//! comes from data is escaped here, so that no row can move the cursor or change a title.

mod frame;
mod node;
mod table;
mod yaml;

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

pub(super) use node::Node;
use table::Between;
pub(super) use table::Table;

use crate::config::Environment;
use crate::error::{Code, Error, Result};

/// How results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Boxes, for a terminal (the default there).
    #[value(alias = "pretty")]
    Table,
    /// Tab-separated lines under a line of names (the default in a pipe).
    Plain,
    /// JSON with stable keys.
    Json,
    /// YAML with the same keys.
    Yaml,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Standard output and standard error, as the operator wants them.
#[derive(Debug)]
pub(super) struct Printer {
    pub(super) format: Format,
    color_out: bool,
    color_err: bool,
    /// What parts the columns of a table: who wants no colour has no use for lines either.
    between: Between,
    /// Whether standard output is a terminal.
    terminal: bool,
    /// Whether what is shown is one of an endless series.
    in_series: Cell<bool>,
    /// What a frame holds while it is drawn; it is written at once, so that nothing flickers.
    frame: RefCell<Option<String>>,
    /// How many frames were shown.
    frames: Cell<u64>,
    /// The first failure to write; nothing is written after it.
    failure: RefCell<Option<io::Error>>,
}

impl Printer {
    /// Makes the printer of this process; without a format it is a table on a terminal, and plain elsewhere.
    pub(super) fn new(format: Option<Format>, color: Color, environment: &Environment) -> Self {
        let terminal = io::stdout().is_terminal();
        let colored = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !environment.no_color,
        };
        Self {
            format: format.unwrap_or(if terminal { Format::Table } else { Format::Plain }),
            color_out: colored(terminal),
            color_err: colored(io::stderr().is_terminal()),
            between: if environment.no_color { Between::Blanks } else { Between::Lines },
            terminal,
            in_series: Cell::new(false),
            frame: RefCell::new(None),
            frames: Cell::new(0),
            failure: RefCell::new(None),
        }
    }

    /// Tells whether people read the output, rather than programs.
    pub(super) fn for_people(&self) -> bool {
        matches!(self.format, Format::Table | Format::Plain)
    }

    /// Tells whether what people read on standard error may be coloured.
    pub(super) fn asks_in_color(&self) -> bool {
        self.color_err
    }

    /// Shows a value: as it is for programs, as `table` for people.
    pub(super) fn show(&self, value: &impl Serialize, table: impl FnOnce() -> Table) {
        if self.for_people() {
            self.table(&table());
        } else {
            self.value(value);
        }
    }

    /// Shows a table to people.
    pub(super) fn table(&self, table: &Table) {
        self.write(&match self.format {
            Format::Table => table.columns(self.color_out, self.between),
            Format::Plain | Format::Json | Format::Yaml => table.plain(),
        });
    }

    /// Shows a table to people with a line a cell.
    pub(super) fn records(&self, table: &Table) {
        self.write(&table.records());
    }

    /// Shows a value to programs, whatever it is.
    pub(super) fn value(&self, value: &impl Serialize) {
        self.node(&Node::of(value));
    }

    /// Shows JSON whose keys keep their order and whose numbers keep their digits.
    pub(super) fn node(&self, node: &Node) {
        if self.in_series.get() {
            return self.one_of_series(node);
        }
        self.write(&match self.format {
            Format::Yaml => yaml::document(node),
            Format::Json | Format::Table | Format::Plain => node.pretty(),
        });
    }

    /// Shows one value of an endless series: a line of JSON, or a document of YAML.
    pub(super) fn item(&self, value: &impl Serialize) {
        self.one_of_series(&Node::of(value));
    }

    fn one_of_series(&self, node: &Node) {
        self.write(&match self.format {
            Format::Yaml => format!("---\n{}", yaml::document(node)),
            Format::Json | Format::Table | Format::Plain => format!("{}\n", node.compact()),
        });
    }

    /// Prints a line that may hold anything.
    pub(super) fn line(&self, text: &str) {
        self.write(&format!("{}\n", escaped(text)));
    }

    /// Prints text of ours, or text that was escaped: line breaks and colours stay.
    pub(super) fn text(&self, text: &str) {
        self.write(text);
    }

    /// Prints a heading for people.
    pub(super) fn heading(&self, text: &str) {
        if self.color_out {
            self.write(&format!("\x1b[1m{text}\x1b[0m\n"));
        } else {
            self.write(&format!("{text}\n"));
        }
    }

    /// Returns the word for a state in its colour, filled up with blanks to `width`, for [`Self::text`].
    pub(super) fn state(&self, word: &str, width: usize) -> String {
        match table::state_style(word).filter(|_| self.color_out) {
            Some(style) => format!("\x1b[{style}m{word:width$}\x1b[0m"),
            None => format!("{word:width$}"),
        }
    }

    /// Tells a person something beside the result, on standard error.
    pub(super) fn note(&self, text: &str) {
        self.error_line("36", "note", text);
    }

    /// Tells on standard error what is wrong at length; text that was escaped.
    #[expect(clippy::unused_self, reason = "it reads as its neighbours do")]
    pub(super) fn complain(&self, text: &str) {
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Asks a person on standard error, and leaves the cursor behind the question.
    #[expect(clippy::unused_self, reason = "it reads as its neighbours do")]
    pub(super) fn ask(&self, question: &str) {
        let _ = io::stderr().write_all(escaped_lines(question).as_bytes());
    }

    /// Tells what went wrong and what to do about it, on standard error; the cause only if asked for.
    pub(super) fn error(&self, error: &Error, with_cause: bool) {
        self.error_line("1;31", "error", &error.message);
        for field in &error.fields {
            self.error_line("31", "field", &format!("{}: {}", field.field, field.message));
        }
        if let Some(cause) = error.cause().filter(|_| with_cause) {
            self.error_line("31", "cause", &cause);
        }
        if let Some(hint) = &error.hint {
            self.error_line("36", "hint", hint);
        }
    }

    /// Prints what the command line's definition says: help on standard output, mistakes on standard error.
    pub(super) fn clap(&self, error: &clap::Error) {
        let text = error.render().to_string();
        if error.use_stderr() {
            // Nobody is left to tell when standard error is gone.
            let _ = io::stderr().write_all(text.as_bytes());
        } else {
            self.write(&text);
        }
    }

    /// Tells whether the reader of a pipe has left, or the output failed: a series may end.
    pub(super) fn is_closed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// Ends the output.
    ///
    /// # Errors
    /// [`Code::Internal`] when something could not be written. A reader who left (`| head`) is no failure.
    pub(super) fn finish(&self) -> Result<()> {
        match self.failure.take() {
            Some(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::new(Code::Internal, format!("cannot write to standard output: {cause}"))
                    .caused_by(cause))
            }
            _ => Ok(()),
        }
    }

    fn write(&self, text: &str) {
        if self.is_closed() {
            return;
        }
        if let Some(frame) = self.frame.borrow_mut().as_mut() {
            return frame.push_str(text);
        }
        let mut out = io::stdout().lock();
        if let Err(cause) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            *self.failure.borrow_mut() = Some(cause);
        }
    }

    fn error_line(&self, style: &str, label: &str, text: &str) {
        let text = escaped_lines(text);
        let line = if self.color_err {
            format!("\x1b[{style}m{label}:\x1b[0m {text}\n")
        } else {
            format!("{label}: {text}\n")
        };
        // On a terminal it belongs into the picture, which would be drawn over it otherwise.
        if self.frame.borrow().is_some() {
            return self.write(&line);
        }
        let _ = io::stderr().write_all(line.as_bytes());
    }
}

/// Returns text on one line with nothing in it that a terminal would obey.
pub(super) fn escaped(text: &str) -> String {
    escape(text, |_| false)
}

/// Returns text in which line breaks stay, and nothing else that a terminal would obey.
pub(super) fn escaped_lines(text: &str) -> String {
    escape(text, |c| c == '\n')
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if keep(c) || !is_unsafe(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => push_unicode_escape(&mut out, c),
        }
    }
    out
}

/// Control characters, and those that turn the direction of what follows.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// All characters that are escaped lie in the plane that `\uXXXX` covers.
fn push_unicode_escape(out: &mut String, c: char) {
    use std::fmt::Write as _;
    let _ = write!(out, "\\u{:04x}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_passes() {
        let cases = [
            ("plain é 漢", "plain é 漢"),
            ("a\tb\r\nc", "a\\tb\\r\\nc"),
            ("\x1b]0;title\x07", "\\u001b]0;title\\u0007"),
            ("\u{9b}31m\u{7f}", "\\u009b31m\\u007f"),
            ("abc\u{202e}fed", "abc\\u202efed"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected);
        }
        assert_eq!(escaped_lines("a\nb\x1b"), "a\nb\\u001b");
    }
}
