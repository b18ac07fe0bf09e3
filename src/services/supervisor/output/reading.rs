//! Lines for whoever asks: what stands in the files, then what comes, with nothing missing and nothing twice between.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::Output;
use super::history::{self, Wanted};
use super::lines::parse;
use super::writer::{Following, Subscription};
use crate::error::{Code, Error, Result};
use crate::services::supervisor::api::Logs;

/// Lines on their way to the reader.
const ITEMS_QUEUED: usize = 64;
/// How long a reader may take for one line before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);
/// A stream of lines, as JSON.
type Items = mpsc::Sender<Result<Vec<u8>>>;

impl Output {
    /// Streams the lines of `services`, which there are; it ends when the reader leaves or takes nothing for too long.
    ///
    /// # Errors
    /// [`Code::Validation`] for a time that is none, or too many lines.
    pub(in crate::services::supervisor) fn stream(
        &self,
        services: Vec<String>,
        logs: &Logs,
    ) -> Result<mpsc::Receiver<Result<Vec<u8>>>> {
        let wanted = wanted(logs)?;
        let (items, stream) = mpsc::channel(ITEMS_QUEUED);
        let (following, snapshot) = self.subscribe(Subscription::to(services));
        let following = logs.follow.then_some(following);
        let readers = Arc::clone(&self.readers);
        tokio::spawn(async move {
            // Neither fails as long as the supervisor lives.
            let (Ok(snapshot), Ok(turn)) = (snapshot.await, readers.acquire_owned().await) else { return };
            let reading = tokio::task::spawn_blocking({
                let (items, wanted, runtime) = (items.clone(), wanted.clone(), Handle::current());
                move || {
                    let _turn = turn;
                    history::read(snapshot, &wanted, |service, line| {
                        runtime.block_on(pass(&items, service, line))
                    })
                }
            });
            let read = reading.await.map_err(std::io::Error::other).flatten();
            if let Err(cause) = read {
                let error =
                    Error::new(Code::Unavailable, "the output of services cannot be read").caused_by(cause);
                let _ = items.send(Err(error)).await;
            } else if let Some(following) = following {
                follow(&items, &wanted, following).await;
            }
        });
        Ok(stream)
    }
}

fn wanted(logs: &Logs) -> Result<Wanted> {
    let invalid =
        |field: &'static str, message: String| Error::new(Code::Validation, message).field(field, "is wrong");
    if Logs::MOST_LINES < logs.lines {
        let message = format!("`lines`: {} is more than the most of {}", logs.lines, Logs::MOST_LINES);
        return Err(invalid("lines", message));
    }
    let moment = |text: &String| {
        DateTime::parse_from_rfc3339(text)
            .map_err(|_| invalid("since", format!("`since` is no time as RFC 3339 has it: {text:?}")))
    };
    let since = logs.since.as_ref().map(moment).transpose()?;
    Ok(Wanted { lines: logs.lines as usize, since, contains: logs.contains.clone() })
}

/// Hands on what is written from now on, until the reader leaves.
async fn follow(items: &Items, wanted: &Wanted, mut following: Following) {
    let next = async |following: &mut Following| -> Option<(Arc<str>, Bytes)> {
        tokio::select! {
            next = following.recv() => next,
            () = items.closed() => None,
        }
    };
    while let Some((service, text)) = next(&mut following).await {
        let text = text.strip_suffix(b"\n").unwrap_or(&text);
        for line in text.split(|byte| *byte == b'\n').filter(|line| wanted.fits(line)) {
            if !pass(items, &service, line).await {
                return;
            }
        }
    }
}

/// Hands a line to the reader; false when it has left or is stuck.
async fn pass(items: &Items, service: &str, line: &[u8]) -> bool {
    let json = serde_json::to_vec(&parse(service, line))
        .map_err(|cause| Error::new(Code::Internal, "the line cannot be written").caused_by(cause));
    matches!(tokio::time::timeout(PATIENCE, items.send(json)).await, Ok(Ok(())))
}
