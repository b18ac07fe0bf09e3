//! An entry as a line for people, or as a value for programs.

use serde_json::{Map, Value};

use super::super::print::{Node, Printer};
use crate::services::logs::api;

/// What stands on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Everything.
    Whole,
    /// Everything but the request's id, which is the same on each.
    OfOneRequest,
}

/// Shows an entry; for people it is one line, whatever the entry holds.
pub(super) fn show(print: &Printer, shown: Shown, line: &api::Line) {
    if print.for_people() {
        print.line(&for_people(shown, line));
    } else {
        print.item(line);
    }
}

/// `time app level event message key=value …`; a field that is absent takes no place.
fn for_people(shown: Shown, line: &api::Line) -> String {
    let mut entry: Map<String, Value> = line.entry.clone();
    // It tells what was sent twice, which nobody looks for here.
    entry.shift_remove("id");
    if shown == Shown::OfOneRequest {
        entry.shift_remove("request_id");
    }
    let mut words = Vec::new();
    for key in ["time", "app", "level", "event", "message"] {
        match entry.shift_remove(key) {
            _ if key == "app" => words.push(line.app.clone()),
            Some(Value::String(text)) => words.push(text),
            Some(other) => words.push(other.to_string()),
            None => {}
        }
    }
    let more = entry.shift_remove("fields");
    let more = more.as_ref().and_then(Value::as_object).into_iter().flatten();
    words.extend(entry.iter().chain(more).map(|(key, value)| format!("{key}={}", field(value))));
    words.join(" ")
}

fn field(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => text.clone(),
        other => Node::of(other).compact(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line() {
        let entry = serde_json::json!({
            "time": "2026-01-15T08:00:00.123+01:00", "level": "info", "event": "login", "user_id": 2,
            "request_id": "01J", "fields": { "agent": "curl 8", "ip": "192.0.2.7" }, "id": "sogoway-1-2-3",
        });
        let line = api::Line {
            app: "prokov".to_owned(),
            kind: api::Type::Events,
            entry: entry.as_object().unwrap().clone(),
        };
        let whole = "2026-01-15T08:00:00.123+01:00 prokov info login user_id=2 request_id=01J agent=\"curl 8\" ip=192.0.2.7";
        assert_eq!(for_people(Shown::Whole, &line), whole);
        assert_eq!(for_people(Shown::OfOneRequest, &line), whole.replace("request_id=01J ", ""));
    }
}
