//! What the gateway has to tell of an app: sign-ins, refusals, failures. It goes to sogoms-logs and to our own log,
//! and never waits for either.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tracing::{error, warn};

use super::context::Context;
use crate::error::{Code, Error};
use crate::services::logs::api::{Level, LogError, LogEvent};
use crate::services::logs::queue::{LogQueue, Pace};

/// The way to the logs.
#[derive(Debug)]
pub(super) struct Events {
    queue: LogQueue,
    pace: Mutex<Pace<Kind>>,
}

/// Refusals and failures are paced by app and code.
type Kind = (String, Code);

impl Events {
    /// Tells through this queue.
    pub(super) fn new(queue: LogQueue) -> Self {
        Self { queue, pace: Mutex::default() }
    }

    /// Returns how many entries wait, and how many were lost.
    pub(super) fn queued(&self) -> (usize, u64) {
        self.queue.figures()
    }

    /// Hands over what waits, at the latest after `grace`.
    pub(super) async fn drain(&self, grace: Duration) {
        self.queue.drain(grace).await;
    }

    /// Tells that something happened: `login`, `register`, `logout`.
    pub(super) fn happened(&self, cx: &Context, event: &str, account: Option<&str>) {
        self.event(cx, event, fields(cx, account));
    }

    /// Tells of a request that was refused or failed, with the cause that the client was not told. What a client
    /// merely got wrong is not told.
    pub(super) fn refused(&self, cx: &Context, error: &Error) {
        let code = error.code;
        let failed = 500 <= code.outcome().http;
        if !failed && !matches!(code, Code::Unauthorized | Code::Forbidden | Code::RateLimited) {
            return;
        }
        let kind = (cx.app.clone().unwrap_or_default(), code);
        let taken = self.pace.lock().unwrap_or_else(PoisonError::into_inner).take(&kind, cx.began);
        let Some(untold) = taken else { return };
        let cause = error.cause();
        if failed {
            let (app, request_id, cause) = (cx.app.as_deref(), &*cx.id, cause.as_deref());
            if matches!(code, Code::Internal | Code::Config | Code::SqlError) {
                error!(app, request_id, code = %code, cause, untold, "A request failed: {error}");
            } else {
                warn!(app, request_id, code = %code, cause, untold, "A request failed: {error}");
            }
        }
        let mut fields = fields(cx, cx.account.as_deref());
        fields.extend(cause.map(|cause| ("cause".to_owned(), Value::from(cause))));
        fields.extend((untold != 0).then(|| ("untold".to_owned(), Value::from(untold))));
        if code == Code::Unauthorized && cx.account.is_some() {
            return self.event(cx, "login_refused", fields);
        }
        let Some(app_id) = cx.app.clone() else { return };
        self.queue.error(LogError {
            app_id,
            level: if failed { Level::Error } else { Level::Warn },
            message: error.message.clone().into_owned(),
            code: Some(code.to_string()),
            user_id: cx.user_id,
            request_id: Some(cx.id.to_string()),
            fields,
            ..LogError::default()
        });
    }

    fn event(&self, cx: &Context, event: &str, fields: Map<String, Value>) {
        let Some(app_id) = cx.app.clone() else { return };
        self.queue.event(LogEvent {
            app_id,
            event: event.to_owned(),
            user_id: cx.user_id,
            request_id: Some(cx.id.to_string()),
            fields,
            ..LogEvent::default()
        });
    }
}

/// Longest identifier that is written down, in characters.
const LONGEST_ACCOUNT: usize = 254;

fn fields(cx: &Context, account: Option<&str>) -> Map<String, Value> {
    let ip = ("ip".to_owned(), Value::from(cx.origin.address.to_string()));
    let account = account.map(|account| account.chars().take(LONGEST_ACCOUNT).collect::<String>());
    std::iter::once(ip).chain(account.map(|account| ("account".to_owned(), Value::from(account)))).collect()
}
