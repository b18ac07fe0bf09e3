//! `sogo ctl logs`: what services print.

use clap::Args;

use super::{A_DAY, show};
use crate::cmd::context::Context;
use crate::cmd::logs::written;
use crate::cmd::print::Printer;
use crate::error::Result;
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::supervisor::api::{self, OutputLine, Request};

/// Show what services print, and follow it
///
/// Standard output and standard error of each service, over full files and restarts. The same stands in a file for each
/// service beside sogoctl.log.
#[derive(Debug, Args)]
pub(super) struct Logs {
    /// Only of these services
    services: Vec<String>,
    /// How many lines of each that are there already [default: 20, with --since or --contains all up to 10000]
    #[arg(short = 'n', long, value_name = "LINES")]
    lines: Option<u32>,
    /// Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, '2026-01-15 08:00', or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = written)]
    since: Option<String>,
    /// Only lines with this text in them
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
    /// Go on with what is written from now on, over restarts
    #[arg(short, long)]
    follow: bool,
}

/// Shows one line that a service has written.
pub(in crate::cmd) fn show_output(print: &Printer, line: &OutputLine) {
    if print.for_people() {
        print.line(&show::output(line));
    } else {
        print.item(line);
    }
}

pub(super) fn run(context: &Context, client: &Client<Request>, logs: Logs) -> Result<()> {
    let Logs { services, lines, since, contains, follow } = logs;
    let all = if since.is_some() || contains.is_some() {
        api::Logs::MOST_LINES
    } else {
        api::Logs::default_lines()
    };
    let action = api::Logs { services, lines: lines.unwrap_or(all), since, contains, follow };
    context.block_on(async {
        let options = Options { deadline: A_DAY, request_id: None };
        let mut lines = client.stream(options, action).await?;
        while let Some(line) = lines.next().await {
            show_output(&context.print, &line?);
            if context.print.is_closed() {
                break;
            }
        }
        Ok(())
    })
}
