//! What the logs of an app hear of its mail.

use serde_json::{Map, Value};

use super::api::{Request, State};
use super::retry::Verdict;
use crate::ipc::Api;
use crate::services::logs::api::{Level, LogError, LogEvent};
use crate::services::logs::queue::LogQueue;

/// Writes to the logs of the apps. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Events(pub(super) LogQueue);

impl Events {
    /// A try has ended: what went out is an event, what did not and needs somebody's eyes an error.
    pub(super) fn ended(&self, app: &str, id: i64, address: &str, verdict: &Verdict) {
        let fields = Map::from_iter([
            ("mail".to_owned(), Value::from(id)),
            ("to".to_owned(), Value::from(address)),
            ("reply".to_owned(), Value::from(verdict.reply.clone())),
        ]);
        match verdict.state {
            State::Sent => self.0.event(LogEvent {
                app_id: app.to_owned(),
                event: "mail_sent".to_owned(),
                service: Some(Request::NAME.to_owned()),
                fields,
                ..LogEvent::default()
            }),
            State::Failed | State::Unknown => {
                let what = if verdict.state == State::Failed {
                    "A mail could not be delivered"
                } else {
                    "It is not known whether a mail was delivered"
                };
                self.error(app, Level::Error, what.to_owned(), fields);
            }
            _ => {}
        }
    }

    /// Nothing of an app is sent at the moment.
    pub(super) fn paused(&self, app: &str, why: &str) {
        let fields = Map::from_iter([("reply".to_owned(), Value::from(why))]);
        self.error(app, Level::Warn, "No mail is sent at the moment".to_owned(), fields);
    }

    fn error(&self, app: &str, level: Level, message: String, fields: Map<String, Value>) {
        self.0.error(LogError {
            app_id: app.to_owned(),
            level,
            message,
            service: Some(Request::NAME.to_owned()),
            fields,
            ..LogError::default()
        });
    }
}
