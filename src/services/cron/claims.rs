//! Slots over several hosts: a unique row of `sogo_cron_slot` in the app's database says whose a slot is.
//!
//! Whoever inserts the row has the slot. While it works there it renews `busy_until`, by the clock of the database, so that
//! the others see that it goes on. A slot stays with its host: only `takeover` gives it to another one.

use std::convert::Infallible;
use std::future::Future;
use std::sync::PoisonError;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::warn;

use super::api::Claims;
use super::jobs::Job;
use super::policy::Due;
use super::runs::{JobName, moment};
use super::tools::Tools;
use crate::config::{Hosts, Overlap};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Args, Delete, Insert, PrepareTables, QueryOne, TableState, Update, Value};

/// The table.
const TABLE: &str = "sogo_cron_slot";
/// How long what was found out about the table holds: it may be made at any time.
const HOLDS: Duration = Duration::from_secs(60);
/// How long a host counts as busy after its last sign of life, in seconds of the database's clock.
const BUSY_SECONDS: i64 = 60;
/// How often it gives one.
const RENEW: Duration = Duration::from_secs(15);

/// Whose a slot is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// Nobody else can have it.
    NotNeeded,
    /// This host has it.
    Ours,
    /// Another one has it.
    Theirs(String),
    /// Nobody has it yet, and another host is at an earlier slot of the job.
    Busy(String),
}

#[derive(Debug, Deserialize)]
struct Holder {
    host: String,
}

/// Finds out whether several hosts run the jobs of an app.
///
/// # Errors
/// Those of the database, where it is to decide.
pub(super) async fn claims(tools: &Tools, app: &str, hosts: Hosts) -> Result<Claims> {
    if hosts == Hosts::One {
        return Ok(Claims::One);
    }
    let known = || tools.claims.lock().unwrap_or_else(PoisonError::into_inner);
    let before = known().get(app).copied();
    let fresh = before.filter(|(_, at)| at.elapsed() < HOLDS).map(|(claims, _)| claims);
    let found = if let Some(fresh) = fresh {
        fresh
    } else {
        match (look(tools, app).await, before) {
            (Ok(found), _) => {
                known().insert(app.to_owned(), (found, Instant::now()));
                found
            }
            // While the database is down nobody makes the table.
            (Err(_), Some((before, _))) => before,
            (Err(error), None) => return Err(error),
        }
    };
    Ok(if hosts == Hosts::Many && found == Claims::One { Claims::Missing } else { found })
}

/// Looks whether the table is there.
async fn look(tools: &Tools, app: &str) -> Result<Claims> {
    let asked = PrepareTables { app_id: app.to_owned(), dry_run: true };
    let tables = tools.db.call(asked).await?.tables;
    let is_there = tables.iter().any(|table| table.name == TABLE && table.state != TableState::Missing);
    Ok(if is_there { Claims::Many } else { Claims::One })
}

/// Claims a slot for this host.
///
/// # Errors
/// Those of the database; [`Code::Unsupported`] when `hosts: many` demands a table that is missing.
pub(super) async fn claim(tools: &Tools, job: &Job, due: &Due) -> Result<Claim> {
    let JobName { app, job: name } = &job.name;
    match claims(tools, app, job.file.rules.hosts).await? {
        Claims::One | Claims::Unknown => return Ok(Claim::NotNeeded),
        Claims::Missing => {
            let error = Error::new(Code::Unsupported, format!("`hosts: many` needs the table `{TABLE}`"));
            return Err(error.hint(format!("`sogo app prepare {app}` makes it")));
        }
        Claims::Many => {}
    }
    if let Some(host) = holder(tools, job, due).await? {
        return Ok(if host == tools.host { Claim::Ours } else { Claim::Theirs(host) });
    }
    if job.file.rules.overlap != Overlap::Allow
        && let Some(host) = busy(tools, job).await?
    {
        return Ok(Claim::Busy(host));
    }
    let query = format!(
        "INSERT INTO {TABLE} (app, job, slot, host, due, claimed, busy_until) \
         VALUES (?, ?, ?, ?, ?, UNIX_TIMESTAMP(), UNIX_TIMESTAMP() + {BUSY_SECONDS})"
    );
    let args = texts([app, name, &due.key, &tools.host], [due.at.timestamp_millis()]);
    let insert = Insert { app_id: app.clone(), query, args, user_id: None };
    match tools.db.call(insert).await {
        Ok(_) => Ok(Claim::Ours),
        Err(error) if error.code == Code::Duplicate => match holder(tools, job, due).await? {
            Some(host) if host != tools.host => Ok(Claim::Theirs(host)),
            _ => Ok(Claim::Ours),
        },
        Err(error) => Err(error),
    }
}

/// Does the work while giving signs of life.
pub(super) async fn while_held<T>(tools: &Tools, job: &Job, due: &Due, work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        never = give_signs(tools, job, due) => match never {},
    }
}

async fn give_signs(tools: &Tools, job: &Job, due: &Due) -> Infallible {
    let mut ticks = tokio::time::interval(RENEW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        sign(tools, job, due, &format!("busy_until = UNIX_TIMESTAMP() + {BUSY_SECONDS}")).await;
    }
}

/// Tells the other hosts that this one is no longer at it. The slot stays its own.
pub(super) async fn release(tools: &Tools, job: &Job, due: &Due) {
    sign(tools, job, due, "busy_until = 0").await;
}

async fn sign(tools: &Tools, job: &Job, due: &Due, change: &str) {
    let JobName { app, job } = &job.name;
    let query = format!("UPDATE {TABLE} SET {change} WHERE app = ? AND job = ? AND slot = ? AND host = ?");
    let args = texts([app, job, &due.key, &tools.host], []);
    let update = Update { app_id: app.clone(), query, args, user_id: None };
    if let Err(error) = tools.db.call(update).await {
        // The row speaks for this host until its time is over, then `takeover` is possible; nothing runs twice by itself.
        warn!(app, job, slot = due.key, "The other hosts could not be told about {app}/{job}: {error}");
    }
}

/// Takes a slot over from a host that can no longer end it, and returns it.
///
/// # Errors
/// [`Code::NotFound`] when nobody has it, [`Code::Conflict`] when its host gave a sign of life of late or it is ours.
pub(super) async fn take_over(tools: &Tools, job: &Job, slot: &str) -> Result<Due> {
    #[derive(Deserialize)]
    struct Held {
        host: String,
        due: i64,
        is_busy: i64,
    }
    let JobName { app, job: name } = &job.name;
    if claims(tools, app, job.file.rules.hosts).await? != Claims::Many {
        let error = Error::new(Code::Conflict, format!("only this host runs the jobs of {app}"));
        return Err(error.hint("`sogo cron status` tells over how many hosts a slot is started once"));
    }
    let query = format!(
        "SELECT host, due, busy_until > UNIX_TIMESTAMP() AS is_busy FROM {TABLE} WHERE app = ? AND job = ? AND slot = ?"
    );
    let held: Option<Held> = one(tools, app, query, texts([app, name, slot], [])).await?;
    let Some(Held { host, due, is_busy }) = held else {
        return Err(Error::new(Code::NotFound, format!("no host has the slot {slot} of {}", job.name)));
    };
    if host == tools.host {
        return Err(Error::new(Code::Conflict, "this host has the slot already"));
    }
    if is_busy != 0 {
        let error = Error::new(Code::Conflict, format!("the host {host} is still at it"));
        return Err(error.hint(format!("it may be taken over {BUSY_SECONDS} s after its last sign of life")));
    }
    let query = format!(
        "UPDATE {TABLE} SET host = ?, busy_until = UNIX_TIMESTAMP() + {BUSY_SECONDS} \
         WHERE app = ? AND job = ? AND slot = ? AND host = ? AND busy_until <= UNIX_TIMESTAMP()"
    );
    let args = texts([&tools.host, app, name, slot, &host], []);
    let update = Update { app_id: app.clone(), query, args, user_id: None };
    if tools.db.call(update).await?.affected_rows == 0 {
        return Err(Error::new(Code::Conflict, "another host was faster, or the one that has it is back"));
    }
    Ok(Due { key: slot.to_owned(), at: moment(due) })
}

/// Deletes rows of slots that were long ago.
///
/// # Errors
/// Those of the database; the next time may do better.
pub(super) async fn prune(tools: &Tools, job: &Job) -> Result<()> {
    /// Longer than any run may begin, or begin again, after its slot (`catch_up_within`).
    const MORE_DAYS: i64 = 8;
    let JobName { app, job: name } = &job.name;
    if claims(tools, app, job.file.rules.hosts).await? != Claims::Many {
        return Ok(());
    }
    let days = i64::from(job.file.rules.history_days) + MORE_DAYS;
    let query = format!("DELETE FROM {TABLE} WHERE app = ? AND job = ? AND claimed < UNIX_TIMESTAMP() - ?");
    let args = texts([app, name], [days * 24 * 60 * 60]);
    tools.db.call(Delete { app_id: app.clone(), query, args, user_id: None }).await.map(|_| ())
}

async fn holder(tools: &Tools, job: &Job, due: &Due) -> Result<Option<String>> {
    let JobName { app, job } = &job.name;
    let query = format!("SELECT host FROM {TABLE} WHERE app = ? AND job = ? AND slot = ?");
    let holder: Option<Holder> = one(tools, app, query, texts([app, job, &due.key], [])).await?;
    Ok(holder.map(|holder| holder.host))
}

/// Returns another host that is at a slot of the job.
async fn busy(tools: &Tools, job: &Job) -> Result<Option<String>> {
    let JobName { app, job } = &job.name;
    let query = format!(
        "SELECT host FROM {TABLE} WHERE app = ? AND job = ? AND host <> ? AND busy_until > UNIX_TIMESTAMP() LIMIT 1"
    );
    let holder: Option<Holder> = one(tools, app, query, texts([app, job, &tools.host], [])).await?;
    Ok(holder.map(|holder| holder.host))
}

async fn one<T: for<'a> Deserialize<'a>>(
    tools: &Tools,
    app: &str,
    query: String,
    args: Args,
) -> Result<Option<T>> {
    let row = tools.db.call(QueryOne { app_id: app.to_owned(), query, args, user_id: None }).await?.row;
    row.map(|row| serde_json::from_slice(&row)).transpose().map_err(|cause| {
        Error::new(Code::Internal, format!("a row of `{TABLE}` is not what it should be")).caused_by(cause)
    })
}

fn texts<const N: usize, const M: usize>(texts: [&str; N], numbers: [i64; M]) -> Args {
    let texts = texts.into_iter().map(|text| Value::Text(text.to_owned()));
    Args::Positional(texts.chain(numbers.into_iter().map(Value::Int)).collect())
}
