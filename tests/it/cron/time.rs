//! The hour of a job: on a clock that is set, after downtime, and when the clock is put forward and back.

use serde_json::Value;

use super::{Cron, is, office, tasks_today, with_jobs};
use crate::on_each_engine;

on_each_engine! {
    the_tasks_of_today_go_out_at_their_hour_to_each_user_their_own,
}

async fn the_tasks_of_today_go_out_at_their_hour_to_each_user_their_own(engine: crate::harness::Engine) {
    let sogo = with_jobs(engine, &tasks_today()).await;
    let office = office::open(&sogo.installation);
    // A Monday in summer, 07:59:58 in Paris.
    let cron = Cron::start_at(&sogo.installation, "2027-07-05 05:59:58");
    let run = cron.wait_for("tasks_today", "the job has run", is("succeeded"));
    assert_eq!((&run["slot"], &run["due"]), (&"2027-07-05T08:00".into(), &"2027-07-05T06:00:00.000Z".into()));
    assert_eq!((&run["result"]["groups"], &run["result"]["accepted"]), (&2.into(), &2.into()), "{run}");
    let mails = office.mails();
    assert_eq!(mails.len(), 2);
    for (user, name, titles) in
        [("alice@example.com", "Alice", &["Write", "Read"][..]), ("bob@example.com", "Bob", &["Swim"])]
    {
        let mail = &mails[user];
        assert_eq!(
            (mail.app_id.as_str(), mail.template.as_str(), mail.automatic),
            ("prokov", "tasks_today", true)
        );
        assert_eq!(mail.data["user_name"], name);
        let rows = mail.data["rows"].as_array().unwrap();
        let mut found: Vec<&str> = rows.iter().map(|row| row["title"].as_str().unwrap()).collect();
        let mut expected = titles.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
    let next = cron.ask(&["list"])["jobs"][0]["next"].clone();
    assert_eq!(next, "2027-07-06T08:00:00+02:00");
}

const HOURLY: &str = "
jobs:
  hourly:
    schedule: \"0 * * * *\"
    type: query_email
    query: SELECT email, name AS user_name FROM users WHERE id = 1
    template: tasks_today
";

/// Returns slot, state and reason of all runs, oldest slot first.
fn told(cron: &Cron) -> Vec<String> {
    let mut runs = cron.history("hourly");
    runs.sort_by_key(|run| run["due"].as_str().unwrap().to_owned());
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    runs.iter()
        .map(|run| format!("{} {} {}", &word(&run["slot"])[11..], word(&run["state"]), word(&run["reason"])))
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[tokio::test]
async fn what_was_missed_is_caught_up_once_and_told() {
    let sogo = with_jobs(crate::harness::Engine::Sqlite, HOURLY).await;
    let office = office::open(&sogo.installation);
    let mut cron = Cron::start_at(&sogo.installation, "2027-07-05 05:30:00");
    assert_eq!(told(&cron), [""; 0]);
    // Six hours away, and back in the middle of one.
    cron.kill();
    cron.set_clock("2027-07-05 11:30:00");
    cron.run();
    cron.wait_for("hourly", "the last slot is caught up", is("succeeded"));
    let missed =
        ["06:00", "07:00", "08:00", "09:00", "10:00"].map(|slot| format!("{slot} not_run caught_up"));
    let expected: Vec<String> = missed.into_iter().chain(["11:00 succeeded".to_owned()]).collect();
    assert_eq!(told(&cron), expected);
    // Twenty hours: those of more than twelve are not made up for.
    cron.stop();
    cron.set_clock("2027-07-06 07:30:00");
    cron.run();
    cron.wait_for("hourly", "the last slot is caught up", |run| {
        run["slot"] == "2027-07-06T07:00" && run["state"] == "succeeded"
    });
    let late = told(&cron);
    assert_eq!(late.iter().filter(|line| line.ends_with("too_late")).count(), 8, "{late:?}");
    assert_eq!(office.keys().len(), 2);
}

#[tokio::test]
async fn a_clock_that_jumps_starts_no_slot_twice_and_loses_none() {
    let sogo = with_jobs(crate::harness::Engine::Sqlite, HOURLY).await;
    let office = office::open(&sogo.installation);
    let cron = Cron::start_at(&sogo.installation, "2027-07-05 05:59:30");
    let ran = |slot: &'static str| move |run: &Value| run["slot"] == slot && run["state"] == "succeeded";
    // Forward over an hour while it runs, as after a suspend.
    cron.set_clock("2027-07-05 06:00:05");
    cron.wait_for("hourly", "06:00 has run", ran("2027-07-05T06:00"));
    // Back before it: what ran does not run again, what comes does.
    cron.set_clock("2027-07-05 05:59:58");
    cron.set_clock("2027-07-05 06:59:58");
    cron.wait_for("hourly", "07:00 has run", ran("2027-07-05T07:00"));
    // By mistake into another year, and back: nothing waits until then.
    cron.set_clock("2031-01-01 00:30:00");
    cron.wait_for("hourly", "the wrong year has run", ran("2031-01-01T00:00"));
    cron.set_clock("2027-07-05 07:59:58");
    cron.wait_for("hourly", "08:00 has run", ran("2027-07-05T08:00"));
    assert_eq!(office.repeated(), 0);
    assert_eq!(office.keys().len(), 4);
}

/// A year of slots on the real service: the clock goes from day to day, over both changes of the hour.
#[tokio::test]
async fn days_around_the_changes_of_the_hour_show_each_slot_once() {
    let job = HOURLY.replace("0 * * * *", "30 2 * * *").replace("jobs:", "timezone: Europe/Paris\njobs:");
    let sogo = with_jobs(crate::harness::Engine::Sqlite, &job).await;
    let office = office::open(&sogo.installation);
    let cron = Cron::start_at(&sogo.installation, "2027-01-01 00:00:00");
    let days = [
        "2027-01-01",
        "2027-03-27",
        "2027-03-28",
        "2027-03-29",
        "2027-10-30",
        "2027-10-31",
        "2027-11-01",
        "2027-12-31",
    ];
    for day in days {
        cron.set_clock(&format!("{day} 02:00:00"));
        let slot = format!("{day}T02:30");
        cron.wait_for("hourly", &format!("{slot} has run"), |run| {
            run["slot"].as_str().unwrap().starts_with(&slot) && run["state"] == "succeeded"
        });
    }
    let runs = cron.history("hourly");
    let slots: std::collections::BTreeSet<&str> =
        runs.iter().map(|run| run["slot"].as_str().unwrap()).collect();
    assert_eq!(slots.len(), runs.len());
    assert_eq!(office.keys().len(), days.len());
}
