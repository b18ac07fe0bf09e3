//! What can be called in a template, as in Go.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::data::Data;
use super::number::Number;
use super::{MAX_OUTPUT_BYTES, escape, printf};

/// A function of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    And,
    Or,
    Not,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Len,
    Index,
    Slice,
    Print,
    Printf,
    Println,
    Html,
    Urlquery,
}

/// Why a name is no function that can be called.
#[derive(Clone, Copy)]
pub(super) enum NotOne {
    /// Go or one of its libraries has it; this is what to do instead.
    Unsupported(&'static str),
    Unknown,
}

/// Names that libraries for Go's templates add, and what stands in their place.
const OF_LIBRARIES: &[(&[&str], &str)] = &[
    (&["call", "js"], "a mail runs nothing: give the text that is needed with the data"),
    (
        &["upper", "lower", "title", "trim", "toUpper", "toLower"],
        "have the query make the text, such as UPPER(name)",
    ),
    (
        &["date", "now", "formatDate", "dateFormat", "format"],
        "have the query make the text, such as DATE_FORMAT(date_end, '%d/%m/%Y')",
    ),
    (&["default", "coalesce"], "write `{{or .a \"otherwise\"}}`"),
    (&["add", "sub", "mul", "div", "mod"], "a template does not calculate: do it in the query"),
    (
        &["safeHTML", "safe", "raw", "noescape"],
        "values are always escaped in the HTML part; put markup into the template",
    ),
    (&["join", "split"], "use `{{range $i, $x := .list}}{{if $i}}, {{end}}{{$x}}{{end}}`"),
];

impl Function {
    pub(super) const ALL: &'static [Self] = &[
        Self::And,
        Self::Or,
        Self::Not,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::Len,
        Self::Index,
        Self::Slice,
        Self::Print,
        Self::Printf,
        Self::Println,
        Self::Html,
        Self::Urlquery,
    ];

    pub(super) fn named(name: &str) -> Result<Self, NotOne> {
        if let Some(function) = Self::ALL.iter().find(|function| function.name() == name) {
            return Ok(*function);
        }
        let elsewhere = OF_LIBRARIES.iter().find(|(names, _)| names.contains(&name));
        Err(elsewhere.map_or(NotOne::Unknown, |(_, hint)| NotOne::Unsupported(hint)))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Len => "len",
            Self::Index => "index",
            Self::Slice => "slice",
            Self::Print => "print",
            Self::Printf => "printf",
            Self::Println => "println",
            Self::Html => "html",
            Self::Urlquery => "urlquery",
        }
    }

    /// Returns the least and the largest number of arguments.
    pub(super) fn arguments(self) -> (usize, usize) {
        match self {
            Self::Not | Self::Len => (1, 1),
            Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => (2, 2),
            Self::Eq | Self::Index => (2, usize::MAX),
            Self::Slice => (1, 3),
            Self::Print | Self::Println => (0, usize::MAX),
            Self::And | Self::Or | Self::Printf | Self::Html | Self::Urlquery => (1, usize::MAX),
        }
    }

    /// Returns an example of it.
    pub(super) fn usage(self) -> &'static str {
        match self {
            Self::And => "such as `and .a .b`",
            Self::Or => "such as `or .nickname .name`",
            Self::Not => "such as `not .done`",
            Self::Eq => "such as `eq .status \"open\" \"new\"`: equal to any of them",
            Self::Ne => "such as `ne .status \"done\"`",
            Self::Lt => "such as `lt .count 10`",
            Self::Le => "such as `le .count 10`",
            Self::Gt => "such as `gt .count 1`",
            Self::Ge => "such as `ge .count 1`",
            Self::Len => "such as `len .rows`",
            Self::Index => "such as `index .rows 0` or `index .map \"key\"`",
            Self::Slice => "such as `slice .text 0 3`",
            Self::Print | Self::Println => "such as `print .a .b`",
            Self::Printf => "such as `printf \"%.2f\" .price`",
            Self::Html => "such as `html .name`",
            Self::Urlquery => "such as `urlquery .email`",
        }
    }

    /// Calls it with all its arguments; `and` and `or`, which do not look at all of theirs, are not called here.
    ///
    /// # Errors
    /// What is wrong with the arguments, to stand behind the name of the function. `Ok(None)` means that what was looked
    /// for is not there.
    pub(super) fn call<'a>(self, arguments: &[Cow<'a, Data>]) -> Result<Option<Cow<'a, Data>>, String> {
        let [first, rest @ ..] = arguments else {
            return Ok(Some(text(String::new())));
        };
        let value = match self {
            Self::And | Self::Or | Self::Not => Data::Bool(!first.is_true()),
            Self::Eq => {
                let mut found = false;
                for other in rest {
                    found = found || is_equal(first, other)?;
                }
                Data::Bool(found)
            }
            Self::Ne => Data::Bool(!is_equal(first, &rest[0])?),
            Self::Lt => Data::Bool(order(first, &rest[0])? == Ordering::Less),
            Self::Le => Data::Bool(order(first, &rest[0])? != Ordering::Greater),
            Self::Gt => Data::Bool(order(first, &rest[0])? == Ordering::Greater),
            Self::Ge => Data::Bool(order(first, &rest[0])? != Ordering::Less),
            Self::Len => length(first)?,
            Self::Index => return index(first, rest),
            Self::Slice => slice(first, rest)?,
            Self::Print => Data::Text(print(arguments)),
            Self::Println => {
                let words: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                Data::Text(words.join(" ") + "\n")
            }
            Self::Printf => {
                let Data::Text(format) = &**first else {
                    return Err(format!("takes a format first, and it is {}", first.describe()));
                };
                Data::Text(printf::printf(format, rest)?)
            }
            Self::Html => Data::Text(escape::html(&print(arguments))),
            Self::Urlquery => Data::Text(escape::url_query(&print(arguments))),
        };
        match &value {
            Data::Text(text) if MAX_OUTPUT_BYTES < text.len() => {
                Err(format!("yields more than {} MiB", MAX_OUTPUT_BYTES >> 20))
            }
            _ => Ok(Some(Cow::Owned(value))),
        }
    }
}

/// Puts values one behind another, with a blank between two of which neither is a text.
fn print(values: &[Cow<'_, Data>]) -> String {
    let mut printed = String::new();
    let mut after_text = true;
    for value in values {
        let is_text = matches!(**value, Data::Text(_));
        if !(after_text || is_text) {
            printed.push(' ');
        }
        printed.push_str(&value.to_string());
        after_text = is_text;
    }
    printed
}

fn is_equal(one: &Data, other: &Data) -> Result<bool, String> {
    match (one, other) {
        (Data::List(_) | Data::Map(_), _) => Err(format!("cannot compare {}", one.describe())),
        (_, Data::List(_) | Data::Map(_)) => Err(format!("cannot compare {}", other.describe())),
        (Data::Null, _)
        | (_, Data::Null)
        | (Data::Bool(_), Data::Bool(_))
        | (Data::Number(_), Data::Number(_))
        | (Data::Text(_), Data::Text(_)) => Ok(one == other),
        _ => Err(format!("cannot compare {} with {}", one.describe(), other.describe())),
    }
}

fn order(one: &Data, other: &Data) -> Result<Ordering, String> {
    match (one, other) {
        (Data::Number(one), Data::Number(other)) => Ok(one.compare(other)),
        (Data::Text(one), Data::Text(other)) => Ok(one.cmp(other)),
        _ => Err(format!("cannot order {} and {}", one.describe(), other.describe())),
    }
}

/// The length of a text counts bytes, as in Go.
fn length(value: &Data) -> Result<Data, String> {
    let length = match value {
        Data::Text(text) => text.len(),
        Data::List(items) => items.len(),
        Data::Map(entries) => entries.len(),
        _ => return Err(format!("counts a text, a list or a map, and it is {}", value.describe())),
    };
    Ok(Data::Number(Number::of_integer(i128::try_from(length).unwrap_or(i128::MAX))))
}

fn index<'a>(value: &Cow<'a, Data>, keys: &[Cow<'a, Data>]) -> Result<Option<Cow<'a, Data>>, String> {
    let mut value = value.clone();
    for key in keys {
        let next = match (&*value, &**key) {
            (Data::List(items), Data::Number(_)) => {
                let at = place_in(key, items.len().saturating_sub(1), items.len())?;
                pick(&value, |data| match data {
                    Data::List(items) => items.get(at),
                    _ => None,
                })
            }
            (Data::Text(text), Data::Number(_)) => {
                let at = place_in(key, text.len().saturating_sub(1), text.len())?;
                let byte = text.as_bytes().get(at).copied().unwrap_or_default();
                Some(Cow::Owned(Data::Number(Number::of_integer(byte.into()))))
            }
            (Data::Map(_), Data::Text(name)) => pick(&value, |data| match data {
                Data::Map(entries) => entries.get(name),
                _ => None,
            }),
            (Data::Null, _) => None,
            (value, key) => {
                return Err(format!("cannot look up {} in {}", key.describe(), value.describe()));
            }
        };
        match next {
            Some(next) => value = next,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

/// Returns a part of a value, borrowed if the value is.
fn pick<'a>(value: &Cow<'a, Data>, part: impl Fn(&Data) -> Option<&Data>) -> Option<Cow<'a, Data>> {
    match value {
        Cow::Borrowed(data) => part(data).map(Cow::Borrowed),
        Cow::Owned(data) => part(data).cloned().map(Cow::Owned),
    }
}

fn slice(value: &Data, bounds: &[Cow<'_, Data>]) -> Result<Data, String> {
    let length = match value {
        Data::Text(text) => text.len(),
        Data::List(items) => items.len(),
        _ => return Err(format!("cuts a text or a list, and it is {}", value.describe())),
    };
    let from = bounds.first().map_or(Ok(0), |bound| place_in(bound, length, length))?;
    let to = bounds.get(1).map_or(Ok(length), |bound| place_in(bound, length, length))?;
    if to < from {
        return Err(format!("cannot cut from {from} to {to}"));
    }
    match value {
        Data::Text(text) => match text.get(from..to) {
            Some(part) => Ok(Data::Text(part.to_owned())),
            None => Err("would cut a letter of more than one byte in two".into()),
        },
        Data::List(items) => Ok(Data::List(items[from..to].to_vec())),
        _ => Ok(Data::Null),
    }
}

/// Returns a whole number from 0 to `last`.
fn place_in(key: &Data, last: usize, length: usize) -> Result<usize, String> {
    let Data::Number(number) = key else {
        return Err(format!("takes a whole number, and it is {}", key.describe()));
    };
    let found = number.integer().and_then(|integer| usize::try_from(integer).ok());
    let inside = found.filter(|at| *at <= last && (*at < length || last == length));
    inside.ok_or_else(|| format!("reaches for {number} of {length}"))
}

fn text<'a>(text: String) -> Cow<'a, Data> {
    Cow::Owned(Data::Text(text))
}
