//! `tail`: the newest entries, then those that follow, as a stream.

use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::api::{Tail, Type};
use super::follow::Filter;
use super::history;
use super::names::is_app_name;
use super::writer::{Snapshot, Writer};
use crate::error::{Code, Error, Result};
use crate::ipc::Answer;

/// Entries that may be asked for at once.
const MOST_LINES: u32 = 10_000;
/// Entries on their way to the reader.
const ITEMS_QUEUED: usize = 8;
/// How long a reader may take for one entry before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);

type Items = mpsc::Sender<Result<Vec<u8>>>;

/// Starts a stream. It ends when the reader leaves, and with an error when the reader is too slow.
pub(super) async fn tail(writer: &Writer, request: Tail) -> Result<Answer> {
    let Tail { apps, kind, lines, follow } = request;
    if let Some(name) = apps.iter().find(|name| !is_app_name(name)) {
        return Err(invalid("apps", format!("{name:?} is no app's name: 1 to 64 of a-z, 0-9, `_` and `-`")));
    }
    if lines > MOST_LINES {
        return Err(invalid("lines", format!("{lines} is more than the most of {MOST_LINES}")));
    }
    let snapshot = writer.snapshot(Filter { apps: apps.into_iter().collect(), kind }, follow).await?;
    let (items, stream) = mpsc::channel(ITEMS_QUEUED);
    tokio::spawn(send(snapshot, lines as usize, items));
    Ok(Answer::Stream(stream))
}

fn invalid(field: &'static str, message: String) -> Error {
    Error::new(Code::Validation, format!("`{field}`: {message}")).field(field, message)
}

async fn send(snapshot: Snapshot, count: usize, items: Items) {
    let Snapshot { folder, files, following } = snapshot;
    let reading = tokio::task::spawn_blocking(move || history::newest(&folder, files, count));
    let found = match reading.await.map_err(std::io::Error::other).flatten() {
        Ok(found) => found,
        Err(cause) => {
            let failure = Error::new(Code::Unavailable, "the log files cannot be read").caused_by(cause);
            let _ = items.send(Err(failure)).await;
            return;
        }
    };
    for found in found {
        if !pass(&items, item(&found.app, found.kind, &found.line)).await {
            return;
        }
    }
    let Some(mut following) = following else { return };
    loop {
        let entry = tokio::select! {
            entry = following.next() => entry,
            () = items.closed() => return,
        };
        match entry {
            Some(entry) if pass(&items, item(&entry.app, entry.kind, &entry.line)).await => {}
            Some(_) => return,
            None => break,
        }
    }
    if following.was_cut_off() {
        let slow =
            Error::new(Code::Unavailable, "the reader is too slow: entries after this one were left out")
                .hint("ask again, for fewer apps or for one type");
        let _ = tokio::time::timeout(PATIENCE, items.send(Err(slow))).await;
    }
}

/// Hands an item to the reader; false when it has left or is stuck.
async fn pass(items: &Items, item: Vec<u8>) -> bool {
    matches!(tokio::time::timeout(PATIENCE, items.send(Ok(item))).await, Ok(Ok(())))
}

/// Puts the line of a file, as it is, into the JSON of a [`Line`](super::api::Line).
fn item(app: &str, kind: Type, line: &[u8]) -> Vec<u8> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let object = serde_json::from_slice::<&RawValue>(line).ok().filter(|value| value.get().starts_with('{'));
    let entry = match object {
        Some(object) => object.get().as_bytes().into(),
        // A torn line, or one that somebody else wrote: shown for what it is.
        None => serde_json::json!({ "unreadable": String::from_utf8_lossy(line) }).to_string().into_bytes(),
    };
    let mut out = Vec::with_capacity(entry.len() + 96);
    // The name of an app holds nothing that JSON would escape.
    out.extend_from_slice(
        format!("{{\"app\":\"{app}\",\"type\":\"{}\",\"entry\":", kind.as_str()).as_bytes(),
    );
    out.extend_from_slice(&entry);
    out.push(b'}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::logs::api::Line;

    #[test]
    fn a_line_is_passed_on_as_it_is_and_a_torn_one_is_shown() {
        for (line, expected) in [
            ("{\"a\":1.10}\n", "{\"app\":\"x\",\"type\":\"events\",\"entry\":{\"a\":1.10}}"),
            ("{\"a\":", "{\"app\":\"x\",\"type\":\"events\",\"entry\":{\"unreadable\":\"{\\\"a\\\":\"}}"),
            ("[1]", "{\"app\":\"x\",\"type\":\"events\",\"entry\":{\"unreadable\":\"[1]\"}}"),
        ] {
            let item = item("x", Type::Events, line.as_bytes());
            assert_eq!(String::from_utf8(item.clone()).unwrap(), expected);
            assert!(serde_json::from_slice::<Line>(&item).is_ok());
        }
    }
}
