//! `search`: everything in the whole history that fits, as a stream.

use super::api::Search;
use super::filter::Matcher;
use super::history;
use super::reading::{Items, Readers, item, pass, stream, unreadable};
use super::writer::{Snapshot, Writer};
use crate::error::Result;
use crate::ipc::Answer;

/// Entries on their way to the reader.
const ITEMS_QUEUED: usize = 64;

/// Starts a stream; it ends when the reader leaves or takes nothing for too long.
pub(super) async fn search(writer: &Writer, readers: &Readers, request: Search) -> Result<Answer> {
    let Search { apps, kind, filter, limit } = request;
    let wanted = Matcher::new(filter)?;
    let Snapshot { folder, files, .. } = readers.snapshot(writer, apps, kind, false).await?;
    let (items, answer) = stream(ITEMS_QUEUED);
    let readers = readers.clone();
    tokio::spawn(async move {
        let reading = readers.read({
            let (items, runtime) = (items.clone(), tokio::runtime::Handle::current());
            move || {
                let mut left = limit.unwrap_or(u64::MAX);
                if left == 0 {
                    return Ok(());
                }
                history::oldest_first(&folder, files, &wanted, &|| !items.is_closed(), |found| {
                    left -= 1;
                    let passed = runtime.block_on(pass(&items, item(&found.app, found.kind, &found.line)));
                    passed && left != 0
                })
            }
        });
        if let Err(cause) = reading.await {
            fail(&items, cause).await;
        }
    });
    Ok(answer)
}

async fn fail(items: &Items, cause: std::io::Error) {
    let _ = items.send(Err(unreadable(cause))).await;
}
