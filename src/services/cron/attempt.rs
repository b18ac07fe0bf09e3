//! One attempt of a run: the slot is claimed, the work is done within its time.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::api::Reason;
use super::claims::{self, Claim};
use super::http::Failure;
use super::jobs::Job;
use super::policy::{Due, Fault};
use super::query_email;
use super::service_job;
use super::tools::Tools;
use crate::config::{Overlap, Work};
use crate::error::{Code, Error};

/// One attempt of a run.
#[derive(Debug)]
pub(super) struct Attempt {
    pub job: Arc<Job>,
    pub due: Due,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It did what it should; what that was, as an object.
    Done(Value),
    /// It did not.
    Failed {
        /// What was wrong.
        error: Error,
        /// Whether another attempt may succeed.
        fault: Fault,
        /// What it did all the same, as an object; null where nothing is known.
        result: Value,
    },
    /// Nothing was done, and nothing will be.
    NotOurs(Reason, String),
    /// Nothing was done, since an earlier run goes on elsewhere; its turn comes.
    PutOff(String),
    /// An operator ended it.
    Cancelled,
}

impl Attempt {
    /// Returns the name of the run for whoever is asked: the same in each of its attempts.
    fn key(&self) -> String {
        let name = &self.job.name;
        format!("cron/{}/{}/{}", name.app, name.job, self.due.key)
    }
}

impl Outcome {
    /// Makes a failure after which another attempt may succeed.
    pub(super) fn failed(error: Error) -> Self {
        Self::Failed { error, fault: Fault::Passing, result: Value::Null }
    }
}

/// Makes an attempt; a stop ends it where it is.
pub(super) async fn run(tools: Arc<Tools>, attempt: Attempt, stop: CancellationToken) -> Outcome {
    let attempted = async {
        let claim = match claims::claim(&tools, &attempt.job, &attempt.due).await {
            Ok(claim) => claim,
            Err(error) => return Outcome::failed(error),
        };
        match claim {
            Claim::NotNeeded => within_its_time(&tools, &attempt).await,
            Claim::Ours => {
                let work = within_its_time(&tools, &attempt);
                let outcome = claims::while_held(&tools, &attempt.job, &attempt.due, work).await;
                claims::release(&tools, &attempt.job, &attempt.due).await;
                outcome
            }
            Claim::Theirs(host) => {
                Outcome::NotOurs(Reason::OtherHost, format!("the host {host} has the slot"))
            }
            Claim::Busy(host) => {
                let why = format!("an earlier run is still going on the host {host}");
                match attempt.job.file.rules.overlap {
                    Overlap::Skip => Outcome::NotOurs(Reason::Overlap, why),
                    Overlap::Queue | Overlap::Allow => Outcome::PutOff(why),
                }
            }
        }
    };
    stop.run_until_cancelled(attempted).await.unwrap_or(Outcome::Cancelled)
}

async fn within_its_time(tools: &Tools, attempt: &Attempt) -> Outcome {
    let limit = attempt.job.file.timeout();
    let work = async {
        match &attempt.job.file.work {
            Work::QueryEmail(mails) => query_email::run(tools, attempt, mails).await,
            Work::Http(request) => tools.web.send(request, &attempt.key()).await.map_or_else(
                |Failure { error, may_pass, answer }| Outcome::Failed {
                    error,
                    fault: if may_pass { Fault::Passing } else { Fault::Lasting },
                    result: answer.map(|answer| json!(answer)).unwrap_or_default(),
                },
                |answer| Outcome::Done(json!(answer)),
            ),
            Work::Service(call) => {
                let (app, key) = (&attempt.job.name.app, attempt.key());
                let asked = service_job::run(&tools.places, tools.max_frame_bytes, app, call, &key, limit);
                asked.await.map_or_else(
                    |error| {
                        let fault = service_job::fault(&error);
                        Outcome::Failed { error, fault, result: Value::Null }
                    },
                    Outcome::Done,
                )
            }
        }
    };
    timeout(limit, work).await.unwrap_or_else(|_| {
        Outcome::failed(
            Error::new(Code::Timeout, format!("it took longer than {limit:?}"))
                .hint("`timeout` of the job says how long an attempt may take"),
        )
    })
}
