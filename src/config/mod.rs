//! The configuration folder as typed values.
//!
//! [`load`] reads `sogoms.yaml` and every folder of `apps/` and never fails as a whole: a file that is wrong adds
//! [`Problem`]s, all of them at once, and the app it belongs to is left out of [`Registry::apps`]. The supervisor's
//! `sogoctl.yaml` is read by [`supervisor::load`], and [`check`] does all of it for `sogo check`.
//!
//! Every value that a later stage may have to complain about is [`Sourced`], [`SqlText`] or [`TemplateText`] and knows
//! the [`At`] it was read from; `Problem::error(&at, …)` then shows file, line, column and the line itself.

mod app;
mod cron;
pub mod effective;
mod emails;
mod environment;
mod http_limits;
mod name;
mod network;
mod old_layout;
pub mod passwd;
mod places;
mod problem;
mod queries;
mod registry;
mod secret;
mod settings;
mod source;
mod sql_text;
pub mod supervisor;
mod template_text;
#[cfg(test)]
mod tests;
mod written;
mod yaml;

pub use app::{
    Address, App, AppLimits, AppLogs, AuthSettings, BigInt, Cors, Database, DatabaseLimits, Dkim,
    Idempotency, MailLimits, MailRetry, MailServer, MailTls, MailWay, MariaDb, OnUnknown, Origins, RateLimit,
    Smtp, Sqlite, is_host,
};
pub use cron::{
    CatchUp, Cron, Field, Header, Hosts, Http, HttpMethod, Job, OnFailure, Overlap, Pattern, PatternFault,
    QueryEmail, Retry, Rules, ServiceCall, Statuses, Work,
};
pub use emails::Email;
pub use environment::{Environment, INSTANCE, all_variables};
pub use http_limits::{HttpLimits, MetricsSettings};
pub use name::is_name;
pub use network::{Network, NotANetwork};
pub use old_layout::{Migrated, OldFile, migrate, old_apps, read_old};
pub use places::{PlaceFlags, Places};
pub use problem::{Checked, Problem, Severity};
pub use queries::{
    AuthQueries, Create, Delete, Filters, Login, ParamType, PasswordRules, Queries, Read, Reference,
    Register, Resource, Update,
};
pub use registry::{Candidate, Registry, check, load, load_with};
pub use secret::Secret;
pub use settings::{
    CronSettings, DbSettings, GatewaySettings, IpcSettings, LogsSettings, PlaceSettings, Rate, Settings,
    SignInLimits, Strictness, SyncPolicy, load as load_settings,
};
pub use source::{At, Sourced};
pub use sql_text::SqlText;
pub use supervisor::{
    Attributes, Change, Identity, Limit, ListenAddress, Notify, OnFailed, Rotation, ServiceUnit, Supervisor,
    Timing,
};
pub use template_text::TemplateText;
pub use yaml::{closest, parse_duration};
