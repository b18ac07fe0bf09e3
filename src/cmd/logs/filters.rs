//! Which entries are wanted, as it is typed.

use chrono::Local;
use clap::{Args, ValueEnum};

use super::super::text::pair;
use super::moment::moment;
use crate::services::logs::api;

/// Which entries; several of these narrow each other down.
#[derive(Debug, Clone, Args)]
pub(super) struct Filters {
    /// Only these apps
    pub(super) apps: Vec<String>,
    /// Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, '2026-01-15 08:00', or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = written)]
    pub(super) since: Option<String>,
    /// Only before then
    #[arg(long, value_name = "TIME", value_parser = written)]
    until: Option<String>,
    /// Only what is this bad or worse
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Only entries with a value in which this regular expression is found; `(?i)` before it ignores case
    #[arg(long, value_name = "PATTERN")]
    grep: Option<String>,
    /// Only entries with this value, such as user_id=2; of nested fields a.b=c
    #[arg(long = "where", value_name = "KEY=VALUE", value_parser = pair)]
    values: Vec<(String, String)>,
    /// Only this type of entries
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// What happened
    Events,
    /// What went wrong
    Errors,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    /// Good to know
    Info,
    /// It went on, but somebody should look
    Warn,
    /// It failed
    Error,
}

impl Filters {
    /// Returns what the actions take: apps, type, and the rest.
    pub(super) fn parts(self) -> (Vec<String>, Option<api::Type>, api::Filter) {
        let kind = self.kind.map(|kind| match kind {
            Kind::Events => api::Type::Events,
            Kind::Errors => api::Type::Errors,
        });
        let level = self.level.map(|level| match level {
            Level::Info => api::Level::Info,
            Level::Warn => api::Level::Warn,
            Level::Error => api::Level::Error,
        });
        let (since, until, grep) = (self.since, self.until, self.grep);
        let values = self.values.into_iter().collect();
        (self.apps, kind, api::Filter { since, until, level, grep, values })
    }
}

/// Reads a moment, in the time zone of this machine, and returns it as RFC 3339.
pub(in crate::cmd) fn written(text: &str) -> Result<String, String> {
    let read = moment(text, &Local::now());
    read.map(|moment| moment.to_rfc3339()).ok_or_else(|| {
        "this is no time: 10m, 2h, 3d, now, today, yesterday, 08:00, 2026-01-15, '2026-01-15 08:00', or RFC 3339"
            .to_owned()
    })
}
