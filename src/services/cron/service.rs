//! Answers the requests of `sogoms-cron`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, SecondsFormat, Utc};

use super::api::{
    AppClaims, Cancel, Claims, Disable, DryRun, Enable, Health, HealthReply, History, Job as Told, Jobs,
    List, Next, Rehearsal, Request, Run, Runs as RunsReply, Slot, Slots, Status, StatusReply, Takeover,
    Trigger, Wait,
};
use super::jobs::Job;
use super::keeper::{Command, Commands, Seen};
use super::runs::{Asked, JobName, Memory, Runs};
use super::tools::Tools;
use super::{claims, clock, query_email};
use crate::config::{Hosts, Work};
use crate::error::{Code, Error, Result};
use crate::ipc::{Answer, Api, Call, Handle, Service, answer};
use crate::services::health;

/// The service, apart from its socket.
#[derive(Debug)]
pub(super) struct Cron {
    pub(super) seen: Arc<Seen>,
    pub(super) runs: Runs,
    pub(super) tools: Arc<Tools>,
    pub(super) commands: Commands,
    pub(super) began: Instant,
}

/// The most of anything that one answer holds.
const MOST: u32 = 1000;

impl Service for Cron {
    type Api = Request;

    async fn dispatch(&self, call: Call, request: Request) -> Result<Answer> {
        match request {
            Request::List(action) => answer(self.handle(&call, action).await),
            Request::Next(action) => answer(self.handle(&call, action).await),
            Request::Trigger(action) => answer(self.handle(&call, action).await),
            Request::DryRun(action) => answer(self.handle(&call, action).await),
            Request::Status(action) => answer(self.handle(&call, action).await),
            Request::History(action) => answer(self.handle(&call, action).await),
            Request::Wait(action) => answer(self.handle(&call, action).await),
            Request::Enable(action) => answer(self.handle(&call, action).await),
            Request::Disable(action) => answer(self.handle(&call, action).await),
            Request::Cancel(action) => answer(self.handle(&call, action).await),
            Request::Takeover(action) => answer(self.handle(&call, action).await),
            Request::Health(action) => answer(self.handle(&call, action).await),
        }
    }
}

impl Handle<List> for Cron {
    async fn handle(&self, _: &Call, List { app_id }: List) -> Result<Jobs> {
        self.check_app(app_id.as_deref())?;
        let known = self.known().await?;
        let jobs = self.seen.jobs.load_full();
        let of_app = jobs.all().filter(|job| app_id.as_ref().is_none_or(|app| job.name.app == *app));
        Ok(Jobs { jobs: of_app.map(|job| told(job, &known)).collect() })
    }
}

impl Handle<Next> for Cron {
    async fn handle(&self, _: &Call, Next { app_id, job, count }: Next) -> Result<Slots> {
        check("count", count)?;
        self.check_app(app_id.as_deref())?;
        let jobs = self.seen.jobs.load_full();
        let known = self.runs.jobs().await?;
        let asked: Vec<Arc<Job>> = match &job {
            Some(job) => vec![jobs.find(app_id.as_deref(), job)?],
            None => jobs
                .all()
                .filter(|job| app_id.as_ref().is_none_or(|app| job.name.app == *app))
                .cloned()
                .collect(),
        };
        let now = clock::now();
        let runs_by_itself =
            |job: &&Arc<Job>| job.file.enabled && !known.get(&job.name).is_some_and(|memory| memory.disabled);
        let mut slots: Vec<(DateTime<Utc>, Slot)> = Vec::new();
        for one in asked.iter().filter(runs_by_itself) {
            slots.extend(one.schedule.slots(now).take(count as usize).map(|slot| {
                let told = Slot {
                    app_id: one.name.app.clone(),
                    job: one.name.job.clone(),
                    slot: slot.key(),
                    at: local(one, slot.at),
                };
                (slot.at, told)
            }));
        }
        slots.sort_by(|(one, a), (other, b)| (one, &a.app_id, &a.job).cmp(&(other, &b.app_id, &b.job)));
        slots.truncate(count as usize);
        Ok(Slots { slots: slots.into_iter().map(|(_, slot)| slot).collect() })
    }
}

impl Handle<Trigger> for Cron {
    async fn handle(&self, _: &Call, Trigger { app_id, job }: Trigger) -> Result<Run> {
        let name = self.find(app_id.as_deref(), &job)?.name.clone();
        self.commands.ask(|reply| Command::Trigger(name, reply)).await
    }
}

impl Handle<DryRun> for Cron {
    async fn handle(&self, _: &Call, DryRun { app_id, job, mails }: DryRun) -> Result<Rehearsal> {
        if MOST < mails {
            return Err(Error::new(Code::Validation, format!("`mails` is from 0 to {MOST}")));
        }
        let job = self.find(app_id.as_deref(), &job)?;
        let summary = match &job.file.work {
            Work::QueryEmail(query) => {
                return query_email::rehearse(&self.tools, &job, query, mails as usize).await;
            }
            Work::Http(request) => format!("{} {}", request.method.name(), request.url.value),
            Work::Service(call) => {
                format!("{} of {} with {}", call.action.value, call.service.value, call.params)
            }
        };
        let (app_id, job) = (job.name.app.clone(), job.name.job.clone());
        Ok(Rehearsal { app_id, job, summary, rows: None, groups: None, mails: Vec::new() })
    }
}

impl Handle<Status> for Cron {
    async fn handle(&self, _: &Call, Status { app_id, job, limit }: Status) -> Result<StatusReply> {
        check("limit", limit)?;
        let app = self.app_of(app_id, job.as_deref())?;
        let asked = Asked { app: app.clone(), job, limit, only_run: true, ..Asked::default() };
        let (runs, _) = self.runs.page(asked).await?;
        let mut hosts: BTreeMap<String, Hosts> = BTreeMap::new();
        for job in self.seen.jobs.load_full().all() {
            if app.as_ref().is_none_or(|app| job.name.app == *app) {
                // Where one job demands several hosts, or leaves it open, the table is what tells.
                let of_app = hosts.entry(job.name.app.clone()).or_insert(job.file.rules.hosts);
                if *of_app == Hosts::One {
                    *of_app = job.file.rules.hosts;
                }
            }
        }
        let mut apps = Vec::new();
        for (app_id, hosts) in hosts {
            let claims = claims::claims(&self.tools, &app_id, hosts).await.unwrap_or(Claims::Unknown);
            apps.push(AppClaims { app_id, claims });
        }
        Ok(StatusReply { host: self.tools.host.clone(), apps, runs })
    }
}

impl Handle<History> for Cron {
    async fn handle(&self, _: &Call, action: History) -> Result<RunsReply> {
        let History { app_id, job, state, run, before, limit } = action;
        check("limit", limit)?;
        if let Some(run) = run {
            return Ok(RunsReply { runs: vec![self.runs.one(run).await?], more: false });
        }
        let app = self.app_of(app_id, job.as_deref())?;
        let (runs, more) = self.runs.page(Asked { app, job, state, before, only_run: false, limit }).await?;
        Ok(RunsReply { runs, more })
    }
}

impl Handle<Wait> for Cron {
    async fn handle(&self, _: &Call, Wait { run }: Wait) -> Result<Run> {
        let mut ended = self.seen.ended.subscribe();
        loop {
            ended.borrow_and_update();
            let found = self.runs.one(run).await?;
            if found.state.has_ended() || ended.changed().await.is_err() {
                return Ok(found);
            }
        }
    }
}

impl Handle<Enable> for Cron {
    async fn handle(&self, _: &Call, Enable { app_id, job }: Enable) -> Result<Told> {
        self.set_disabled(app_id.as_deref(), &job, false).await
    }
}

impl Handle<Disable> for Cron {
    async fn handle(&self, _: &Call, Disable { app_id, job }: Disable) -> Result<Told> {
        self.set_disabled(app_id.as_deref(), &job, true).await
    }
}

impl Handle<Cancel> for Cron {
    async fn handle(&self, _: &Call, Cancel { run }: Cancel) -> Result<Run> {
        let mut ended = self.seen.ended.subscribe();
        let mut found = self.commands.ask(|reply| Command::Cancel(run, reply)).await?;
        while !found.state.has_ended() && ended.changed().await.is_ok() {
            found = self.runs.one(run).await?;
        }
        Ok(found)
    }
}

impl Handle<Takeover> for Cron {
    async fn handle(&self, _: &Call, Takeover { app_id, job, slot }: Takeover) -> Result<Run> {
        let job = self.find(app_id.as_deref(), &job)?;
        let due = claims::take_over(&self.tools, &job, &slot).await?;
        self.commands.ask(|reply| Command::Adopt(job.name.clone(), due, reply)).await
    }
}

impl Handle<Health> for Cron {
    async fn handle(&self, _: &Call, _: Health) -> Result<HealthReply> {
        let jobs = self.seen.jobs.load_full();
        Ok(HealthReply {
            health: health::Health::of(Request::NAME, self.began.elapsed(), jobs.problems.clone()),
            jobs: jobs.all().filter(|job| job.file.enabled).count() as u64,
            running: *self.seen.running.borrow() as u64,
            failure: self.seen.failure.load().as_ref().clone(),
        })
    }
}

/// What the durable state knows of all jobs.
struct Known {
    memory: BTreeMap<JobName, Memory>,
    open: BTreeMap<JobName, u64>,
    latest: BTreeMap<JobName, Run>,
}

impl Cron {
    fn find(&self, app: Option<&str>, job: &str) -> Result<Arc<Job>> {
        self.seen.jobs.load().find(app, job)
    }

    /// Returns the app that is meant, where only a job is named.
    fn app_of(&self, app: Option<String>, job: Option<&str>) -> Result<Option<String>> {
        match (app, job) {
            (None, Some(job)) => Ok(Some(self.find(None, job)?.name.app.clone())),
            (app, _) => Ok(app),
        }
    }

    fn check_app(&self, app: Option<&str>) -> Result<()> {
        let jobs = self.seen.jobs.load();
        match app {
            Some(app) if !jobs.all().any(|job| job.name.app == app) => {
                let shown: String = app.chars().take(64).filter(|letter| !letter.is_control()).collect();
                let error = Error::new(Code::NotFound, format!("the app `{shown}` has no job"));
                Err(error.hint("see `sogo cron list` for the jobs there are"))
            }
            _ => Ok(()),
        }
    }

    async fn set_disabled(&self, app: Option<&str>, job: &str, disabled: bool) -> Result<Told> {
        let job = self.find(app, job)?;
        let name = job.name.clone();
        self.commands.ask(|reply| Command::SetDisabled(name, disabled, reply)).await?;
        Ok(told(&job, &self.known().await?))
    }

    async fn known(&self) -> Result<Known> {
        let mut open: BTreeMap<JobName, u64> = BTreeMap::new();
        for run in self.runs.open_runs().await? {
            *open.entry(run.name).or_default() += 1;
        }
        Ok(Known { memory: self.runs.jobs().await?, open, latest: self.runs.latest().await? })
    }
}

fn told(job: &Job, known: &Known) -> Told {
    let disabled = known.memory.get(&job.name).is_some_and(|memory| memory.disabled);
    let enabled = job.file.enabled && !disabled;
    let disabled_by = if disabled { "operator" } else { "file" };
    let next = job.schedule.after(clock::now()).filter(|_| enabled);
    Told {
        app_id: job.name.app.clone(),
        job: job.name.job.clone(),
        kind: job.file.work.name().to_owned(),
        schedule: job.file.schedule.value.text().to_owned(),
        timezone: job.file.rules.timezone.name().to_owned(),
        enabled,
        disabled_by: (!enabled).then(|| disabled_by.to_owned()),
        next: next.map(|slot| local(job, slot.at)),
        going: known.open.get(&job.name).copied().unwrap_or_default(),
        last: known.latest.get(&job.name).cloned(),
    }
}

/// Writes a moment in the time zone of a job.
fn local(job: &Job, at: DateTime<Utc>) -> String {
    at.with_timezone(&job.file.rules.timezone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn check(name: &str, number: u32) -> Result<()> {
    if (1..=MOST).contains(&number) {
        return Ok(());
    }
    Err(Error::new(Code::Validation, format!("`{name}` is from 1 to {MOST}")))
}
