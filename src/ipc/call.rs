//! What is known about one call besides its parameters.

use std::sync::Arc;

use tokio::time::Instant;

use super::peer::Peer;

/// The context of a call, as the service that answers it sees it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Name of the action.
    pub action: Arc<str>,
    /// When the caller stops waiting; the server drops the work at that moment.
    pub deadline: Instant,
    /// The HTTP request it belongs to, for the log lines of every service it touches.
    pub request_id: Option<Arc<str>>,
    /// Who asks.
    pub peer: Peer,
}
