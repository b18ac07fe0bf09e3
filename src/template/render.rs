//! A template filled in.

use std::borrow::Cow;

use super::data::Data;
use super::fault::Fault;
use super::functions::Function;
use super::number::Number;
use super::tree::{Base, Expression, Kind, Node, Path, Range, Set, Target};
use super::{MAX_OUTPUT_BYTES, Missing};

/// Pieces and calls that one rendering goes through at most, so that a loop within a loop over many rows ends.
const MAX_STEPS: usize = 5_000_000;
/// Bytes of a text whose handling counts as a step.
const STEP_BYTES: usize = 64;
/// Names that are told when one is missing.
const NAMES_SHOWN: usize = 12;

pub(super) fn render(source: &str, nodes: &[Node], data: &Data, missing: Missing) -> Result<String, Fault> {
    let root = Value::Known(Cow::Borrowed(data));
    let variables = vec![("$", root.clone())];
    let mut run = Run { source, missing, output: String::new(), variables, steps: 0 };
    run.nodes(nodes, &root)?;
    Ok(run.output)
}

/// What an expression comes to.
#[derive(Debug, Clone)]
enum Value<'a> {
    Known(Cow<'a, Data>),
    /// The data has nothing of this name.
    Missing {
        words: &'a str,
        /// The names that there are where it was looked for.
        known: Vec<&'a str>,
    },
}

impl Value<'_> {
    fn is_true(&self) -> bool {
        match self {
            Self::Known(data) => data.is_true(),
            Self::Missing { .. } => false,
        }
    }
}

/// How the loop around goes on.
#[derive(PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

struct Run<'a> {
    source: &'a str,
    missing: Missing,
    output: String,
    variables: Vec<(&'a str, Value<'a>)>,
    steps: usize,
}

impl<'a> Run<'a> {
    fn nodes(&mut self, nodes: &'a [Node], dot: &Value<'a>) -> Result<Flow, Fault> {
        for node in nodes {
            let flow = match node {
                Node::Text { at, text } => {
                    self.step(*at)?;
                    self.write(*at, text)?;
                    Flow::On
                }
                Node::Print { value, place } => {
                    let found = self.known(value, dot)?;
                    self.write(value.at, &place.escape(&found))?;
                    Flow::On
                }
                Node::Set(Set { target, value }) => {
                    let value = self.value(value, dot)?;
                    self.set(target, value);
                    Flow::On
                }
                Node::Choice { at, arms, otherwise } => {
                    self.step(*at)?;
                    let visible = self.variables.len();
                    let mut flow = None;
                    for arm in arms {
                        let value = self.value(&arm.condition, dot)?;
                        if let Some(variable) = &arm.variable {
                            self.set(variable, value.clone());
                        }
                        if value.is_true() {
                            flow = Some(self.nodes(&arm.body, if arm.is_with { &value } else { dot })?);
                            break;
                        }
                    }
                    let flow = match flow {
                        Some(flow) => flow,
                        None => self.nodes(otherwise, dot)?,
                    };
                    self.variables.truncate(visible);
                    flow
                }
                Node::Range(range) => self.range(range, dot)?,
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn range(&mut self, range: &'a Range, dot: &Value<'a>) -> Result<Flow, Fault> {
        self.step(range.at)?;
        let over = self.known(&range.over, dot)?;
        if !over.is_true() {
            return self.nodes(&range.otherwise, dot);
        }
        let items: Box<dyn Iterator<Item = (Data, Cow<'a, Data>)> + 'a> = match over {
            Cow::Borrowed(Data::List(items)) => {
                Box::new(items.iter().enumerate().map(|(index, item)| (counted(index), Cow::Borrowed(item))))
            }
            Cow::Owned(Data::List(items)) => Box::new(
                items.into_iter().enumerate().map(|(index, item)| (counted(index), Cow::Owned(item))),
            ),
            Cow::Borrowed(Data::Map(entries)) => {
                Box::new(entries.iter().map(|(key, value)| (Data::Text(key.clone()), Cow::Borrowed(value))))
            }
            Cow::Owned(Data::Map(entries)) => {
                Box::new(entries.into_iter().map(|(key, value)| (Data::Text(key), Cow::Owned(value))))
            }
            other => match &*other {
                Data::Number(number) if number.integer().is_some() => {
                    let count =
                        number.integer().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
                    Box::new((0..count).map(|index| (counted(index), Cow::Owned(counted(index)))))
                }
                other => {
                    let message =
                        format!("`range` goes through a list or a map, and it is {}", other.describe());
                    return Err(self.fault(range.over.at, message));
                }
            },
        };
        let visible = self.variables.len();
        for (key, item) in items {
            self.step(range.at)?;
            let item = Value::Known(item);
            if let Some(name) = &range.key {
                self.variables.push((name, Value::Known(Cow::Owned(key))));
            }
            if let Some(name) = &range.value {
                self.variables.push((name, item.clone()));
            }
            let flow = self.nodes(&range.body, &item)?;
            self.variables.truncate(visible);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, target: &'a Target, value: Value<'a>) {
        if target.is_new {
            return self.variables.push((&target.name, value));
        }
        if let Some((_, known)) = self.variables.iter_mut().rev().find(|(name, _)| *name == target.name) {
            *known = value;
        }
    }

    /// Returns the value of an expression that has to have one.
    fn known(&mut self, expression: &'a Expression, dot: &Value<'a>) -> Result<Cow<'a, Data>, Fault> {
        match self.value(expression, dot)? {
            Value::Known(data) => {
                if let Data::Text(text) = &*data {
                    self.steps(expression.at, text.len() / STEP_BYTES)?;
                }
                Ok(data)
            }
            Value::Missing { .. } if self.missing == Missing::Empty => Ok(Cow::Owned(Data::Null)),
            Value::Missing { words, known } => {
                let fault = self.fault(expression.at, format!("the data has no `{words}`"));
                Err(if known.is_empty() { fault } else { fault.hint(names(&known)) })
            }
        }
    }

    fn value(&mut self, expression: &'a Expression, dot: &Value<'a>) -> Result<Value<'a>, Fault> {
        self.step(expression.at)?;
        match &expression.kind {
            Kind::Literal(data) => Ok(Value::Known(Cow::Borrowed(data))),
            Kind::Path(path) => self.path(expression.at, path, dot),
            Kind::Call(Function::And, arguments) => self.first(arguments, dot, false),
            Kind::Call(Function::Or, arguments) => self.first(arguments, dot, true),
            Kind::Call(Function::Not, arguments) => {
                let mut truth = false;
                for argument in arguments {
                    truth = self.value(argument, dot)?.is_true();
                }
                Ok(Value::Known(Cow::Owned(Data::Bool(!truth))))
            }
            Kind::Call(function, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.known(argument, dot)?);
                }
                match function.call(&values) {
                    Ok(Some(value)) => self.made(expression.at, Value::Known(value)),
                    Ok(None) => Ok(Value::Missing { words: "what `index` looks for", known: Vec::new() }),
                    Err(reason) => Err(self.fault(expression.at, format!("`{}` {reason}", function.name()))),
                }
            }
        }
    }

    /// Returns the first value that is true, or is not; else the last one. The others are not looked at.
    fn first(
        &mut self,
        arguments: &'a [Expression],
        dot: &Value<'a>,
        truth: bool,
    ) -> Result<Value<'a>, Fault> {
        let mut value = Value::Known(Cow::Owned(Data::Bool(!truth)));
        for argument in arguments {
            value = self.value(argument, dot)?;
            if value.is_true() == truth {
                break;
            }
        }
        Ok(value)
    }

    fn path(&mut self, at: usize, path: &'a Path, dot: &Value<'a>) -> Result<Value<'a>, Fault> {
        let mut value = match &path.base {
            Base::Dot => dot.clone(),
            Base::Variable(name) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                found.map_or(Value::Missing { words: &path.words, known: Vec::new() }, |(_, value)| {
                    value.clone()
                })
            }
            Base::Inner(inner) => self.value(inner, dot)?,
        };
        value = self.made(at, value)?;
        for field in &path.fields {
            let Value::Known(data) = value else { return Ok(value) };
            value = match data {
                Cow::Borrowed(data) => match data.entry(field) {
                    Some(entry) => Value::Known(Cow::Borrowed(entry)),
                    None => Value::Missing { words: &path.words, known: keys(data) },
                },
                Cow::Owned(data) => match data.into_entry(field) {
                    Some(entry) => Value::Known(Cow::Owned(entry)),
                    None => Value::Missing { words: &path.words, known: Vec::new() },
                },
            };
        }
        Ok(value)
    }

    fn write(&mut self, at: usize, text: &str) -> Result<(), Fault> {
        if MAX_OUTPUT_BYTES < self.output.len() + text.len() {
            return Err(self.fault(at, format!("the text grows beyond {} MiB here", MAX_OUTPUT_BYTES >> 20)));
        }
        self.output.push_str(text);
        Ok(())
    }

    /// Counts the work of a value that was made or copied, and not borrowed from the data.
    fn made(&mut self, at: usize, value: Value<'a>) -> Result<Value<'a>, Fault> {
        if let Value::Known(Cow::Owned(data)) = &value {
            self.steps(at, weight(data))?;
        }
        Ok(value)
    }

    fn step(&mut self, at: usize) -> Result<(), Fault> {
        self.steps(at, 1)
    }

    fn steps(&mut self, at: usize, steps: usize) -> Result<(), Fault> {
        self.steps += steps;
        if MAX_STEPS < self.steps {
            return Err(self.fault(at, "this does not come to an end in reasonable time"));
        }
        Ok(())
    }

    fn fault(&self, at: usize, message: impl Into<String>) -> Fault {
        Fault::new(self.source, at, message)
    }
}

/// Returns how many steps a value is worth.
fn weight(data: &Data) -> usize {
    match data {
        Data::Text(text) => text.len() / STEP_BYTES,
        Data::List(items) => items.iter().map(|item| 1 + weight(item)).sum(),
        Data::Map(entries) => entries.values().map(|value| 1 + weight(value)).sum(),
        Data::Null | Data::Bool(_) | Data::Number(_) => 0,
    }
}

fn counted(index: usize) -> Data {
    Data::Number(Number::of_integer(i128::try_from(index).unwrap_or(i128::MAX)))
}

fn keys(data: &Data) -> Vec<&str> {
    match data {
        Data::Map(entries) => entries.keys().take(NAMES_SHOWN + 1).map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

fn names(known: &[&str]) -> String {
    let shown: Vec<String> = known.iter().take(NAMES_SHOWN).map(|name| format!("`.{name}`")).collect();
    let more = if NAMES_SHOWN < known.len() { " and more" } else { "" };
    format!("there is {}{more}", shown.join(", "))
}
