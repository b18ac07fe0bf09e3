//! Attempts that have ended, and runs that a process before this one left behind.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use super::Keeper;
use crate::error::Result;
use crate::services::cron::api::State;
use crate::services::cron::attempt::Outcome;
use crate::services::cron::clock;
use crate::services::cron::failure::{self, Failed};
use crate::services::cron::policy::{self, After};
use crate::services::cron::runs::{Ended, OpenRun, Then};
use crate::services::logs::api::{LogError, LogEvent};

/// When it is looked again whether an earlier run on another host has ended.
const TURN: TimeDelta = TimeDelta::seconds(5);

/// An attempt that has ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub run: i64,
    pub attempt: u32,
    pub outcome: Outcome,
    pub at: DateTime<Utc>,
}

/// What is written of the end of an attempt, and how its run goes on.
struct Written {
    state: State,
    ended: Ended,
    then: Then,
}

impl Keeper {
    /// Writes how attempts ended; those that cannot be written stay for the next time.
    pub(super) async fn write_ends(&mut self) -> Result<()> {
        while let Some(finished) = self.unwritten.front() {
            let Finished { run, attempt, at, .. } = *finished;
            if let Some(open) = self.open.get(&run) {
                let Written { state, ended, then } = self.end_of(open, finished);
                self.runs.end(run, attempt, state, ended.clone(), then.clone(), at).await?;
                self.go_on(run, state, &ended, &then);
            }
            self.unwritten.pop_front();
        }
        Ok(())
    }

    fn end_of(&self, run: &OpenRun, finished: &Finished) -> Written {
        let Finished { attempt, outcome, at, .. } = finished;
        let result = |result: &serde_json::Value| (!result.is_null()).then(|| result.to_string());
        match outcome {
            Outcome::Done(did) => Written {
                state: State::Succeeded,
                ended: Ended { result: result(did), ..Ended::default() },
                then: Then::End(State::Succeeded),
            },
            Outcome::Failed { error, fault, result: did } => {
                let jobs = self.seen.jobs.load();
                let rules = jobs.get(&run.name).map(|job| job.file.rules.clone()).unwrap_or_default();
                let then = match policy::after(rules.retry, *attempt, *fault, *at) {
                    After::Retry(moment) => Then::Wait(moment),
                    After::End => Then::End(State::Failed),
                };
                let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
                let words = format!("{}: {error}{hint}", error.code);
                Written {
                    state: State::Failed,
                    ended: Ended { result: result(did), error: Some(words), why: None },
                    then,
                }
            }
            Outcome::NotOurs(reason, why) => Written {
                state: State::NotRun,
                ended: Ended { why: Some(why.clone()), ..Ended::default() },
                then: Then::NotRun(*reason),
            },
            Outcome::PutOff(why) => Written {
                state: State::NotRun,
                ended: Ended { why: Some(why.clone()), ..Ended::default() },
                then: Then::PutOff(*at + TURN),
            },
            Outcome::Cancelled => Written {
                state: State::Cancelled,
                ended: Ended { why: Some("an operator cancelled it".to_owned()), ..Ended::default() },
                then: Then::End(State::Cancelled),
            },
        }
    }

    /// Takes over in memory what was written, and tells whoever wants to know.
    fn go_on(&mut self, number: i64, state: State, ended: &Ended, then: &Then) {
        self.stops.remove(&number);
        if let Then::Wait(moment) | Then::PutOff(moment) = then {
            if let Some(run) = self.open.get_mut(&number) {
                if let Then::PutOff(_) = then {
                    run.attempts = run.attempts.saturating_sub(1);
                    run.begin_at = Some(*moment);
                    return;
                }
                run.begin_at = Some(*moment);
                warn!(
                    app = run.name.app,
                    job = run.name.job,
                    slot = run.due.key,
                    attempt = run.attempts,
                    error = ended.error,
                    "{} failed and is tried again at {moment}",
                    run.name
                );
            }
        } else if let Some(run) = self.open.remove(&number) {
            self.log(&run, state, ended);
            self.tell_failure(run, state, ended);
        }
        self.seen.ended.send_modify(|count| *count += 1);
    }

    /// Writes to the app's own logs how a run ended.
    fn log(&self, run: &OpenRun, state: State, ended: &Ended) {
        let fields = serde_json::json!({
            "job": run.name.job, "slot": run.due.key, "run": run.run, "attempts": run.attempts, "state": state,
        });
        let fields = fields.as_object().cloned().unwrap_or_default();
        let app_id = run.name.app.clone();
        info!(
            app = app_id,
            job = run.name.job,
            slot = run.due.key,
            state = state.name(),
            attempts = run.attempts,
            "{} {state}",
            run.name
        );
        match &ended.error {
            Some(error) => {
                let message = format!("the job {} failed: {error}", run.name.job);
                self.tools.logs.error(LogError { app_id, message, fields, ..LogError::default() });
            }
            None => self.tools.logs.event(LogEvent {
                app_id,
                event: "cron_run".to_owned(),
                fields,
                ..LogEvent::default()
            }),
        }
    }

    fn tell_failure(&self, run: OpenRun, state: State, ended: &Ended) {
        if !matches!(state, State::Failed | State::Interrupted) {
            return;
        }
        let jobs = self.seen.jobs.load();
        let Some(job) = jobs.get(&run.name).filter(|job| job.file.rules.on_failure.is_some()) else { return };
        let failed = Failed { job: job.clone(), run, state, error: ended.error.clone() };
        tokio::spawn(failure::tell(self.tools.clone(), failed));
    }

    /// Takes up the runs that the last process was in the middle of.
    pub(super) async fn take_up(&mut self) -> Result<()> {
        let now = clock::now();
        let jobs = self.seen.jobs.load_full();
        let cut_off: Vec<OpenRun> =
            self.open.values().filter(|run| run.begin_at.is_none()).cloned().collect();
        for run in cut_off {
            let rules = jobs.get(&run.name).map(|job| job.file.rules.clone()).unwrap_or_default();
            let then = match policy::resume(&rules, run.attempts, run.due.at, now) {
                After::Retry(moment) => Then::Wait(moment),
                After::End => Then::End(State::Interrupted),
            };
            let error = Some("INTERRUPTED: sogoms-cron ended before it did".to_owned());
            let ended = Ended { error, ..Ended::default() };
            let state = State::Interrupted;
            self.runs.end(run.run, run.attempts, state, ended.clone(), then.clone(), now).await?;
            self.go_on(run.run, state, &ended, &then);
        }
        Ok(())
    }
}
