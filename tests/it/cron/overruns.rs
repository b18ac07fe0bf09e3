//! Runs that meet each other, that are cut off, and that take too long.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Cron, QUIET, is, office, tasks_today, with_jobs};
use crate::harness::{Engine, until};

const EACH_USER: &str = "
    type: query_email
    query: SELECT id, email, name AS user_name FROM users
    group_by: id
    template: tasks_today
";

fn job(schedule: &str, keys: &str) -> String {
    format!("jobs:\n  often:\n    schedule: \"{schedule}\"{EACH_USER}    {keys}\n")
}

/// A schedule that is not due in a test.
const YEARLY: &str = "0 0 1 1 *";

#[tokio::test]
async fn a_slot_that_comes_while_a_run_goes_on_is_skipped_or_waits_or_starts() {
    for (overlap, expected) in [
        ("skip", &[("12:00", "running"), ("12:01", "not_run")][..]),
        ("queue", &[("12:00", "running"), ("12:01", "waiting")]),
        ("allow", &[("12:00", "running"), ("12:01", "running")]),
    ] {
        let sogo = with_jobs(Engine::Sqlite, &job("* * * * *", &format!("overlap: {overlap}"))).await;
        let office = office::open(&sogo.installation);
        office.slow_down(Duration::from_secs(3600));
        let cron = Cron::start_at(&sogo.installation, "2027-07-05 11:59:58");
        cron.wait_for("often", "the first run goes on", is("running"));
        cron.set_clock("2027-07-05 12:00:59");
        until("both slots are as they should be", || {
            let runs = cron.history("often");
            let told: Vec<(&str, &str)> = runs
                .iter()
                .map(|run| (&run["slot"].as_str().unwrap()[11..], run["state"].as_str().unwrap()))
                .collect();
            (told == expected).then_some(())
        });
        if overlap == "queue" {
            office.slow_down(Duration::ZERO);
            let first = cron.history("often")[0]["run"].to_string();
            assert_eq!(cron.ask(&["cancel", &first])["state"], "cancelled");
            cron.wait_for("often", "its turn has come", is("succeeded"));
            assert_eq!(cron.sogo(&["cron", "cancel", &first]).code, 6);
        }
    }
}

#[tokio::test]
async fn a_run_that_a_crash_cuts_off_is_ended_after_it_and_mails_nobody_twice() {
    let tasks = tasks_today().replace("delay: 5m", "delay: 100ms");
    let sogo = with_jobs(Engine::Sqlite, &tasks).await;
    let office = office::open(&sogo.installation);
    let mut cron = Cron::start_at(&sogo.installation, QUIET);
    office.slow_down(Duration::from_secs(3600));
    let run = cron.ask(&["trigger", "tasks_today"])["run"].to_string();
    cron.wait_for("tasks_today", "it goes on", is("running"));
    cron.kill();
    office.slow_down(Duration::ZERO);
    cron.run();
    cron.wait_for("tasks_today", "it has ended", is("succeeded"));
    let told = cron.ask(&["history", "--run", &run])["runs"][0].clone();
    let states: Vec<&Value> =
        told["attempt_list"].as_array().unwrap().iter().map(|attempt| &attempt["state"]).collect();
    assert_eq!(states, [&json!("interrupted"), &json!("succeeded")]);
    let keys = office.keys();
    let slot = told["slot"].as_str().unwrap();
    assert_eq!(keys, [format!("cron/tasks_today/{slot}/1"), format!("cron/tasks_today/{slot}/2")]);
}

#[tokio::test]
async fn a_run_killed_at_any_moment_reaches_each_group_under_one_key() {
    let often = job(YEARLY, "retry: { max_attempts: 100, delay: 10ms }");
    let sogo = with_jobs(Engine::Sqlite, &often).await;
    let office = office::open(&sogo.installation);
    office.slow_down(Duration::from_millis(40));
    let mut cron = Cron::start_at(&sogo.installation, QUIET);
    for round in 0..6 {
        cron.ask(&["trigger", "often"]);
        // Anywhere between the row of the run and its end.
        std::thread::sleep(Duration::from_millis(17 * round));
        cron.kill();
        cron.run();
    }
    until("all runs have ended", || {
        cron.history("often").iter().all(|run| run["state"] == "succeeded").then_some(())
    });
    let runs = cron.history("often").len();
    assert!(6 <= runs, "{runs}");
    assert_eq!(office.keys().len(), 3 * runs, "one mail a user and run, whatever was repeated");
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_ended_and_somebody_is_told_after_the_last() {
    let keys = "timeout: 1s\n    retry: { max_attempts: 2, delay: 10ms }\n    on_failure: { mail: admin@example.com }";
    let sogo = with_jobs(Engine::Sqlite, &job(YEARLY, keys)).await;
    let office = office::open(&sogo.installation);
    office.slow_down(Duration::from_secs(3600));
    let cron = Cron::start_at(&sogo.installation, QUIET);
    let late = cron.sogo(&["cron", "run", "often"]);
    assert_eq!(late.code, 7, "{late:?}");
    assert!(late.stderr.contains("it took longer than 1s"), "{late:?}");
    let run = &cron.history("often")[0];
    assert_eq!((&run["attempts"], &run["state"]), (&json!(2), &json!("failed")));
    until("the failure is told", || {
        cron.log().contains("was told by mail that prokov/often failed").then_some(())
    });
    until("the logs tell it", || {
        let tail = cron.sogo(&["logs", "search", "prokov", "--grep", "the job often failed"]);
        (tail.code == 0 && !tail.stdout.is_empty()).then_some(())
    });
}
