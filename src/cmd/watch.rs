//! `--watch`: shows the same thing again and again, until the operator or the reader leaves.

use std::future::Future;
use std::time::Duration;

use chrono::Local;
use clap::Args;
use tokio::signal;

use super::context::Context;
use super::print::Printer;
use crate::error::{Code, Error, Result};

/// Whether and how often a result is shown anew.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Watch {
    /// Show it anew every so many seconds (2 if not said), until Ctrl-C
    ///
    /// On a terminal it is redrawn in its place; in a pipe an empty line parts one from the next; JSON is a line each.
    #[arg(long = "watch", value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = pause)]
    every: Option<Duration>,
}

impl Watch {
    /// Tells whether the operator watches: how it ends is then no result.
    pub(super) fn is_on(self) -> bool {
        self.every.is_some()
    }
}

fn pause(text: &str) -> Result<Duration, String> {
    const LEAST: f64 = 0.1;
    const MOST: f64 = 86_400.0;
    match text.parse::<f64>() {
        Ok(seconds) if (LEAST..=MOST).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => {
            Err("this is not a number of seconds from 0.1 to 86400; other words stand before --watch"
                .to_owned())
        }
    }
}

/// Asks and shows: once, or with `--watch` until Ctrl-C, which is a good end. Returns the last answer.
///
/// A watch that has begun outlasts a service that is away: what is wrong is shown in place of the answer.
///
/// # Errors
/// Those of the first question.
pub(super) async fn show<T, F: Future<Output = Result<T>>>(
    context: &Context,
    watch: Watch,
    mut ask: impl FnMut() -> F,
    show: impl Fn(&Printer, &T),
) -> Result<T> {
    let print = &context.print;
    let mut answer = ask().await?;
    let Some(pause) = watch.every else {
        show(print, &answer);
        return Ok(answer);
    };
    let no_signal = |cause| Error::new(Code::Internal, "cannot listen for Ctrl-C").caused_by(cause);
    let mut interrupt = signal::unix::signal(signal::unix::SignalKind::interrupt()).map_err(no_signal)?;
    let mut asked = Ok(());
    loop {
        print.frame(&heading(pause), || match &asked {
            Ok(()) => show(print, &answer),
            Err(error) => print.error(error, false),
        });
        if print.is_closed() {
            return Ok(answer);
        }
        let next = async {
            tokio::time::sleep(pause).await;
            ask().await
        };
        tokio::select! {
            _ = interrupt.recv() => return Ok(answer),
            next = next => asked = next.map(|next| answer = next),
        }
    }
}

fn heading(pause: Duration) -> String {
    format!("{}, every {} s; Ctrl-C ends", Local::now().format("%H:%M:%S"), pause.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_sensible_number_of_seconds() {
        assert_eq!(pause("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(pause("60"), Ok(Duration::from_secs(60)));
        for text in ["0", "-1", "NaN", "inf", "prokov", "", "1e9"] {
            assert!(pause(text).is_err(), "{text}");
        }
    }
}
