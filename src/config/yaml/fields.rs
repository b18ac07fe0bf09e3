//! A mapping taken apart key by key, with every mistake reported.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use super::duration::{parse_duration, show_duration};
use super::suggest::{closest, one_of};
use super::tree::{Node, Value};
use crate::config::problem::{Problem, Report};
use crate::config::source::{At, Sourced};
use crate::config::sql_text::SqlText;
use crate::config::template_text::TemplateText;

type Entries = [(Sourced<String>, Node)];

/// One mapping while it is read.
///
/// Each key that is asked for becomes a known one; [`Fields::finish`] reports the others. A key whose value is null
/// counts as not given. What has the wrong type is reported and answered as not given.
pub(in crate::config) struct Fields<'a> {
    /// Where the mapping's key stands, or where the file begins.
    pub(in crate::config) at: At,
    pub(in crate::config) report: &'a Report,
    entries: &'a Entries,
    known: Vec<&'static str>,
    refused: &'static [&'static str],
}

impl<'a> Fields<'a> {
    /// Takes a node that must be a mapping, and where its key stands.
    pub(in crate::config) fn of(node: &'a Node, at: &At, report: &'a Report) -> Option<Self> {
        if let Value::Map(entries) = &node.value {
            return Some(Self { at: at.clone(), report, entries, known: Vec::new(), refused: &[] });
        }
        report.error(&node.at, format!("expected a mapping (`key: value`), found {}", node.describe()));
        None
    }

    /// Takes the root of a file.
    pub(in crate::config) fn of_file(root: &'a Node, report: &'a Report) -> Option<Self> {
        Self::of(root, &root.at, report)
    }

    /// Returns the entries of a mapping whose keys are names that a person chose; no key is unknown in it.
    pub(in crate::config) fn named(self) -> impl Iterator<Item = &'a (Sourced<String>, Node)> {
        self.entries.iter().filter(|(key, _)| !is_own(&key.value))
    }

    /// Returns all entries of a mapping in which `x-…` is a name like any other, such as HTTP headers.
    pub(in crate::config) fn named_all(self) -> impl Iterator<Item = &'a (Sourced<String>, Node)> {
        self.entries.iter()
    }

    /// Reports every one of these keys that is not given.
    pub(in crate::config) fn require(&self, keys: &[&'static str]) {
        for key in keys {
            if self.given(key).is_none() {
                self.report.error(&self.at, format!("the key `{key}` is missing"));
            }
        }
    }

    /// Reports those of these keys that are given: they are known elsewhere, and `reason` says why not here.
    pub(in crate::config) fn refuse(&mut self, keys: &'static [&'static str], reason: &str) {
        for (key, _) in self.entries.iter().filter(|(key, _)| keys.contains(&key.value.as_str())) {
            self.report.error(&key.at, format!("`{}` {reason}", key.value));
        }
        self.refused = keys;
    }

    /// Returns where a key stands, or where the mapping does if the key is not given.
    pub(in crate::config) fn key_at(&self, key: &str) -> &At {
        self.entries.iter().find(|(known, _)| known.value == key).map_or(&self.at, |(key, _)| &key.at)
    }

    /// Returns the value of a key.
    pub(in crate::config) fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.given(key)
    }

    fn given(&self, key: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|(known, _)| known.value == key)
            .map(|(_, node)| node)
            .filter(|node| !node.is_null())
    }

    /// Returns the mapping under a key.
    pub(in crate::config) fn section(&mut self, key: &'static str) -> Option<Fields<'a>> {
        let node = self.node(key)?;
        Self::of(node, self.key_at(key), self.report)
    }

    /// Returns a text that is not empty.
    pub(in crate::config) fn text(&mut self, key: &'static str) -> Option<Sourced<String>> {
        let text = self.text_or_empty(key)?;
        if text.value.trim().is_empty() {
            self.report.error(&text.at, format!("`{key}` is empty"));
            return None;
        }
        Some(text)
    }

    /// Returns a text that may be empty.
    pub(in crate::config) fn text_or_empty(&mut self, key: &'static str) -> Option<Sourced<String>> {
        let node = self.node(key)?;
        self.expect(node, "a text", node.text())
    }

    /// Returns SQL that is not empty.
    pub(in crate::config) fn sql(&mut self, key: &'static str) -> Option<SqlText> {
        let node = self.node(key)?;
        let sql = self.expect(node, "a text", node.sql())?;
        if sql.value.trim().is_empty() {
            self.report.error(&sql.at, format!("`{key}` is empty"));
            return None;
        }
        Some(sql)
    }

    /// Returns a template that is not empty.
    pub(in crate::config) fn template(&mut self, key: &'static str) -> Option<TemplateText> {
        let node = self.node(key)?;
        let template = self.expect(node, "a text", node.template())?;
        if template.value.trim().is_empty() {
            self.report.error(&template.at, format!("`{key}` is empty"));
            return None;
        }
        Some(template)
    }

    /// Returns a list of texts that are not empty; an empty list if the key is not given.
    pub(in crate::config) fn texts(&mut self, key: &'static str) -> Vec<Sourced<String>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Value::List(items) = &node.value else {
            let problem =
                Problem::error(&node.at, format!("`{key}` takes a list of texts, found {}", node.describe()));
            let hint = node.text().map(|text| format!("write `{key}: [{}]`", text.value));
            self.report.add(hint.into_iter().fold(problem, Problem::hint));
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| {
                let text = self.expect(item, "a text", item.text())?;
                if text.value.trim().is_empty() {
                    self.report.error(&text.at, format!("a text of `{key}` is empty"));
                    return None;
                }
                Some(text)
            })
            .collect()
    }

    /// Returns a whole number within limits.
    pub(in crate::config) fn integer<N>(&mut self, key: &'static str, limits: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i128> + PartialOrd + Display,
    {
        let node = self.node(key)?;
        let digits = match &node.value {
            // Go's parser takes 10_000, so existing files may have it.
            Value::Scalar(scalar) if scalar.plain => scalar.text.replace('_', ""),
            _ => String::new(),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return self.expect(node, "a whole number", None);
        }
        let number = digits.parse::<i128>().ok().and_then(|number| N::try_from(number).ok());
        let inside = number.filter(|number| limits.contains(number));
        if inside.is_none() {
            let (low, high) = limits.into_inner();
            self.report
                .error(&node.at, format!("`{key}` is from {low} to {high}, found {}", node.describe()));
        }
        inside
    }

    /// Returns a text that has a form of its own, such as an address.
    pub(in crate::config) fn parsed<T: FromStr>(&mut self, key: &'static str, what: &str) -> Option<T> {
        let node = self.node(key)?;
        self.expect(node, what, node.text().and_then(|text| text.value.parse().ok()))
    }

    /// Returns true or false.
    pub(in crate::config) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        let value = match &node.value {
            Value::Scalar(scalar) => scalar.as_bool(),
            _ => None,
        };
        self.expect(node, "`true` or `false`", value)
    }

    /// Returns a duration within limits.
    pub(in crate::config) fn duration(
        &mut self,
        key: &'static str,
        limits: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let node = self.node(key)?;
        let duration = node.text().and_then(|text| parse_duration(&text.value));
        let duration = self.expect(node, "a duration such as `10s`, `5m` or `1h30m`", duration)?;
        if !limits.contains(&duration) {
            let (low, high) = (show_duration(*limits.start()), show_duration(*limits.end()));
            self.report
                .error(&node.at, format!("`{key}` is from {low} to {high}, found {}", node.describe()));
            return None;
        }
        Some(duration)
    }

    /// Returns what a word stands for.
    pub(in crate::config) fn choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        choose(&text, &format!("`{key}`"), words, self.report)
    }

    /// Returns what a word stands for; `true` and `false` are words here in all their spellings.
    pub(in crate::config) fn truth_or_choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let mut text = self.text(key)?;
        if let Some(Value::Scalar(scalar)) = self.given(key).map(|node| &node.value)
            && let Some(truth) = scalar.as_bool()
        {
            text.value = truth.to_string();
        }
        choose(&text, &format!("`{key}`"), words, self.report)
    }

    /// Reports keys that were not asked for, except those a person keeps for themselves (`x-…`).
    pub(in crate::config) fn finish(self) {
        const SHOWN: usize = 20;
        // A key that is there already was not meant by an unknown one.
        let free: Vec<&str> =
            (self.known.iter().copied()).filter(|known| self.given(known).is_none()).collect();
        let unknown: Vec<&Sourced<String>> = (self.entries.iter())
            .map(|(key, _)| key)
            .filter(|key| !is_own(&key.value))
            .filter(|key| !self.known.iter().chain(self.refused).any(|known| *known == key.value))
            .collect();
        for key in unknown.iter().take(SHOWN) {
            let near =
                closest(&key.value, free.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let hint = near.or_else(|| one_of(&key.value, self.known.iter().copied()));
            let problem = Problem::error(&key.at, format!("the key `{}` is unknown here", key.value));
            self.report.add(hint.into_iter().fold(problem, Problem::hint));
        }
        if let Some(key) = unknown.get(SHOWN) {
            self.report.error(&key.at, format!("{} more keys are unknown here", unknown.len() - SHOWN));
        }
    }

    fn expect<T>(&self, node: &Node, what: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.report.error(&node.at, format!("expected {what}, found {}", node.describe()));
        }
        value
    }
}

/// Returns what a word stands for; reports one that stands for nothing.
pub(in crate::config) fn choose<T: Copy>(
    word: &Sourced<String>,
    what: &str,
    words: &[(&str, T)],
    report: &Report,
) -> Option<T> {
    let found = words.iter().find(|(known, _)| *known == word.value).map(|(_, value)| *value);
    if found.is_none() {
        let problem = Problem::error(&word.at, format!("{what} cannot be `{}`", word.value));
        let hint = one_of(&word.value, words.iter().map(|(known, _)| *known));
        report.add(hint.into_iter().fold(problem, Problem::hint));
    }
    found
}

fn is_own(key: &str) -> bool {
    key.starts_with("x-")
}
