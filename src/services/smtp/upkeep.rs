//! Forgetting what is kept long enough.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tracing::warn;

use super::moment::now;
use super::queue;
use super::service::Mailer;
use crate::error::Result;

/// How often it is looked.
const EACH: Duration = Duration::from_secs(60 * 60);
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Looks once an hour, until it is aborted.
pub(super) async fn keep(mailer: Mailer) {
    let mut ticks = tokio::time::interval(EACH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = clean(&mailer).await {
            warn!(cause = error.cause(), "Old mails cannot be forgotten: {error}");
        }
    }
}

/// Drops contents first and then whole mails, a few at a time, so that others get between.
async fn clean(mailer: &Mailer) -> Result<()> {
    let senders = mailer.senders.load_full();
    for (name, sender) in senders.all() {
        let now = now();
        let content = now - i64::from(sender.smtp.content_days) * DAY;
        let whole = now - i64::from(sender.smtp.retention_days) * DAY;
        let store = &mailer.attempts.store;
        let app = name.to_string();
        while store
            .write({
                let app = app.clone();
                move |c| queue::forget_content(c, &app, content)
            })
            .await?
        {}
        while store
            .write({
                let app = app.clone();
                move |c| queue::clean(c, &app, whole, now)
            })
            .await?
        {}
    }
    Ok(())
}
