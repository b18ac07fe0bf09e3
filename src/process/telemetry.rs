//! A daemon's own log: lines on standard error, which the supervisor keeps.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::time::ChronoLocal;

/// Writes each line with one `write()` and ignores a closed pipe: a daemon goes on serving when whoever reads its
/// output is gone.
#[derive(Debug, Clone, Copy)]
struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = rustix::io::write(rustix::stdio::stderr(), line);
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
}

/// Sends this process's log to standard error, from `level` up. Only the first call of a process has an effect.
pub fn start(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_timer(ChronoLocal::rfc_3339())
        .with_target(false)
        .with_ansi(false)
        .with_writer(Lines)
        .finish();
    // A second call happens where tests run daemons inside one process.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
