//! An app's statements, made ready when its first request comes: they need to know the tables.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{debug, warn};

use super::compile::{self, CompiledApp};
use super::state;
use crate::config::{App, Problem};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::db::api::{Introspect, Request};

/// The place for an app's statements: empty until they are asked for.
#[derive(Debug, Default)]
pub(super) struct Ready {
    made: ArcSwapOption<Made>,
    /// Held by the one that asks for the tables; others wait for what it finds.
    asking: Mutex<Asked>,
}

#[derive(Debug)]
struct Made {
    compiled: Arc<CompiledApp>,
    problems: Vec<String>,
}

/// When the tables were asked for, and in vain.
#[derive(Debug, Default)]
struct Asked {
    last: Option<Instant>,
    failed: Option<(Instant, Code)>,
}

/// After a failure those who wait are not made to wait for another one.
const FAILURE_HOLDS: Duration = Duration::from_millis(500);
/// Tables are looked at again at most so often when a statement does not fit them.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

impl Ready {
    /// Returns the statements; the first request of an app waits for its tables.
    ///
    /// # Errors
    /// Why the database could not be asked.
    pub(super) async fn get(
        &self,
        app: &App,
        db: &Client<Request>,
        options: Options<'_>,
    ) -> Result<Arc<CompiledApp>> {
        if let Some(made) = &*self.made.load() {
            return Ok(Arc::clone(&made.compiled));
        }
        let mut asked = self.asking.lock().await;
        if let Some(made) = &*self.made.load() {
            return Ok(Arc::clone(&made.compiled));
        }
        match asked.failed {
            Some((when, code)) if when.elapsed() < FAILURE_HOLDS => {
                Err(Error::new(code, "the tables could not be read a moment ago").retry_after(1))
            }
            _ => self.make(&mut asked, app, db, options).await,
        }
    }

    /// Looks at the tables again, when a statement did not fit them: somebody may have changed them.
    pub(super) async fn look_again(&self, app: &App, db: &Client<Request>) {
        let Ok(mut asked) = self.asking.try_lock() else { return };
        if asked.last.is_none_or(|last| LOOK_AGAIN <= last.elapsed()) {
            // The old statements stay in force when it fails, and the next misfit tries again.
            let _ = self.make(&mut asked, app, db, Options::default()).await;
        }
    }

    async fn make(
        &self,
        asked: &mut Asked,
        app: &App,
        db: &Client<Request>,
        options: Options<'_>,
    ) -> Result<Arc<CompiledApp>> {
        asked.last = Some(Instant::now());
        let schema = match db.call_with(options, Introspect { app_id: app.name.clone(), tables: None }).await
        {
            Ok(schema) => schema,
            Err(error) => {
                debug!(app = app.name, code = %error.code, "The tables of {} cannot be read: {error}", app.name);
                asked.failed = Some((Instant::now(), error.code));
                return Err(error);
            }
        };
        let (compiled, mut problems) = compile::compile(app, &schema);
        state::log(&problems);
        problems.retain(Problem::is_error);
        if !problems.is_empty() {
            warn!(app = app.name, problems = problems.len(), "Some of {} cannot be served", app.name);
        }
        let compiled = Arc::new(compiled);
        let problems = problems.iter().map(Problem::headline).collect();
        self.made.store(Some(Arc::new(Made { compiled: Arc::clone(&compiled), problems })));
        asked.failed = None;
        Ok(compiled)
    }

    /// Returns what does not fit the tables.
    pub(super) fn problems(&self) -> Vec<String> {
        self.made.load().as_ref().map_or_else(Vec::new, |made| made.problems.clone())
    }
}
