//! E-mail templates in the syntax of Go's `text/template`.
//!
//! [`Templates`] are those of an app, checked when the configuration is read; a [`MailTemplate`] is the subject, the text and
//! the HTML of one mail, and each of them a [`Template`].
//!
//! [`Template::compile`] reads a template whole and tells everything that is wrong with it; [`Template::render`] fills it in.
//! Pure: no file, no clock, and bounded in depth, steps and output whatever the template and the data are.
//!
//! `lexer` → `parser` → `tree`; `html` finds out in which place of the HTML each value lands; `render` walks the tree, with the
//! `functions` and the escaping of `escape`. What a template wants to know is told by `variables`.

mod data;
mod escape;
mod fault;
mod functions;
mod html;
mod lexer;
mod mail;
mod number;
mod parser;
mod printf;
mod render;
#[cfg(test)]
mod tests;
mod tree;
mod variables;

pub use data::Data;
pub use fault::Fault;
pub use mail::{MailTemplate, Part, PartFault, Rendered, Templates};
pub use number::Number;
pub use variables::Variable;

use tree::Node;

/// Bytes that one template may yield at most.
pub const MAX_OUTPUT_BYTES: usize = 4 << 20;
/// Blocks within blocks, and calls within calls, at most.
pub const MAX_DEPTH: usize = 32;
/// Faults of one template that are told; what follows them is not looked at.
const MOST_FAULTS: usize = 20;

/// Whether what is filled in is made harmless for HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// Each value is escaped for the place of the HTML that it stands in.
    Html,
    /// Values are filled in as they are: the subject and the text part.
    None,
}

/// What becomes of a variable that the data does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missing {
    /// Rendering fails and names it. Whether there is one may still be asked, by `if`, `with`, `and`, `or` and `not`.
    #[default]
    Error,
    /// It counts as empty.
    Empty,
}

/// A template that was read and can be rendered any number of times.
#[derive(Debug, Clone)]
pub struct Template {
    source: String,
    nodes: Vec<Node>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its text: at least one fault.
    pub fn compile(source: &str, escape: Escape) -> Result<Self, Vec<Fault>> {
        let (mut nodes, mut faults) = parser::parse(source);
        if escape == Escape::Html {
            html::place(&mut nodes, source, &mut faults);
        }
        if faults.is_empty() {
            return Ok(Self { source: source.to_owned(), nodes });
        }
        faults.sort_by_key(|fault| fault.offset);
        Err(faults)
    }

    /// Fills the template in.
    ///
    /// # Errors
    /// A variable that is missing where that is an error, a value that a function cannot take, or a result over
    /// [`MAX_OUTPUT_BYTES`].
    pub fn render(&self, data: &Data, missing: Missing) -> Result<String, Fault> {
        render::render(&self.source, &self.nodes, data, missing)
    }

    /// Returns what it reads of the data, in the order of its text, each once.
    pub fn variables(&self) -> Vec<Variable> {
        variables::of(&self.nodes)
    }

    /// Returns the byte of the first text of its own that holds a line break.
    fn line_break(&self) -> Option<usize> {
        tree::line_break(&self.nodes)
    }
}
