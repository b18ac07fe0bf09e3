//! What an attempt works with: the other services, the clock, this host's name.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::api::Claims;
use super::http::{Web, names};
use crate::config::{Places, Settings};
use crate::error::Result;
use crate::ipc::{Api, Client};
use crate::services::logs::queue::LogQueue;
use crate::services::{db, smtp};

/// How long a call waits for a service that is away: it may just be restarting.
const PATIENCE: Duration = Duration::from_secs(2);

/// What an attempt works with.
#[derive(Debug)]
pub(super) struct Tools {
    pub db: Client<db::api::Request>,
    pub smtp: Client<smtp::api::Request>,
    pub logs: LogQueue,
    /// What sends the requests of `http` jobs.
    pub web: Web,
    /// Where the sockets of all services are.
    pub places: Places,
    pub max_frame_bytes: usize,
    /// What this host is called among those that share an app's database.
    pub host: String,
    /// What was found out about each app's table of slots, and when.
    pub claims: Mutex<HashMap<String, (Claims, Instant)>>,
}

impl Tools {
    /// Makes what the attempts of this process share; must be called inside a tokio runtime.
    pub(super) fn new(places: &Places, settings: &Settings, host: String, logs: LogQueue) -> Result<Self> {
        let max_frame_bytes = usize::try_from(settings.ipc.max_frame_bytes).unwrap_or(usize::MAX);
        Ok(Self {
            db: Client::new(&places.socket(db::api::Request::NAME, 1), PATIENCE, max_frame_bytes),
            smtp: Client::new(&places.socket(smtp::api::Request::NAME, 1), PATIENCE, max_frame_bytes),
            logs,
            web: Web::new(&names::system(), settings.cron.deny_private)?,
            places: places.clone(),
            max_frame_bytes,
            host,
            claims: Mutex::default(),
        })
    }
}
