//! What `tail`, `search` and `stats` share: which apps there are, threads to read on, and how a line is passed on.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde_json::value::RawValue;
use tokio::sync::{Semaphore, mpsc};

use super::api::Type;
use super::filter::invalid;
use super::follow::Sources;
use super::writer::{Snapshot, Writer};
use crate::config::{closest, is_name};
use crate::error::{Code, Error, Result};
use crate::ipc::Answer;

/// Threads that read files at once; a further reader waits for its turn.
const THREADS: usize = 4;
/// How long a reader may take for one entry before it counts as stuck.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Where entries go.
pub(super) type Items = mpsc::Sender<Result<Vec<u8>>>;

/// What all readers share. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    threads: Arc<Semaphore>,
    /// The apps of the configuration, broken ones too.
    apps: Arc<ArcSwap<Vec<String>>>,
}

impl Readers {
    /// Makes it; `apps` are those of the configuration in force.
    pub(super) fn new(apps: Arc<ArcSwap<Vec<String>>>) -> Self {
        Self { threads: Arc::new(Semaphore::new(THREADS)), apps }
    }

    /// Returns the files of these apps, all without any, and from then on each line that is written to them if `follow`.
    ///
    /// # Errors
    /// [`Code::Validation`] for what cannot be an app's name, [`Code::NotFound`] for an app that is neither configured nor
    /// has written anything.
    pub(super) async fn snapshot(
        &self,
        writer: &Writer,
        apps: Vec<String>,
        kind: Option<Type>,
        follow: bool,
    ) -> Result<Snapshot> {
        if let Some(name) = apps.iter().find(|name| !is_name(name)) {
            let message = format!("{name:?} is no app's name: 1 to 64 of a-z, 0-9, `_` and `-`");
            return Err(invalid("apps", message));
        }
        let configured = self.apps.load();
        let sources = Sources { apps: apps.iter().cloned().collect(), kind };
        let snapshot = writer.snapshot(sources, follow).await?;
        let has_files = |app: &String| snapshot.files.iter().any(|file| file.name.app == *app);
        let Some(unknown) = apps.iter().find(|app| !configured.contains(app) && !has_files(app)) else {
            return Ok(snapshot);
        };
        // Another type of the same app, or another app whose name is near, may have files.
        let all = writer.snapshot(Sources::default(), false).await?;
        let with_files = all.files.iter().map(|file| &*file.name.app);
        let mut known: Vec<&str> = configured.iter().map(String::as_str).chain(with_files).collect();
        known.sort_unstable();
        known.dedup();
        if known.contains(&unknown.as_str()) {
            return Ok(snapshot);
        }
        let error = Error::new(Code::NotFound, format!("there is no app `{unknown}`, and no log of one"));
        Err(match closest(unknown, known.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there are: {}", known.join(", "))),
        })
    }

    /// Runs what reads files on a thread of its own, when it is its turn.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let turn = Arc::clone(&self.threads).acquire_owned().await.map_err(io::Error::other)?;
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        reading.await.map_err(io::Error::other).flatten()
    }
}

/// Says that files cannot be read.
pub(super) fn unreadable(cause: io::Error) -> Error {
    Error::new(Code::Unavailable, "the log files cannot be read").caused_by(cause)
}

/// Hands an item to the reader; false when it has left or is stuck.
pub(super) async fn pass(items: &Items, item: Vec<u8>) -> bool {
    matches!(tokio::time::timeout(PATIENCE, items.send(Ok(item))).await, Ok(Ok(())))
}

/// Makes the two ends of a stream.
pub(super) fn stream(queued: usize) -> (Items, Answer) {
    let (items, stream) = mpsc::channel(queued);
    (items, Answer::Stream(stream))
}

/// Puts the line of a file, as it is, into the JSON of a [`Line`](super::api::Line).
pub(super) fn item(app: &str, kind: Type, line: &[u8]) -> Vec<u8> {
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
