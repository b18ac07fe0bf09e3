//! `apps/{app}/cron.yaml`: scheduled jobs.

mod http;
mod pattern;
mod query_email;
mod rules;
mod service;

use std::collections::BTreeMap;
use std::time::Duration;

use super::app::Context;
use super::emails::Email;
use super::problem::{Problem, Report};
use super::source::{At, Sourced};
use super::yaml::{self, Fields};
pub use http::{Header, Http, HttpMethod, Statuses};
pub use pattern::{Field, Pattern, PatternFault};
pub use query_email::QueryEmail;
pub use rules::{CatchUp, Hosts, OnFailure, Overlap, Retry, Rules};
pub use service::ServiceCall;

/// The whole of `cron.yaml`.
#[derive(Debug, Clone)]
pub struct Cron {
    /// What holds for every job that does not say otherwise.
    pub rules: Rules,
    /// The jobs in the order of the file.
    pub jobs: Vec<Job>,
}

/// One scheduled job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// Where its key stands.
    pub at: At,
    /// When it is due.
    pub schedule: Sourced<Pattern>,
    /// What it does.
    pub work: Work,
    /// False keeps it in the file without running it.
    pub enabled: bool,
    /// How its runs are handled.
    pub rules: Rules,
}

/// What a job does.
#[derive(Debug, Clone)]
pub enum Work {
    /// `query_email`: a query, and one e-mail for each group of its rows.
    QueryEmail(QueryEmail),
    /// `http`: a request to a URL.
    Http(Http),
    /// `service`: an action of an internal service.
    Service(ServiceCall),
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

/// Reads `cron.yaml` of an app's folder, if it is there.
pub(super) fn load(context: &Context<'_>, emails: &BTreeMap<String, Email>, report: &Report) -> Option<Cron> {
    let folder = context.folder;
    let source = yaml::read(&folder.join("cron.yaml"), report)?;
    let root = yaml::parse_required(&source, report)?;
    let cron = Cron::of(Fields::of_file(&root, report)?, context);
    for job in &cron.jobs {
        if let Work::QueryEmail(QueryEmail { template, .. }) = &job.work
            && !emails.contains_key(&template.value)
            && !report.spoiled(&folder.join(format!("emails/{}.yaml", template.value)))
        {
            let message = format!("there is no template `emails/{}.yaml`", template.value);
            let hint = yaml::one_of(&template.value, emails.keys().map(String::as_str));
            report.add(hint.into_iter().fold(Problem::error(&template.at, message), Problem::hint));
        }
    }
    Some(cron)
}

impl Cron {
    fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Self {
        fields.require(&["jobs"]);
        let rules = Rules::of(&mut fields, &Rules::default());
        let jobs = fields.section("jobs").map(|section| {
            let report = section.report;
            let sections =
                section.named().filter_map(|(name, node)| Some((name, Fields::of(node, &name.at, report)?)));
            sections.filter_map(|(name, fields)| Job::of(fields, name, &rules, context)).collect()
        });
        fields.finish();
        Self { rules, jobs: jobs.unwrap_or_default() }
    }
}

#[derive(Clone, Copy)]
enum WorkType {
    QueryEmail,
    Http,
    Service,
}

impl Work {
    /// Returns the name of its type, as it stands in the file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::QueryEmail(_) => "query_email",
            Self::Http(_) => "http",
            Self::Service(_) => "service",
        }
    }
}

impl Job {
    fn of(
        mut fields: Fields<'_>,
        name: &Sourced<String>,
        shared: &Rules,
        context: &Context<'_>,
    ) -> Option<Self> {
        let types =
            [("query_email", WorkType::QueryEmail), ("http", WorkType::Http), ("service", WorkType::Service)];
        fields.require(&["schedule", "type"]);
        let schedule = schedule(&mut fields);
        let enabled = fields.boolean("enabled").unwrap_or(true);
        let rules = Rules::of(&mut fields, shared);
        // Without a type it is not known which of the other keys belong here.
        let work = match fields.choice("type", &types)? {
            WorkType::QueryEmail => QueryEmail::of(&mut fields).map(Work::QueryEmail),
            WorkType::Http => Http::of(&mut fields, context).map(Work::Http),
            WorkType::Service => ServiceCall::of(&mut fields).map(Work::Service),
        };
        fields.finish();
        Some(Self {
            name: name.value.clone(),
            at: name.at.clone(),
            schedule: schedule?,
            work: work?,
            enabled,
            rules,
        })
    }

    /// Returns how long one attempt may take.
    pub fn timeout(&self) -> Duration {
        self.rules.timeout.unwrap_or(match self.work {
            Work::QueryEmail(_) => Duration::from_mins(10),
            Work::Http(_) | Work::Service(_) => Duration::from_secs(30),
        })
    }
}

/// Reads the schedule of a job; what is wrong with it is reported.
fn schedule(fields: &mut Fields<'_>) -> Option<Sourced<Pattern>> {
    let text = fields.text("schedule")?;
    match Pattern::parse(&text.value) {
        Ok(pattern) => Some(Sourced::new(pattern, text.at)),
        Err(fault) => {
            fields.report.add(Problem::error(&text.at, fault.message).hint(fault.hint));
            None
        }
    }
}
