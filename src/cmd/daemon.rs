//! Starts a service in this process.

use std::future::Future;
use std::path::PathBuf;

use clap::Args;
use tokio_util::task::AbortOnDropHandle;

use super::context::Context;
use crate::error::Result;
use crate::ipc::inherited::Inherited;
use crate::process::notify::Notifier;
use crate::process::signals::{self, Signals};
use crate::services::Start;

/// The socket of a service: where its daemon answers, and where its verbs ask.
#[derive(Debug, Args)]
pub(super) struct Socket {
    /// Socket to answer on, or to ask, if another than the usual one
    #[arg(long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub(super) socket: Option<PathBuf>,
}

/// Runs a service until it is told to stop.
pub(super) fn run<F>(
    context: &Context,
    socket: Option<PathBuf>,
    port: Option<u16>,
    service: impl FnOnce(Start, Signals) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let inherited = Inherited::take(context.environment.listen_fds.unwrap_or_default())?;
    let instance = context.environment.instance.max(1);
    let notifier = Notifier::new(context.environment.notify_socket.clone());
    let places = context.places.clone();
    let start = Start { places, socket, port, instance, inherited, notifier: notifier.clone() };
    context.serve(async {
        let signals = signals::listen()?;
        let stop = signals.stop.clone();
        let _telling = AbortOnDropHandle::new(tokio::spawn(async move {
            stop.cancelled().await;
            notifier.stopping();
        }));
        service(start, signals).await
    })
}
