//! The `service` job: an action of an internal service.

use crate::config::source::Sourced;
use crate::config::yaml::{Fields, Value};

/// An action of an internal service.
#[derive(Debug, Clone)]
pub struct ServiceCall {
    /// Name of the service, such as `sogoms-db`.
    pub service: Sourced<String>,
    /// Name of the action.
    pub action: Sourced<String>,
    /// Its parameters, a JSON object.
    pub params: serde_json::Value,
}

impl ServiceCall {
    pub(super) fn of(fields: &mut Fields<'_>) -> Option<Self> {
        fields.require(&["service", "action"]);
        let service = fields.text("service");
        let action = fields.text("action");
        let params = match fields.node("params") {
            Some(node) if matches!(node.value, Value::Map(_)) => node.to_json(),
            Some(node) => {
                fields.report.error(&node.at, format!("expected a mapping, found {}", node.describe()));
                return None;
            }
            None => serde_json::json!({}),
        };
        Some(Self { service: service?, action: action?, params })
    }
}
