//! The whole service behind its socket, with a clock that the test sets.

mod flood;

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::api::{Entry, Health, Level, Line, LogError, LogEvent, LogMany, Request, Tail};
use super::queue::{Clock, LogQueue, Waiting};
use super::run_with;
use crate::config::Places;
use crate::error::{Code, Result};
use crate::ipc::Client;
use crate::ipc::client::{Options, Replies};
use crate::ipc::inherited::Inherited;
use crate::process::notify::Notifier;
use crate::process::signals::Signals;
use crate::services::Start;

struct Daemon {
    folder: tempfile::TempDir,
    now: Arc<Mutex<DateTime<FixedOffset>>>,
    running: Option<Running>,
}

struct Running {
    stop: CancellationToken,
    reload: watch::Sender<u64>,
    task: JoinHandle<Result<()>>,
}

impl Daemon {
    /// A daemon that is not started yet, at 08:00 of 15 January 2026.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for place in ["run", "config"] {
            fs::create_dir(folder.path().join(place)).unwrap();
        }
        let now = DateTime::parse_from_rfc3339("2026-01-15T08:00:00+01:00").unwrap();
        Self { folder, now: Arc::new(Mutex::new(now)), running: None }
    }

    async fn started() -> Self {
        let mut daemon = Self::new();
        daemon.start().await;
        daemon
    }

    async fn start(&mut self) {
        let (stop, (reload, reloads)) = (CancellationToken::new(), watch::channel(0));
        let signals = Signals { stop: stop.clone(), force: CancellationToken::new(), reload: reloads };
        let start = Start {
            places: self.places(),
            socket: None,
            port: None,
            instance: 1,
            inherited: Inherited::default(),
            notifier: Notifier::default(),
        };
        let task = tokio::spawn(run_with(start, signals, self.clock()));
        self.running = Some(Running { stop, reload, task });
        self.client().call(Health {}).await.unwrap();
    }

    async fn stop(&mut self) {
        let Running { stop, task, .. } = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap().unwrap();
    }

    fn places(&self) -> Places {
        Places::below(self.folder.path())
    }

    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Clock::new(move || *now.lock().unwrap())
    }

    fn set_time(&self, time: &str) {
        *self.now.lock().unwrap() = DateTime::parse_from_rfc3339(time).unwrap();
    }

    fn client(&self) -> Client<Request> {
        Client::new(&self.places().socket("sogoms-logs", 1), Duration::from_secs(5), 16 << 20)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.places().logs.join(name)
    }

    /// The entries of a file, each of which must be JSON.
    fn entries(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn event(app: &str, event: &str) -> LogEvent {
    LogEvent { app_id: app.to_owned(), event: event.to_owned(), ..LogEvent::default() }
}

fn error(app: &str, message: &str) -> LogError {
    LogError { app_id: app.to_owned(), message: message.to_owned(), ..LogError::default() }
}

fn names(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["event"].as_str().unwrap()).collect()
}

fn in_memory(entries: usize) -> Waiting {
    Waiting { in_memory: entries, spool: None, spool_max_bytes: 0 }
}

async fn next(lines: &mut Replies<Line>) -> String {
    let line = tokio::time::timeout(Duration::from_secs(5), lines.next()).await.unwrap().unwrap().unwrap();
    let text = line.entry.get("event").or(line.entry.get("message")).unwrap();
    format!("{} {}", line.app, text.as_str().unwrap())
}

#[tokio::test]
async fn what_was_answered_is_in_its_file() {
    let mut daemon = Daemon::started().await;
    let client = daemon.client();
    client.call(event("prokov", "login")).await.unwrap();
    assert_eq!(
        daemon.entries("prokov-20260115-events.log"),
        [json!({"time": "2026-01-15T08:00:00.000+01:00", "level": "info", "event": "login"})]
    );
    let options = Options { request_id: Some("01J"), ..Options::default() };
    client.call_with(options, LogError { level: Level::Warn, ..error("sogoms", "slow") }).await.unwrap();
    assert_eq!(
        daemon.entries("sogoms-20260115-errors.log"),
        [
            json!({"time": "2026-01-15T08:00:00.000+01:00", "level": "warn", "message": "slow", "request_id": "01J"})
        ]
    );
    for app in ["../x", "", "A", "a/b"] {
        assert_eq!(client.call(event(app, "login")).await.unwrap_err().code, Code::Validation, "{app}");
    }
    assert_eq!(fs::read_dir(daemon.places().logs).unwrap().count(), 2);
    daemon.stop().await;
}

#[tokio::test]
async fn many_entries_keep_their_order_and_the_wrong_ones_are_named() {
    let daemon = Daemon::started().await;
    let entries = vec![
        Entry::Event(event("prokov", "one")),
        Entry::Event(event("../x", "never")),
        Entry::Error(error("prokov", "")),
        Entry::Event(event("prokov", "two")),
    ];
    let done = daemon.client().call(LogMany { entries, ..LogMany::default() }).await.unwrap();
    let refused: Vec<_> = done.refused.iter().map(|refused| (refused.index, refused.error.code)).collect();
    assert_eq!((done.taken, refused), (4, vec![(1, Code::Validation), (2, Code::Validation)]));
    assert_eq!(names(&daemon.entries("prokov-20260115-events.log")), ["one", "two"]);
}

#[tokio::test]
async fn concurrent_writers_lose_and_double_nothing() {
    let daemon = Daemon::started().await;
    let client = daemon.client();
    let writers = (0..64).map(|writer| {
        let client = client.clone();
        tokio::spawn(async move {
            for number in 0..50 {
                client.call(event("prokov", &format!("{writer}.{number}"))).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let entries = daemon.entries("prokov-20260115-events.log");
    let unique: std::collections::BTreeSet<_> = names(&entries).into_iter().collect();
    assert_eq!((entries.len(), unique.len()), (3200, 3200));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_error_until_it_can() {
    let daemon = Daemon::started().await;
    let client = daemon.client();
    let logs = daemon.places().logs;
    fs::remove_dir_all(&logs).unwrap();
    fs::write(&logs, "in the way").unwrap();
    let refused = client.call(event("prokov", "lost")).await.unwrap_err();
    assert_eq!((refused.code, refused.retry_after), (Code::Unavailable, Some(5)));
    fs::remove_file(&logs).unwrap();
    client.call(event("prokov", "back")).await.unwrap();
    assert_eq!(names(&daemon.entries("prokov-20260115-events.log")), ["back"]);
}

#[tokio::test]
async fn a_reload_opens_files_anew_and_reads_the_times_of_keeping() {
    let daemon = Daemon::started().await;
    let client = daemon.client();
    client.call(event("prokov", "before")).await.unwrap();
    let (current, moved) = (daemon.path("prokov-20260115-events.log"), daemon.path("moved"));
    fs::rename(&current, &moved).unwrap();
    fs::write(daemon.path("prokov-20251201-events.log"), "old\n").unwrap();
    daemon.running.as_ref().unwrap().reload.send_modify(|count| *count += 1);
    while daemon.path("prokov-20251201-events.log").exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client.call(event("prokov", "after")).await.unwrap();
    assert_eq!(names(&daemon.entries("prokov-20260115-events.log")), ["after"]);
    assert_eq!(names(&daemon.entries("moved")), ["before"]);
}

#[tokio::test]
async fn a_tail_shows_what_is_there_and_follows_over_midnight() {
    let mut daemon = Daemon::started().await;
    let client = daemon.client();
    for (minute, name) in [(1, "one"), (2, "two"), (3, "three")] {
        daemon.set_time(&format!("2026-01-15T23:0{minute}:00+01:00"));
        client.call(event("prokov", name)).await.unwrap();
        client.call(error("other", name)).await.unwrap();
    }
    let options = Options { deadline: Duration::from_secs(60), request_id: None };
    let all = Tail { lines: 3, follow: true, ..Tail::default() };
    let mut lines = client.stream(options, all).await.unwrap();
    let mut seen = [next(&mut lines).await, next(&mut lines).await, next(&mut lines).await];
    seen[1..].sort();
    assert_eq!(seen[1..], ["other three", "prokov three"]);

    let one_app = Tail { apps: vec!["prokov".to_owned()], lines: 0, follow: true, ..Tail::default() };
    let mut of_prokov = client.stream(options, one_app).await.unwrap();
    client.call(error("other", "more")).await.unwrap();
    assert_eq!(next(&mut lines).await, "other more");
    fs::write(daemon.path("prokov-20251216-events.log"), "old\n").unwrap();
    daemon.set_time("2026-01-16T00:00:00.001+01:00");
    client.call(event("prokov", "tomorrow")).await.unwrap();
    for lines in [&mut lines, &mut of_prokov] {
        assert_eq!(next(lines).await, "prokov tomorrow");
    }
    assert_eq!(names(&daemon.entries("prokov-20260116-events.log")), ["tomorrow"]);
    assert!(!daemon.path("prokov-20251216-events.log").exists(), "31 days old now");

    daemon.stop().await;
    assert!(lines.next().await.is_none(), "a stop ends a tail as it ends by itself");
}

#[tokio::test]
async fn a_tail_without_follow_ends() {
    let daemon = Daemon::started().await;
    let client = daemon.client();
    let mut none = client.stream(Options::default(), Tail { lines: 5, ..Tail::default() }).await.unwrap();
    assert!(none.next().await.is_none());
    client.call(event("prokov", "one")).await.unwrap();
    let mut one = client.stream(Options::default(), Tail { lines: 5, ..Tail::default() }).await.unwrap();
    assert_eq!(next(&mut one).await, "prokov one");
    assert!(one.next().await.is_none());
    for wrong in
        [Tail { lines: 10_001, ..Tail::default() }, Tail { apps: vec!["../x".to_owned()], ..Tail::default() }]
    {
        let mut stream = client.stream(Options::default(), wrong).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap_err().code, Code::Validation);
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_cut_off_and_stops_nobody() {
    let daemon = Daemon::started().await;
    let client = daemon.client();
    let mut lines =
        client.stream(Options::default(), Tail { lines: 0, follow: true, ..Tail::default() }).await.unwrap();
    let mut written = 0;
    for _ in 0..220 {
        let long = LogEvent { message: Some("x".repeat(60_000)), ..event("prokov", "long") };
        client.call(long).await.unwrap();
        written += 1;
    }
    let mut read = 0;
    let end = loop {
        match lines.next().await.unwrap() {
            Ok(_) => read += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(end.code, Code::Unavailable);
    assert!(0 < read && read < written, "{read} of {written}");
}

#[tokio::test]
async fn a_queue_keeps_what_it_can_while_nobody_writes_and_counts_the_rest() {
    let mut daemon = Daemon::new();
    let patience = Duration::ZERO;
    let client = Client::new(&daemon.places().socket("sogoms-logs", 1), patience, 16 << 20);
    let queue = LogQueue::start("sogoway", client, in_memory(1000), daemon.clock());
    for number in 0..2000 {
        queue.event(event("prokov", &number.to_string()));
        if number == 500 {
            // Lets the task take the first batch out of the queue.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    daemon.start().await;
    queue.drain(Duration::from_secs(10)).await;
    queue.event(event("prokov", "too late, and still no fault"));
    let entries = daemon.entries("prokov-20260115-events.log");
    let kept: Vec<usize> = names(&entries).iter().map(|name| name.parse().unwrap()).collect();
    assert!(kept.len() >= 1000 && kept == (0..kept.len()).collect::<Vec<_>>(), "{kept:?}");
    assert_eq!(entries[0]["service"], json!("sogoway"));
    let told = daemon.entries("prokov-20260115-errors.log");
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["code"], &told[0]["level"]), (&json!("DROPPED"), &json!("warn")));
    assert_eq!(told[0]["fields"]["dropped"], json!(2000 - kept.len()));
}

#[tokio::test]
async fn a_queue_outlives_a_restart_and_takes_large_entries() {
    let mut daemon = Daemon::started().await;
    let client = Client::new(&daemon.places().socket("sogoms-logs", 1), Duration::ZERO, 100_000);
    let queue = LogQueue::start("sogoway", client, in_memory(4096), Clock::system());
    for number in 0..50 {
        if number == 25 {
            daemon.stop().await;
        }
        let long = LogEvent { message: Some("x".repeat(10_000)), ..event("prokov", &number.to_string()) };
        queue.event(long);
        tokio::task::yield_now().await;
    }
    queue.error(error("prokov", &"never fits".repeat(20_000)));
    daemon.start().await;
    queue.drain(Duration::from_secs(10)).await;
    let entries = daemon.entries("prokov-20260115-events.log");
    let expected: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(names(&entries), expected);
    let told = daemon.entries("prokov-20260115-errors.log");
    assert_eq!(told[0]["fields"]["dropped"], json!(1));
}

#[tokio::test]
async fn a_queue_that_nobody_empties_ends_with_its_grace_time() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(&folder.path().join("nobody"), Duration::ZERO, 16 << 20);
    let queue = LogQueue::start("sogoway", client, in_memory(10), Clock::system());
    queue.event(event("prokov", "lost"));
    tokio::time::timeout(Duration::from_secs(2), queue.drain(Duration::from_millis(100))).await.unwrap();
}
