//! What an operator does with jobs.

use serde_json::json;
use sogo::error::Code;

use super::{Cron, QUIET, is, office, tasks_today, with_jobs};
use crate::harness::Engine;

#[tokio::test]
async fn trigger_finds_the_app_follows_the_run_and_ends_by_its_result() {
    let sogo = with_jobs(Engine::Sqlite, &tasks_today().replace("delay: 5m", "delay: 100ms")).await;
    let office = office::open(&sogo.installation);
    let cron = Cron::start_at(&sogo.installation, QUIET);
    let done = cron.sogo(&["cron", "trigger", "tasks_today", "--wait"]).ok();
    assert!(done.stdout.contains("succeeded") && done.stdout.contains("accepted 2"), "{done:?}");
    // The next run is another slot: its mails are others.
    cron.sogo(&["cron", "run", "tasks_today"]).ok();
    assert_eq!((office.keys().len(), office.repeated()), (4, 0));
    // Two attempts fail, the third one does it.
    office.fail_with(&[Code::Unavailable, Code::Unavailable]);
    let run = cron.ask(&["trigger", "tasks_today", "--wait"]);
    assert!(run["state"] == "succeeded" && run["attempts"].as_u64() > Some(1), "{run}");
    // An address that is refused is refused for good; the other mail goes out.
    office.fail_with(&[Code::Validation]);
    let refused = cron.sogo(&["cron", "trigger", "tasks_today", "--wait"]);
    assert_eq!(refused.code, 7, "{refused:?}");
    assert!(refused.stderr.contains("1 of 2 mails were refused"), "{refused:?}");
    let status = cron.ask(&["status"]);
    assert_eq!(
        (&status["apps"][0]["claims"], &status["runs"][0]["state"]),
        (&json!("one"), &json!("failed"))
    );
    assert_eq!(status["runs"][0]["attempts"], 1);
    let nobody = cron.sogo(&["cron", "trigger", "task_today"]);
    assert_eq!(nobody.code, 4);
    assert!(nobody.stderr.contains("did you mean `tasks_today`?"), "{nobody:?}");
    // A second app with a job of that name: which one?
    sogo.installation.add_app("other");
    for file in ["cron.yaml", "emails/tasks_today.yaml"] {
        let text = sogo.installation.read(&format!("config/apps/prokov/{file}"));
        sogo.installation.write(&format!("config/apps/other/{file}"), &text);
    }
    cron.reload();
    let several = cron.sogo(&["cron", "trigger", "tasks_today"]);
    assert_eq!(several.code, 6, "{several:?}");
    assert!(several.stderr.contains("other, prokov") && several.stderr.contains("--app"), "{several:?}");
    cron.sogo(&["cron", "trigger", "tasks_today", "--app", "prokov", "--wait"]).ok();
}

#[tokio::test]
async fn a_dry_run_shows_recipients_and_mails_and_sends_nothing() {
    let sogo = with_jobs(Engine::Sqlite, &tasks_today()).await;
    let office = office::open(&sogo.installation);
    let cron = Cron::start_at(&sogo.installation, QUIET);
    let shown = cron.sogo(&["cron", "trigger", "tasks_today", "--dry-run"]).ok().stdout;
    for words in [
        "3 rows in 2 groups",
        "To: alice@example.com",
        "Subject: 2 tasks",
        "To: bob@example.com",
        "Subject: 1 tasks",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let first =
        cron.sogo(&["-o", "json", "cron", "run", "tasks_today", "--dry-run", "--mails", "1"]).ok().json();
    assert_eq!((&first["groups"], first["mails"].as_array().unwrap().len()), (&json!(2), 1));
    assert!(office.keys().is_empty() && cron.history("tasks_today").is_empty());
    let wrong = "jobs: { x: { schedule: '0 8 * * *', type: query_email, query: SELECT id FROM users, template: welcome } }";
    sogo.installation.write("config/apps/prokov/cron.yaml", wrong);
    cron.reload();
    let told = cron.sogo(&["cron", "run", "x", "--dry-run"]);
    assert_eq!(told.code, 9, "{told:?}");
    assert!(told.stderr.contains("the query has no column `email`"), "{told:?}");
}

#[tokio::test]
async fn a_disabled_job_stays_so_over_reloads_and_restarts_and_says_who_said_so() {
    let sogo = with_jobs(Engine::Sqlite, &tasks_today()).await;
    let office = office::open(&sogo.installation);
    let mut cron = Cron::start_at(&sogo.installation, "2027-07-05 05:00:00");
    let job = cron.ask(&["disable", "tasks_today"]);
    assert_eq!(
        (&job["enabled"], &job["disabled_by"], job.get("next")),
        (&json!(false), &json!("operator"), None)
    );
    cron.reload();
    cron.kill();
    cron.run();
    assert_eq!(cron.ask(&["list"])["jobs"][0]["disabled_by"], "operator");
    assert_eq!(cron.ask(&["next"])["slots"], json!([]));
    cron.set_clock("2027-07-05 06:00:01");
    let run = cron.wait_for("tasks_today", "the slot is told", is("not_run"));
    assert_eq!((&run["slot"], &run["reason"]), (&json!("2027-07-05T08:00"), &json!("disabled")));
    assert!(office.keys().is_empty());
    // It can be run by hand all the same.
    cron.sogo(&["cron", "run", "tasks_today"]).ok();
    let job = cron.ask(&["enable", "tasks_today"]);
    assert_eq!((&job["enabled"], &job["next"]), (&json!(true), &json!("2027-07-06T08:00:00+02:00")));
    cron.set_clock("2027-07-06 05:59:59");
    cron.wait_for("tasks_today", "it runs again", |run| {
        run["slot"] == "2027-07-06T08:00" && run["state"] == "succeeded"
    });
}

#[tokio::test]
async fn a_job_of_which_the_file_goes_wrong_goes_on_as_it_was() {
    let sogo = with_jobs(Engine::Sqlite, &tasks_today()).await;
    let _office = office::open(&sogo.installation);
    let cron = Cron::start_at(&sogo.installation, QUIET);
    assert_eq!(cron.ask(&["next", "tasks_today", "-n", "3"])["slots"].as_array().unwrap().len(), 3);
    sogo.installation.edit("config/apps/prokov/cron.yaml", "query_email", "query_mail");
    cron.reload();
    assert_eq!(cron.ask(&["list"])["jobs"][0]["job"], "tasks_today");
    let health = cron.sogo(&["-o", "json", "ping", "sogoms-cron"]).ok();
    assert!(cron.log().contains("`type` cannot be `query_mail`"), "{health:?}");
    cron.sogo(&["cron", "run", "tasks_today"]).ok();
    // Taken out of the file it is gone.
    sogo.installation.write("config/apps/prokov/cron.yaml", "jobs: {}\n");
    cron.reload();
    assert_eq!(cron.ask(&["list"])["jobs"], json!([]));
}
