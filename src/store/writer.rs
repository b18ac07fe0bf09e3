//! The one thread that writes. It takes all jobs that wait, runs each in a savepoint of one transaction, commits once, and
//! then answers each: a sync of the disk is what a write costs, and a hundred of them share one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::{mpsc, oneshot};

use super::connection::Connection;
use crate::error::{Code, Error, Result};

/// Writes that wait for the thread; who brings a further one waits.
pub const WRITES_QUEUED: usize = 1024;

/// Jobs of one transaction at most: the first of them does not wait for an endless row of others.
const GROUP: usize = 256;

/// What the thread does for one call of [`Store::write`](super::Store::write): it runs with the connection, or learns why it
/// cannot run.
pub(super) type Job = Box<dyn FnOnce(Result<&Connection>) -> Done + Send>;

/// A job that has run and is not yet on the disk.
pub(super) struct Done {
    /// Whether its changes are to be kept.
    keep: bool,
    /// Tells the caller, given what became of the transaction.
    answer: Box<dyn FnOnce(Result<()>) + Send>,
}

/// Packs a job up with the way its answer goes.
pub(super) fn job<T: Send + 'static>(
    job: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T>>) {
    let (answer, answered) = oneshot::channel();
    let packed = move |connection: Result<&Connection>| {
        let outcome = connection.and_then(|connection| {
            let fault = || Error::new(Code::Internal, "writing the durable state ended with a fault");
            catch_unwind(AssertUnwindSafe(|| job(connection))).unwrap_or_else(|_| Err(fault()))
        });
        let keep = outcome.is_ok();
        let answer = move |committed: Result<()>| {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(outcome.and_then(|value| committed.map(|()| value)));
        };
        Done { keep, answer: Box::new(answer) }
    };
    (Box::new(packed), answered)
}

/// Starts the thread; it ends when the last sender is gone and everything sent is written.
pub(super) fn start(connection: Connection) -> Result<mpsc::Sender<Job>> {
    let (jobs, queue) = mpsc::channel(WRITES_QUEUED);
    std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || write(&connection, queue))
        .map_err(|cause| Error::new(Code::Internal, "no thread could be started").caused_by(cause))?;
    Ok(jobs)
}

fn write(connection: &Connection, mut queue: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut group, GROUP) > 0 {
        commit(connection, &mut group);
    }
}

/// Runs all jobs in one transaction, commits it, and answers them.
fn commit(connection: &Connection, group: &mut Vec<Job>) {
    if let Err(error) = connection.script("BEGIN IMMEDIATE") {
        for job in group.drain(..) {
            (job(Err(again(&error))).answer)(Ok(()));
        }
        return;
    }
    let mut done = Vec::with_capacity(group.len());
    let mut broken = None;
    for job in group.drain(..) {
        match &broken {
            None => broken = one(connection, job, &mut done).err(),
            Some(error) => done.push(job(Err(again(error)))),
        }
    }
    let committed = broken.map_or_else(|| connection.script("COMMIT"), Err);
    if committed.is_err() && !connection.sqlite.is_autocommit() {
        // When even this fails, the next BEGIN says so.
        let _ = connection.script("ROLLBACK");
    }
    for Done { answer, .. } in done {
        answer(committed.as_ref().map_err(again).copied());
    }
}

/// Runs one job in its savepoint; an error means that the whole transaction is lost.
fn one(connection: &Connection, job: Job, done: &mut Vec<Done>) -> Result<()> {
    if let Err(error) = connection.script("SAVEPOINT job") {
        done.push(job(Err(again(&error))));
        return Err(error);
    }
    let ran = job(Ok(connection));
    let end = if ran.keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    done.push(ran);
    if connection.sqlite.is_autocommit() {
        // SQLite ends a transaction by itself when the disk is full or fails.
        return Err(Error::new(Code::Unavailable, "the durable state could not be written")
            .hint("is the disk full? `sogo doctor` looks; the same request may be sent again"));
    }
    connection.script(end)
}

/// The same failure for another of those who wait.
fn again(error: &Error) -> Error {
    let mut same = Error::new(error.code, error.message.clone());
    same.hint.clone_from(&error.hint);
    match error.cause() {
        Some(cause) => same.caused_by(cause),
        None => same,
    }
}
