//! Two hosts on one database: each slot is started once, whichever of them is there.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Cron, is, office, with_jobs};
use crate::harness::{Engine, Installation, Sogo, until};

const JOBS: &str = "
retry: { max_attempts: 100, delay: 100ms }
jobs:
  often:
    schedule: \"* * * * *\"
    type: query_email
    query: SELECT id, email, name AS user_name FROM users
    group_by: id
    template: tasks_today
    overlap: allow
    hosts: many
";

/// Starts a second installation on the database of a first one.
async fn beside(first: &Sogo) -> Sogo {
    let second = Installation::new(Engine::MariaDb).await;
    let section = |text: &str| {
        let begin = text.find("database:").unwrap();
        (text[..begin].to_owned(), text[begin..].split("\n\n").next().unwrap().to_owned())
    };
    let own = second.read("config/apps/prokov/app.yaml");
    let theirs = first.installation.read("config/apps/prokov/app.yaml");
    second.write("config/apps/prokov/app.yaml", &own.replace(&section(&own).1, &section(&theirs).1));
    let cron = first.installation.read("config/apps/prokov/cron.yaml");
    second.write("config/apps/prokov/cron.yaml", &cron);
    second.start()
}

#[tokio::test]
async fn each_slot_starts_on_one_of_two_hosts_while_either_is_killed() {
    let one = with_jobs(Engine::MariaDb, JOBS).await;
    let two = beside(&one).await;
    let office_one = office::open(&one.installation);
    let office_two = office::open(&two.installation);
    let time = |minute: u32| format!("2027-07-05 12:{minute:02}:58");
    let mut hosts =
        [Cron::start_at(&one.installation, &time(0)), Cron::start_at(&two.installation, &time(0))];
    // Without the table nothing runs.
    let missing = |cron: &Cron| cron.ask(&["status"])["apps"][0]["claims"] == json!("missing");
    assert!(hosts.iter().all(missing));
    one.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    for cron in &mut hosts {
        cron.kill();
        cron.run();
        assert_eq!(cron.ask(&["status"])["apps"][0]["claims"], "many");
    }
    for minute in 5..12 {
        for cron in &mut hosts {
            cron.set_clock(&time(minute));
        }
        if minute % 3 != 0 {
            let killed = &mut hosts[minute as usize % 2];
            std::thread::sleep(Duration::from_millis(u64::from(minute) * 311 % 2900));
            killed.kill();
            killed.run();
        }
        let slot = format!("2027-07-05T12:{:02}", minute + 1);
        until(&format!("{slot} is done"), || {
            let of_slot = |cron: &Cron| cron.history("often").into_iter().find(|run| run["slot"] == slot);
            let states: Vec<Value> = hosts
                .iter()
                .map(|cron| of_slot(cron).map_or(Value::Null, |run| run["state"].clone()))
                .collect();
            (states.contains(&json!("succeeded"))
                && states.iter().all(|state| state == "succeeded" || state == "not_run"))
            .then_some(())
        });
    }
    // No slot ran on both.
    let ran = |cron: &Cron| -> Vec<String> {
        let runs = cron.history("often").into_iter().filter(is("succeeded"));
        runs.map(|run| run["slot"].as_str().unwrap().to_owned()).collect()
    };
    let (of_one, of_two) = (ran(&hosts[0]), ran(&hosts[1]));
    assert!(of_one.iter().all(|slot| !of_two.contains(slot)), "{of_one:?} {of_two:?}");
    let keys = [office_one.keys(), office_two.keys()].concat();
    let unique: std::collections::BTreeSet<&String> = keys.iter().collect();
    assert_eq!(unique.len(), keys.len(), "a group was mailed by both hosts");
    assert_eq!(keys.len(), 3 * (of_one.len() + of_two.len()));
}

#[tokio::test]
async fn what_a_dead_host_had_begun_is_taken_over_by_command_alone() {
    let one = with_jobs(Engine::MariaDb, JOBS).await;
    one.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    let two = beside(&one).await;
    let office_one = office::open(&one.installation);
    let office_two = office::open(&two.installation);
    office_one.slow_down(Duration::from_secs(3600));
    let mut first = Cron::start_at(&one.installation, "2027-07-05 12:00:58");
    first.wait_for("often", "the first host has the slot", is("running"));
    let slot = first.history("often")[0]["slot"].as_str().unwrap().to_owned();
    let second = Cron::start_at(&two.installation, "2027-07-05 12:01:10");
    let busy = until("the slot is claimed", || {
        let busy = second.sogo(&["cron", "takeover", "often", &slot, "--yes"]);
        (busy.code != 4).then_some(busy)
    });
    assert_eq!(busy.code, 6, "{busy:?}");
    assert!(busy.stderr.contains("is still at it"), "{busy:?}");
    first.kill();
    // The last sign of life is made old, as time would.
    let name = fs::read_to_string(one.installation.path().join("config/apps/prokov/app.yaml")).unwrap();
    let name = name.split("  name: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let mut root = crate::harness::MariaDb::shared().await.root(Some(&name)).await;
    mysql_async::prelude::Queryable::query_drop(&mut root, "UPDATE sogo_cron_slot SET busy_until = 1")
        .await
        .unwrap();
    root.disconnect().await.unwrap();
    assert!(
        second.history("often").iter().all(|run| run["slot"] != slot.as_str()),
        "nothing is taken over by itself"
    );
    second.sogo(&["cron", "takeover", "often", &slot, "--yes"]).ok();
    second.wait_for("often", "the second host has ended it", |run| {
        run["slot"] == slot.as_str() && run["state"] == "succeeded"
    });
    assert_eq!(office_two.keys().len(), 3);
    // The first one is back, and leaves it alone.
    office_one.slow_down(Duration::ZERO);
    first.run();
    let run = first.wait_for("often", "the first host knows", |run| {
        run["slot"] == slot.as_str() && run["state"] == "not_run"
    });
    assert_eq!(run["reason"], "other_host");
    assert!(office_one.keys().iter().all(|key| !key.contains(&slot)));
}
