//! The answer to `health`, the one action that every service has.

use serde::{Deserialize, Serialize};

use crate::actions;
use crate::ipc::{Api, Example};

/// The one request that every service understands, for callers who do not care which one they ask.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum AnyService {
    /// See [`Ask`].
    #[serde(rename = "health")]
    Ask(Ask),
}

/// Asks a service whether it is well. One of ours answers with a [`Health`] and what it adds; a foreign one may answer
/// anything.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ask {}

actions! { AnyService: Ask => serde_json::Value }

impl Api for AnyService {
    const NAME: &'static str = "the service";
    const SUMMARY: &'static str = "any service";

    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

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
