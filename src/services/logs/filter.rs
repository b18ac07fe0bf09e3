//! Tells of a line whether it is wanted. Pure; what it takes grows with the line and with nothing else.

use chrono::{DateTime, FixedOffset};
use regex::bytes;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::{Filter, Level};
use crate::error::{Code, Error, Result};

/// Bytes of a regular expression at most, as it is written and as it is compiled.
const LONGEST_PATTERN: usize = 1000;
const LARGEST_PATTERN: usize = 1 << 20;

/// A checked [`Filter`].
#[derive(Debug, Clone, Default)]
pub(super) struct Matcher {
    since: Option<DateTime<FixedOffset>>,
    until: Option<DateTime<FixedOffset>>,
    level: Option<Level>,
    grep: Option<Regex>,
    values: Vec<Wanted>,
}

#[derive(Debug, Clone)]
struct Wanted {
    key: String,
    value: String,
    /// Finds the value in the bytes of a line, to parse only lines that hold it; none where JSON may spell it otherwise.
    quick: Option<bytes::Regex>,
}

impl Matcher {
    /// Checks a filter.
    ///
    /// # Errors
    /// [`Code::Validation`], with the field: a moment that is not RFC 3339, a regular expression that is none or is too
    /// large.
    pub(super) fn new(filter: Filter) -> Result<Self> {
        let Filter { since, until, level, grep, values } = filter;
        let grep = grep.map(|pattern| compiled(&pattern)).transpose()?;
        let values = values.into_iter().map(|(key, value)| Wanted { quick: quick(&value), key, value });
        Ok(Self {
            since: moment("since", since)?,
            until: moment("until", until)?,
            level,
            grep,
            values: values.collect(),
        })
    }

    /// Returns the moment from which on entries are wanted.
    pub(super) fn since(&self) -> Option<DateTime<FixedOffset>> {
        self.since
    }

    /// Tells whether a line is wanted. One that is no entry (torn, or somebody else's) has neither time nor level nor
    /// values, and is wanted only where none of them is asked for.
    pub(super) fn matches(&self, line: &[u8]) -> bool {
        let asks_for_values = self.level.is_some() || !self.values.is_empty();
        if self.values.iter().filter_map(|wanted| wanted.quick.as_ref()).any(|quick| !quick.is_match(line)) {
            return false;
        }
        if self.since.is_some() || self.until.is_some() {
            let Some(time) = time_of(line) else { return false };
            if self.since.is_some_and(|since| time < since) || self.until.is_some_and(|until| until <= time) {
                return false;
            }
        }
        if !asks_for_values && self.grep.is_none() {
            return true;
        }
        match serde_json::from_slice::<Map<String, Value>>(line) {
            Ok(entry) => self.matches_entry(&entry),
            Err(_) => {
                !asks_for_values
                    && self.grep.as_ref().is_some_and(|grep| grep.is_match(&String::from_utf8_lossy(line)))
            }
        }
    }

    fn matches_entry(&self, entry: &Map<String, Value>) -> bool {
        self.level.is_none_or(|least| least <= level_of(entry))
            && self.values.iter().all(|Wanted { key, value, .. }| {
                let found = at(entry, key).or_else(|| at(entry.get("fields")?.as_object()?, key));
                found.is_some_and(|found| is(found, value))
            })
            && self.grep.as_ref().is_none_or(|grep| entry.values().any(|value| holds(value, grep)))
    }
}

/// Returns the level an entry says; without one it is information.
pub(super) fn level_of(entry: &Map<String, Value>) -> Level {
    entry.get("level").and_then(|level| Level::deserialize(level).ok()).unwrap_or(Level::Info)
}

/// Returns the time that a line tells, if it does.
pub(super) fn time_of(line: &[u8]) -> Option<DateTime<FixedOffset>> {
    #[derive(Deserialize)]
    struct OnlyTime {
        time: String,
    }
    // Lines of ours begin with it.
    let ours = line.strip_prefix(b"{\"time\":\"").and_then(|rest| {
        let end = rest.iter().take(64).position(|byte| *byte == b'"')?;
        DateTime::parse_from_rfc3339(std::str::from_utf8(&rest[..end]).ok()?).ok()
    });
    ours.or_else(|| {
        let only: OnlyTime = serde_json::from_slice(line).ok()?;
        DateTime::parse_from_rfc3339(&only.time).ok()
    })
}

/// Returns the value of a key, or of one within nested objects whose keys are joined by dots.
fn at<'a>(entry: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    entry.get(key).or_else(|| {
        let (first, rest) = key.split_once('.')?;
        at(entry.get(first)?.as_object()?, rest)
    })
}

/// Compares as a person would: `2` is the number and the text.
fn is(found: &Value, wanted: &str) -> bool {
    match found {
        Value::String(text) => text == wanted,
        Value::Null => wanted == "null",
        Value::Bool(yes) => wanted == if *yes { "true" } else { "false" },
        Value::Number(number) => wanted == number.to_string(),
        Value::Array(values) => values.iter().any(|value| is(value, wanted)),
        Value::Object(_) => false,
    }
}

fn holds(value: &Value, grep: &Regex) -> bool {
    match value {
        Value::String(text) => grep.is_match(text),
        Value::Number(number) => grep.is_match(&number.to_string()),
        Value::Bool(yes) => grep.is_match(if *yes { "true" } else { "false" }),
        Value::Array(values) => values.iter().any(|value| holds(value, grep)),
        Value::Object(fields) => fields.values().any(|value| holds(value, grep)),
        Value::Null => false,
    }
}

fn quick(value: &str) -> Option<bytes::Regex> {
    let is_spelt_so = value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'));
    (is_spelt_so && value.len() <= LONGEST_PATTERN).then(|| bytes::Regex::new(&regex::escape(value)).ok())?
}

fn compiled(pattern: &str) -> Result<Regex> {
    if LONGEST_PATTERN < pattern.len() {
        return Err(invalid("grep", format!("it is longer than {LONGEST_PATTERN} bytes")));
    }
    RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build().map_err(|cause| {
        // The last line of the message says what is wrong; those above it draw where.
        let text = cause.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        invalid("grep", format!("this is no regular expression: {reason}"))
            .hint("a backslash before a sign takes it as it is: `\\(`")
    })
}

fn moment(field: &'static str, text: Option<String>) -> Result<Option<DateTime<FixedOffset>>> {
    text.map(|text| {
        DateTime::parse_from_rfc3339(&text)
            .map_err(|_| invalid(field, "is RFC 3339, such as 2026-01-15T08:00:00+01:00".to_owned()))
    })
    .transpose()
}

/// Refuses a parameter.
pub(super) fn invalid(field: &'static str, message: String) -> Error {
    Error::new(Code::Validation, format!("`{field}`: {message}")).field(field, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LINE: &str = r#"{"time":"2026-01-15T08:00:00.123+01:00","level":"warn","message":"slow \"one\"","user_id":2,"fields":{"ip":"192.0.2.7","took":{"ms":12.50},"tags":["a","b"],"ok":true,"none":null}}"#;

    fn matches(filter: Value) -> bool {
        Matcher::new(serde_json::from_value(filter).unwrap()).unwrap().matches(LINE.as_bytes())
    }

    #[test]
    fn what_is_asked_for_must_hold() {
        for (filter, expected) in [
            (json!({}), true),
            (json!({"since": "2026-01-15T07:00:00.123Z"}), true),
            (json!({"since": "2026-01-15T07:00:00.124Z"}), false),
            (json!({"until": "2026-01-15T07:00:00.123Z"}), false),
            (json!({"until": "2026-01-15T07:00:00.124Z"}), true),
            (json!({"level": "info"}), true),
            (json!({"level": "warn"}), true),
            (json!({"level": "error"}), false),
            (json!({"grep": "slow"}), true),
            (json!({"grep": "\"one\""}), true),
            (json!({"grep": "^SLOW"}), false),
            (json!({"grep": "(?i)^SLOW"}), true),
            (json!({"grep": r"192\.0\.2\.\d$"}), true),
            (json!({"grep": "^b$"}), true),
            (json!({"grep": "user_id"}), false),
            (json!({"where": {"user_id": "2"}}), true),
            (json!({"where": {"user_id": "3"}}), false),
            (json!({"where": {"ip": "192.0.2.7"}}), true),
            (json!({"where": {"fields.ip": "192.0.2.7"}}), true),
            (json!({"where": {"took.ms": "12.5"}}), true),
            (json!({"where": {"tags": "b"}}), true),
            (json!({"where": {"ok": "true"}}), true),
            (json!({"where": {"none": "null"}}), true),
            (json!({"where": {"message": "slow \"one\""}}), true),
            (json!({"where": {"ip": "192.0.2.7", "user_id": "1"}}), false),
            (json!({"where": {"missing": "2"}}), false),
            (json!({"level": "warn", "grep": "slow", "where": {"user_id": "2"}}), true),
            (json!({"level": "warn", "grep": "fast", "where": {"user_id": "2"}}), false),
        ] {
            assert_eq!(matches(filter.clone()), expected, "{filter}");
        }
    }

    #[test]
    fn what_is_no_entry_is_wanted_where_nothing_of_an_entry_is_asked_for() {
        for (filter, expected) in [
            (json!({}), true),
            (json!({"grep": "torn"}), true),
            (json!({"grep": "whole"}), false),
            (json!({"level": "info"}), false),
            (json!({"since": "2000-01-01T00:00:00Z"}), false),
            (json!({"where": {"a": "torn"}}), false),
        ] {
            let matcher = Matcher::new(serde_json::from_value(filter.clone()).unwrap()).unwrap();
            assert_eq!(matcher.matches(b"{\"torn\xff"), expected, "{filter}");
        }
    }

    #[test]
    fn a_wrong_filter_names_its_field() {
        let long = "x".repeat(LONGEST_PATTERN + 1);
        for (filter, field) in [
            (json!({"since": "yesterday"}), "since"),
            (json!({"until": ""}), "until"),
            (json!({"grep": "("}), "grep"),
            (json!({"grep": long}), "grep"),
            (json!({"grep": "((((a{99}){99}){99}){99})"}), "grep"),
        ] {
            let error = Matcher::new(serde_json::from_value(filter).unwrap()).unwrap_err();
            assert_eq!((error.code, &*error.fields[0].field), (Code::Validation, field));
        }
    }
}
