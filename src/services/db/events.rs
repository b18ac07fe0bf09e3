//! What this service tells the logs of an app: statements that failed, and slow ones, with the id of the request they
//! belong to. The values of a statement are never told, nor the texts that stand in it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::Db;
use super::api::Request;
use crate::error::{Code, Error, Result};
use crate::ipc::{Answer, Call, Service};
use crate::services::logs::api::{Level, LogError};
use crate::services::logs::queue::{LogQueue, Pace};

/// Characters of a statement that are told.
const LONGEST_STATEMENT: usize = 1000;

/// The service, and who hears of what goes wrong in it.
#[derive(Debug)]
pub(super) struct Told {
    db: Arc<Db>,
    queue: LogQueue,
    /// Statements that take longer are told; zero tells none.
    slow: Duration,
    /// Failures are paced by app and code.
    pace: Mutex<Pace<(String, Code)>>,
}

impl Told {
    pub(super) fn new(db: Arc<Db>, queue: LogQueue, slow: Duration) -> Self {
        Self { db, queue, slow, pace: Mutex::default() }
    }
}

impl Service for Told {
    type Api = Request;

    async fn dispatch(&self, call: Call, request: Request) -> Result<Answer> {
        let Some((app, statement)) = subject(&request) else { return self.db.dispatch(call, request).await };
        let mut work =
            Work { told: self, call: call.clone(), app, statement, began: Instant::now(), ended: false };
        let outcome = self.db.dispatch(call, request).await;
        work.ended = true;
        work.tell(outcome.as_ref().err());
        outcome
    }
}

/// A request while it is worked on.
struct Work<'a> {
    told: &'a Told,
    call: Call,
    app: String,
    statement: Option<String>,
    began: Instant,
    ended: bool,
}

impl Drop for Work<'_> {
    /// A request whose caller has stopped waiting is dropped in the middle.
    fn drop(&mut self) {
        if !self.ended {
            let given_up = Error::new(Code::Timeout, "the caller stopped waiting for the database");
            self.tell(Some(&given_up));
        }
    }
}

impl Work<'_> {
    fn tell(&self, failure: Option<&Error>) {
        let Told { queue, slow, pace, .. } = self.told;
        let took = self.began.elapsed();
        let is_slow = !slow.is_zero() && *slow < took;
        let (level, message, code) = match failure {
            // What a client merely got wrong is answered to them.
            Some(error) if 500 <= error.code.outcome().http => {
                (Level::Error, error.message.clone().into_owned(), Some(error.code))
            }
            _ if is_slow => (Level::Warn, format!("a statement took {} ms", took.as_millis()), None),
            _ => return,
        };
        let kind = (self.app.clone(), code.unwrap_or(Code::Timeout));
        let taken = pace.lock().unwrap_or_else(PoisonError::into_inner).take(&kind, Instant::now());
        let Some(untold) = taken else { return };
        let mut fields = Map::new();
        let mut field = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        field("action", Value::from(&*self.call.action));
        field("duration_ms", Value::from(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)));
        if let Some(statement) = &self.statement {
            field("statement", Value::from(without_texts(statement)));
        }
        if untold != 0 {
            field("untold", Value::from(untold));
        }
        queue.error(LogError {
            app_id: self.app.clone(),
            level,
            message,
            code: Some(code.map_or_else(|| "SLOW".to_owned(), |code| code.to_string())),
            request_id: self.call.request_id.as_deref().map(str::to_owned),
            fields,
            ..LogError::default()
        });
    }
}

/// Returns whose database a request is about, and the statement, if it is one.
fn subject(request: &Request) -> Option<(String, Option<String>)> {
    let (app, statement) = match request {
        Request::Query(action) => (&action.app_id, Some(&action.query)),
        Request::QueryOne(action) => (&action.app_id, Some(&action.query)),
        Request::Insert(action) => (&action.app_id, Some(&action.query)),
        Request::Update(action) => (&action.app_id, Some(&action.query)),
        Request::Delete(action) => (&action.app_id, Some(&action.query)),
        Request::Write(action) => (&action.app_id, Some(&action.query)),
        Request::Prepare(action) => (&action.app_id, Some(&action.query)),
        Request::Transaction(action) => (&action.app_id, None),
        Request::Introspect(action) => (&action.app_id, None),
        Request::PrepareTables(action) => (&action.app_id, None),
        Request::Health(_) => return None,
    };
    Some((app.clone(), statement.cloned()))
}

/// Leaves out what stands in quotes: an operator may have typed a person's data there.
fn without_texts(statement: &str) -> String {
    let mut out = String::new();
    let mut letters = statement.chars().take(LONGEST_STATEMENT);
    while let Some(letter) = letters.next() {
        out.push(letter);
        if matches!(letter, '\'' | '"') {
            out.push('…');
            let mut is_escaped = false;
            for within in letters.by_ref() {
                if within == letter && !is_escaped {
                    break;
                }
                is_escaped = within == '\\' && !is_escaped;
            }
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_statement_is_told() {
        for (statement, told) in [
            ("SELECT id FROM t WHERE a = ?", "SELECT id FROM t WHERE a = ?"),
            ("SELECT 'it''s', \"b\" FROM t", "SELECT '…''…', \"…\" FROM t"),
            ("a = 'x\\' y' AND b = 2", "a = '…' AND b = 2"),
            ("a = 'unfinished", "a = '…'"),
        ] {
            assert_eq!(without_texts(statement), told);
        }
        assert_eq!(without_texts(&"x".repeat(5000)).len(), LONGEST_STATEMENT);
    }
}
