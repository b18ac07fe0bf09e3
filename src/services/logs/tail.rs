//! `tail`: the newest entries, then those that follow, as a stream.

use super::api::Tail;
use super::filter::{Matcher, invalid};
use super::history;
use super::reading::{Items, PATIENCE, Readers, item, pass, stream, unreadable};
use super::writer::{Snapshot, Writer};
use crate::error::{Code, Error, Result};
use crate::ipc::Answer;

/// Entries on their way to the reader.
const ITEMS_QUEUED: usize = 8;

/// Starts a stream. It ends when the reader leaves, and with an error when the reader is too slow.
pub(super) async fn tail(writer: &Writer, readers: &Readers, request: Tail) -> Result<Answer> {
    let Tail { apps, kind, lines, follow, filter } = request;
    if lines > Tail::MOST_LINES {
        return Err(invalid("lines", format!("{lines} is more than the most of {}", Tail::MOST_LINES)));
    }
    let wanted = Matcher::new(filter)?;
    let snapshot = readers.snapshot(writer, apps, kind, follow).await?;
    let (items, answer) = stream(ITEMS_QUEUED);
    tokio::spawn(send(readers.clone(), snapshot, wanted, lines as usize, items));
    Ok(answer)
}

async fn send(readers: Readers, snapshot: Snapshot, wanted: Matcher, count: usize, items: Items) {
    let Snapshot { folder, files, following } = snapshot;
    let reading = readers.read({
        let (wanted, items) = (wanted.clone(), items.clone());
        move || history::newest(&folder, files, &wanted, count, &|| !items.is_closed())
    });
    let found = match reading.await {
        Ok(found) => found,
        Err(cause) => {
            let _ = items.send(Err(unreadable(cause))).await;
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
            Some(entry) if !wanted.matches(entry.line.strip_suffix(b"\n").unwrap_or(&entry.line)) => {}
            Some(entry) if pass(&items, item(&entry.app, entry.kind, &entry.line)).await => {}
            Some(_) => return,
            None => break,
        }
    }
    if following.was_cut_off() {
        let slow =
            Error::new(Code::Unavailable, "the reader is too slow: entries after this one were left out")
                .hint("ask again, for fewer apps, for one type, or with a filter");
        let _ = tokio::time::timeout(PATIENCE, items.send(Err(slow))).await;
    }
}
