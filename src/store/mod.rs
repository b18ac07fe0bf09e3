//! Durable state of a service on its own host: one SQLite file, which its service alone opens.
//!
//! What [`Store::write`] has answered is on the disk, whatever ends the process or the machine a moment later. Many writes
//! at once cost one sync: `writer` commits in groups. Everybody else asks the service that owns the file, by action.

mod connection;
mod errors;
mod open;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc};

pub use self::connection::{Cells, Connection};
use self::writer::Job;
pub use self::writer::WRITES_QUEUED;
use crate::error::{Code, Error, Result};

/// Bound values of a statement, `?1` first.
pub use rusqlite::params;
/// Bound values whose number is known at run time only.
pub use rusqlite::params_from_iter;
/// A row, and what its cells are read as; a failure to read one ends the statement.
pub use rusqlite::{Row, types::Value};

/// Reads that run at once; a further one waits.
const READERS: usize = 2;

/// The handle of an open file. Cheap to clone; the file is closed when the last one is gone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    jobs: mpsc::Sender<Job>,
    /// Connections for reading that nobody uses at the moment.
    idle: Mutex<Vec<Connection>>,
    readers: Semaphore,
}

impl Store {
    /// Opens `file`, making it (0600) and its folder (0700) where they are missing, and applies those of `migrations` that it
    /// has not seen. A migration is a script that is never changed once it was released; `user_version` of the file counts them.
    ///
    /// Blocks for as long as that takes.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the file cannot be used, [`Code::Unsupported`] when a newer version has written it; both say
    /// what to do.
    pub fn open(file: &Path, migrations: &'static [&'static str]) -> Result<Self> {
        let connection = open::for_writing(file, migrations)?;
        let jobs = writer::start(connection)?;
        Ok(Self {
            inner: Arc::new(Inner {
                file: file.to_path_buf(),
                jobs,
                idle: Mutex::default(),
                readers: Semaphore::new(READERS),
            }),
        })
    }

    /// Runs `job` in a transaction and returns what it gives when that is on the disk. All of it holds or nothing: an error
    /// of the job undoes what it did, and touches no other job of its group.
    ///
    /// A caller that stops waiting does not stop the job.
    ///
    /// # Errors
    /// Those of the job; [`Code::Unavailable`] when it could not be written: nothing of it is kept then.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (job, done) = writer::job(job);
        self.inner.jobs.send(job).await.map_err(|_| gone())?;
        done.await.map_err(|_| gone())?
    }

    /// Runs `look` on a connection that cannot write; it sees everything that was written before.
    ///
    /// # Errors
    /// Those of `look`; [`Code::Unavailable`] when the file cannot be read.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        let _permit = self.inner.readers.acquire().await.map_err(|_| gone())?;
        let looking = tokio::task::spawn_blocking(move || {
            let idle = inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = idle.map_or_else(|| open::for_reading(&inner.file), Ok)?;
            let seen = look(&connection);
            inner.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            seen
        });
        looking.await.map_err(|cause| {
            Error::new(Code::Internal, "reading the durable state ended with a fault").caused_by(cause)
        })?
    }
}

fn gone() -> Error {
    Error::new(Code::Unavailable, "the durable state of the service is closed")
}
