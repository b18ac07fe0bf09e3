//! Tens of thousands of lines a second over midnight, into files that are set aside all the time.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value};

use super::{Daemon, event};
use crate::ipc::client::Options;
use crate::services::logs::api::{Entry, Filter, LogEvent, LogMany, Search, Tail};

const CALLERS: u64 = 4;
const CALLS: u64 = 100;
const ENTRIES: u64 = 250;

fn entries(caller: u64, call: u64) -> Vec<Entry> {
    let first = (caller * CALLS + call) * ENTRIES;
    let numbered = |number: u64| {
        let fields = Map::from_iter([("number".to_owned(), Value::from(number))]);
        Entry::Event(LogEvent { fields, ..event("prokov", "flood") })
    };
    (first..first + ENTRIES).map(numbered).collect()
}

#[tokio::test]
async fn a_flood_over_midnight_and_full_files_loses_and_doubles_nothing() {
    let mut daemon = Daemon::new();
    std::fs::write(
        daemon.places().config.join("sogoms.yaml"),
        "logs: { max_file_bytes: 262144, min_free_bytes: 0 }\n",
    )
    .unwrap();
    daemon.set_time("2026-01-15T23:59:59.500+01:00");
    daemon.start().await;
    let mut following = daemon
        .client()
        .stream(Options::default(), Tail { lines: 0, follow: true, ..Tail::default() })
        .await
        .unwrap();
    let began = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let client = daemon.client();
        tokio::spawn(async move {
            for call in 0..CALLS {
                let source = Some(format!("caller-{caller}-1"));
                let sent = LogMany { source, first: call * ENTRIES + 1, entries: entries(caller, call) };
                assert_eq!(u64::from(client.call(sent).await.unwrap().taken), ENTRIES);
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    // Midnight comes when the flood has begun to arrive, and a moment later it is the next day.
    assert!(following.next().await.unwrap().is_ok());
    drop(following);
    daemon.set_time("2026-01-16T00:00:00.001+01:00");
    for caller in callers {
        caller.await.unwrap();
    }
    let total = CALLERS * CALLS * ENTRIES;
    let rate = u128::from(total) * 1000 / began.elapsed().as_millis().max(1);
    println!("{rate} lines a second");

    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    let (mut days, mut set_aside) = (BTreeMap::<String, u32>::new(), 0);
    for file in std::fs::read_dir(daemon.places().logs).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        assert!(file.metadata().unwrap().len() <= 262_144, "{name}");
        set_aside += u32::from(!name.ends_with("-events.log"));
        *days.entry(name[7..15].to_owned()).or_default() += 1;
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            *counts.entry(line["fields"]["number"].as_u64().unwrap()).or_default() += 1;
        }
    }
    assert_eq!(counts.len() as u64, total);
    assert!(counts.values().all(|count| *count == 1));
    assert_eq!(days.len(), 2, "{days:?}");
    assert!(20 < set_aside, "{set_aside}");

    let of_caller = Filter { grep: Some("^flood$".to_owned()), ..Filter::default() };
    let search = Search { filter: of_caller, ..Search::default() };
    let mut found = daemon.client().stream(Options::default(), search).await.unwrap();
    let mut seen = 0;
    while let Some(line) = found.next().await {
        assert_eq!(line.unwrap().app, "prokov");
        seen += 1;
    }
    assert_eq!(seen, total);
    daemon.stop().await;
}
