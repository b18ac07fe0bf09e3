//! Jobs and runs for people.

use serde_json::Value;

use crate::cmd::print::{Printer, Table, escaped, escaped_lines};
use crate::services::cron::api::{Job, Mail, Rehearsal, Run, Slots, StatusReply};

pub(super) fn jobs(jobs: &[Job]) -> Table {
    let mut table = Table::new(["APP", "JOB", "TYPE", "SCHEDULE", "TIMEZONE", "NEXT", "LAST"]);
    for job in jobs {
        let next = match (&job.next, job.disabled_by.as_deref()) {
            (Some(next), _) => next.clone(),
            (None, Some("operator")) => "disabled by an operator".to_owned(),
            (None, Some(_)) => "not enabled in the file".to_owned(),
            (None, None) => "never".to_owned(),
        };
        let last = job.last.as_ref().map(|run| format!("{} {}", run.state, run.due)).unwrap_or_default();
        let words = [&job.app_id, &job.job, &job.kind, &job.schedule, &job.timezone].map(Clone::clone);
        let [app, name, kind, schedule, timezone] = words;
        table.row([app, name, kind, schedule, timezone, next, last]);
    }
    table
}

pub(super) fn slots(slots: &Slots) -> Table {
    let mut table = Table::new(["APP", "JOB", "AT", "SLOT"]);
    for slot in &slots.slots {
        table.row([slot.app_id.clone(), slot.job.clone(), slot.at.clone(), slot.slot.clone()]);
    }
    table
}

pub(super) fn status(print: &Printer, status: &StatusReply) {
    if !print.for_people() {
        return print.value(status);
    }
    let mut claims = Table::new(["APP", "HOSTS", "THIS HOST"]);
    for app in &status.apps {
        claims.row([app.app_id.clone(), app.claims.to_string(), status.host.clone()]);
    }
    print.heading("Started once over");
    print.table(&claims);
    print.heading("Last runs");
    print.table(&runs(&status.runs));
}

pub(super) fn runs(runs: &[Run]) -> Table {
    let mut table = Table::new(["RUN", "APP", "JOB", "SLOT", "STATE", "ATTEMPTS", "ENDED", "DETAIL"]);
    for run in runs {
        let ended = run.ended.clone().filter(|_| run.state.has_ended()).unwrap_or_default();
        table.row([
            run.run.to_string(),
            run.app_id.clone(),
            run.job.clone(),
            run.slot.clone(),
            run.state.to_string(),
            run.attempts.to_string(),
            ended,
            detail(run),
        ]);
    }
    table
}

/// Returns in a few words what is most worth knowing of a run.
fn detail(run: &Run) -> String {
    if let Some(error) = &run.error {
        let next = run.next_attempt.as_ref().map(|at| format!("; again at {at}")).unwrap_or_default();
        return format!("{error}{next}");
    }
    match (&run.why, &run.next_attempt, &run.result) {
        (Some(why), _, _) => why.clone(),
        (None, Some(at), _) => format!("begins at {at}"),
        (None, None, Value::Object(result)) => {
            let parts = result.iter().filter(|(_, value)| !value.is_array() && !value.is_object());
            parts.map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(", ")
        }
        (None, None, _) => String::new(),
    }
}

pub(super) fn run(print: &Printer, run: &Run) {
    print.table(&runs(std::slice::from_ref(run)));
    if run.attempt_list.is_empty() {
        return;
    }
    let mut table = Table::new(["ATTEMPT", "BEGAN", "ENDED", "STATE", "ERROR"]);
    for attempt in &run.attempt_list {
        table.row([
            attempt.attempt.to_string(),
            attempt.started.clone(),
            attempt.ended.clone().unwrap_or_default(),
            attempt.state.to_string(),
            attempt.error.clone().unwrap_or_default(),
        ]);
    }
    print.table(&table);
}

pub(super) fn rehearsal(print: &Printer, rehearsal: &Rehearsal) {
    print.line(&format!("{}/{}: {}", rehearsal.app_id, rehearsal.job, rehearsal.summary));
    for mail in &rehearsal.mails {
        print.text("\n");
        print.heading(&escaped(&format!("To: {}", mail.to.as_deref().unwrap_or("nobody"))));
        print.text(&text(mail));
    }
    let shown = rehearsal.mails.len() as u64;
    if let Some(groups) = rehearsal.groups.filter(|groups| shown < *groups) {
        print.note(&format!("{} more mails are not shown; --mails tells how many are", groups - shown));
    }
}

fn text(mail: &Mail) -> String {
    if let Some(error) = &mail.error {
        return escaped_lines(&format!("It would not be sent: {error}\n"));
    }
    let subject = mail.subject.as_deref().unwrap_or_default();
    let body = mail.body.as_deref().unwrap_or_default();
    escaped_lines(&format!("Subject: {subject}\n\n{}\n", body.trim_end()))
}
