//! `logs:` of `sogoms.yaml`: the central logs, and how services wait for them.

use std::time::Duration;

use crate::config::yaml::Fields;

/// Central logging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogsSettings {
    /// Entries a service keeps in memory while it hands others over.
    pub queue: u32,
    /// Bytes of entries each service keeps on disk while sogoms-logs is away; 0 keeps none there.
    pub spool_max_bytes: u64,
    /// Bytes at which a log file is set aside as `….1.log` and begun anew.
    pub max_file_bytes: u64,
    /// Free bytes of the disk below which the oldest log files are deleted; 0 deletes none.
    pub min_free_bytes: u64,
    /// When lines are brought to the disk itself.
    pub sync: SyncPolicy,
    /// Statements that take longer are told to the logs of their app; zero tells none.
    pub slow_statement: Duration,
}

/// When lines are brought from the memory of the machine to its disk, where they outlast a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncPolicy {
    /// Whenever the machine likes, within half a minute mostly.
    Never,
    /// Once a second, beside the writing.
    Interval,
    /// Before they are acknowledged.
    Always,
}

impl Default for LogsSettings {
    fn default() -> Self {
        Self {
            queue: 4096,
            spool_max_bytes: 64 << 20,
            max_file_bytes: 64 << 20,
            min_free_bytes: 100 << 20,
            sync: SyncPolicy::Interval,
            slow_statement: Duration::from_secs(1),
        }
    }
}

impl LogsSettings {
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        const SYNC: &[(&str, SyncPolicy)] = &[
            ("never", SyncPolicy::Never),
            ("interval", SyncPolicy::Interval),
            ("always", SyncPolicy::Always),
        ];
        let default = Self::default();
        let settings = Self {
            queue: fields.integer("queue", 1..=1_000_000).unwrap_or(default.queue),
            spool_max_bytes: fields
                .integer("spool_max_bytes", 0..=1 << 40)
                .unwrap_or(default.spool_max_bytes),
            max_file_bytes: fields
                .integer("max_file_bytes", 64 << 10..=1 << 40)
                .unwrap_or(default.max_file_bytes),
            min_free_bytes: fields.integer("min_free_bytes", 0..=1 << 50).unwrap_or(default.min_free_bytes),
            sync: fields.choice("sync", SYNC).unwrap_or(default.sync),
            slow_statement: fields
                .duration("slow_statement", Duration::ZERO..=super::HOUR)
                .unwrap_or(default.slow_statement),
        };
        fields.finish();
        settings
    }
}
