//! `sogo cron`: the apps' scheduled jobs.

mod explain;
mod run;
mod show;

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use self::run::{RunNow, Trigger};
use super::context::{self, Context};
use super::daemon::{self, Socket};
use super::prompt;
use super::watch::{self, Watch};
use crate::config::parse_duration;
use crate::error::Result;
use crate::services::cron::{self, api};

/// Run the apps' jobs at their times, or look after them (sogoms-cron)
///
/// Without a verb it is the service itself.
#[derive(Debug, Args)]
#[command(
    visible_alias = "sogoms-cron",
    after_help = "\
Examples:
  sogoms-cron -config /config -socket /run/sogoms-cron.1.sock
  sogo cron list                             every job, and when it runs next
  sogo cron trigger tasks_today --dry-run    whom it would write to, and what
  sogo cron trigger tasks_today --wait       run it now, and tell how it went
  sogo cron status                           the last runs
  sogo cron history tasks_today --state not_run
  sogo cron disable tasks_today              until somebody enables it
  sogo cron explain '30 2 * * 1-5' --tz Europe/Paris"
)]
pub(super) struct Cron {
    #[command(flatten)]
    socket: Socket,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Tell every job, and when it runs next
    List {
        /// Only those of this app
        app: Option<String>,
        #[command(flatten)]
        watch: Watch,
    },
    /// Tell when jobs will run
    Next {
        /// Only this job
        job: Option<String>,
        /// Its app, where several have a job of this name; without a job, only the jobs of this app
        #[arg(long, value_name = "APP")]
        app: Option<String>,
        /// How many times
        #[arg(short = 'n', long, value_name = "TIMES", default_value_t = api::Next::default_count())]
        count: u32,
    },
    Trigger(Trigger),
    Run(RunNow),
    /// Tell the last runs, and over how many hosts a slot is started once
    Status {
        /// Only those of this job
        job: Option<String>,
        /// Its app, where several have a job of this name; without a job, only the jobs of this app
        #[arg(long, value_name = "APP")]
        app: Option<String>,
        /// How many runs
        #[arg(short = 'n', long, value_name = "RUNS", default_value_t = api::Status::default_limit())]
        limit: u32,
        #[command(flatten)]
        watch: Watch,
    },
    History(History),
    /// Have a job run by itself again that was disabled
    Enable(One),
    /// Have a job no longer run by itself, until somebody enables it
    ///
    /// No reload and no restart does. What goes on is not ended: see `sogo cron cancel`.
    Disable(One),
    /// End a run that goes on, or one that waits
    Cancel {
        /// Its number, as status and history tell it
        #[arg(value_name = "RUN")]
        run: i64,
    },
    Takeover(Takeover),
    Explain(explain::Explain),
}

/// Tell what was run, and what was not and why, newest first
#[derive(Debug, Args)]
struct History {
    /// Only that of this job
    job: Option<String>,
    /// Its app, where several have a job of this name; without a job, only the jobs of this app
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Only runs in this state
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// Only this run, with all of its attempts
    #[arg(long, value_name = "RUN")]
    run: Option<i64>,
    /// Only runs before this one
    #[arg(long, value_name = "RUN")]
    before: Option<i64>,
    /// How many
    #[arg(short = 'n', long, value_name = "RUNS", default_value_t = api::History::default_limit())]
    limit: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum State {
    Waiting,
    Running,
    Succeeded,
    Failed,
    Interrupted,
    Cancelled,
    NotRun,
}

/// Which job.
#[derive(Debug, Args)]
struct One {
    /// The job
    job: String,
    /// Its app, where several have a job of this name
    #[arg(long, value_name = "APP")]
    app: Option<String>,
}

/// Run here what another host had begun and can no longer end
///
/// The mails that the other host has sent are known to its own mail queue alone: those of its groups may be sent twice.
#[derive(Debug, Args)]
struct Takeover {
    #[command(flatten)]
    job: One,
    /// The slot, as the history of the other host or the table `sogo_cron_slot` has it
    #[arg(value_name = "SLOT")]
    slot: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write it as 500ms, 10s or 1m30s".to_owned())
}

pub(super) fn run(context: &Context, cron: Cron) -> Result<()> {
    let socket = cron.socket.socket;
    let client =
        || context::client(&socket.clone().unwrap_or_else(|| context.places.socket("sogoms-cron", 1)));
    let print = &context.print;
    match cron.verb {
        None => daemon::run(context, socket, None, cron::run),
        Some(Verb::Explain(explain)) => explain::run(context, &explain),
        Some(Verb::List { app, watch }) => {
            let client = client();
            let ask = || client.call(api::List { app_id: app.clone() });
            let shown =
                watch::show(context, watch, ask, |print, jobs| print.show(jobs, || show::jobs(&jobs.jobs)));
            context.block_on(shown).map(|_| ())
        }
        Some(Verb::Next { job, app, count }) => {
            let slots = context.block_on(client().call(api::Next { app_id: app, job, count }))?;
            print.show(&slots, || show::slots(&slots));
            Ok(())
        }
        Some(Verb::Trigger(trigger)) => run::trigger(context, &client(), trigger),
        Some(Verb::Run(now)) => run::run(context, &client(), now),
        Some(Verb::Status { job, app, limit, watch }) => {
            let client = client();
            let ask = || client.call(api::Status { app_id: app.clone(), job: job.clone(), limit });
            context.block_on(watch::show(context, watch, ask, show::status)).map(|_| ())
        }
        Some(Verb::History(history)) => {
            let one = history.run.is_some();
            let runs = context.block_on(client().call(history.action()))?;
            match runs.runs.as_slice() {
                [run] if one && print.for_people() => show::run(print, run),
                _ => print.show(&runs, || show::runs(&runs.runs)),
            }
            if runs.more && print.for_people() {
                let last = runs.runs.last().map_or(0, |run| run.run);
                print.note(&format!("there are older ones: --before {last}, or more at once with -n"));
            }
            Ok(())
        }
        Some(Verb::Enable(One { job, app })) => {
            let job = context.block_on(client().call(api::Enable { app_id: app, job }))?;
            print.show(&job, || show::jobs(std::slice::from_ref(&job)));
            Ok(())
        }
        Some(Verb::Disable(One { job, app })) => {
            let job = context.block_on(client().call(api::Disable { app_id: app, job }))?;
            print.show(&job, || show::jobs(std::slice::from_ref(&job)));
            Ok(())
        }
        Some(Verb::Cancel { run }) => {
            let run = context.block_on(client().call(api::Cancel { run }))?;
            print.show(&run, || show::runs(std::slice::from_ref(&run)));
            Ok(())
        }
        Some(Verb::Takeover(Takeover { job: One { job, app }, slot, yes })) => {
            if !yes {
                let question = format!(
                    "Run the slot {slot} of {job} here? Mails that the other host has sent may be sent twice."
                );
                prompt::confirm(context, &question, "--yes")?;
            }
            let run = context.block_on(client().call(api::Takeover { app_id: app, job, slot }))?;
            print.show(&run, || show::runs(std::slice::from_ref(&run)));
            Ok(())
        }
    }
}

impl History {
    fn action(self) -> api::History {
        let Self { job, app, state, run, before, limit } = self;
        let state = state.map(|state| match state {
            State::Waiting => api::State::Waiting,
            State::Running => api::State::Running,
            State::Succeeded => api::State::Succeeded,
            State::Failed => api::State::Failed,
            State::Interrupted => api::State::Interrupted,
            State::Cancelled => api::State::Cancelled,
            State::NotRun => api::State::NotRun,
        });
        api::History { app_id: app, job, state, run, before, limit }
    }
}
