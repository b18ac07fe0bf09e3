//! `apps/{app}/cron.yaml`: scheduled jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use super::source::{At, Sourced};
use super::sql_text::SqlText;

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
    /// Five fields as in a crontab.
    pub schedule: Sourced<String>,
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
    Http {
        /// GET or POST.
        method: HttpMethod,
        /// The URL, http or https.
        url: Sourced<String>,
        /// Headers to send.
        headers: BTreeMap<String, String>,
        /// Body of a POST.
        body: Option<String>,
        /// How long an answer may take.
        timeout: Duration,
    },
    /// `service`: an action of an internal service.
    Service {
        /// Name of the service, such as `sogoms-db`.
        service: Sourced<String>,
        /// Name of the action.
        action: Sourced<String>,
        /// Its parameters, a JSON object.
        params: serde_json::Value,
    },
}

/// Method of an `http` job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET.
    Get,
    /// POST.
    Post,
}
