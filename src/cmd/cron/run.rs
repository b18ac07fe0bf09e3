//! `sogo cron trigger` and `run`: a job now, or what it would do.

use std::time::Duration;

use clap::Args;

use super::{duration, show};
use crate::cmd::context::Context;
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::cron::api::{self, Request, Run, State};

/// Run a job now, whether it is enabled or not
///
/// The app is found when only one has a job of this name. With --wait the exit code tells how the run went: 0 it succeeded,
/// 7 it failed, 6 it was not run, 8 it has not ended in time.
#[derive(Debug, Args)]
pub(super) struct Trigger {
    #[command(flatten)]
    now: RunNow,
    /// Follow it to its end
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
}

/// Run a job now, and follow it to its end
///
/// It is `trigger --wait`; with --dry-run it only tells what would be done.
#[derive(Debug, Args)]
pub(super) struct RunNow {
    /// The job
    job: String,
    /// Its app, where several have a job of this name
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Tell who would get which mail, or what else would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How many mails --dry-run shows
    #[arg(long, value_name = "MAILS", default_value_t = api::DryRun::default_mails(), requires = "dry_run")]
    mails: u32,
    /// How long to wait for its end
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    timeout: Duration,
}

/// How long a dry run may take: it runs the query and renders the mails.
const REHEARSAL: Duration = Duration::from_mins(10);

pub(super) fn trigger(context: &Context, client: &Client<Request>, trigger: Trigger) -> Result<()> {
    let Trigger { now, wait } = trigger;
    if now.dry_run || wait {
        return run(context, client, now);
    }
    let run = context.block_on(client.call(api::Trigger { app_id: now.app, job: now.job }))?;
    context.print.show(&run, || show::runs(std::slice::from_ref(&run)));
    Ok(())
}

pub(super) fn run(context: &Context, client: &Client<Request>, now: RunNow) -> Result<()> {
    let RunNow { job, app, dry_run, mails, timeout } = now;
    if dry_run {
        let options = Options { deadline: REHEARSAL, request_id: None };
        let asked = api::DryRun { app_id: app, job, mails };
        let rehearsal = context.block_on(client.call_with(options, asked))?;
        if context.print.for_people() {
            show::rehearsal(&context.print, &rehearsal);
        } else {
            context.print.value(&rehearsal);
        }
        return Ok(());
    }
    let run = context.block_on(async {
        let begun = client.call(api::Trigger { app_id: app, job }).await?;
        let options = Options { deadline: timeout, request_id: None };
        client.call_with(options, api::Wait { run: begun.run }).await.map_err(|error| match error.code {
            Code::Timeout => {
                Error::new(Code::Timeout, format!("run {} has not ended within {timeout:?}", begun.run))
                    .hint(format!("it goes on: `sogo cron history --run {}` tells how it went", begun.run))
            }
            _ => error,
        })
    })?;
    if context.print.for_people() {
        show::run(&context.print, &run);
    } else {
        context.print.value(&run);
    }
    outcome(&run)
}

/// Turns the end of a run into that of the command.
fn outcome(run: &Run) -> Result<()> {
    let failed = |code, what: &str| {
        let why = run.error.as_ref().or(run.why.as_ref()).map(|why| format!(": {why}")).unwrap_or_default();
        Err(Error::new(code, format!("run {} of {} {what}{why}", run.run, run.job)))
    };
    match run.state {
        State::Succeeded => Ok(()),
        State::NotRun => failed(Code::Conflict, "was not run"),
        State::Cancelled => failed(Code::TargetFailed, "was cancelled"),
        State::Interrupted => failed(Code::TargetFailed, "was interrupted"),
        State::Failed => failed(Code::TargetFailed, "failed"),
        State::Waiting | State::Running => failed(Code::Unavailable, "goes on, and sogoms-cron is stopping"),
    }
}
