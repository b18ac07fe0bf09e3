//! The parser's events made into a tree.

use std::collections::HashMap;
use std::sync::Arc;

use serde_saphyr::granit_parser::{
    self as granit, ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StrInput,
};

use super::tree::{Node, Scalar, Value};
use crate::config::problem::{Problem, Report};
use crate::config::source::{At, Source, Sourced};

/// Levels of nesting at most; our deepest file has six.
const MAX_DEPTH: usize = 32;
/// What all values of a file may weigh together, copies made by aliases among them.
const MAX_WEIGHT: usize = 8 << 20;
/// What a value weighs besides its text: about what it takes in memory.
const NODE_WEIGHT: usize = 64;

/// Reads the one document of a file; `None` when it holds nothing, or is no YAML, which is reported.
///
/// Duplicate keys are reported and the first one is kept, so that the rest of the file is checked too.
pub(in crate::config) fn parse(source: &Arc<Source>, report: &Report) -> Option<Node> {
    document(source, report).unwrap_or_else(|problem| {
        report.add(*problem);
        None
    })
}

/// Reads the one document of a file that must hold something.
pub(in crate::config) fn parse_required(source: &Arc<Source>, report: &Report) -> Option<Node> {
    let empty = || Err(Box::new(Problem::error_in(&source.path, "the file is empty")));
    match document(source, report).and_then(|root| root.map_or_else(empty, Ok)) {
        Ok(root) => Some(root),
        Err(problem) => {
            report.add(*problem);
            None
        }
    }
}

fn document(source: &Arc<Source>, report: &Report) -> Step<Option<Node>> {
    let options = granit::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let parser = Parser::new_from_str_with_options(&source.text, options);
    Builder { source, parser, report, anchors: HashMap::new(), weight: 0 }.document()
}

type Step<T> = Result<T, Box<Problem>>;

struct Builder<'a> {
    source: &'a Arc<Source>,
    parser: Parser<'a, StrInput<'a>>,
    report: &'a Report,
    /// Finished nodes by anchor, each with its weight.
    anchors: HashMap<usize, (Node, usize)>,
    weight: usize,
}

/// The entries of a mapping in their order, and the line of each key.
#[derive(Default)]
struct Entries {
    list: Vec<(Sourced<String>, Node)>,
    lines: HashMap<String, u32>,
}

impl Entries {
    fn push(&mut self, key: Sourced<String>, value: Node) {
        self.lines.insert(key.value.clone(), key.at.line);
        self.list.push((key, value));
    }
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Step<Option<Node>> {
        let mut root = None;
        while let Some(event) = self.parser.next_event() {
            match event.map_err(|error| self.syntax(&error))? {
                (Event::StreamStart | Event::DocumentEnd | Event::StreamEnd, _) => {}
                (Event::DocumentStart(..), span) if root.is_some() => {
                    return Err(self.refuse(&span, "a second document begins here, and a file holds one"));
                }
                (Event::DocumentStart(..), _) => root = Some(self.next_node()?),
                (_, span) => return Err(self.refuse(&span, "the file holds more than one value")),
            }
        }
        Ok(root.filter(|node| !node.is_null()))
    }

    fn next(&mut self) -> Step<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => {
                Err(Box::new(Problem::error_in(&self.source.path, "the file ends in the middle of a value")))
            }
        }
    }

    fn next_node(&mut self) -> Step<Node> {
        let (event, span) = self.next()?;
        self.node(event, &span)
    }

    fn node(&mut self, event: Event<'a>, span: &Span) -> Step<Node> {
        let at = self.at(span);
        if let Some(tag) = event.tag().filter(|tag| !tag.is_yaml_core_schema()) {
            let message = format!("the tag `{}` means nothing here", tag.original());
            let marker = span.tag_start.unwrap_or(span.start);
            let at = At::new(self.source, marker.line(), marker.col() + 1);
            return Err(Box::new(Problem::error(&at, message)));
        }
        let anchor = event.anchor_id();
        let value = match event {
            Event::Scalar(text, style, _, tag) => {
                self.spend(NODE_WEIGHT + text.len(), span)?;
                let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                let quote = usize::from(quoted);
                let bytes = |marker: granit::Marker| marker.byte_offset().unwrap_or_default();
                Value::Scalar(Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain
                        && !tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str")),
                    folded: style == ScalarStyle::Folded,
                    content: bytes(span.start) + quote..bytes(span.end).saturating_sub(quote),
                })
            }
            Event::SequenceStart(..) => {
                self.spend(NODE_WEIGHT, span)?;
                Value::List(self.list()?)
            }
            Event::MappingStart(..) => {
                self.spend(NODE_WEIGHT, span)?;
                Value::Map(self.map()?)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => return Err(self.refuse(span, "a value is expected here")),
        };
        let node = Node { at, value };
        if let Some(anchor) = anchor {
            let weight = weight(&node);
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        Ok(node)
    }

    fn list(&mut self) -> Step<Vec<Node>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, &span)?),
            }
        }
    }

    fn map(&mut self) -> Step<Vec<(Sourced<String>, Node)>> {
        let mut entries = Entries::default();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.node(event, &span)?;
            let value = self.next_node()?;
            let Value::Scalar(scalar) = key.value else {
                return Err(self.refuse(&span, "a key must be a word"));
            };
            if is_merge {
                merged.push(value);
            } else if let Some(line) = entries.lines.get(&scalar.text) {
                let message = format!("the key `{}` is given twice, first on line {line}", scalar.text);
                self.report.error(&key.at, message);
            } else {
                entries.push(Sourced::new(scalar.text, key.at), value);
            }
        }
        for value in merged {
            self.merge(value, &mut entries);
        }
        Ok(entries.list)
    }

    /// Adds what `<<` brings: the keys of one mapping, or of several, that are not there yet.
    fn merge(&self, value: Node, entries: &mut Entries) {
        match value.value {
            Value::Map(inherited) => {
                for (key, value) in inherited {
                    if !entries.lines.contains_key(&key.value) {
                        entries.push(key, value);
                    }
                }
            }
            Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Map(_))) => {
                for item in items {
                    self.merge(item, entries);
                }
            }
            Value::List(_) | Value::Scalar(_) => {
                self.report.error(&value.at, "`<<` takes a mapping, such as `*name`");
            }
        }
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Step<Node> {
        let Some((node, weight)) = self.anchors.get(&anchor) else {
            return Err(self.refuse(span, "this alias stands inside the value it names"));
        };
        let (node, weight) = (node.clone(), *weight);
        self.spend(weight, span)?;
        Ok(node)
    }

    fn spend(&mut self, weight: usize, span: &Span) -> Step<()> {
        self.weight = self.weight.saturating_add(weight);
        if MAX_WEIGHT < self.weight {
            return Err(self.refuse(span, "up to here the file holds far too many values"));
        }
        Ok(())
    }

    fn at(&self, span: &Span) -> At {
        At::new(self.source, span.start.line(), span.start.col() + 1)
    }

    fn refuse(&self, span: &Span, message: impl Into<String>) -> Box<Problem> {
        Box::new(Problem::error(&self.at(span), message))
    }

    fn syntax(&self, error: &ScanError) -> Box<Problem> {
        let at = At::new(self.source, error.marker().line(), error.marker().col() + 1);
        let (message, hint) = explain(error);
        let problem = Problem::error(&at, message);
        Box::new(if hint.is_empty() { problem } else { problem.hint(hint) })
    }
}

/// Says what the parser found wrong in words for those who do not know YAML's grammar, where it happens often.
fn explain(error: &ScanError) -> (String, &'static str) {
    let (message, hint) = match error.kind() {
        ErrorKind::MappingValueNotAllowed => (
            "there is a `:` where no key can stand",
            "line the keys of one mapping up, and put text that holds `: ` in quotes",
        ),
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
            ("a tab cannot indent YAML", "use spaces")
        }
        ErrorKind::UnclosedQuotedScalar => ("the quote that opens here is never closed", ""),
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::InvalidColonPlacement => {
            ("a `[` or `{` before this is not closed", "close it with `]` or `}`")
        }
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            ("this bracket closes nothing that is open", "")
        }
        ErrorKind::UnknownAnchor => ("this alias names nothing", "define it before with `&name`"),
        ErrorKind::RecursionLimitExceeded => ("the values are nested too deeply", ""),
        ErrorKind::UnknownQuotedScalarEscape => (
            "a backslash in this text begins no escape that YAML knows",
            "use single quotes, or write it twice",
        ),
        ErrorKind::UnexpectedCharacter { character } => {
            return (format!("no value begins with `{character}`"), "put it in quotes");
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::SimpleKeyExpected => (
            "this line does not fit the ones above it",
            "line up what belongs together; each key ends in `:`",
        ),
        _ => return (format!("this is no YAML: {}", error.info()), ""),
    };
    (message.into(), hint)
}

fn weight(node: &Node) -> usize {
    NODE_WEIGHT
        + match &node.value {
            Value::Scalar(scalar) => scalar.text.len(),
            Value::List(items) => items.iter().map(weight).sum(),
            Value::Map(entries) => entries.iter().map(|(key, value)| key.value.len() + weight(value)).sum(),
        }
}
