//! One look at the clock: slots that have passed are decided, runs whose moment has come are started.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Keeper, MOST_RUNNING};
use crate::error::Result;
use crate::services::cron::api::{Reason, State};
use crate::services::cron::attempt::{self, Attempt};
use crate::services::cron::jobs::{Job, Jobs};
use crate::services::cron::policy::{self, Enabled, Start, Verdict};
use crate::services::cron::runs::{Ended, JobName, Memory, NewRun, OpenRun, Then};
use crate::services::cron::{claims, clock};

/// How often runs that are older than their job's `history_days` are deleted.
const PRUNE: TimeDelta = TimeDelta::hours(1);

impl Keeper {
    /// Does what the clock asks for.
    pub(super) async fn look(&mut self) -> Result<()> {
        let now = clock::now();
        self.write_ends().await?;
        self.set_back(now).await?;
        self.decide(now).await?;
        self.start(now).await?;
        self.prune(now).await
    }

    /// Notices that the clock was put back: what was decided about slots that come again is forgotten, except what ran.
    async fn set_back(&mut self, now: DateTime<Utc>) -> Result<()> {
        let Some(latest) = self.memory.values().map(|memory| memory.decided).max() else { return Ok(()) };
        if latest <= now {
            return Ok(());
        }
        warn!(by_ms = (latest - now).num_milliseconds(), "The clock was put back to {now}");
        self.runs.rewind(now).await?;
        for memory in self.memory.values_mut() {
            memory.decided = memory.decided.min(now);
        }
        self.upcoming.clear();
        // What waits was to wait for a while, not for a moment on a clock that was wrong.
        let jobs = self.seen.jobs.load();
        for run in self.open.values_mut() {
            let longest =
                jobs.get(&run.name).map_or(TimeDelta::zero(), |job| policy::longest_wait(&job.file.rules));
            run.begin_at = run.begin_at.map(|begin| begin.min(now + longest));
        }
        Ok(())
    }

    async fn decide(&mut self, now: DateTime<Utc>) -> Result<()> {
        let jobs = self.seen.jobs.load_full();
        let (mut runs, mut decided) = (Vec::new(), Vec::new());
        for job in jobs.all() {
            let memory = self.memory.get(&job.name);
            let Some(memory) = memory.filter(|memory| memory.schedule == job.meaning) else {
                // Its slots begin now: nobody can have missed those of a schedule that was not there.
                let disabled = memory.is_some_and(|memory| memory.disabled);
                let memory = Memory { schedule: job.meaning.clone(), decided: now, disabled };
                decided.push((job.name.clone(), memory));
                continue;
            };
            let next = self.upcoming.entry(job.name.clone()).or_insert_with(|| next(job, memory.decided));
            if next.is_none_or(|next| now < next) {
                continue;
            }
            let passed = policy::passed(&job.schedule, memory.decided, now);
            let enabled = enabled(job, memory.disabled);
            let verdicts = policy::decide(&job.file.rules, enabled, &job.name.to_string(), passed.slots, now);
            let untold = passed.untold.map(|untold| NewRun {
                name: job.name.clone(),
                why: Some(untold.why()),
                due: untold.first,
                asked: false,
                begin: Err(Reason::Missed),
            });
            runs.extend(untold);
            runs.extend(verdicts.into_iter().map(|(due, verdict)| {
                let (asked, begin) = match verdict {
                    Verdict::Run { start, late } => (late, Ok(start)),
                    Verdict::NotRun(reason) => (false, Err(reason)),
                };
                NewRun { name: job.name.clone(), due, asked, begin, why: None }
            }));
            decided.push((job.name.clone(), Memory { decided: now, ..memory.clone() }));
        }
        if decided.is_empty() {
            return Ok(());
        }
        let waiting = self.runs.decide(runs, decided.clone(), now).await?;
        self.open.extend(waiting.into_iter().map(|run| (run.run, run)));
        for (name, memory) in decided {
            self.upcoming.remove(&name);
            self.memory.insert(name, memory);
        }
        Ok(())
    }

    async fn start(&mut self, now: DateTime<Utc>) -> Result<()> {
        let jobs = self.seen.jobs.load_full();
        let is_due = |run: &&OpenRun| run.begin_at.is_some_and(|begin| begin <= now);
        let mut due: Vec<OpenRun> = self.open.values().filter(is_due).cloned().collect();
        due.sort_by_key(|run| (run.due.at, run.run));
        for run in due {
            let Some(job) = jobs.get(&run.name) else {
                if jobs.is_gone(&run.name) {
                    self.leave(&run, Reason::Removed, State::Cancelled, now).await?;
                }
                continue;
            };
            if policy::is_too_late(&job.file.rules, run.due.at, now) {
                self.leave(&run, Reason::TooLate, State::Failed, now).await?;
                continue;
            }
            // A run that has begun holds its place between two attempts.
            let (going, before) = if run.attempts == 0 { self.in_the_way_of(&run) } else { (0, 0) };
            match policy::start(job.file.rules.overlap, run.asked, going, before) {
                Start::Now if self.tasks.len() < MOST_RUNNING => self.begin(job, run, now).await?,
                Start::Now | Start::Wait => {}
                Start::Never(reason) => self.leave(&run, reason, State::Cancelled, now).await?,
            }
        }
        Ok(())
    }

    /// Counts the runs of the same job that have begun, and those that wait before this one.
    fn in_the_way_of(&self, run: &OpenRun) -> (usize, usize) {
        let others = || self.open.values().filter(|other| other.name == run.name && other.run != run.run);
        let has_begun = |other: &&OpenRun| other.begin_at.is_none() || 0 < other.attempts;
        let is_before = |other: &&OpenRun| (other.due.at, other.run) < (run.due.at, run.run);
        let going = others().filter(has_begun).count();
        (going, others().filter(|other| !has_begun(other)).filter(is_before).count())
    }

    async fn begin(&mut self, job: &Arc<Job>, mut run: OpenRun, now: DateTime<Utc>) -> Result<()> {
        let number = run.attempts + 1;
        self.runs.begin(run.run, number, now).await?;
        info!(
            app = run.name.app,
            job = run.name.job,
            slot = run.due.key,
            attempt = number,
            "Starting {}",
            run.name
        );
        (run.attempts, run.begin_at) = (number, None);
        let attempt = Attempt { job: Arc::clone(job), due: run.due.clone() };
        let stop = CancellationToken::new();
        let task = self.going.spawn(attempt::run(Arc::clone(&self.tools), attempt, stop.clone()));
        self.tasks.insert(task.id(), (run.run, number));
        self.stops.insert(run.run, stop);
        self.open.insert(run.run, run);
        Ok(())
    }

    /// Gives up a run that waits: one that never began was not run, another one has ended as `begun`.
    pub(super) async fn leave(
        &mut self,
        run: &OpenRun,
        reason: Reason,
        begun: State,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let then = if run.attempts == 0 { Then::NotRun(reason) } else { Then::End(begun) };
        let why = Some(reason.told().to_owned());
        self.runs.settle(run.run, Ended { why, ..Ended::default() }, then, now).await?;
        info!(
            app = run.name.app,
            job = run.name.job,
            slot = run.due.key,
            reason = reason.name(),
            "Not running {}: {}",
            run.name,
            reason.told()
        );
        self.open.remove(&run.run);
        self.seen.ended.send_modify(|count| *count += 1);
        Ok(())
    }

    async fn prune(&mut self, now: DateTime<Utc>) -> Result<()> {
        if self.pruned.is_some_and(|pruned| (now - pruned).abs() < PRUNE) {
            return Ok(());
        }
        for job in self.seen.jobs.load_full().all() {
            let before = now - TimeDelta::days(i64::from(job.file.rules.history_days));
            self.runs.prune(job.name.clone(), before).await?;
            let (tools, job) = (Arc::clone(&self.tools), Arc::clone(job));
            tokio::spawn(async move { claims::prune(&tools, &job).await });
        }
        self.pruned = Some(now);
        Ok(())
    }

    /// Forgets jobs that are gone.
    pub(super) async fn forget(&mut self, jobs: &Jobs) -> Result<()> {
        let gone: Vec<JobName> = self.memory.keys().filter(|name| jobs.is_gone(name)).cloned().collect();
        self.runs.forget(gone.clone()).await?;
        for name in gone {
            self.upcoming.remove(&name);
            match self.memory.get_mut(&name) {
                Some(memory) if memory.disabled => memory.schedule.clear(),
                _ => _ = self.memory.remove(&name),
            }
        }
        Ok(())
    }
}

fn enabled(job: &Job, disabled: bool) -> Enabled {
    match (disabled, job.file.enabled) {
        (true, _) => Enabled::NotByOperator,
        (false, false) => Enabled::NotByFile,
        (false, true) => Enabled::Yes,
    }
}

fn next(job: &Job, decided: DateTime<Utc>) -> Option<DateTime<Utc>> {
    job.schedule.after(decided).map(|slot| slot.at)
}
