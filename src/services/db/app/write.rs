//! Writes that can be repeated and cannot be lost.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracing::warn;

use super::{App, lock, read, unexpected, write};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{self, IfMatch, Statement, Written};
use crate::services::db::engine::{Engine, Outcome, Route, Work};
use crate::services::db::write::{BATCH, Guarded, Key, ONE, holding, remove_old};
use crate::sql::Kind;

/// Old keys of an app are removed at most so often.
const CLEANING: Duration = Duration::from_secs(60);
/// Longest route that a key can be for.
const LONGEST_ROUTE: usize = 300;
/// Longest key.
const LONGEST_KEY: usize = 255;

impl App {
    /// Runs a write in a transaction, if everything that it depends on holds.
    pub(in crate::services::db) async fn write_guarded(&self, action: api::Write) -> Result<Written> {
        let _writing = self.writers.write(action.user_id);
        let Some(key) = &action.key else { return self.engine.write(self.guarded(action)?).await };
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !(1..=LONGEST_KEY).contains(&key.key.len()) || !visible(&key.key) {
            return Err(Error::new(Code::BadRequest, "the key is not 1 to 255 visible ASCII characters"));
        }
        if LONGEST_ROUTE < key.route.len() || !key.route.is_ascii() {
            return Err(Error::new(Code::BadRequest, "the route is not up to 300 ASCII characters"));
        }
        let key = key.clone();
        let written = self.turns.take(&key, self.engine.write(self.guarded(action)?)).await?;
        self.clean();
        Ok(written)
    }

    fn guarded(&self, action: api::Write) -> Result<Guarded> {
        let api::Write { query, args, references, if_match, key, .. } = action;
        let dialect = self.engine.dialect();
        let writes = |kind| matches!(kind, Kind::Insert | Kind::Update | Kind::Delete);
        let checked = self.checked(&query, writes, "writes")?;
        let mut guarded = Guarded {
            key: None,
            row: None,
            references: Vec::with_capacity(references.len()),
            show: None,
            tags: Vec::new(),
            write: write(&checked, args)?,
            updates: checked.kind == Kind::Update,
        };
        for api::Reference { field, query, args } in references {
            let checked = self.checked(&query, Kind::reads, "reads")?;
            let mut work = read(&checked, args, ONE)?;
            if checked.limited.is_some() {
                work.sql = holding(dialect, &work.sql);
            }
            guarded.references.push((field, work));
        }
        if let Some(IfMatch { row, show, tags }) = if_match {
            guarded.row = Some(self.reading(row)?);
            guarded.show = Some(self.reading(show)?);
            guarded.tags = tags;
        }
        if let Some(key) = key {
            let now = seconds(SystemTime::now());
            let keep = i64::try_from(self.keep_keys.as_secs()).unwrap_or(i64::MAX);
            guarded.key = Some(Key { given: key, now, oldest: now.saturating_sub(keep), dialect });
        }
        Ok(guarded)
    }

    fn reading(&self, Statement { query, args }: Statement) -> Result<Work> {
        read(&*self.checked(&query, Kind::reads, "reads")?, args, ONE)
    }

    /// Removes old keys beside what is done for anybody, if that was not done lately.
    fn clean(&self) {
        let mut cleaned = lock(&self.cleaned);
        let every = CLEANING.min(self.keep_keys);
        if cleaned.is_some_and(|last| last.elapsed() < every) {
            return;
        }
        *cleaned = Some(Instant::now());
        let keep = i64::try_from(self.keep_keys.as_secs()).unwrap_or(i64::MAX);
        let oldest = seconds(SystemTime::now()).saturating_sub(keep);
        let (engine, app) = (Arc::clone(&self.engine), self.name.clone());
        tokio::spawn(async move {
            if let Err(error) = clean(&engine, oldest).await {
                warn!(app, cause = error.cause(), "Old idempotency keys of {app} were not removed: {error}");
            }
        });
    }
}

/// Removes keys that were used before `oldest`, some at a time, so that writes come in between.
async fn clean(engine: &Engine, oldest: i64) -> Result<()> {
    loop {
        let work = remove_old(engine.dialect(), oldest);
        match engine.run(work, Route::Primary).await? {
            Outcome::Affected(rows) if rows < BATCH => return Ok(()),
            Outcome::Affected(_) => {}
            _ => return Err(unexpected()),
        }
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).unwrap_or(i64::MAX)
}
