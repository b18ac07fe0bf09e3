//! `cron:` of `sogoms.yaml`: what jobs may do on this host.

use crate::config::yaml::Fields;

/// Scheduled jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CronSettings {
    /// Whether `http` jobs are kept away from this host and from private networks, whatever they say themselves.
    pub deny_private: bool,
}

impl CronSettings {
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let settings = Self { deny_private: fields.boolean("deny_private").unwrap_or(default.deny_private) };
        fields.finish();
        settings
    }
}
