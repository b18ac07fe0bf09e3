//! Where in the HTML each value lands, so that it is escaped for that place, or refused where nothing could make it safe.

use super::MOST_FAULTS;
use super::data::Data;
use super::escape;
use super::fault::Fault;
use super::functions::Function;
use super::tree::{Expression, Kind, Node};

/// The place of a value that is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Not in HTML.
    Plain,
    /// Between tags, and in a quoted attribute.
    Html,
    /// The beginning of a link: its scheme comes from the value.
    LinkStart,
    /// A link after its beginning and before its `?`.
    LinkPath,
    /// A link after its `?` or `#`.
    LinkQuery,
    /// In a `style` attribute.
    Style,
}

impl Place {
    /// Makes a value harmless for its place. A link with a scheme that could run something becomes `#`, and a value that
    /// could be more than one of a style is left out.
    pub(super) fn escape(self, value: &Data) -> String {
        let text = value.to_string();
        match self {
            Self::Plain => text,
            Self::Html => escape::html(&text),
            Self::LinkStart if !escape::is_harmless_link(&text) => "#".into(),
            Self::LinkStart | Self::LinkPath => escape::html(&escape::url(&text)),
            Self::LinkQuery => escape::url_part(&text),
            Self::Style if escape::is_harmless_style(&text) => text,
            Self::Style => String::new(),
        }
    }
}

/// Finds the place of each value; adds faults for those that have none.
pub(super) fn place(nodes: &mut [Node], source: &str, faults: &mut Vec<Fault>) {
    let mut placer = Placer { source, faults };
    placer.nodes(nodes, State::Text);
}

/// Where in the HTML a point of the text is.
#[derive(Debug, Clone, PartialEq)]
enum State {
    Text,
    /// In the name of an element: what of it was read, with the `/` of a closing tag.
    ElementName(String),
    /// In a tag, between attributes.
    Tag(Element),
    AttributeName(Element, String),
    /// Behind an attribute's name and blanks.
    AfterName(Element, String),
    /// Behind an attribute's `=`.
    BeforeValue(Element, Attribute),
    Value(Element, Attribute, char),
    Unquoted(Element),
    /// In the text of a `script` or `style` element.
    Raw(Element),
    Comment,
    /// In `<!…>`: the document's type, and Outlook's conditions.
    Declaration,
}

/// What matters of an element.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Element {
    Script,
    Style,
    Other,
}

/// What matters of an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Attribute {
    Plain,
    Link(Part),
    Style,
    Script,
}

/// A part of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Start,
    Path,
    Query,
    /// The one or the other, by what a condition decided.
    Unsure,
}

const LINKS: &[&str] = &[
    "href",
    "src",
    "action",
    "formaction",
    "background",
    "cite",
    "poster",
    "data",
    "longdesc",
    "usemap",
    "xlink:href",
    "srcset",
    "icon",
    "manifest",
    "ping",
    "codebase",
];

struct Placer<'s, 'f> {
    source: &'s str,
    faults: &'f mut Vec<Fault>,
}

impl Placer<'_, '_> {
    fn nodes(&mut self, nodes: &mut [Node], mut state: State) -> State {
        for node in nodes {
            if MOST_FAULTS <= self.faults.len() {
                return state;
            }
            state = match node {
                Node::Text { text, .. } => feed(state, text),
                Node::Print { value, place } => {
                    print_ends_in_html(value);
                    let (found, after) = self.print(value.at, state);
                    *place = found;
                    after
                }
                Node::Choice { at, arms, otherwise } => {
                    let mut ends: Vec<State> =
                        arms.iter_mut().map(|arm| self.nodes(&mut arm.body, state.clone())).collect();
                    ends.push(self.nodes(otherwise, state));
                    self.join(*at, ends, "the branches of this end in different places of the HTML")
                }
                Node::Range(range) => {
                    let end = self.nodes(&mut range.body, state.clone());
                    let otherwise = self.nodes(&mut range.otherwise, state.clone());
                    let message = "this loop ends in another place of the HTML than it begins in";
                    self.join(range.at, vec![state, end, otherwise], message)
                }
                Node::Set(_) | Node::Break | Node::Continue => state,
            };
        }
        state
    }

    /// Returns the place of a value, and where the text goes on behind it.
    fn print(&mut self, at: usize, state: State) -> (Place, State) {
        let place = match &state {
            State::Text | State::Comment | State::Value(_, Attribute::Plain, _) => Place::Html,
            State::Value(_, Attribute::Style, _) => Place::Style,
            State::Value(_, Attribute::Link(part), _) => match part {
                Part::Start => Place::LinkStart,
                Part::Path => Place::LinkPath,
                Part::Query => Place::LinkQuery,
                Part::Unsure => {
                    let message =
                        "whether this stands before or behind the `?` of the link depends on a condition";
                    return self.refuse(at, message, "write the link out in each branch", state);
                }
            },
            State::Value(_, Attribute::Script, _) | State::Raw(Element::Script) => {
                let hint = "mail programs run no scripts: take it out, or put the value into the text";
                return self.refuse(at, "a value cannot stand in a script", hint, state);
            }
            State::Raw(_) => {
                let hint = "write the style out, or choose one with `{{if}}` around whole rules";
                return self.refuse(at, "a value cannot stand in a `<style>` element", hint, state);
            }
            State::BeforeValue(element, _) => {
                let element = *element;
                let hint = "put the attribute's value in quotes: `href=\"{{.url}}\"`";
                let message = "a value cannot stand in an attribute without quotes";
                return self.refuse(at, message, hint, State::Unquoted(element));
            }
            State::Unquoted(_) => {
                let hint = "put the attribute's value in quotes: `href=\"{{.url}}\"`";
                return self.refuse(at, "a value cannot stand in an attribute without quotes", hint, state);
            }
            State::ElementName(_) | State::Tag(_) | State::AttributeName(..) | State::AfterName(..) => {
                let hint = "write the tag out, and choose between tags with `{{if}}`";
                return self.refuse(
                    at,
                    "a value cannot be the name of an element or an attribute",
                    hint,
                    state,
                );
            }
            State::Declaration => {
                return self.refuse(at, "a value cannot stand in `<!…>`", "write it out", state);
            }
        };
        let after = match state {
            State::Value(element, Attribute::Link(Part::Start), quote) => {
                State::Value(element, Attribute::Link(Part::Path), quote)
            }
            state => state,
        };
        (place, after)
    }

    fn refuse(&mut self, at: usize, message: &str, hint: &str, after: State) -> (Place, State) {
        self.faults.push(Fault::new(self.source, at, message).hint(hint));
        (Place::Html, after)
    }

    fn join(&mut self, at: usize, ends: Vec<State>, message: &str) -> State {
        let mut ends = ends.into_iter();
        let first = ends.next().unwrap_or(State::Text);
        let mut joined = Some(first.clone());
        for end in ends {
            joined = joined.and_then(|state| state.join(end));
        }
        joined.unwrap_or_else(|| {
            let fault = Fault::new(self.source, at, message);
            self.faults.push(fault.hint("open and close tags and quotes within one branch"));
            first
        })
    }
}

impl State {
    fn join(self, other: Self) -> Option<Self> {
        if self == other {
            return Some(self);
        }
        match (self, other) {
            (
                Self::Value(element, Attribute::Link(one), quote),
                Self::Value(same, Attribute::Link(two), as_well),
            ) if element == same && quote == as_well => {
                let part = match (one, two) {
                    // Taken as the beginning, it is looked at most strictly.
                    (Part::Start | Part::Path, Part::Start | Part::Path) => Part::Start,
                    _ => Part::Unsure,
                };
                Some(Self::Value(element, Attribute::Link(part), quote))
            }
            (one, two) => match (one.between_attributes(), two.between_attributes()) {
                (Some(one), Some(two)) if one == two => Some(Self::Tag(one)),
                _ => None,
            },
        }
    }

    /// Returns the element whose attributes could go on here.
    fn between_attributes(&self) -> Option<Element> {
        match self {
            Self::Tag(element) | Self::AttributeName(element, _) | Self::AfterName(element, _) => {
                Some(*element)
            }
            Self::ElementName(name) if !name.is_empty() => Some(element(name)),
            _ => None,
        }
    }
}

/// A last `html` does what is done here anyway.
fn print_ends_in_html(value: &mut Expression) {
    if let Kind::Call(function @ Function::Html, _) = &mut value.kind {
        *function = Function::Print;
    }
}

/// Returns where the text leads to.
fn feed(mut state: State, text: &str) -> State {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        state = match state {
            State::Text => {
                let (next, skipped) = if c == '<' { opened(after) } else { (State::Text, 0) };
                rest = &after[skipped..];
                next
            }
            State::ElementName(name) => match c {
                '>' => entered(element(&name)),
                '/' if !name.is_empty() => State::Tag(element(&name)),
                _ if c.is_whitespace() => State::Tag(element(&name)),
                _ => State::ElementName(longer(name, c)),
            },
            State::Tag(element) => match c {
                '>' => entered(element),
                '/' => State::Tag(element),
                _ if c.is_whitespace() => State::Tag(element),
                _ => State::AttributeName(element, c.to_ascii_lowercase().into()),
            },
            State::AttributeName(element, name) => match c {
                '>' => entered(element),
                '=' => State::BeforeValue(element, attribute(&name)),
                '/' => State::Tag(element),
                _ if c.is_whitespace() => State::AfterName(element, name),
                _ => State::AttributeName(element, longer(name, c)),
            },
            State::AfterName(element, name) => match c {
                '>' => entered(element),
                '=' => State::BeforeValue(element, attribute(&name)),
                '/' => State::Tag(element),
                _ if c.is_whitespace() => State::AfterName(element, name),
                _ => State::AttributeName(element, c.to_ascii_lowercase().into()),
            },
            State::BeforeValue(element, attribute) => match c {
                '>' => entered(element),
                '"' | '\'' => State::Value(element, attribute, c),
                _ if c.is_whitespace() => State::BeforeValue(element, attribute),
                _ => State::Unquoted(element),
            },
            // What follows is read as if a blank stood between.
            State::Value(element, _, quote) if c == quote => State::Tag(element),
            State::Value(element, attribute, quote) => State::Value(element, attribute.past(c), quote),
            State::Unquoted(element) => match c {
                '>' => entered(element),
                _ if c.is_whitespace() => State::Tag(element),
                _ => State::Unquoted(element),
            },
            State::Raw(element) => {
                let end = if element == Element::Script { "/script" } else { "/style" };
                let is_end =
                    c == '<' && after.get(..end.len()).is_some_and(|word| word.eq_ignore_ascii_case(end));
                if is_end { State::Declaration } else { State::Raw(element) }
            }
            State::Comment if c == '-' && after.starts_with("->") => {
                rest = &after[2..];
                State::Text
            }
            State::Comment => State::Comment,
            State::Declaration if c == '>' => State::Text,
            State::Declaration => State::Declaration,
        };
    }
    state
}

/// Adds a letter to a name, as far as any name that matters is long.
fn longer(mut name: String, c: char) -> String {
    const LONGEST: usize = 32;
    if name.len() < LONGEST {
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// Returns what a `<` opens, and how many bytes behind it are read with it.
fn opened(after: &str) -> (State, usize) {
    // Outlook reads what stands between its conditions as HTML, so it is looked at as such.
    if after.starts_with("!--[if") {
        return (State::Declaration, 0);
    }
    if let Some(inside) = after.strip_prefix("!--") {
        return match inside {
            _ if inside.starts_with('>') => (State::Text, 4),
            _ if inside.starts_with("->") => (State::Text, 5),
            _ => (State::Comment, 3),
        };
    }
    match after.chars().next() {
        Some('!' | '?') => (State::Declaration, 0),
        Some('/') => (State::ElementName("/".into()), 1),
        Some(c) if c.is_ascii_alphabetic() => (State::ElementName(String::new()), 0),
        // At the end of the text too: a value may follow.
        None => (State::ElementName(String::new()), 0),
        Some(_) => (State::Text, 0),
    }
}

/// Returns where the text is behind the `>` of an element.
fn entered(element: Element) -> State {
    match element {
        Element::Other => State::Text,
        element => State::Raw(element),
    }
}

fn element(name: &str) -> Element {
    match name {
        "script" => Element::Script,
        "style" => Element::Style,
        _ => Element::Other,
    }
}

fn attribute(name: &str) -> Attribute {
    match name {
        "style" => Attribute::Style,
        "srcdoc" => Attribute::Script,
        _ if name.starts_with("on") => Attribute::Script,
        _ if LINKS.contains(&name) => Attribute::Link(Part::Start),
        _ => Attribute::Plain,
    }
}

impl Attribute {
    /// Returns what it is behind this character of its value.
    fn past(self, c: char) -> Self {
        match self {
            Self::Link(Part::Start | Part::Path | Part::Query | Part::Unsure) if matches!(c, '?' | '#') => {
                Self::Link(Part::Query)
            }
            Self::Link(Part::Start) if !c.is_whitespace() => Self::Link(Part::Path),
            same => same,
        }
    }
}
