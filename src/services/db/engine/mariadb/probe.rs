//! Asking a server how it is doing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use super::connection::ANSWER;
use super::host::{Host, Role};
use super::position::Position;
use super::standing::Standing;
use crate::error::{Code, Error, Result};
use crate::services::db::errors::down;

/// How often a server that answers is asked; with [`ANSWER`] it bounds how long the loss of one goes unseen.
pub(super) const PERIOD: Duration = Duration::from_millis(500);
/// The longest pause between two questions to a server that does not answer.
const LONGEST: Duration = Duration::from_secs(10);

const STATE: &str = "SELECT @@global.read_only, @@global.gtid_current_pos, @@global.gtid_slave_pos, \
                     (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON')";
const GALERA: &str = "SELECT (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_READY'), \
                      (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_LOCAL_STATE'), \
                      (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'WSREP_REJECT_QUERIES')";
/// `wsrep_local_state` of a node that is in step with the others.
const SYNCED: &str = "4";

/// What a server told of itself.
struct Told {
    standing: Standing,
    galera: bool,
    /// Where its own log is.
    written: Position,
    /// How far it is in the log of its primary.
    replayed: Position,
}

impl Host {
    /// Asks the server how it is doing, notes it, and returns where its log is.
    pub(super) async fn look(&self) -> Position {
        let answer = tokio::time::timeout(ANSWER, self.told()).await;
        let now = Instant::now();
        let mut state = self.state();
        state.silent = answer.is_err();
        let written = match answer {
            Ok(Ok(told)) => {
                state.set(told.standing, reason(self.role, told.standing));
                (state.galera, state.replayed, state.failures) = (told.galera, told.replayed, 0);
                told.written
            }
            Ok(Err(error)) if error.code == Code::TooManyConnections => {
                state.failed(Standing::Crowded, &error);
                Position::default()
            }
            Ok(Err(error)) => {
                state.failed(Standing::Down, &error);
                Position::default()
            }
            Err(_) => {
                let message = format!("no answer within {} ms", ANSWER.as_millis());
                state.failed(Standing::Down, &Error::new(Code::DbError, message));
                Position::default()
            }
        };
        state.due = now + pause(state.failures, spread(&self.address.to_string(), state.failures));
        written
    }

    async fn told(&self) -> Result<Told> {
        let strange = || down("the database server did not answer as expected", "another row");
        let row = self.ask(STATE).await?.ok_or_else(strange)?;
        let mut texts = row
            .unwrap()
            .into_iter()
            .map(|value| mysql_async::from_value_opt::<Option<String>>(value).ok().flatten());
        let mut next = || texts.next().flatten().unwrap_or_default();
        let (read_only, written, replayed, galera) = (next(), next(), next(), next());
        let is_on = |text: &str| !matches!(text, "" | "0" | "OFF");
        let galera = is_on(&galera);
        let standing = if galera { self.galera().await? } else { Standing::Ready };
        let standing = if is_on(&read_only) { standing.max(Standing::ReadOnly) } else { standing };
        Ok(Told {
            standing,
            galera,
            written: Position::parse(&written),
            replayed: Position::parse(&replayed),
        })
    }

    async fn galera(&self) -> Result<Standing> {
        let row = self.ask(GALERA).await?;
        let (ready, state, rejects): (Option<String>, Option<String>, Option<String>) =
            row.and_then(|row| mysql_async::from_row_opt(row).ok()).unwrap_or_default();
        Ok(match (ready.as_deref(), state.as_deref(), rejects.as_deref()) {
            // An operator has taken it out.
            (_, _, Some("ALL" | "ALL_KILL")) => Standing::Detached,
            (Some("ON"), Some(SYNCED), _) => Standing::Ready,
            (Some("ON"), _, _) => Standing::Desynced,
            _ => Standing::Detached,
        })
    }
}

/// Says in words what keeps a server from being ready.
fn reason(role: Role, standing: Standing) -> Option<String> {
    let words = match standing {
        Standing::ReadOnly if role == Role::Host => "it takes no changes (read_only)",
        Standing::Desynced => "this node is not in step with its cluster",
        Standing::Detached => "this node of the cluster serves nobody (wsrep_ready, wsrep_reject_queries)",
        Standing::Ready | Standing::ReadOnly | Standing::Crowded | Standing::Down => return None,
    };
    Some(words.to_owned())
}

/// Returns how long to wait after so many failures in a row; `spread`, from 0 to 1, keeps many that lost the same
/// server from asking in step.
fn pause(failures: u32, spread: f64) -> Duration {
    if failures == 0 {
        return PERIOD;
    }
    let doubled = PERIOD.saturating_mul(1 << failures.min(5)).min(LONGEST);
    doubled.mul_f64(0.5 + spread.clamp(0.0, 1.0) / 2.0)
}

/// Returns a number from 0 to 1 that differs from process to process, from server to server and from try to try.
fn spread(address: &str, failures: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (std::process::id(), address, failures).hash(&mut hasher);
    f64::from(u16::try_from(hasher.finish() >> 48).unwrap_or_default()) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_ten_seconds() {
        let cases = [
            (0, 0.0, 500),
            (0, 1.0, 500),
            (1, 0.0, 500),
            (1, 1.0, 1000),
            (3, 1.0, 4000),
            (9, 1.0, 10_000),
            (u32::MAX, 0.0, 5000),
        ];
        for (failures, spread, expected) in cases {
            assert_eq!(pause(failures, spread), Duration::from_millis(expected), "{failures} {spread}");
        }
        for failures in 0..100 {
            assert!((0.0..=1.0).contains(&spread("db1:3306", failures)));
        }
    }
}
