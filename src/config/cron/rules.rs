//! How the runs of a job are handled: each of these keys stands at the top of `cron.yaml` for all jobs, or in one job for
//! itself.

use std::ops::RangeInclusive;
use std::time::Duration;

use chrono_tz::{TZ_VARIANTS, Tz};

use super::{DAY, SECOND};
use crate::config::problem::Problem;
use crate::config::source::Sourced;
use crate::config::yaml::{self, Fields};

/// How the runs of a job are handled.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The time zone its schedule is in.
    pub timezone: Tz,
    /// What follows a failed attempt.
    pub retry: Retry,
    /// Days for which past runs are kept.
    pub history_days: u32,
    /// What happens to a run whose time has come while an earlier one goes on.
    pub overlap: Overlap,
    /// What happens to the slots that passed while nobody was there to start them.
    pub catch_up: CatchUp,
    /// How long after its slot a run may still begin, or begin again.
    pub catch_up_within: Duration,
    /// How long one attempt may take; `None` is the default of the job's type.
    pub timeout: Option<Duration>,
    /// A run begins up to this much after its slot, so that not all of them begin at once.
    pub jitter: Duration,
    /// Whether several hosts run the jobs of this app.
    pub hosts: Hosts,
    /// Who is told when the last attempt of a run has failed.
    pub on_failure: Option<OnFailure>,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, from 1.
    pub max_attempts: u32,
    /// Pause between two attempts.
    pub delay: Duration,
}

/// What happens to a run whose time has come while an earlier one of its job goes on, between two attempts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// It is not run.
    Skip,
    /// It waits for its turn.
    Queue,
    /// Both run at once.
    Allow,
}

/// What happens to slots that passed while sogoms-cron did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// One run makes up for all of them.
    Once,
    /// They are not run.
    Skip,
    /// Each of them is run, one after the other.
    All,
}

/// Whether several hosts run the jobs of an app, of which one shall start each slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosts {
    /// The table `sogo_cron_slot` of the app's database decides, if it is there.
    Auto,
    /// This host alone.
    One,
    /// Several: nothing is run without the table.
    Many,
}

/// Who is told when the last attempt of a run has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnFailure {
    /// An address that gets an e-mail from the app.
    pub mail: Option<Sourced<String>>,
    /// A URL that gets a POST.
    pub webhook: Option<Sourced<String>>,
}

const HISTORY_DAYS: RangeInclusive<u32> = 1..=3650;

impl Default for Rules {
    fn default() -> Self {
        Self {
            timezone: Tz::UTC,
            retry: Retry::default(),
            history_days: 7,
            overlap: Overlap::Skip,
            catch_up: CatchUp::Once,
            catch_up_within: Duration::from_hours(12),
            timeout: None,
            jitter: Duration::ZERO,
            hosts: Hosts::Auto,
            on_failure: None,
        }
    }
}

impl Rules {
    /// Reads what is given; the rest is as in `default`.
    pub(super) fn of(fields: &mut Fields<'_>, default: &Self) -> Self {
        const OVERLAP: &[(&str, Overlap)] =
            &[("skip", Overlap::Skip), ("queue", Overlap::Queue), ("allow", Overlap::Allow)];
        const CATCH_UP: &[(&str, CatchUp)] =
            &[("once", CatchUp::Once), ("skip", CatchUp::Skip), ("all", CatchUp::All)];
        const HOSTS: &[(&str, Hosts)] = &[("auto", Hosts::Auto), ("one", Hosts::One), ("many", Hosts::Many)];
        let retry = fields.section("retry").map(|section| Retry::of(section, default.retry));
        let on_failure = fields.section("on_failure").and_then(OnFailure::of);
        Self {
            timezone: timezone(fields).unwrap_or(default.timezone),
            retry: retry.unwrap_or(default.retry),
            history_days: fields.integer("history_days", HISTORY_DAYS).unwrap_or(default.history_days),
            overlap: fields.choice("overlap", OVERLAP).unwrap_or(default.overlap),
            catch_up: fields.choice("catch_up", CATCH_UP).unwrap_or(default.catch_up),
            catch_up_within: fields
                .duration("catch_up_within", Duration::from_mins(1)..=7 * DAY)
                .unwrap_or(default.catch_up_within),
            timeout: fields.duration("timeout", SECOND..=DAY).or(default.timeout),
            jitter: fields
                .duration("jitter", Duration::ZERO..=Duration::from_hours(1))
                .unwrap_or(default.jitter),
            hosts: fields.choice("hosts", HOSTS).unwrap_or(default.hosts),
            on_failure: on_failure.or_else(|| default.on_failure.clone()),
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_attempts: 3, delay: Duration::from_mins(5) }
    }
}

impl Retry {
    fn of(mut fields: Fields<'_>, default: Self) -> Self {
        let retry = Self {
            max_attempts: fields.integer("max_attempts", 1..=100).unwrap_or(default.max_attempts),
            delay: fields.duration("delay", Duration::ZERO..=DAY).unwrap_or(default.delay),
        };
        fields.finish();
        retry
    }
}

impl OnFailure {
    fn of(mut fields: Fields<'_>) -> Option<Self> {
        let mail = fields.text("mail");
        let webhook = fields.text("webhook");
        if let Some(mail) = &mail
            && !mail.contains('@')
        {
            fields.report.error(&mail.at, format!("`{}` is no e-mail address", mail.value));
        }
        if let Some(webhook) = &webhook
            && !(webhook.starts_with("http://") || webhook.starts_with("https://"))
        {
            fields.report.error(&webhook.at, "`webhook` begins with `http://` or `https://`");
        }
        if fields.node("mail").is_none() && fields.node("webhook").is_none() {
            fields.report.error(&fields.at, "nobody is told: give `mail`, `webhook` or both");
        }
        fields.finish();
        (mail.is_some() || webhook.is_some()).then_some(Self { mail, webhook })
    }
}

fn timezone(fields: &mut Fields<'_>) -> Option<Tz> {
    let name = fields.text("timezone")?;
    let zone = name.parse().ok();
    if zone.is_none() {
        let problem = Problem::error(&name.at, format!("there is no time zone `{}`", name.value));
        let near = yaml::closest(&name.value, TZ_VARIANTS.iter().map(|zone| zone.name()));
        let hint = near.map_or_else(
            || "a name of the IANA database, such as `Europe/Paris` or `UTC`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        fields.report.add(problem.hint(hint));
    }
    zone
}
