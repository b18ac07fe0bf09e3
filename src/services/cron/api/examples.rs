//! An example an action, for docs/PROTOCOL.md.

use serde_json::{Value, json};

use super::{
    AppClaims, Attempt, Cancel, Claims, Disable, DryRun, Enable, Health, HealthReply, History, Job, Jobs,
    List, Mail, Next, Reason, Rehearsal, Request, Run, Runs, Slot, Slots, State, Status, StatusReply,
    Takeover, Trigger, Wait,
};
use crate::ipc::{Api, Example};
use crate::services::health;

impl Api for Request {
    const NAME: &'static str = "sogoms-cron";
    const SUMMARY: &'static str =
        "scheduled jobs: each slot started once, over restarts and over several hosts";

    fn examples() -> Vec<Example> {
        jobs().into_iter().chain(runs()).chain(operators()).chain([health()]).collect()
    }
}

fn app_id() -> String {
    "prokov".to_owned()
}

fn job_name() -> String {
    "tasks_today".to_owned()
}

fn job() -> Job {
    Job {
        app_id: app_id(),
        job: job_name(),
        kind: "query_email".to_owned(),
        schedule: "0 8 * * 1-5".to_owned(),
        timezone: "Europe/Paris".to_owned(),
        enabled: true,
        disabled_by: None,
        next: Some("2026-01-16T08:00:00+01:00".to_owned()),
        going: 0,
        last: Some(run()),
    }
}

fn run() -> Run {
    Run {
        run: 42,
        app_id: app_id(),
        job: job_name(),
        slot: "2026-01-15T08:00".to_owned(),
        due: "2026-01-15T07:00:00.000Z".to_owned(),
        state: State::Succeeded,
        reason: None,
        why: None,
        attempts: 1,
        next_attempt: None,
        started: Some("2026-01-15T07:00:00.412Z".to_owned()),
        ended: Some("2026-01-15T07:00:01.034Z".to_owned()),
        result: json!({ "groups": 2, "accepted": 2, "repeated": 0, "suppressed": 0, "refused": 0 }),
        error: None,
        attempt_list: Vec::new(),
    }
}

fn waiting() -> Run {
    let slot = "manual:2026-01-15T09:12:30.125Z".to_owned();
    let due = "2026-01-15T09:12:30.125Z".to_owned();
    let next_attempt = Some(due.clone());
    let (started, ended, result) = (None, None, Value::Null);
    Run {
        run: 43,
        slot,
        due,
        state: State::Waiting,
        attempts: 0,
        next_attempt,
        started,
        ended,
        result,
        ..run()
    }
}

fn jobs() -> [Example; 2] {
    [
        Example::of(
            "Tells every job of an app, or of all: when it runs `next`, and how its `last` run went. One that does not run by \
             itself says who says so (`disabled_by`: `file` or `operator`).",
            List { app_id: Some(app_id()) },
            &Jobs { jobs: vec![job()] },
        ),
        Example::of(
            "Tells when jobs will run, soonest first; those that are disabled do not. `slot` is the local time that the \
             schedule means, `at` the moment.",
            Next { app_id: Some(app_id()), job: Some(job_name()), count: 1 },
            &Slots {
                slots: vec![Slot {
                    app_id: app_id(),
                    job: job_name(),
                    slot: "2026-01-16T08:00".to_owned(),
                    at: "2026-01-16T08:00:00+01:00".to_owned(),
                }],
            },
        ),
    ]
}

fn runs() -> [Example; 5] {
    let not_run = Run {
        run: 41,
        slot: "2026-01-14T08:00".to_owned(),
        due: "2026-01-14T07:00:00.000Z".to_owned(),
        state: State::NotRun,
        reason: Some(Reason::Disabled),
        why: Some(Reason::Disabled.told().to_owned()),
        attempts: 0,
        started: None,
        ended: Some("2026-01-14T07:00:00.380Z".to_owned()),
        result: Value::Null,
        ..run()
    };
    let attempt = Attempt {
        attempt: 1,
        started: "2026-01-15T07:00:00.412Z".to_owned(),
        ended: Some("2026-01-15T07:00:01.034Z".to_owned()),
        state: State::Succeeded,
        error: None,
    };
    [
        Example::of(
            "Runs a job now, whether it is enabled or not, and answers at once; see `wait`. Without `app_id` the app is found \
             when only one has a job of this name. While an earlier run goes on it waits for its turn, unless the job \
             says `overlap: allow`.",
            Trigger { app_id: None, job: job_name() },
            &waiting(),
        ),
        Example::of(
            "Tells what a job would do now, and does nothing: of a `query_email` whom it would write to, and the first `mails` \
             rendered.",
            DryRun { app_id: None, job: job_name(), mails: 1 },
            &Rehearsal {
                app_id: app_id(),
                job: job_name(),
                summary: "3 rows in 2 groups: so many mails from the template `tasks_today`".to_owned(),
                rows: Some(3),
                groups: Some(2),
                mails: vec![Mail {
                    group: json!(1),
                    rows: 2,
                    to: Some("alice@example.com".to_owned()),
                    subject: Some("Alice, vos tâches du jour".to_owned()),
                    body: Some("Bonjour Alice, …".to_owned()),
                    body_html: None,
                    error: None,
                }],
            },
        ),
        Example::of(
            "Tells the last runs, newest first, and in `apps` over how many hosts a slot is started once: `many` (the table \
             `sogo_cron_slot` of the app's database decides), `one` (the durable state of this host does), `missing` \
             (`hosts: many`, and the table is not there: nothing runs), `unknown` (the database does not answer).",
            Status { app_id: None, job: None, limit: 1 },
            &StatusReply {
                host: "web1-5f3a09c2".to_owned(),
                apps: vec![AppClaims { app_id: app_id(), claims: Claims::One }],
                runs: vec![run()],
            },
        ),
        Example::of(
            "Tells what was run, and what was not (`not_run`, with its `reason`), newest first; with `run` one run and its \
             attempts. Reasons: `not_enabled`, `disabled`, `overlap`, `queue_full`, `missed`, `caught_up`, `too_late`, \
             `other_host`, `removed`.",
            History { job: Some(job_name()), state: Some(State::NotRun), limit: 1, ..History::default() },
            &Runs { runs: vec![not_run], more: false },
        ),
        Example::of(
            "Waits until a run has ended, as long as the `deadline_ms` of the call.",
            Wait { run: 42 },
            &Run { attempt_list: vec![attempt], ..run() },
        ),
    ]
}

fn operators() -> [Example; 4] {
    let disabled = Job { enabled: false, disabled_by: Some("operator".to_owned()), next: None, ..job() };
    [
        Example::of(
            "Has a job run by itself again that an operator had disabled. One that its file does not enable still does not.",
            Enable { app_id: None, job: job_name() },
            &job(),
        ),
        Example::of(
            "Has a job no longer run by itself until somebody enables it: no reload and no restart does. Its slots are told as \
             `not_run` meanwhile.",
            Disable { app_id: None, job: job_name() },
            &disabled,
        ),
        Example::of(
            "Ends a run that goes on where it is, or one that waits. Mails that were accepted already are sent.",
            Cancel { run: 43 },
            &Run {
                state: State::Cancelled,
                why: Some("an operator cancelled it".to_owned()),
                next_attempt: None,
                ..waiting()
            },
        ),
        Example::of(
            "Runs a slot here that another host had begun and can no longer end. It is refused while that host gives signs of \
             life. Which mails it has sent is known to its own mail queue alone, so that some may be sent twice.",
            Takeover { app_id: None, job: job_name(), slot: "2026-01-15T08:00".to_owned() },
            &Run {
                state: State::Waiting,
                attempts: 0,
                started: None,
                ended: None,
                result: Value::Null,
                ..run()
            },
        ),
    ]
}

fn health() -> Example {
    Example::of(
        "Tells that the service is well, how many `jobs` run by themselves and how many runs go on; `failure` says why the \
         durable state cannot be written, while nothing starts.",
        Health {},
        &HealthReply { health: health::Health::example("sogoms-cron"), jobs: 1, running: 0, failure: None },
    )
}
