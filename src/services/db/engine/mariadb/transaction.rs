//! Transactions on a connection. What fails before COMMIT is undone by the server, also when the connection breaks.

use mysql_async::prelude::Queryable;

use super::MariaDb;
use super::connection::Link;
use super::errors::{self, Failure};
use super::run::one;
use crate::services::db::api::Written;
use crate::services::db::engine::{Outcome, Work};
use crate::services::db::write::{self, End, Guarded, Open};

/// Runs statements in one transaction.
pub(super) async fn all(engine: &MariaDb, link: &mut Link, works: &[Work]) -> Result<Vec<Outcome>, Failure> {
    let mut begun = Begun::begin(engine, link).await?;
    let mut outcomes = Vec::with_capacity(works.len());
    for (index, work) in works.iter().enumerate() {
        match begun.run(work).await {
            Ok(outcome) => outcomes.push(outcome),
            Err(failure) => return Err(begun.failed(failure).await.in_statement(index)),
        }
    }
    begun.commit().await?;
    Ok(outcomes)
}

/// Runs a write with everything that it depends on in one transaction.
pub(super) async fn write(engine: &MariaDb, link: &mut Link, guarded: &Guarded) -> Result<Written, Failure> {
    let mut begun = Begun::begin(engine, link).await?;
    match write::run(&mut begun, guarded).await {
        Ok(End::Commit(written)) => begun.commit().await.map(|()| written),
        Ok(End::RollBack(written)) => {
            begun.roll_back().await;
            Ok(written)
        }
        Err(failure) => Err(begun.failed(failure).await.undone()),
    }
}

/// A transaction that has begun on a connection.
struct Begun<'a> {
    engine: &'a MariaDb,
    link: &'a mut Link,
}

impl<'a> Begun<'a> {
    async fn begin(engine: &'a MariaDb, link: &'a mut Link) -> Result<Self, Failure> {
        link.conn.query_drop("START TRANSACTION").await.map_err(Failure::before)?;
        Ok(Self { engine, link })
    }

    async fn commit(self) -> Result<(), Failure> {
        self.link.conn.query_drop("COMMIT").await.map_err(Failure::during)
    }

    async fn failed(self, failure: Failure) -> Failure {
        // A closed connection is rolled back by the server.
        if !failure.lost() && !self.link.spoilt {
            self.roll_back().await;
        }
        failure
    }

    async fn roll_back(self) {
        self.link.spoilt = self.link.conn.query_drop("ROLLBACK").await.is_err();
    }
}

impl Open for Begun<'_> {
    type Failure = Failure;

    async fn run(&mut self, work: &Work) -> Result<Outcome, Failure> {
        match one(self.engine, self.link, work).await {
            Ok(_) if self.link.spoilt => Err(Failure::ours(errors::rows_left())),
            other => other,
        }
    }
}
