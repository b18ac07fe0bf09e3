//! `apps/{app}/cron.yaml`: scheduled jobs.

mod http;
mod pattern;
mod service;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::emails::Email;
use super::problem::{Problem, Report};
use super::source::{At, Sourced};
use super::sql_text::SqlText;
use super::yaml::{self, Fields};
pub use http::{Http, HttpMethod};
pub use pattern::{Field, Pattern, PatternFault};
pub use service::ServiceCall;

/// The whole of `cron.yaml`.
#[derive(Debug, Clone)]
pub struct Cron {
    /// Name of the time zone the schedules are in, such as `Europe/Paris`.
    pub timezone: Sourced<String>,
    /// What follows a failed run.
    pub retry: Retry,
    /// Days for which past runs are kept.
    pub history_days: u32,
    /// The jobs in the order of the file.
    pub jobs: Vec<Job>,
}

/// What follows a failed run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, from 1.
    pub max_attempts: u32,
    /// Pause between two tries.
    pub delay: Duration,
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
}

/// What a job does.
#[derive(Debug, Clone)]
pub enum Work {
    /// `query_email`: a query, and one e-mail for each group of its rows.
    QueryEmail {
        /// The SELECT.
        query: SqlText,
        /// Column whose equal values make a group; `None` means an e-mail for each row.
        group_by: Option<Sourced<String>>,
        /// Name of the template.
        template: Sourced<String>,
    },
    /// `http`: a request to a URL.
    Http(Http),
    /// `service`: an action of an internal service.
    Service(ServiceCall),
}

const DAY: Duration = Duration::from_hours(24);

/// Reads `cron.yaml` of an app's folder, if it is there.
pub(super) fn load(folder: &Path, emails: &BTreeMap<String, Email>, report: &Report) -> Option<Cron> {
    let source = yaml::read(&folder.join("cron.yaml"), report)?;
    let root = yaml::parse_required(&source, report)?;
    let cron = Cron::of(Fields::of_file(&root, report)?);
    for job in &cron.jobs {
        if let Work::QueryEmail { template, .. } = &job.work
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
    fn of(mut fields: Fields<'_>) -> Self {
        const TIMEZONE: &str = "UTC";
        const HISTORY_DAYS: u32 = 7;
        fields.require(&["jobs"]);
        let at = fields.at.clone();
        let cron = Self {
            timezone: fields.text("timezone").unwrap_or_else(|| Sourced::new(TIMEZONE.into(), at)),
            retry: fields.section("retry").map(Retry::of).unwrap_or_default(),
            history_days: fields.integer("history_days", 1..=3650).unwrap_or(HISTORY_DAYS),
            jobs: fields
                .section("jobs")
                .map(|section| {
                    let report = section.report;
                    let sections = section
                        .named()
                        .filter_map(|(name, node)| Some((name, Fields::of(node, &name.at, report)?)));
                    sections.filter_map(|(name, fields)| Job::of(fields, name)).collect()
                })
                .unwrap_or_default(),
        };
        fields.finish();
        cron
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_attempts: 3, delay: Duration::from_mins(5) }
    }
}

impl Retry {
    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let retry = Self {
            max_attempts: fields.integer("max_attempts", 1..=100).unwrap_or(default.max_attempts),
            delay: fields.duration("delay", Duration::ZERO..=DAY).unwrap_or(default.delay),
        };
        fields.finish();
        retry
    }
}

#[derive(Clone, Copy)]
enum WorkType {
    QueryEmail,
    Http,
    Service,
}

impl Job {
    fn of(mut fields: Fields<'_>, name: &Sourced<String>) -> Option<Self> {
        let types =
            [("query_email", WorkType::QueryEmail), ("http", WorkType::Http), ("service", WorkType::Service)];
        fields.require(&["schedule", "type"]);
        let schedule = schedule(&mut fields);
        let enabled = fields.boolean("enabled").unwrap_or(true);
        // Without a type it is not known which of the other keys belong here.
        let work = match fields.choice("type", &types)? {
            WorkType::QueryEmail => Work::query_email(&mut fields),
            WorkType::Http => Http::of(&mut fields).map(Work::Http),
            WorkType::Service => ServiceCall::of(&mut fields).map(Work::Service),
        };
        fields.finish();
        Some(Self {
            name: name.value.clone(),
            at: name.at.clone(),
            schedule: schedule?,
            work: work?,
            enabled,
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

impl Work {
    fn query_email(fields: &mut Fields<'_>) -> Option<Self> {
        fields.require(&["query", "template"]);
        let query = fields.sql("query");
        let group_by = fields.text("group_by");
        let template = fields.text("template");
        Some(Self::QueryEmail { query: query?, group_by, template: template? })
    }
}
