//! What a template reads of the data.

use std::collections::HashMap;
use std::fmt;

use super::functions::Function;
use super::tree::{Base, Expression, Kind, Node, Path};

/// Something that a template reads of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The names on the way to it; [`Variable::ITEM`] stands for each item of a list or map: `.rows` and, in a `range` over
    /// them, `.title` are `rows` and `rows`, `[]`, `title`.
    pub path: Vec<String>,
    /// Byte of the template's text at which it is read first.
    pub offset: usize,
    /// It is only asked whether there is one, so the template can do without.
    pub is_optional: bool,
}

impl Variable {
    /// Stands in a path for each item of a list or map.
    pub const ITEM: &'static str = "[]";
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ".{}", self.path.join("."))
    }
}

pub(super) fn of(nodes: &[Node]) -> Vec<Variable> {
    let root = Some(Vec::new());
    let mut reader =
        Reader { found: Vec::new(), places: HashMap::new(), variables: vec![("$", root.clone())] };
    reader.nodes(nodes, &root);
    reader.found
}

/// The way from the data to a value; `None` when it is made by a function.
type Way = Option<Vec<String>>;

struct Reader<'a> {
    found: Vec<Variable>,
    /// Where in `found` the variable of a way is.
    places: HashMap<Vec<String>, usize>,
    variables: Vec<(&'a str, Way)>,
}

impl<'a> Reader<'a> {
    fn nodes(&mut self, nodes: &'a [Node], dot: &Way) {
        let visible = self.variables.len();
        for node in nodes {
            match node {
                Node::Text { .. } | Node::Break | Node::Continue => {}
                Node::Print { value, .. } => {
                    self.read(value, dot, false);
                }
                Node::Set(set) => {
                    let way = self.read(&set.value, dot, true);
                    self.variables.push((&set.target.name, way));
                }
                Node::Choice { arms, otherwise, .. } => {
                    let outside = self.variables.len();
                    for arm in arms {
                        let way = self.read(&arm.condition, dot, true);
                        if let Some(target) = &arm.variable {
                            self.variables.push((&target.name, way.clone()));
                        }
                        self.nodes(&arm.body, if arm.is_with { &way } else { dot });
                    }
                    self.nodes(otherwise, dot);
                    self.variables.truncate(outside);
                }
                Node::Range(range) => {
                    let outside = self.variables.len();
                    let mut item = self.read(&range.over, dot, false);
                    if let Some(way) = &mut item {
                        way.push(Variable::ITEM.into());
                    }
                    self.variables.extend(range.key.iter().map(|name| (name.as_str(), None)));
                    self.variables.extend(range.value.iter().map(|name| (name.as_str(), item.clone())));
                    self.nodes(&range.body, &item);
                    self.variables.truncate(outside);
                    self.nodes(&range.otherwise, dot);
                }
            }
        }
        self.variables.truncate(visible);
    }

    /// Notes what an expression reads, and returns the way to its value.
    fn read(&mut self, expression: &'a Expression, dot: &Way, is_optional: bool) -> Way {
        match &expression.kind {
            Kind::Literal(_) => None,
            Kind::Path(path) => {
                let way = self.way(path, dot)?;
                self.note(&way, expression.at, is_optional);
                Some(way)
            }
            Kind::Call(function, arguments) => {
                let asks = matches!(function, Function::And | Function::Or | Function::Not);
                for argument in arguments {
                    self.read(argument, dot, asks);
                }
                None
            }
        }
    }

    fn way(&mut self, path: &'a Path, dot: &Way) -> Way {
        let base = match &path.base {
            Base::Dot => dot.clone(),
            Base::Variable(name) => {
                self.variables.iter().rev().find(|(known, _)| known == name).and_then(|(_, way)| way.clone())
            }
            Base::Inner(inner) => self.read(inner, dot, false),
        };
        Some(base?.into_iter().chain(path.fields.iter().cloned()).collect())
    }

    fn note(&mut self, way: &[String], offset: usize, is_optional: bool) {
        if way.last().is_none_or(|name| name == Variable::ITEM) {
            return;
        }
        if let Some(place) = self.places.get(way) {
            self.found[*place].is_optional &= is_optional;
        } else {
            self.places.insert(way.to_vec(), self.found.len());
            self.found.push(Variable { path: way.to_vec(), offset, is_optional });
        }
    }
}
