//! A disk that fills up: a small file system of memory in a mount namespace of its own.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sogo::services::logs::api::{LogEvent, LogMany};

use super::{Logs, event, numbered};
use crate::harness::{command, send, until, until_async};

/// Holds a mount namespace in which `logs` of the folder is a file system of two megabytes, and runs the service in it.
struct SmallDisk {
    logs: Logs,
    holder: Child,
}

impl SmallDisk {
    async fn new(settings: &str) -> Self {
        let logs = Logs::new(settings);
        // Root may mount as it is; anybody else in a user namespace, as its root.
        let flags: &[&str] = if rustix::process::getuid().is_root() { &["-m"] } else { &["-U", "-r", "-m"] };
        let script = "mount -t tmpfs -o size=2m tmpfs \"$1\" && shift && exec \"$@\"";
        let holder = command(Path::new("unshare"))
            .args(flags)
            .args(["--propagation", "private", "sh", "-c", script, "sh"])
            .arg(logs.path("logs"))
            .arg(env!("CARGO_BIN_EXE_sogo"))
            .args(["--dir", logs.path("").to_str().unwrap(), "logs"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(logs.path("output.log")).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        let disk = Self { logs, holder };
        disk.logs.wait_until_ready().await;
        disk
    }

    /// The folder of the logs as the service sees it.
    fn folder(&self) -> String {
        format!("/proc/{}/root{}", self.holder.id(), self.logs.path("logs").display())
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn entries(&self, prefix: &str) -> Vec<Value> {
        let names = self.names().into_iter().filter(|name| {
            name.starts_with(prefix) && Path::new(name).extension().is_some_and(|end| end == "log")
        });
        // A folder of such a name has no text.
        let texts =
            names.filter_map(|name| std::fs::read_to_string(format!("{}/{name}", self.folder())).ok());
        texts
            .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
            .collect()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        send("TERM", self.holder.id());
        until("the service has stopped", || self.holder.try_wait().unwrap());
    }
}

fn large(number: u64) -> LogEvent {
    let fields = json!({ "number": number });
    let message = Some("x".repeat(8_000));
    LogEvent { message, fields: fields.as_object().unwrap().clone(), ..event("prokov", "large") }
}

#[tokio::test]
async fn the_oldest_files_go_first_and_a_line_tells_of_it() {
    let disk = SmallDisk::new("max_file_bytes: 131072\nmin_free_bytes: 524288").await;
    let kept = ["sogoctl.log", "prokov-20200101-events.log.gz", "notes"];
    for name in kept {
        std::fs::write(format!("{}/{name}", disk.folder()), "x").unwrap();
    }
    std::fs::create_dir(format!("{}/prokov-20200101-errors.log", disk.folder())).unwrap();
    std::fs::write(format!("{}/other-21000101-events.1.log", disk.folder()), "newer\n").unwrap();
    for number in 0..600 {
        disk.logs.client().call(large(number)).await.unwrap();
    }
    let storage = disk.logs.storage().await;
    assert!(storage.writable && storage.dropped == 0 && 10 < storage.deleted_for_room, "{storage:?}");
    assert!(storage.free_bytes.is_some_and(|free| 256 << 10 <= free), "{storage:?}");
    let names = disk.names();
    for name in kept.iter().chain(&["prokov-20200101-errors.log", "other-21000101-events.1.log"]) {
        assert!(names.contains(&(*name).to_owned()), "{name} is gone: {names:?}");
    }
    let numbers: Vec<u64> =
        disk.entries("prokov-").iter().filter_map(|entry| entry["fields"]["number"].as_u64()).collect();
    let mut left = numbers.clone();
    left.sort_unstable();
    assert_eq!(left.last(), Some(&599));
    assert_eq!(left, (left[0]..600).collect::<Vec<_>>(), "the newest are there without a gap");
    let told = disk.entries("sogoms-");
    assert_eq!(told[0]["code"], "DISK_LOW");
    let deleted: u64 = told.iter().filter_map(|entry| entry["fields"]["files"].as_u64()).sum();
    assert_eq!(deleted, storage.deleted_for_room);
    assert!(told[0]["fields"]["names"][0].as_str().unwrap().ends_with("-events.1.log"), "{}", told[0]);
}

#[tokio::test]
async fn a_full_disk_crashes_nothing_and_what_was_lost_meanwhile_is_counted() {
    // Nothing is deleted: the one file cannot grow any more.
    let disk = SmallDisk::new("min_free_bytes: 0").await;
    let client = disk.logs.client();
    let (mut written, mut refused) = (0, 0);
    for number in 0..400 {
        match client.call(large(number)).await {
            Ok(_) => written += 1,
            Err(error) => {
                assert!(error.message.contains("the disk is full"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(0 < written && 0 < refused);
    let counted = LogMany {
        source: Some("tester-1-2".to_owned()),
        first: 1,
        entries: (0..100).map(|number| numbered("prokov", number + 1000)).collect(),
    };
    // Small ones may just fit; in the end one does not.
    let rest = until_async("the disk is full to the last line", || async {
        let padding = LogMany { entries: vec![numbered("prokov", 0); 100], ..LogMany::default() };
        client.call(padding).await.err()
    })
    .await;
    assert_eq!(rest.retry_after, Some(5));
    let storage = disk.logs.storage().await;
    assert!(!storage.writable && refused <= storage.dropped, "{storage:?}");
    assert!(storage.failure.unwrap().contains("the disk is full"));
    client.call(counted.clone()).await.unwrap_err();

    let current = disk
        .names()
        .into_iter()
        .find(|name| name.starts_with("prokov-") && name.ends_with("-events.log"))
        .unwrap();
    std::fs::write(format!("{}/{current}", disk.folder()), "").unwrap();
    // By itself: nothing is written meanwhile. A line that tells may have fitted where a large entry did not.
    until("the losses are told", || {
        let told = disk.entries("prokov-").into_iter().filter(|entry| entry["code"] == "DROPPED");
        let told: u64 = told.filter_map(|entry| entry["fields"]["dropped"].as_u64()).sum();
        assert!(told <= storage.dropped, "who numbers their entries sends them again: they are not lost");
        (told == storage.dropped).then_some(())
    });
    assert_eq!(client.call(counted).await.unwrap().taken, 100);
    assert!(disk.logs.storage().await.writable);
    tokio::time::timeout(Duration::from_secs(30), client.call(large(1))).await.unwrap().unwrap();
}
