//! The apps' databases: asked of `sogoms-db` where it runs, and in this process where it does not.

use std::time::Duration;

use tokio::time::Instant;

use super::context::{Context, client};
use crate::config::Registry;
use crate::error::{Code, Result};
use crate::ipc::peer::Peer;
use crate::ipc::{Action, Call, Client, Handle};
use crate::services::db::Db;
use crate::services::db::api::{Health, Request};

/// Whom the databases are asked of.
#[derive(Debug)]
pub(super) enum Databases {
    /// The service.
    Service(Client<Request>),
    /// The same code, here.
    Here(Box<Db>),
}

impl Databases {
    /// Finds who is to be asked.
    pub(super) async fn find(context: &Context, registry: &Registry) -> Self {
        let service = client(&context.places.socket("sogoms-db", 1));
        match service.call(Health {}).await {
            Err(error) if error.code == Code::Unavailable => Self::Here(Box::new(Db::new(registry))),
            _ => Self::Service(service),
        }
    }

    /// Asks.
    pub(super) async fn ask<A>(&self, action: A) -> Result<A::Reply>
    where
        A: Action<Api = Request>,
        Db: Handle<A>,
    {
        match self {
            Self::Service(service) => service.call(action).await,
            Self::Here(db) => db.handle(&call(), action).await,
        }
    }
}

/// The context of a call that comes from this process itself.
pub(super) fn call() -> Call {
    let peer = Peer {
        uid: rustix::process::geteuid().as_raw(),
        pid: rustix::process::getpid().as_raw_nonzero().get(),
    };
    Call { action: "sogo".into(), deadline: Instant::now() + Duration::from_secs(30), request_id: None, peer }
}
