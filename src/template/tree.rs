//! What a template is once it is read.

use super::data::Data;
use super::functions::Function;
use super::html::Place;

/// A piece of a template.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Text that stands as it is.
    Text { at: usize, text: String },
    /// `{{…}}`: a value that is printed.
    Print { value: Expression, place: Place },
    /// `{{$x := …}}` and `{{$x = …}}`.
    Set(Set),
    /// `{{if}}…{{else if}}…{{else}}…{{end}}`, and the same with `with`.
    Choice { at: usize, arms: Vec<Arm>, otherwise: Vec<Node> },
    /// `{{range}}…{{else}}…{{end}}`.
    Range(Range),
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
}

/// One `if` or `with` of a choice, and what it guards.
#[derive(Debug, Clone)]
pub(super) struct Arm {
    /// `with`: the dot becomes the value.
    pub(super) is_with: bool,
    pub(super) variable: Option<Target>,
    pub(super) condition: Expression,
    pub(super) body: Vec<Node>,
}

/// A loop.
#[derive(Debug, Clone)]
pub(super) struct Range {
    pub(super) at: usize,
    /// Variable of the index or the key.
    pub(super) key: Option<String>,
    /// Variable of the item.
    pub(super) value: Option<String>,
    pub(super) over: Expression,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
}

/// A variable that gets a value.
#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) target: Target,
    pub(super) value: Expression,
}

/// The left side of `:=` or `=`.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// With its `$`.
    pub(super) name: String,
    /// `:=` and not `=`.
    pub(super) is_new: bool,
}

/// Something that has a value.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What an expression is. A pipeline is a call whose last argument is what stands before the `|`.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Literal(Data),
    Path(Path),
    Call(Function, Vec<Expression>),
}

/// Fields of a value: `.User.Name`, `$x.Name`, `(index .a 0).Name`.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) base: Base,
    pub(super) fields: Vec<String>,
    /// As it is written, for messages.
    pub(super) words: String,
}

/// What a path begins with.
#[derive(Debug, Clone)]
pub(super) enum Base {
    Dot,
    /// With its `$`; `$` alone is the data as a whole.
    Variable(String),
    Inner(Box<Expression>),
}

/// Returns the byte of the first line break in text that stands as it is.
pub(super) fn line_break(nodes: &[Node]) -> Option<usize> {
    nodes.iter().find_map(|node| match node {
        Node::Text { at, text } => text.find(['\n', '\r']).map(|found| at + found),
        Node::Choice { arms, otherwise, .. } => {
            arms.iter().find_map(|arm| line_break(&arm.body)).or_else(|| line_break(otherwise))
        }
        Node::Range(range) => line_break(&range.body).or_else(|| line_break(&range.otherwise)),
        Node::Print { .. } | Node::Set(_) | Node::Break | Node::Continue => None,
    })
}
