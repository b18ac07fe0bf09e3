//! The `query_email` job: a query, and one mail for each group of its rows.

mod groups;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

use self::groups::{Group, group};
use super::api::{Mail, Rehearsal};
use super::attempt::{Attempt, Outcome};
use super::jobs::Job;
use super::policy::Fault;
use super::tools::Tools;
use crate::config::QueryEmail;
use crate::error::{Code, Error, Result};
use crate::ipc::client::Options;
use crate::services::db::api::{Args, Query};
use crate::services::smtp::api::{Preview, SendTemplate, Sent, State};

/// Mails that are handed over at once: the mail queue brings many to the disk at the price of one.
const AT_ONCE: usize = 32;
/// Refusals that are told one by one.
const TOLD: usize = 20;

/// What became of the mails of an attempt.
#[derive(Debug, Default)]
struct Counts {
    groups: usize,
    /// Taken by the mail queue, in this attempt.
    accepted: usize,
    /// Taken by it in an earlier one.
    repeated: usize,
    /// To addresses that get no mail of the app.
    suppressed: usize,
    refused: usize,
    /// The first of the refusals.
    refusals: Vec<Value>,
}

/// Sends the mails of a slot. What an attempt before this one has sent is not sent again: the mail queue knows each by its
/// key, which is made of job, slot and group.
pub(super) async fn run(tools: &Tools, attempt: &Attempt, mails: &QueryEmail) -> Outcome {
    let groups = match groups_of(tools, &attempt.job, mails).await {
        Ok(groups) => groups,
        Err(error) => return Outcome::failed(error),
    };
    let mut counts = Counts { groups: groups.len(), ..Counts::default() };
    let mut sending = stream::iter(groups.into_iter().map(|group| {
        let key = format!("cron/{}/{}/{}", attempt.job.name.job, attempt.due.key, group.key);
        send(tools, &attempt.job, mails, group, key)
    }))
    .buffered(AT_ONCE);
    let mut cut_off = None;
    while let Some((group, sent)) = sending.next().await {
        match sent {
            Ok(sent) => counts.count(&sent),
            Err(error) if is_lasting(&error) => counts.refuse(&group, &error),
            Err(error) => {
                cut_off = Some(error);
                break;
            }
        }
    }
    // Those under way are finished by the next attempt, whatever became of them.
    drop(sending);
    counts.outcome(cut_off)
}

/// Tells what the job would send now, and sends nothing; the first `most` mails are rendered.
///
/// # Errors
/// Those of the query.
pub(super) async fn rehearse(tools: &Tools, job: &Job, mails: &QueryEmail, most: usize) -> Result<Rehearsal> {
    let rows = rows_of(tools, job, mails).await?;
    let count = rows.len();
    let groups = group(rows, mails.group_by.as_ref().map(|by| by.value.as_str()), &mails.to)?;
    let (number, template) = (groups.len(), &mails.template.value);
    let mut rendered = Vec::new();
    for group in groups.into_iter().take(most) {
        rendered.push(preview(tools, job, mails, group).await);
    }
    Ok(Rehearsal {
        app_id: job.name.app.clone(),
        job: job.name.job.clone(),
        summary: format!("{count} rows in {number} groups: so many mails from the template `{template}`"),
        rows: Some(count as u64),
        groups: Some(number as u64),
        mails: rendered,
    })
}

async fn preview(tools: &Tools, job: &Job, mails: &QueryEmail, group: Group) -> Mail {
    let asked = Preview {
        app_id: job.name.app.clone(),
        template: Some(mails.template.value.clone()),
        data: group.data(),
        to: group.to.clone(),
        ..Preview::default()
    };
    let mail = Mail {
        group: group.value.clone(),
        rows: group.rows.len() as u64,
        to: group.to.clone(),
        subject: None,
        body: None,
        body_html: None,
        error: None,
    };
    if let Err(error) = group.address(&mails.to) {
        return Mail { error: Some(error), ..mail };
    }
    match tools.smtp.call(asked).await {
        Ok(done) => Mail { subject: Some(done.subject), body: Some(done.text), body_html: done.html, ..mail },
        Err(error) => Mail { error: Some(error), ..mail },
    }
}

async fn groups_of(tools: &Tools, job: &Job, mails: &QueryEmail) -> Result<Vec<Group>> {
    let rows = rows_of(tools, job, mails).await?;
    group(rows, mails.group_by.as_ref().map(|by| by.value.as_str()), &mails.to)
}

/// Runs the query; more rows than the app's `max_rows` are an error, not a part of the mails.
async fn rows_of(tools: &Tools, job: &Job, mails: &QueryEmail) -> Result<Vec<Map<String, Value>>> {
    let query = Query {
        app_id: job.name.app.clone(),
        query: mails.query.value.clone(),
        args: Args::default(),
        limit: None,
        user_id: None,
        every_column: false,
    };
    let options = Options { deadline: job.file.timeout(), request_id: None };
    let rows = tools.db.call_with(options, query).await?.rows;
    serde_json::from_slice(&rows)
        .map_err(|cause| Error::new(Code::Internal, "the rows of the query cannot be read").caused_by(cause))
}

async fn send(
    tools: &Tools,
    job: &Job,
    mails: &QueryEmail,
    group: Group,
    key: String,
) -> (Value, Result<Sent>) {
    let sent = async {
        let mail = SendTemplate {
            app_id: job.name.app.clone(),
            template: mails.template.value.clone(),
            to: group.address(&mails.to)?.into(),
            data: group.data(),
            idempotency_key: Some(key),
            automatic: true,
            ..SendTemplate::default()
        };
        tools.smtp.call(mail).await
    };
    let sent = sent.await;
    (group.value, sent)
}

/// Tells whether another attempt would be refused in the same way.
fn is_lasting(error: &Error) -> bool {
    let code = error.code;
    matches!(
        code,
        Code::BadRequest
            | Code::Validation
            | Code::KeyReused
            | Code::TooLarge
            | Code::NotFound
            | Code::Config
    )
}

impl Counts {
    fn count(&mut self, sent: &Sent) {
        if sent.recipients.iter().all(|recipient| recipient.state == State::Suppressed) {
            self.suppressed += 1;
        } else if sent.repeated {
            self.repeated += 1;
        } else {
            self.accepted += 1;
        }
    }

    fn refuse(&mut self, group: &Value, error: &Error) {
        // The rows have changed since the mail of this group was sent: it was sent, and once is enough.
        if error.code == Code::KeyReused {
            self.repeated += 1;
            return;
        }
        self.refused += 1;
        if self.refusals.len() < TOLD {
            self.refusals.push(json!({ "group": group, "error": error.to_string() }));
        }
    }

    fn outcome(self, cut_off: Option<Error>) -> Outcome {
        let Self { groups, accepted, repeated, suppressed, refused, refusals } = self;
        let mut result = json!({
            "groups": groups, "accepted": accepted, "repeated": repeated, "suppressed": suppressed, "refused": refused,
        });
        let first = refusals.first().and_then(|refusal| refusal["error"].as_str().map(str::to_owned));
        if !refusals.is_empty() {
            result["refusals"] = refusals.into();
        }
        if let Some(error) = cut_off {
            return Outcome::Failed { error, fault: Fault::Passing, result };
        }
        match first {
            None => Outcome::Done(result),
            Some(first) => {
                let words = format!("{refused} of {groups} mails were refused, the first one: {first}");
                Outcome::Failed { error: Error::new(Code::Validation, words), fault: Fault::Lasting, result }
            }
        }
    }
}
