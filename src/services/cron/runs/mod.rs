//! The runs of this host, on its disk: what was decided is written before anything starts.
//!
//! A slot of a job has one row at most, which is why no slot is ever started twice, whatever ends the process when.
//! Moments are milliseconds since 1970 (UTC).

mod read;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use chrono::{DateTime, Utc};

pub(super) use self::read::{Asked, moment};
use super::api::{Reason, State};
use super::policy::Due;
use crate::error::{Code, Error, Result};
use crate::store::{Connection, Store, params};

const MIGRATIONS: &[&str] = &[include_str!("tables.sql")];

/// The durable state of `sogoms-cron`.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    store: Store,
}

/// Which job: that of an app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct JobName {
    pub app: String,
    pub job: String,
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.app, self.job)
    }
}

/// What is known of a job besides its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Memory {
    /// The schedule, as it was when its slots were last decided.
    pub schedule: String,
    /// Up to which moment its slots are decided.
    pub decided: DateTime<Utc>,
    /// Whether an operator has disabled it.
    pub disabled: bool,
}

/// A slot that was decided.
#[derive(Debug, Clone)]
pub(super) struct NewRun {
    pub name: JobName,
    pub due: Due,
    /// Whether it is never skipped: somebody asked for it, or it makes up for a missed slot.
    pub asked: bool,
    /// Not before this moment, or why not at all.
    pub begin: Result<DateTime<Utc>, Reason>,
    /// What else there is to say.
    pub why: Option<String>,
}

/// A run that waits or goes on.
#[derive(Debug, Clone)]
pub(super) struct OpenRun {
    pub run: i64,
    pub name: JobName,
    pub due: Due,
    pub asked: bool,
    /// Attempts that were begun.
    pub attempts: u32,
    /// When it begins, or begins again; `None` while it goes on.
    pub begin_at: Option<DateTime<Utc>>,
}

/// How a run goes on after an attempt, or instead of one.
#[derive(Debug, Clone)]
pub(super) enum Then {
    /// It waits until then.
    Wait(DateTime<Utc>),
    /// The same, and the attempt that found out that it has to does not count.
    PutOff(DateTime<Utc>),
    /// It has ended so.
    End(State),
    /// It was not run; the attempt that found this out does not count.
    NotRun(Reason),
}

/// How an attempt ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Ended {
    /// What it did, as JSON.
    pub result: Option<String>,
    /// What was wrong.
    pub error: Option<String>,
    /// What else there is to say.
    pub why: Option<String>,
}

impl Runs {
    /// Opens the file; `name` is what this host is called if the file is new.
    pub(super) async fn open(file: &Path, name: String) -> Result<(Self, String)> {
        let file = file.to_path_buf();
        let store = tokio::task::spawn_blocking(move || Store::open(&file, MIGRATIONS)).await.map_err(
            |cause| Error::new(Code::Internal, "opening the durable state failed").caused_by(cause),
        )??;
        let host = store.write(move |at| {
            at.run("INSERT INTO host (name) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM host)", params![name])?;
            at.one("SELECT name FROM host", params![], |row| row.get(0))
        });
        let host: Option<String> = host.await?;
        Ok((Self { store }, host.unwrap_or_default()))
    }

    /// Keeps decisions, and up to which moment the slots of these jobs are decided. Returns the runs that wait now; a slot
    /// that has a row already keeps it.
    pub(super) async fn decide(
        &self,
        runs: Vec<NewRun>,
        decided: Vec<(JobName, Memory)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OpenRun>> {
        let write = move |at: &Connection| {
            let mut open = Vec::new();
            for run in runs {
                open.extend(insert(at, run, now)?);
            }
            for (JobName { app, job }, memory) in decided {
                at.run(
                    "INSERT INTO job (app, job, schedule, decided, disabled) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (app, job) DO UPDATE SET schedule = ?3, decided = ?4",
                    params![app, job, memory.schedule, memory.decided.timestamp_millis(), memory.disabled],
                )?;
            }
            Ok(open)
        };
        self.store.write(write).await
    }

    /// Keeps that a job is disabled, or that it is not.
    pub(super) async fn set_disabled(&self, name: JobName, disabled: bool) -> Result<()> {
        let write = move |at: &Connection| {
            at.run(
                "UPDATE job SET disabled = ?3 WHERE app = ?1 AND job = ?2",
                params![name.app, name.job, disabled],
            )
        };
        self.store.write(write).await.map(|_| ())
    }

    /// Forgets jobs that are gone: if one comes back, its slots begin then.
    pub(super) async fn forget(&self, names: Vec<JobName>) -> Result<()> {
        let write = move |at: &Connection| {
            for JobName { app, job } in names {
                // That an operator disabled it is not undone by a file that is gone for a while.
                at.run("DELETE FROM job WHERE app = ?1 AND job = ?2 AND NOT disabled", params![app, job])?;
                at.run("UPDATE job SET schedule = '' WHERE app = ?1 AND job = ?2", params![app, job])?;
            }
            Ok(())
        };
        self.store.write(write).await
    }

    /// Keeps that the next attempt of a run begins.
    pub(super) async fn begin(&self, run: i64, attempt: u32, now: DateTime<Utc>) -> Result<()> {
        let write = move |at: &Connection| {
            let now = now.timestamp_millis();
            at.run(
                "UPDATE run SET state = 'running', attempts = ?2, begin_at = NULL, why = NULL,
                 started = coalesce(started, ?3), ended = NULL WHERE run = ?1",
                params![run, attempt, now],
            )?;
            at.run(
                "INSERT INTO attempt (run, attempt, started, state) VALUES (?1, ?2, ?3, 'running')",
                params![run, attempt, now],
            )
        };
        self.store.write(write).await.map(|_| ())
    }

    /// Keeps how attempt number `attempt` of a run ended (`state`), and how the run goes on.
    pub(super) async fn end(
        &self,
        run: i64,
        attempt: u32,
        state: State,
        ended: Ended,
        then: Then,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let write = move |at: &Connection| {
            if let Then::NotRun(_) | Then::PutOff(_) = then {
                at.run("DELETE FROM attempt WHERE run = ?1 AND attempt = ?2", params![run, attempt])?;
            } else {
                at.run(
                    "UPDATE attempt SET state = ?3, ended = ?4, error = ?5 WHERE run = ?1 AND attempt = ?2",
                    params![run, attempt, state.name(), now.timestamp_millis(), ended.error],
                )?;
            }
            go_on(at, run, ended, &then, now)
        };
        self.store.write(write).await
    }

    /// Keeps how a run that waits goes on.
    pub(super) async fn settle(&self, run: i64, ended: Ended, then: Then, now: DateTime<Utc>) -> Result<()> {
        self.store.write(move |at| go_on(at, run, ended, &then, now)).await
    }

    /// Takes the clock back: slots after `now` are decided anew when they come, except those that ran.
    pub(super) async fn rewind(&self, now: DateTime<Utc>) -> Result<()> {
        let write = move |at: &Connection| {
            let now = now.timestamp_millis();
            at.run("DELETE FROM run WHERE state = 'not_run' AND ?1 < due", params![now])?;
            at.run("UPDATE job SET decided = min(decided, ?1)", params![now])
        };
        self.store.write(write).await.map(|_| ())
    }

    /// Deletes what ended before a moment.
    pub(super) async fn prune(&self, name: JobName, before: DateTime<Utc>) -> Result<usize> {
        let write = move |at: &Connection| {
            at.run(
                "DELETE FROM run WHERE app = ?1 AND job = ?2 AND due < ?3 AND state NOT IN ('waiting', 'running')",
                params![name.app, name.job, before.timestamp_millis()],
            )
        };
        self.store.write(write).await
    }
}

/// Adds a run unless its slot has a row; answers it if it waits.
fn insert(at: &Connection, run: NewRun, now: DateTime<Utc>) -> Result<Option<OpenRun>> {
    let NewRun { name, due, asked, begin, why } = run;
    let (state, reason, begin_at) = match begin {
        Ok(moment) => (State::Waiting, None, Some(moment)),
        Err(reason) => (State::NotRun, Some(reason), None),
    };
    let ended = begin_at.is_none().then(|| now.timestamp_millis());
    let added = at.run(
        "INSERT INTO run (app, job, slot, due, asked, state, reason, why, begin_at, ended)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        params![
            name.app,
            name.job,
            due.key,
            due.at.timestamp_millis(),
            asked,
            state.name(),
            reason.map(Reason::name),
            why,
            begin_at.map(|moment| moment.timestamp_millis()),
            ended
        ],
    )?;
    if added == 0 || begin_at.is_none() {
        return Ok(None);
    }
    let number = at.one(
        "SELECT run FROM run WHERE app = ?1 AND job = ?2 AND slot = ?3",
        params![name.app, name.job, due.key],
        |row| row.get(0),
    )?;
    Ok(number.map(|run| OpenRun { run, name, due, asked, attempts: 0, begin_at }))
}

fn go_on(at: &Connection, run: i64, ended: Ended, then: &Then, now: DateTime<Utc>) -> Result<()> {
    let (state, reason, begin_at) = match then {
        Then::Wait(moment) | Then::PutOff(moment) => (State::Waiting, None, Some(moment.timestamp_millis())),
        Then::End(state) => (*state, None, None),
        Then::NotRun(reason) => (State::NotRun, Some(reason.name()), None),
    };
    let Ended { result, error, why } = ended;
    at.run(
        "UPDATE run SET state = ?2, reason = ?3, begin_at = ?4, ended = ?5, result = coalesce(?6, result),
         error = CASE WHEN ?2 = 'succeeded' THEN NULL ELSE coalesce(?7, error) END, why = ?8,
         attempts = (SELECT count(*) FROM attempt WHERE attempt.run = ?1) WHERE run = ?1",
        params![run, state.name(), reason, begin_at, now.timestamp_millis(), result, error, why],
    )?;
    Ok(())
}
