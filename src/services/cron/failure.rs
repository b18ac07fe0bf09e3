//! Telling somebody that the last attempt of a run has failed (`on_failure`).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use tracing::{info, warn};

use super::api::State;
use super::jobs::Job;
use super::runs::OpenRun;
use super::tools::Tools;
use crate::config::{Http, HttpMethod, OnFailure, Sourced, Statuses};
use crate::error::{Code, Error, Result};
use crate::services::smtp::api::SendMail;

/// A run that has failed for good.
#[derive(Debug)]
pub(super) struct Failed {
    pub job: Arc<Job>,
    pub run: OpenRun,
    pub state: State,
    pub error: Option<String>,
}

/// Tells whom the job names; that it could not be told stands in the log.
pub(super) async fn tell(tools: Arc<Tools>, failed: Failed) {
    let Some(OnFailure { mail, webhook }) = &failed.job.file.rules.on_failure else { return };
    if let Some(to) = mail {
        log(&failed, "mail", send(&tools, &failed, to).await);
    }
    if let Some(url) = webhook {
        log(&failed, "webhook", post(&tools, &failed, url).await);
    }
}

fn log(failed: &Failed, way: &str, told: Result<()>) {
    let name = &failed.run.name;
    match told {
        Ok(()) => info!(app = name.app, job = name.job, way, "Told by {way} that {name} failed"),
        Err(error) => {
            let cause = error.cause();
            warn!(
                app = name.app,
                job = name.job,
                way,
                cause,
                "Nobody was told by {way} that {name} failed: {error}"
            );
        }
    }
}

async fn send(tools: &Tools, failed: &Failed, to: &str) -> Result<()> {
    let OpenRun { name, due, run, attempts, .. } = &failed.run;
    let mail = SendMail {
        app_id: name.app.clone(),
        to: to.into(),
        subject: format!("The job {name} failed"),
        body: Some(format!(
            "The job {} of the app {} failed.\n\nSlot: {}\nAttempts: {attempts}\nState: {}\nLast error: {}\n\n\
             `sogo cron history --run {run}` tells all of its attempts.\n",
            name.job,
            name.app,
            due.key,
            failed.state,
            failed.error.as_deref().unwrap_or("none"),
        )),
        idempotency_key: Some(format!("cron-failed/{}/{}/{attempts}", name.job, due.key)),
        automatic: true,
        ..SendMail::default()
    };
    tools.smtp.call(mail).await.map(|_| ())
}

async fn post(tools: &Tools, failed: &Failed, url: &Sourced<String>) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let OpenRun { name, due, run, attempts, .. } = &failed.run;
    let body = json!({
        "app_id": name.app,
        "job": name.job,
        "slot": due.key,
        "run": run,
        "attempts": attempts,
        "state": failed.state.to_string(),
        "error": failed.error,
    });
    let request = Http {
        method: HttpMethod::Post,
        url: url.clone(),
        headers: Vec::new(),
        body: Some(body.to_string()),
        expected_status: Statuses::default(),
        max_redirects: 0,
        deny_private: false,
    };
    let key = format!("cron-failed/{}/{}/{}/{attempts}", name.app, name.job, due.key);
    match timeout(PATIENCE, tools.web.send(&request, &key)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(failure)) => Err(failure.error),
        Err(_) => Err(Error::new(Code::Timeout, "the webhook took longer than 30 s")),
    }
}
