//! What may be asked of `sogoctl`, on its control socket.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::actions;
use crate::ipc::{Api, Example};
use crate::services::health;

/// All requests of `sogoctl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Request {
    /// See [`Status`].
    Status(Status),
    /// See [`Reload`].
    Reload(Reload),
    /// See [`Health`].
    Health(Health),
}

actions! { Request:
    Status => Services,
    Reload => Reloaded,
    Health => health::Health,
}

/// Tells the state of every service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {}

/// Sends SIGHUP to a service, so that it reads its configuration anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reload {
    /// Name of the service, as in sogoctl.yaml.
    pub service: String,
}

/// Tells the state of the supervisor itself.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {}

/// The reply to [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// The services, in the order in which they start.
    pub services: Vec<ServiceStatus>,
}

/// The state of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// Its name.
    pub service: String,
    /// Its state.
    pub state: State,
    /// Why it is in that state, for a person.
    pub why: String,
    /// Process id, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Milliseconds since it was started, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_ms: Option<u64>,
    /// How often it was restarted since the supervisor began.
    pub restarts: u32,
    /// How long its last health answer took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_us: Option<u64>,
    /// What the service itself says is wrong with its configuration, while it runs on an older state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// The states of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for the services that it depends on.
    Waiting,
    /// It runs and has not answered its health check yet.
    Starting,
    /// It runs and answers.
    Ready,
    /// It runs and its last health checks failed.
    Unhealthy,
    /// It ended and is started again after a pause.
    Backoff,
    /// It ended too often; nobody starts it until someone acts.
    Failed,
    /// It was told to stop and has not ended yet.
    Stopping,
    /// It ended because it was told to.
    Stopped,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The reply to [`Reload`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// The service.
    pub service: String,
    /// The process that got the signal.
    pub pid: u32,
}

impl Api for Request {
    const NAME: &'static str = "sogoctl";
    const SUMMARY: &'static str = "supervisor: starts, watches, restarts and stops the services";

    fn examples() -> Vec<Example> {
        vec![
            Example::of(
                "Tells the state of every service, and why it is so.",
                Status {},
                &Services {
                    services: vec![ServiceStatus {
                        service: "sogoms-db".to_owned(),
                        state: State::Ready,
                        why: "answers its health check".to_owned(),
                        pid: Some(4712),
                        uptime_ms: Some(86_400_000),
                        restarts: 0,
                        health_us: Some(180),
                        problems: Vec::new(),
                    }],
                },
            ),
            Example::of(
                "Sends SIGHUP to a service, which reads its configuration anew without losing a request.",
                Reload { service: "sogoway".to_owned() },
                &Reloaded { service: "sogoway".to_owned(), pid: 4713 },
            ),
            Example::of("Tells that the supervisor is well.", Health {}, &health::Health::example("sogoctl")),
        ]
    }
}
