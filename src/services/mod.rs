//! The services: the only list of them.
//!
//! A service is a folder: `api.rs` says what may be asked of it, `mod.rs` answers. Services know each other through
//! `api.rs` and the client alone.

pub mod cron;
pub mod db;
pub mod gateway;
pub mod health;
pub mod lang;
pub mod logs;
pub mod smtp;
pub mod supervisor;

use std::path::PathBuf;

use crate::config::{self, Places, Registry};
use crate::error::{Code, Error, Result};
use crate::ipc::inherited::Inherited;
use crate::ipc::listen::Listener;
use crate::ipc::{Api, Example};
use crate::process::notify::Notifier;

/// One service, with its types erased.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Name of its program and its socket.
    pub name: &'static str,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// Its actions with examples, for docs/PROTOCOL.md.
    pub examples: fn() -> Vec<Example>,
}

impl Entry {
    const fn of<A: Api>() -> Self {
        Self { name: A::NAME, summary: A::SUMMARY, examples: A::examples }
    }
}

/// All services, in the order of the documentation.
pub const SERVICES: &[Entry] = &[
    Entry::of::<supervisor::api::Request>(),
    Entry::of::<gateway::api::Request>(),
    Entry::of::<db::api::Request>(),
    Entry::of::<logs::api::Request>(),
    Entry::of::<smtp::api::Request>(),
    Entry::of::<cron::api::Request>(),
];

/// What a daemon is started with, whichever it is.
///
/// Each service has `pub async fn run(start: Start, signals: Signals) -> Result<()>` in its `mod.rs`: it reads and
/// checks its configuration, binds, announces that it is ready, serves until the stop and drains.
#[derive(Debug, Clone)]
pub struct Start {
    /// Where configuration, sockets, state and logs are.
    pub places: Places,
    /// The socket to answer on, if another than the usual one of the service.
    pub socket: Option<PathBuf>,
    /// The TCP port to serve, for the services that have one.
    pub port: Option<u16>,
    /// Which of several processes of the service it is, from 1.
    pub instance: u32,
    /// The sockets that it was handed; they go before those that it would bind.
    pub inherited: Inherited,
    /// Tells whoever started it that it is ready.
    pub notifier: Notifier,
}

impl Start {
    /// Returns the socket that a service answers on: the one that it was handed, else its own. Must be called inside a
    /// tokio runtime.
    ///
    /// # Errors
    /// [`Code::Config`] when it was handed what it has no use for, or another socket than the command line names; those
    /// of [`Listener::bind`].
    pub fn listener(&self, service: &str, group: Option<u32>) -> Result<Listener> {
        self.inherited.refuse_tcp(service)?;
        self.unix_listener(service, group)
    }

    /// The same for a service that has a use for TCP sockets.
    fn unix_listener(&self, service: &str, group: Option<u32>) -> Result<Listener> {
        if let Some(listener) = self.inherited.unix(self.socket.as_deref())? {
            return Ok(listener);
        }
        let usual = || self.places.socket(service, self.instance);
        Listener::bind(&self.socket.clone().unwrap_or_else(usual), group)
    }
}

/// Reads the configuration folder beside the thread that serves, which no slow disk is to hold up.
async fn read_configuration(folder: PathBuf) -> Result<Registry> {
    tokio::task::spawn_blocking(move || config::load(&folder))
        .await
        .map_err(|cause| Error::new(Code::Internal, "reading the configuration failed").caused_by(cause))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn examples() -> impl Iterator<Item = (&'static str, Example)> {
        SERVICES
            .iter()
            .flat_map(|entry| (entry.examples)().into_iter().map(move |example| (entry.name, example)))
    }

    /// Neighbours may be one version apart: what a newer one adds to its answers is no matter.
    #[test]
    fn what_is_unknown_in_a_reply_is_passed_over() {
        for (service, Example { action, result, read, .. }) in examples() {
            let Value::Object(mut fields) = result.clone() else { continue };
            fields.insert("new_in_a_later_version".to_owned(), json!({ "a": [1] }));
            for reply in [result, Value::Object(fields)] {
                let outcome = read(reply.to_string().into());
                assert!(outcome.is_ok(), "{service} {action}: {reply}: {:?}", outcome.err());
            }
        }
    }

    #[test]
    fn every_service_tells_its_version() {
        let healths: Vec<_> = examples().filter(|(_, example)| example.action == "health").collect();
        assert_eq!(healths.len(), SERVICES.len());
        for (service, health) in healths {
            assert!(health.result["version"].is_string(), "{service}");
        }
    }
}
