//! Signals as values: a stop that is cancelled once, a reload that is counted.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::{Code, Error, Result};

/// What the signals of a daemon say.
#[derive(Debug, Clone)]
pub struct Signals {
    /// Cancelled by SIGTERM, SIGINT or SIGQUIT.
    pub stop: CancellationToken,
    /// Cancelled by a second one of them: whoever sent it does not want to wait.
    pub force: CancellationToken,
    /// Changes with each SIGHUP.
    pub reload: watch::Receiver<u64>,
}

/// Begins to listen for signals; must be called inside a tokio runtime.
///
/// # Errors
/// [`Code::Internal`] when the kernel refuses a handler.
pub fn listen() -> Result<Signals> {
    let handler = |kind| {
        signal(kind).map_err(|cause| Error::new(Code::Internal, "cannot listen for signals").caused_by(cause))
    };
    let mut terminate = handler(SignalKind::terminate())?;
    let mut interrupt = handler(SignalKind::interrupt())?;
    let mut quit = handler(SignalKind::quit())?;
    let mut hangup = handler(SignalKind::hangup())?;
    let (stop, force) = (CancellationToken::new(), CancellationToken::new());
    let (reloads, reload) = watch::channel(0_u64);
    let signals = Signals { stop, force, reload };
    tokio::spawn({
        let Signals { stop, force, .. } = signals.clone();
        async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = quit.recv() => {}
                    _ = hangup.recv() => {
                        reloads.send_modify(|count| *count += 1);
                        continue;
                    }
                }
                if stop.is_cancelled() {
                    force.cancel();
                }
                stop.cancel();
            }
        }
    });
    Ok(signals)
}
