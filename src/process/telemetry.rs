//! A daemon's own log: lines on standard error, which the supervisor keeps; the supervisor's own also in a file.

use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::time::ChronoLocal;

use super::rotated::RotatedFile;
use crate::config::Rotation;

/// Target of lines that go to the copy alone: what they say is told on standard error in another way.
pub const COPY_ALONE: &str = "copy";

/// Where lines go besides standard error.
static COPY: OnceLock<Mutex<RotatedFile>> = OnceLock::new();

/// Writes each line with one `write()` and ignores a closed pipe: a daemon goes on serving when whoever reads its
/// output is gone.
#[derive(Debug, Clone, Copy)]
struct Lines {
    /// What is less important goes to the copy alone.
    shown: LevelFilter,
    /// How important the line is.
    level: Level,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.level <= self.shown {
            let _ = rustix::io::write(rustix::stdio::stderr(), line);
        }
        if let Some(copy) = COPY.get() {
            // It cannot be told in a log that the log cannot be written.
            let _ = copy.lock().unwrap_or_else(PoisonError::into_inner).write(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }

    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Self {
        let shown = if line.target() == COPY_ALONE { LevelFilter::OFF } else { self.shown };
        Self { shown, level: *line.level() }
    }
}

/// Sends this process's log to standard error, from `level` up. Only the first call of a process has an effect.
pub fn start(level: LevelFilter) {
    start_quietly(level, level);
}

/// The same, but only lines from `shown` up stand on standard error: the others are for [`copy_to`] alone.
pub fn start_quietly(level: LevelFilter, shown: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_timer(ChronoLocal::rfc_3339())
        .with_target(false)
        .with_ansi(false)
        .with_writer(Lines { shown, level: Level::ERROR })
        .finish();
    // A second call happens where tests run daemons inside one process.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Sends this process's log to `file` as well. Only the first call of a process has an effect, and none where standard
/// error is that file already: who sent it there rotates it.
///
/// # Errors
/// When the file cannot be opened.
pub fn copy_to(mut file: RotatedFile) -> io::Result<()> {
    let ours = rustix::fs::fstat(file.open()?.0)?;
    let theirs = rustix::fs::fstat(rustix::stdio::stderr())?;
    if (ours.st_dev, ours.st_ino) != (theirs.st_dev, theirs.st_ino) {
        // A second call happens where tests run supervisors inside one process.
        let _ = COPY.set(Mutex::new(file));
    }
    Ok(())
}

/// Has the file of [`copy_to`] keep to other limits.
pub fn limit_copy(rotation: Rotation) {
    if let Some(copy) = COPY.get() {
        copy.lock().unwrap_or_else(PoisonError::into_inner).limit(rotation);
    }
}
