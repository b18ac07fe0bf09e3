//! The words of a template made into a tree.

mod expression;

use self::expression::Words;
use super::data::Data;
use super::fault::Fault;
use super::html::Place;
use super::lexer::{self, Action, Piece, TokenKind};
use super::tree::{Arm, Expression, Kind, Node, Range, Set, Target};
use super::{MAX_DEPTH, MOST_FAULTS};

/// Variables that can be used at one point at most.
const MOST_VARIABLES: usize = 200;

/// Reads a template; the tree counts only if there are no faults.
pub(super) fn parse(source: &str) -> (Vec<Node>, Vec<Fault>) {
    let mut faults = Vec::new();
    let pieces = lexer::cut(source, &mut faults);
    if MOST_FAULTS <= faults.len() {
        return (Vec::new(), faults);
    }
    let mut parser = Parser {
        source,
        pieces: pieces.into_iter(),
        faults,
        variables: vec!["$".to_owned()],
        blocks: Vec::new(),
    };
    let mut nodes = Vec::new();
    loop {
        let (found, end) = parser.block();
        nodes.extend(found);
        match end {
            Ending::Text | Ending::Lost => return (nodes, parser.faults),
            Ending::Else(at, _) => {
                parser.report(at, "this `{{else}}` belongs to no `if`, `with` or `range`", None);
            }
            Ending::End(at) => {
                let hint = "take it out, or open a block before it";
                parser.report(at, "this `{{end}}` closes nothing", Some(hint));
            }
        }
    }
}

/// What a block ended with.
enum Ending<'s> {
    /// The end of the text.
    Text,
    /// `{{end}}` at this byte.
    End(usize),
    /// `{{else}}` at this byte, with what stands behind the word.
    Else(usize, Action<'s>),
    /// Blocks are nested too deeply, or so wrongly that what follows makes no sense.
    Lost,
}

struct Parser<'s> {
    source: &'s str,
    pieces: std::vec::IntoIter<Piece<'s>>,
    faults: Vec<Fault>,
    /// Names of the variables that can be used at this point.
    variables: Vec<String>,
    /// The blocks that are open: whether each is a loop.
    blocks: Vec<bool>,
}

impl<'s> Parser<'s> {
    /// Reads up to what ends a block.
    fn block(&mut self) -> (Vec<Node>, Ending<'s>) {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            if MOST_FAULTS <= self.faults.len() {
                return (nodes, Ending::Lost);
            }
            let mut action = match piece {
                Piece::Text { at, text } => {
                    nodes.push(Node::Text { at, text: text.to_owned() });
                    continue;
                }
                Piece::Action(action) => action,
            };
            let word = action.tokens.first().filter(|token| token.kind == TokenKind::Word);
            let word = word.map(|token| token.text).unwrap_or_default();
            if is_keyword(word) {
                action.tokens.remove(0);
            }
            match word {
                "end" => {
                    self.nothing_follows(&action, "end");
                    return (nodes, Ending::End(action.at));
                }
                "else" => return (nodes, Ending::Else(action.at, action)),
                "if" | "with" | "range" => {
                    if self.blocks.len() == MAX_DEPTH {
                        let message = format!("blocks are nested more than {MAX_DEPTH} deep");
                        self.report(action.at, &message, None);
                        return (nodes, Ending::Lost);
                    }
                    let visible = self.variables.len();
                    self.blocks.push(word == "range");
                    let (node, end) =
                        if word == "range" { self.range(&action) } else { self.choice(&action, word) };
                    self.blocks.pop();
                    self.variables.truncate(visible);
                    nodes.push(node);
                    if let Some(end) = end {
                        return (nodes, end);
                    }
                }
                "break" | "continue" => {
                    self.nothing_follows(&action, word);
                    if !self.blocks.contains(&true) {
                        let message = format!("`{{{{{word}}}}}` stands outside of any `range`");
                        self.report(action.at, &message, None);
                    }
                    nodes.push(if word == "break" { Node::Break } else { Node::Continue });
                }
                "define" | "template" | "block" => {
                    let message = format!("`{word}` is not supported: a template is one text of its own");
                    let hint = "write the text where it is needed; each file of emails/ stands alone";
                    self.report(action.at, &message, Some(hint));
                    if word != "template" {
                        // Read as a block, so that its end is not reported too.
                        self.blocks.push(false);
                        let (_, end) = self.body_of(action.at, word);
                        self.blocks.pop();
                        if let Some(end) = end {
                            return (nodes, end);
                        }
                    }
                }
                _ => nodes.extend(self.statement(&action)),
            }
        }
        (nodes, Ending::Text)
    }

    /// Reads a block whose content has no meaning here.
    fn body_of(&mut self, at: usize, word: &str) -> (Vec<Node>, Option<Ending<'s>>) {
        if MAX_DEPTH < self.blocks.len() {
            return (Vec::new(), Some(Ending::Lost));
        }
        match self.block() {
            (nodes, Ending::End(_)) => (nodes, None),
            (nodes, end) => (nodes, Some(self.not_closed(at, word, end))),
        }
    }

    /// Reads `{{if}}` or `{{with}}` to its end.
    fn choice(&mut self, opening: &Action<'s>, word: &str) -> (Node, Option<Ending<'s>>) {
        let at = opening.at;
        let mut arms = Vec::new();
        let mut otherwise = Vec::new();
        let (mut variable, mut condition) = self.condition(opening, word);
        let mut is_with = word == "with";
        let end = loop {
            let (body, end) = self.block();
            arms.push(Arm { is_with, variable, condition, body });
            let mut action = match end {
                Ending::End(_) => break None,
                Ending::Else(_, action) => action,
                end => break Some(self.not_closed(at, word, end)),
            };
            let next =
                action.tokens.first().filter(|token| token.kind == TokenKind::Word).map(|token| token.text);
            if let Some(next @ ("if" | "with")) = next {
                action.tokens.remove(0);
                is_with = next == "with";
                (variable, condition) = self.condition(&action, next);
                continue;
            }
            self.nothing_follows(&action, "else");
            let (body, end) = self.otherwise(at, word);
            otherwise = body;
            break end;
        };
        (Node::Choice { at, arms, otherwise }, end)
    }

    fn condition(&mut self, action: &Action<'s>, word: &str) -> (Option<Target>, Expression) {
        let mut words = Words::of(action, self.source);
        let result = words.targets(&self.variables, 1).and_then(|targets| {
            let value = words.pipeline_to_end(&self.variables, word)?;
            Ok((targets, value))
        });
        let read = self.take(action, result);
        self.declare(action.at, &words);
        match read {
            Some((targets, value)) => (targets.into_iter().next(), value),
            None => (None, nothing(action.at)),
        }
    }

    /// Reads `{{range}}` to its end.
    fn range(&mut self, opening: &Action<'s>) -> (Node, Option<Ending<'s>>) {
        let at = opening.at;
        let outside = self.variables.len();
        let mut words = Words::of(opening, self.source);
        let result = words.targets(&self.variables, 2).and_then(|targets| {
            if let Some(target) = targets.iter().find(|target| !target.is_new) {
                let message = format!("`range` makes its variables: write `:=` after `{}`", target.name);
                return Err(Fault::new(self.source, at, message));
            }
            let over = words.pipeline_to_end(&self.variables, "range")?;
            Ok((targets, over))
        });
        let (key, value, over) = match self.take(opening, result) {
            Some((targets, over)) => {
                let mut names: Vec<String> = targets.into_iter().map(|target| target.name).collect();
                let value = names.pop();
                (names.pop(), value, over)
            }
            None => (None, None, nothing(at)),
        };
        self.declare(at, &words);
        let (body, end) = self.block();
        self.variables.truncate(outside);
        let (otherwise, end) = match end {
            Ending::End(_) => (Vec::new(), None),
            Ending::Else(_, action) => {
                self.nothing_follows(&action, "else");
                let is_loop = self.blocks.pop();
                self.blocks.push(false);
                let result = self.otherwise(at, "range");
                self.blocks.pop();
                self.blocks.extend(is_loop);
                result
            }
            end => (Vec::new(), Some(self.not_closed(at, "range", end))),
        };
        (Node::Range(Range { at, key, value, over, body, otherwise }), end)
    }

    /// Reads from `{{else}}` to the end.
    fn otherwise(&mut self, at: usize, word: &str) -> (Vec<Node>, Option<Ending<'s>>) {
        let mut nodes = Vec::new();
        loop {
            let (found, end) = self.block();
            nodes.extend(found);
            match end {
                Ending::End(_) => return (nodes, None),
                Ending::Else(second, _) => {
                    self.report(second, "this block has an `{{else}}` already", None);
                }
                end => return (nodes, Some(self.not_closed(at, word, end))),
            }
        }
    }

    /// Reports a block that does not end in `{{end}}`; returns what ends the block around it too.
    fn not_closed(&mut self, at: usize, word: &str, end: Ending<'s>) -> Ending<'s> {
        match &end {
            Ending::Text => {
                let message = format!("this `{{{{{word}}}}}` is never closed");
                self.report(at, &message, Some("put `{{end}}` where it ends"));
            }
            Ending::Else(at, _) => {
                self.report(*at, "this `{{else}}` belongs to no `if`, `with` or `range`", None);
                return Ending::Lost;
            }
            Ending::End(_) | Ending::Lost => {}
        }
        end
    }

    /// Reads an action that opens nothing: a value to print, or a variable to set.
    fn statement(&mut self, action: &Action<'s>) -> Option<Node> {
        let mut words = Words::of(action, self.source);
        let result = words.targets(&self.variables, 1).and_then(|targets| {
            let value = words.pipeline_to_end(&self.variables, "")?;
            Ok((targets, value))
        });
        let read = self.take(action, result);
        self.declare(action.at, &words);
        let (targets, value) = read?;
        Some(match targets.into_iter().next() {
            Some(target) => Node::Set(Set { target, value }),
            None => Node::Print { value, place: Place::Plain },
        })
    }

    /// Makes the variables of an action, also when the rest of it is wrong.
    fn declare(&mut self, at: usize, words: &Words<'_, '_>) {
        self.variables.extend(words.declared());
        if MOST_VARIABLES < self.variables.len() {
            self.variables.truncate(MOST_VARIABLES);
            let message = format!("more than {MOST_VARIABLES} variables can be used here");
            self.report(at, &message, Some("set one anew with `=`, or make some within a block"));
        }
    }

    /// Returns what was read of an action, unless something in it is wrong.
    fn take<T>(&mut self, action: &Action<'s>, result: Result<T, Fault>) -> Option<T> {
        match result {
            // What was not cut whole is reported already.
            _ if action.is_broken => None,
            Ok(value) => Some(value),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    fn nothing_follows(&mut self, action: &Action<'s>, word: &str) {
        if let Some(token) = action.tokens.first().filter(|_| !action.is_broken) {
            let message = format!("nothing can stand after `{word}`");
            self.report(token.at, &message, None);
        }
    }

    fn report(&mut self, at: usize, message: &str, hint: Option<&str>) {
        let fault = Fault::new(self.source, at, message);
        self.faults.push(hint.into_iter().fold(fault, Fault::hint));
    }
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 10] =
        ["if", "else", "end", "range", "with", "break", "continue", "define", "template", "block"];
    KEYWORDS.contains(&word)
}

/// Stands where an expression was refused.
fn nothing(at: usize) -> Expression {
    Expression { at, kind: Kind::Literal(Data::Null) }
}
