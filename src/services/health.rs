//! The answer to `health`, the one action that every service has.

use serde::{Deserialize, Serialize};

/// The state of a service itself; what it depends on stands in the fields that a service adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `OK`, as in the contract: a service that cannot say so does not answer.
    pub status: String,
    /// Name of the service.
    pub service: String,
    /// Version of the program.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Milliseconds since it was ready.
    pub uptime_ms: u64,
    /// What is wrong with the configuration files, while an older state is in force; empty when all is well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

impl Health {
    /// Returns the health of this process.
    pub fn of(service: &str, uptime: std::time::Duration, problems: Vec<String>) -> Self {
        Self {
            status: "OK".to_owned(),
            service: service.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_ms: u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX),
            problems,
        }
    }

    /// Returns the health of a made-up process, for the documentation.
    pub fn example(service: &str) -> Self {
        Self {
            status: "OK".to_owned(),
            service: service.to_owned(),
            version: "2.0.0".to_owned(),
            pid: 4711,
            uptime_ms: 86_400_000,
            problems: Vec::new(),
        }
    }
}
