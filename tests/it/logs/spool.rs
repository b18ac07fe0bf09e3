//! The services' side: what they log while sogoms-logs is away is there when it is back, in order and once.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use sogo::ipc::Client;
use sogo::services::logs::api::LogEvent;
use sogo::services::logs::queue::{Clock, LogQueue, Waiting};

use super::{Logs, counts, event};
use crate::harness::{Engine, Installation, command, until, until_async};

const SMALL_FILES: &str = "max_file_bytes: 65536\nmin_free_bytes: 0";

fn queue(logs: &Logs, spool_max_bytes: u64) -> LogQueue {
    let client = Client::new(&logs.path("run/sogoms-logs.1.sock"), Duration::ZERO, 16 << 20);
    let waiting = Waiting { in_memory: 8192, spool: Some(logs.path("state/spool")), spool_max_bytes };
    LogQueue::start("tester", client, waiting, Clock::system())
}

fn number(number: u64) -> LogEvent {
    let fields = json!({ "number": number });
    LogEvent { fields: fields.as_object().unwrap().clone(), ..event("prokov", "counted") }
}

/// Pushes so many entries, in bursts that the queue can take.
async fn push(queue: &LogQueue, from: u64, count: u64) {
    for at in from..from + count {
        let before = Instant::now();
        queue.event(number(at));
        assert!(before.elapsed() < Duration::from_secs(1), "a caller never waits");
        if at % 100 == 99 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn assert_each_once_in_order(logs: &Logs, expected: u64) {
    let entries = logs.entries("prokov", "events");
    let counts = counts(&entries);
    assert_eq!(logs.entries("prokov", "errors"), [] as [serde_json::Value; 0], "nothing was dropped");
    assert_eq!(counts.len() as u64, expected);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    // Over the files: those that were set aside first, by number.
    let mut files: Vec<(u32, String)> = logs
        .files()
        .into_iter()
        .filter(|(name, _)| name.contains("-events."))
        .map(|(name, text)| {
            let number = name.split("-events.").nth(1).unwrap().split('.').next().unwrap().parse();
            (number.unwrap_or(u32::MAX), text)
        })
        .collect();
    files.sort();
    let lines = files.iter().flat_map(|(_, text)| text.lines());
    let numbers: Vec<u64> = lines
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["fields"]["number"].as_u64().unwrap()
        })
        .collect();
    assert!(numbers.is_sorted(), "in the order in which they were logged");
}

#[tokio::test]
async fn what_is_logged_while_nobody_writes_it_waits_on_disk_in_order() {
    let mut logs = Logs::new(SMALL_FILES);
    let queue = queue(&logs, 64 << 20);
    push(&queue, 0, 5_000).await;
    let spooled =
        until_async("the queue is on disk", || async { spooled(&logs).filter(|bytes| 400_000 < *bytes) })
            .await;
    assert!(spooled < 64 << 20);
    logs.start().await;
    push(&queue, 5_000, 1_000).await;
    queue.drain(Duration::from_secs(30)).await;
    assert_each_once_in_order(&logs, 6_000);
    assert_eq!(spooled_files(&logs), 0);
}

#[tokio::test]
async fn kill_9_of_sogoms_logs_in_a_loop_loses_and_doubles_nothing_of_a_queue() {
    let mut logs = Logs::started(SMALL_FILES).await;
    let queue = queue(&logs, 64 << 20);
    for round in 0..8 {
        push(&queue, round * 1_000, 700).await;
        logs.kill();
        push(&queue, round * 1_000 + 700, 300).await;
        logs.start().await;
    }
    queue.drain(Duration::from_secs(30)).await;
    assert_each_once_in_order(&logs, 8_000);
}

#[tokio::test]
async fn a_stop_while_nobody_writes_leaves_everything_to_the_next_start() {
    let mut logs = Logs::new(SMALL_FILES);
    let first = queue(&logs, 64 << 20);
    push(&first, 0, 300).await;
    first.drain(Duration::from_millis(200)).await;
    drop(first);
    let second = queue(&logs, 64 << 20);
    push(&second, 300, 300).await;
    logs.start().await;
    second.drain(Duration::from_secs(30)).await;
    assert_each_once_in_order(&logs, 600);
    assert_eq!(spooled_files(&logs), 0);
}

#[tokio::test]
async fn what_does_not_fit_is_counted() {
    let mut logs = Logs::new(SMALL_FILES);
    let queue = queue(&logs, 50_000);
    push(&queue, 0, 12_000).await;
    logs.start().await;
    queue.drain(Duration::from_secs(30)).await;
    let kept = counts(&logs.entries("prokov", "events"));
    assert!(kept.values().all(|count| *count == 1) && kept.len() < 12_000);
    let told = logs.entries("prokov", "errors");
    let dropped: u64 = told.iter().filter_map(|entry| entry["fields"]["dropped"].as_u64()).sum();
    assert_eq!(kept.len() as u64 + dropped, 12_000);
}

fn spooled(logs: &Logs) -> Option<u64> {
    let files = std::fs::read_dir(logs.path("state/spool")).ok()?;
    Some(files.map(|entry| entry.unwrap().metadata().unwrap().len()).sum())
}

fn spooled_files(logs: &Logs) -> usize {
    std::fs::read_dir(logs.path("state/spool")).unwrap().count()
}

#[tokio::test]
async fn a_killed_gateway_loses_no_event_that_was_in_its_spool() {
    let installation = Installation::new(Engine::Sqlite).await;
    let text = installation.read("config/sogoctl.yaml");
    let (before, rest) = text.split_once("  sogoms-logs:\n").unwrap();
    let rest = &rest[rest.find("  sogoms-db:\n").unwrap()..];
    let without = format!("{before}{rest}")
        .replace("    depends_on: [sogoms-logs]\n", "")
        .replace("[sogoms-db, sogoms-logs]", "[sogoms-db]");
    installation.write("config/sogoctl.yaml", &without);
    let sogo = installation.start();
    let path = |name: &str| sogo.installation.path().join(name);
    let lines = || {
        let spools = std::fs::read_dir(path("state/spool")).into_iter().flatten().flatten();
        let texts = spools.filter_map(|entry| std::fs::read_to_string(entry.path()).ok());
        texts.map(|text| text.matches("\"login\"").count()).sum::<usize>()
    };
    for _ in 0..4 {
        sogo.sign_in("alice@example.com").await;
    }
    until("four events are in the spool", || (lines() == 4).then_some(()));
    let pid = sogo.pid("sogoway");
    crate::harness::send("KILL", pid);
    sogo.wait_for_new_process("sogoway", pid);
    for _ in 0..3 {
        sogo.sign_in("alice@example.com").await;
    }
    until("seven events are in the spools", || (lines() == 7).then_some(()));
    let mut logs = command(&path("bin/sogoms-logs"))
        .arg("-config")
        .arg(path("config"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("all are in the log, and the spools are gone", || {
        let gone = std::fs::read_dir(path("state/spool")).unwrap().count() == 0;
        let logged = sogo.sogo(&["-o", "json", "logs", "search", "prokov", "--where", "service=sogoway"]);
        (gone && logged.stdout.matches("\"event\":\"login\"").count() == 7).then_some(())
    });
    crate::harness::send("TERM", logs.id());
    logs.wait().unwrap();
}
