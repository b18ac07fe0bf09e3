//! YAML read into a tree that knows the place of each value, and taken apart key by key.
//!
//! serde stops at the first mistake and loses places on the way; a person who runs `sogo check` wants all mistakes
//! of a file at once. So the parser's events become a small [`Node`] tree, and each kind of file asks it for its
//! keys through [`Fields`], which reports what is missing, mistyped, out of limits or unknown, and goes on.

mod duration;
mod fields;
mod file;
mod parse;
mod suggest;
mod tree;

pub use duration::parse_duration;
pub(super) use fields::{Fields, choose};
pub(super) use file::{names, read, reason, stem, yaml_files};
pub(super) use parse::{parse, parse_required};
pub use suggest::closest;
pub(super) use suggest::one_of;
pub(super) use tree::{Node, Value};
