//! The tree a YAML file becomes.

use std::ops::Range;

use crate::config::source::{At, Sourced};
use crate::config::sql_text::SqlText;
use crate::config::template_text::TemplateText;

/// A value with its place.
#[derive(Debug, Clone)]
pub(in crate::config) struct Node {
    pub(in crate::config) at: At,
    pub(in crate::config) value: Value,
}

#[derive(Debug, Clone)]
pub(in crate::config) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<(Sourced<String>, Node)>),
}

/// A scalar as it is written; what it means depends on what is asked for.
#[derive(Debug, Clone)]
pub(in crate::config) struct Scalar {
    pub(super) text: String,
    /// Without quotes and not a block, so that it may be a number, a truth value or nothing.
    pub(super) plain: bool,
    pub(super) folded: bool,
    /// Bytes of the file that hold the text, without quotes.
    pub(super) content: Range<usize>,
}

impl Scalar {
    /// Tells whether it says 'nothing': `key:`, `~`, `null`.
    pub(in crate::config) fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// Returns the truth value it stands for: those of YAML 1.2, and of YAML 1.1 as Go's parser takes them.
    pub(super) fn as_bool(&self) -> Option<bool> {
        if !self.plain {
            return None;
        }
        match self.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }
}

impl Node {
    pub(in crate::config) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    pub(in crate::config) fn is_empty_list(&self) -> bool {
        matches!(&self.value, Value::List(items) if items.is_empty())
    }

    /// Returns the text of a scalar, whatever its notation, unless it is null.
    pub(in crate::config) fn text(&self) -> Option<Sourced<String>> {
        match &self.value {
            Value::Scalar(scalar) if !scalar.is_null() => {
                Some(Sourced::new(scalar.text.clone(), self.at.clone()))
            }
            _ => None,
        }
    }

    /// Returns the text of a scalar as SQL, unless it is null.
    pub(in crate::config) fn sql(&self) -> Option<SqlText> {
        match &self.value {
            Value::Scalar(scalar) if !scalar.is_null() => Some(SqlText::new(
                scalar.text.clone(),
                self.at.clone(),
                scalar.folded,
                scalar.content.clone(),
            )),
            _ => None,
        }
    }

    /// Returns the text of a scalar as a template, unless it is null.
    pub(in crate::config) fn template(&self) -> Option<TemplateText> {
        match &self.value {
            Value::Scalar(scalar) if !scalar.is_null() => {
                Some(TemplateText::new(scalar.text.clone(), self.at.clone(), scalar.content.clone()))
            }
            _ => None,
        }
    }

    /// Says what it is, to end a sentence that begins with 'expected …, found'.
    pub(in crate::config) fn describe(&self) -> String {
        match &self.value {
            Value::List(_) => "a list".into(),
            Value::Map(_) => "a mapping".into(),
            Value::Scalar(scalar) if scalar.is_null() => "nothing".into(),
            Value::Scalar(scalar) => {
                let kind = if scalar.plain && scalar.text.parse::<f64>().is_ok() {
                    "the number"
                } else {
                    "the text"
                };
                format!("{kind} `{}`", shortened(&scalar.text))
            }
        }
    }

    /// Returns it as JSON, for free-form values such as the parameters of an action.
    pub(in crate::config) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                entries.iter().map(|(key, value)| (key.value.clone(), value.to_json())).collect()
            }
            Value::Scalar(scalar) if scalar.is_null() => serde_json::Value::Null,
            Value::Scalar(scalar) => match scalar.text.as_str() {
                "true" if scalar.plain => true.into(),
                "false" if scalar.plain => false.into(),
                text => {
                    (scalar.plain.then(|| serde_json::from_str::<serde_json::Number>(text).ok()).flatten())
                        .map_or_else(|| text.into(), serde_json::Value::Number)
                }
            },
        }
    }
}

/// Keeps a message on one line of reasonable length.
fn shortened(text: &str) -> String {
    const LIMIT: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    if line.len() == text.len() && line.chars().count() <= LIMIT {
        return line.to_owned();
    }
    line.chars().take(LIMIT).chain(['…']).collect()
}
