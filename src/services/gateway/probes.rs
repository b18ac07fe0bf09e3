//! `/health` and `/ready`: for supervisors and load balancers, before any app is looked for.

use std::time::Duration;

use hyper::StatusCode;

use super::Gateway;
use super::context::Context;
use super::respond::{self, Response};
use crate::ipc::client::Options;
use crate::services::db::api::Health;

/// How long sogoms-db may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says that the gateway itself is well, without asking anybody.
pub(super) fn health() -> Response {
    respond::plain(StatusCode::OK, br#"{"status":"OK","service":"sogoway"}"#.to_vec())
}

impl Gateway {
    /// Says whether requests can be answered: sogoms-db is there. Whether each app's database is up is its own
    /// matter, since the other apps can be served.
    pub(super) async fn ready(&self, cx: &Context) -> Response {
        let options = Options { deadline: PATIENCE, ..cx.options() };
        match self.db.call_with(options, Health {}).await {
            Ok(_) => respond::plain(StatusCode::OK, br#"{"status":"ready"}"#.to_vec()),
            Err(_) => respond::plain(
                StatusCode::SERVICE_UNAVAILABLE,
                br#"{"status":"unavailable","missing":["sogoms-db"]}"#.to_vec(),
            ),
        }
    }
}
