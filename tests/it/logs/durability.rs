//! What was acknowledged is there, once, whatever ended in between.

use std::time::Duration;

use sogo::ipc::client::Options;
use sogo::services::logs::api::LogMany;

use super::{Logs, counts, numbered};
use crate::harness::{send, until_async};

const SMALL_FILES: &str = "max_file_bytes: 65536\nmin_free_bytes: 0";

#[tokio::test]
async fn kill_9_in_a_loop_tears_and_loses_nothing_and_doubles_nothing_that_was_sent_again() {
    const KILLS: usize = 12;
    let mut logs = Logs::started(SMALL_FILES).await;
    let client = logs.client();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    // Sends each batch until it is acknowledged, as a LogQueue does; and direct ones once, as anybody may.
    let writing = tokio::spawn(async move {
        let mut stopped = stopped;
        let (mut sent, mut acknowledged_once) = (0, Vec::new());
        let options = Options { deadline: Duration::from_secs(10), request_id: None };
        while stopped.try_recv().is_err() {
            let entries: Vec<_> = (sent..sent + 50).map(|number| numbered("prokov", number)).collect();
            let batch = LogMany { source: Some("tester-1-2".to_owned()), first: sent + 1, entries };
            loop {
                match client.call_with(options, batch.clone()).await {
                    Ok(done) if done.taken == 50 => break,
                    Ok(done) => panic!("{done:?}"),
                    Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
            let once = LogMany { entries: vec![numbered("direct", sent)], ..LogMany::default() };
            if client.call_with(options, once).await.is_ok() {
                acknowledged_once.push(sent);
            }
            sent += 50;
        }
        (sent, acknowledged_once)
    });
    for _ in 0..KILLS {
        let before = counts(&whole_lines(&logs)).len();
        until_async("something more is written", || async {
            (before < counts(&whole_lines(&logs)).len()).then_some(())
        })
        .await;
        logs.kill();
        logs.start().await;
    }
    stop.send(()).unwrap();
    let (sent, once) = writing.await.unwrap();
    let written = counts(&logs.entries("prokov", "events"));
    assert_eq!(written.len() as u64, sent, "every acknowledged entry is there");
    assert!(written.values().all(|count| *count == 1), "and only once");
    let direct = counts(&logs.entries("direct", "events"));
    assert!(once.iter().all(|number| direct.get(number) == Some(&1)), "{once:?} {direct:?}");
    assert!(direct.values().all(|count| *count == 1));
}

/// What is written so far, without the line that may just be written.
fn whole_lines(logs: &Logs) -> Vec<serde_json::Value> {
    let files = logs.files();
    let lines = files.values().flat_map(|text| text.lines());
    lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[tokio::test]
async fn what_is_sent_again_after_a_restart_is_not_written_again() {
    let mut logs = Logs::started(SMALL_FILES).await;
    let batch = |first: u64| LogMany {
        source: Some("tester-1-2".to_owned()),
        first,
        entries: (first..first + 100).map(|number| numbered("prokov", number)).collect(),
    };
    logs.client().call(batch(1)).await.unwrap();
    logs.kill();
    logs.start().await;
    for first in [1, 51, 1] {
        assert_eq!(logs.client().call(batch(first)).await.unwrap().taken, 100);
    }
    let entries = logs.entries("prokov", "events");
    assert_eq!(entries.len(), 150);
    assert_eq!(entries[0]["id"], "tester-1-2-1");
    assert_eq!(logs.storage().await.doubles, 250);
}

#[tokio::test]
async fn lines_are_on_the_disk_before_they_are_acknowledged_where_that_is_asked_for() {
    let mut logs = Logs::started("sync: always\nmin_free_bytes: 0").await;
    for number in 0..20 {
        let entries = vec![numbered("prokov", number)];
        logs.client().call(LogMany { entries, ..LogMany::default() }).await.unwrap();
    }
    assert_eq!(counts(&logs.entries("prokov", "events")).len(), 20);
    logs.stop();
}

#[tokio::test]
async fn a_hung_service_loses_nothing_that_its_callers_send_again() {
    let logs = Logs::started(SMALL_FILES).await;
    let pid = logs.process.as_ref().unwrap().id();
    let batch =
        || LogMany { source: Some("tester-1-2".to_owned()), first: 1, entries: vec![numbered("prokov", 1)] };
    send("STOP", pid);
    let impatient = Options { deadline: Duration::from_millis(50), request_id: None };
    logs.client().call_with(impatient, batch()).await.unwrap_err();
    send("CONT", pid);
    logs.client().call(batch()).await.unwrap();
    assert_eq!(logs.entries("prokov", "events").len(), 1);
}
