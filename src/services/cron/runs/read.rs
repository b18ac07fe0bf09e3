//! Reading the runs of this host.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Connection, JobName, Memory, OpenRun, Runs};
use crate::error::{Code, Error, Result};
use crate::services::cron::api::{Attempt, Reason, Run, State};
use crate::services::cron::policy::Due;
use crate::store::{Cells, Row, params};

/// Which runs are asked for.
#[derive(Debug, Clone, Default)]
pub(in crate::services::cron) struct Asked {
    pub app: Option<String>,
    pub job: Option<String>,
    pub state: Option<State>,
    /// Only with a smaller number.
    pub before: Option<i64>,
    /// Whether slots that were not run are left out.
    pub only_run: bool,
    pub limit: u32,
}

const COLUMNS: &str =
    "run, app, job, slot, due, state, reason, why, attempts, begin_at, started, ended, result, error";

impl Runs {
    /// Returns what is known of the jobs.
    pub(in crate::services::cron) async fn jobs(&self) -> Result<BTreeMap<JobName, Memory>> {
        let look = |at: &Connection| {
            at.all("SELECT app, job, schedule, decided, disabled FROM job", params![], |row| {
                let name = JobName { app: row.get(0)?, job: row.get(1)? };
                let decided = moment(row.get(3)?);
                Ok((name, Memory { schedule: row.get(2)?, decided, disabled: row.get(4)? }))
            })
        };
        Ok(self.store.read(look).await?.into_iter().collect())
    }

    /// Returns the runs that wait or go on, oldest slot first.
    pub(in crate::services::cron) async fn open_runs(&self) -> Result<Vec<OpenRun>> {
        let look = |at: &Connection| {
            at.all(
                "SELECT run, app, job, slot, due, asked, attempts, begin_at FROM run
                 WHERE state IN ('waiting', 'running') ORDER BY due, run",
                params![],
                |row| {
                    Ok(OpenRun {
                        run: row.get(0)?,
                        name: JobName { app: row.get(1)?, job: row.get(2)? },
                        due: Due { key: row.get(3)?, at: moment(row.get(4)?) },
                        asked: row.get(5)?,
                        attempts: row.get(6)?,
                        begin_at: row.get::<_, Option<i64>>(7)?.map(moment),
                    })
                },
            )
        };
        self.store.read(look).await
    }

    /// Returns one run with its attempts.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is none of this number.
    pub(in crate::services::cron) async fn one(&self, number: i64) -> Result<Run> {
        let look = move |at: &Connection| {
            let sql = format!("SELECT {COLUMNS} FROM run WHERE run = ?1");
            let Some(mut run) = at.one(&sql, params![number], of_row)? else { return Ok(None) };
            run.attempt_list = at.all(
                "SELECT attempt, started, ended, state, error FROM attempt WHERE run = ?1 ORDER BY attempt",
                params![number],
                |row| {
                    Ok(Attempt {
                        attempt: row.get(0)?,
                        started: written(row.get(1)?),
                        ended: row.get::<_, Option<i64>>(2)?.map(written),
                        state: state(row.get(3)?),
                        error: row.get(4)?,
                    })
                },
            )?;
            Ok(Some(run))
        };
        self.store.read(look).await?.ok_or_else(|| {
            Error::new(Code::NotFound, format!("there is no run {number} on this host"))
                .hint("see `sogo cron history`; runs are kept for `history_days`")
        })
    }

    /// Returns the run of a slot, if it has one.
    pub(in crate::services::cron) async fn of_slot(
        &self,
        name: JobName,
        slot: String,
    ) -> Result<Option<Run>> {
        let look = move |at: &Connection| {
            let sql = format!("SELECT {COLUMNS} FROM run WHERE app = ?1 AND job = ?2 AND slot = ?3");
            at.one(&sql, params![name.app, name.job, slot], of_row)
        };
        self.store.read(look).await
    }

    /// Returns runs, newest first, and whether there are older ones.
    pub(in crate::services::cron) async fn page(&self, asked: Asked) -> Result<(Vec<Run>, bool)> {
        let limit = asked.limit as usize;
        let look = move |at: &Connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM run WHERE (?1 IS NULL OR app = ?1) AND (?2 IS NULL OR job = ?2)
                 AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR run < ?4) AND NOT (?5 AND state = 'not_run')
                 ORDER BY run DESC LIMIT ?6"
            );
            let Asked { app, job, state, before, only_run, limit } = asked;
            let state = state.map(State::name);
            at.all(&sql, params![app, job, state, before, only_run, i64::from(limit) + 1], of_row)
        };
        let mut runs = self.store.read(look).await?;
        let more = limit < runs.len();
        runs.truncate(limit);
        Ok((runs, more))
    }

    /// Returns the latest run of each job that has ended.
    pub(in crate::services::cron) async fn latest(&self) -> Result<BTreeMap<JobName, Run>> {
        let look = |at: &Connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM run WHERE run IN (SELECT max(run) FROM run
                 WHERE state NOT IN ('waiting', 'running', 'not_run') GROUP BY app, job)"
            );
            at.all(&sql, params![], of_row)
        };
        let runs = self.store.read(look).await?;
        Ok(runs
            .into_iter()
            .map(|run| (JobName { app: run.app_id.clone(), job: run.job.clone() }, run))
            .collect())
    }
}

fn of_row(row: &Row<'_>) -> Cells<Run> {
    let reason = row.get::<_, Option<String>>(6)?.and_then(|name| Reason::of(&name));
    let why: Option<String> = row.get(7)?;
    let result: Option<String> = row.get(12)?;
    Ok(Run {
        run: row.get(0)?,
        app_id: row.get(1)?,
        job: row.get(2)?,
        slot: row.get(3)?,
        due: written(row.get(4)?),
        state: state(row.get(5)?),
        reason,
        why: why.or_else(|| reason.map(|reason| reason.told().to_owned())),
        attempts: row.get(8)?,
        next_attempt: row.get::<_, Option<i64>>(9)?.map(written),
        started: row.get::<_, Option<i64>>(10)?.map(written),
        ended: row.get::<_, Option<i64>>(11)?.map(written),
        result: result.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        error: row.get(13)?,
        attempt_list: Vec::new(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is the cell of a row")]
fn state(name: String) -> State {
    // Only our own names are ever written.
    State::of(&name).unwrap_or(State::Failed)
}

/// Returns the moment of so many milliseconds since 1970.
pub(in crate::services::cron) fn moment(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

fn written(ms: i64) -> String {
    moment(ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}
