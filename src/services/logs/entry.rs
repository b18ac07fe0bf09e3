//! From what a caller sends to the bytes of a line: checked, redacted, cut, escaped.

use std::io;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use serde_json::{Map, Value};

use super::api::{Entry, Level, LogError, LogEvent, Type};
use super::clock::Clock;
use super::redact::redact;
use crate::config::is_name;
use crate::error::{Code, Error, Result};

/// Bytes of a line at most, its line break included; a longer entry is cut and says `"truncated":true`.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024;
/// What is kept of each text when an entry is cut, in bytes; twice, since what is left may still be too long.
const CUT_TEXT: usize = 4096;
const CUT_TEXT_WITHOUT_FIELDS: usize = 1024;

/// An entry as it will stand in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prepared {
    pub(super) app: String,
    pub(super) kind: Type,
    /// The day whose file it goes to: the local day it happened on, if that is today or yesterday; else today.
    pub(super) date: NaiveDate,
    /// One JSON object and a line break.
    pub(super) line: Vec<u8>,
    /// Who sent it as which of theirs, if they count.
    pub(super) sent: Option<Sent>,
}

/// An entry's place among those of its sender; the line says it, so that none is ever written twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    /// The sender's name for itself, another one at each of its starts.
    pub(super) source: Arc<str>,
    /// The entry's number, larger than those before it.
    pub(super) number: u64,
}

/// The keys of a line, in their order.
#[derive(Default, Serialize)]
struct Line {
    time: String,
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Value>,
    /// The last one: `sent_of` finds it from the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// Makes the line of an entry. `request_id` is the one of the call, for entries that name none; `now` is the time of
/// entries that name none, and its offset is the one that all times are written with.
///
/// # Errors
/// [`Code::Validation`], with the field: an app that is no app's name, an empty event or message, a time that is none.
pub(super) fn prepare(
    entry: Entry,
    sent: Option<Sent>,
    request_id: Option<&str>,
    now: DateTime<FixedOffset>,
) -> Result<Prepared> {
    let (app, kind, time, mut line) = match entry {
        Entry::Event(event) => from_event(event)?,
        Entry::Error(error) => from_error(error)?,
    };
    if !is_name(&app) {
        return Err(invalid("app_id", "is 1 to 64 of a-z, 0-9, `_` and `-`"));
    }
    let moment = match time {
        None => now,
        Some(text) => DateTime::parse_from_rfc3339(&text)
            .map_err(|_| invalid("time", "is RFC 3339, such as 2026-01-15T08:00:00.123+01:00"))?
            .with_timezone(now.offset()),
    };
    line.time = Clock::written(moment);
    line.request_id = line.request_id.or_else(|| request_id.map(str::to_owned));
    line.id = sent.as_ref().map(|Sent { source, number }| format!("{source}-{number}"));
    redact(&mut line.fields);
    Ok(Prepared { app, kind, date: day_of(moment, now), line: written(line), sent })
}

/// Tells whether a sender may call itself so: `[a-z0-9-]`, 1 to 80 characters.
pub(super) fn is_source(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=80).contains(&name.len()) && name.bytes().all(allowed)
}

/// Returns who sent the entry of a line (without its line break), and as which of theirs.
///
/// Within a text of JSON no quote stands without a backslash, and within `fields` more than `"}` follows: so nothing that
/// a sender wrote into an entry reads as this.
pub(super) fn sent_of(line: &[u8]) -> Option<(&str, u64)> {
    const KEY: &[u8] = b",\"id\":\"";
    let id_and_before = line.strip_suffix(b"\"}")?;
    let begin = id_and_before.iter().rposition(|byte| *byte == b'"')? + 1;
    let id = std::str::from_utf8(&id_and_before[begin..]).ok()?;
    id_and_before[..begin]
        .ends_with(KEY)
        .then(|| id.rsplit_once('-'))?
        .and_then(|(source, number)| Some((source, number.parse().ok()?)).filter(|_| is_source(source)))
}

fn day_of(moment: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> NaiveDate {
    let (day, today) = (moment.date_naive(), now.date_naive());
    // What a service kept over midnight still goes to the day it happened on; older days may be archived already.
    if Some(day) == today.pred_opt() { day } else { today }
}

fn invalid(field: &'static str, message: &'static str) -> Error {
    Error::new(Code::Validation, format!("the entry is not acceptable: `{field}` {message}"))
        .field(field, message)
}

fn from_event(event: LogEvent) -> Result<(String, Type, Option<String>, Line)> {
    let LogEvent { app_id, event, message, user_id, request_id, service, time, fields } = event;
    if event.is_empty() {
        return Err(invalid("event", "is not empty"));
    }
    let (level, event) = (Level::Info, Some(event));
    let line = Line { level, event, message, user_id, request_id, service, fields, ..Line::default() };
    Ok((app_id, Type::Events, time, line))
}

fn from_error(error: LogError) -> Result<(String, Type, Option<String>, Line)> {
    let LogError { app_id, level, message, code, user_id, request_id, service, time, fields } = error;
    if message.is_empty() {
        return Err(invalid("message", "is not empty"));
    }
    let message = Some(message);
    let line = Line { level, message, code, user_id, request_id, service, fields, ..Line::default() };
    Ok((app_id, Type::Errors, time, line))
}

fn written(mut line: Line) -> Vec<u8> {
    let whole = bytes(&line);
    if whole.len() <= MAX_LINE_BYTES {
        return whole;
    }
    line.truncated = true;
    cut_texts(&mut line, CUT_TEXT);
    line.fields.values_mut().for_each(|value| cut_within(value, CUT_TEXT));
    let cut = bytes(&line);
    if cut.len() <= MAX_LINE_BYTES {
        return cut;
    }
    // Too many fields, not too long ones: who, what and when are worth more than some of them.
    cut_texts(&mut line, CUT_TEXT_WITHOUT_FIELDS);
    line.fields.clear();
    bytes(&line)
}

fn cut_texts(line: &mut Line, max_bytes: usize) {
    let texts = [&mut line.event, &mut line.message, &mut line.code, &mut line.request_id, &mut line.service];
    for text in texts.into_iter().flatten() {
        cut(text, max_bytes);
    }
}

fn cut(text: &mut String, max_bytes: usize) {
    text.truncate(text.floor_char_boundary(max_bytes));
}

fn cut_within(value: &mut Value, max_bytes: usize) {
    match value {
        Value::String(text) => cut(text, max_bytes),
        Value::Array(values) => values.iter_mut().for_each(|value| cut_within(value, max_bytes)),
        Value::Object(fields) => fields.values_mut().for_each(|value| cut_within(value, max_bytes)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn bytes(line: &Line) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    line.serialize(&mut Serializer::with_formatter(&mut out, Harmless(CompactFormatter)))
        .expect("text, numbers and JSON values are written to memory");
    out.push(b'\n');
    out
}

/// Compact JSON that does nothing to a terminal it is shown on: serde escapes the control characters of ASCII, this one
/// escapes the others too, and the characters that turn the direction of text around.
struct Harmless(CompactFormatter);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_harmful) {
            let (before, from) = rest.split_at(at);
            let harmful = from.chars().next().map_or(0, u32::from);
            self.0.write_string_fragment(writer, before)?;
            write!(writer, "\\u{harmful:04x}")?;
            rest = &from[from.chars().next().map_or(0, char::len_utf8)..];
        }
        self.0.write_string_fragment(writer, rest)
    }
}

fn is_harmful(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-01-15T08:00:00.123456+01:00").unwrap()
    }

    fn event(fields: Value) -> LogEvent {
        let Value::Object(fields) = fields else { unreachable!() };
        LogEvent { app_id: "prokov".to_owned(), event: "login".to_owned(), fields, ..LogEvent::default() }
    }

    fn line(entry: Entry) -> String {
        String::from_utf8(prepare(entry, None, Some("01J"), now()).unwrap().line).unwrap()
    }

    #[test]
    fn an_event_and_an_error_have_their_keys_in_order() {
        let login = LogEvent { user_id: Some(2), ..event(json!({"ip": "192.0.2.7", "password": "x"})) };
        assert_eq!(
            line(Entry::Event(login)),
            "{\"time\":\"2026-01-15T08:00:00.123+01:00\",\"level\":\"info\",\"event\":\"login\",\"user_id\":2,\
             \"request_id\":\"01J\",\"fields\":{\"ip\":\"192.0.2.7\",\"password\":\"[redacted]\"}}\n"
        );
        let error = LogError {
            app_id: "prokov".to_owned(),
            message: "no".to_owned(),
            code: Some("DB_ERROR".to_owned()),
            request_id: Some("mine".to_owned()),
            service: Some("sogoway".to_owned()),
            time: Some("2026-01-14T23:59:59Z".to_owned()),
            ..LogError::default()
        };
        assert_eq!(
            line(Entry::Error(error)),
            "{\"time\":\"2026-01-15T00:59:59.000+01:00\",\"level\":\"error\",\"message\":\"no\",\
             \"code\":\"DB_ERROR\",\"request_id\":\"mine\",\"service\":\"sogoway\"}\n"
        );
    }

    #[test]
    fn whatever_the_text_is_it_stays_one_harmless_line_that_reads_back() {
        let text = "a\r\nb\t\u{1b}[31mred\u{9b}0m\u{7f}\u{0}\u{2028}\u{202e}évil\u{fffd}\"\\";
        let line = line(Entry::Event(event(json!({"text": text, text: 1}))));
        let body = line.strip_suffix('\n').unwrap();
        assert!(!body.chars().any(|c| c.is_control() || is_harmful(c)), "{body}");
        let read: Value = serde_json::from_str(body).unwrap();
        assert_eq!(read["fields"], json!({"text": text, text: 1}));
    }

    #[test]
    fn a_large_entry_is_cut_and_says_so() {
        let long = "é\u{1b}".repeat(500_000);
        let many: Map<String, Value> = (0..50_000).map(|n| (format!("key{n}"), Value::from(n))).collect();
        for (fields, kept) in [(json!({"body": long, "ip": "::1"}), true), (Value::Object(many), false)] {
            let cut = line(Entry::Event(LogEvent { message: Some(long.clone()), ..event(fields) }));
            assert!(cut.len() <= MAX_LINE_BYTES, "{}", cut.len());
            let read: Value = serde_json::from_str(&cut).unwrap();
            assert_eq!(read["truncated"], json!(true));
            assert_eq!(read["event"], json!("login"));
            assert_eq!(read.get("fields").is_some(), kept);
            assert!(long.starts_with(read["message"].as_str().unwrap()));
        }
        assert!(!line(Entry::Event(event(json!({"body": "x".repeat(60_000)})))).contains("truncated"));
    }

    #[test]
    fn what_is_not_acceptable_names_its_field() {
        let good = || event(json!({}));
        let cases = [
            (LogEvent { app_id: "../x".to_owned(), ..good() }, "app_id"),
            (LogEvent { app_id: String::new(), ..good() }, "app_id"),
            (LogEvent { event: String::new(), ..good() }, "event"),
            (LogEvent { time: Some("yesterday".to_owned()), ..good() }, "time"),
        ];
        for (event, field) in cases {
            let error = prepare(Entry::Event(event), None, None, now()).unwrap_err();
            assert_eq!((error.code, &*error.fields[0].field), (Code::Validation, field));
        }
        let empty = LogError { app_id: "prokov".to_owned(), ..LogError::default() };
        assert_eq!(prepare(Entry::Error(empty), None, None, now()).unwrap_err().fields[0].field, "message");
    }

    #[test]
    fn an_entry_goes_to_the_day_it_happened_on_unless_that_is_long_ago() {
        for (time, day) in [
            (None, "2026-01-15"),
            (Some("2026-01-15T00:00:00+01:00"), "2026-01-15"),
            (Some("2026-01-14T22:59:59.999Z"), "2026-01-14"),
            (Some("2026-01-14T23:00:00Z"), "2026-01-15"),
            (Some("2026-01-13T12:00:00Z"), "2026-01-15"),
            (Some("2099-01-01T00:00:00Z"), "2026-01-15"),
        ] {
            let event = LogEvent { time: time.map(str::to_owned), ..event(json!({})) };
            assert_eq!(
                prepare(Entry::Event(event), None, None, now()).unwrap().date.to_string(),
                day,
                "{time:?}"
            );
        }
    }

    #[test]
    fn a_line_tells_who_sent_it_and_nothing_in_an_entry_can() {
        let sent = || Some(Sent { source: "sogoway-1a2b".into(), number: 42 });
        let long = "x".repeat(MAX_LINE_BYTES);
        for fields in [json!({}), json!({"a": 1, "id": "other-1"}), json!({"id": long})] {
            let line = prepare(Entry::Event(event(fields)), sent(), None, now()).unwrap().line;
            assert_eq!(sent_of(line.strip_suffix(b"\n").unwrap()), Some(("sogoway-1a2b", 42)));
        }
        for fields in [json!({}), json!({"id": "other-1"}), json!({"a": "\",\"id\":\"other-1"})] {
            let forged = LogEvent { service: Some(",\"id\":\"other-1".to_owned()), ..event(fields) };
            let line = prepare(Entry::Event(forged), None, None, now()).unwrap().line;
            assert_eq!(sent_of(line.strip_suffix(b"\n").unwrap()), None);
        }
        for line in ["", "{", "\"}", ",\"id\":\"a-1\"", ",\"id\":\"A-1\"}", ",\"id\":\"a-b\"}"] {
            assert_eq!(sent_of(line.as_bytes()), None, "{line}");
        }
    }
}
