use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Connection, Store, params};
use crate::error::{Code, Error, Result};

const TABLE: &[&str] = &["CREATE TABLE numbers (n INTEGER PRIMARY KEY)"];
const TABLE_AND_NAME: &[&str] = &[
    "CREATE TABLE numbers (n INTEGER PRIMARY KEY)",
    "ALTER TABLE numbers ADD name TEXT; INSERT INTO numbers VALUES (1000, 'new')",
];

fn insert(n: i64) -> impl FnOnce(&Connection) -> Result<i64> + Send + 'static {
    move |connection| connection.insert("INSERT INTO numbers (n) VALUES (?1)", params![n])
}

fn count(connection: &Connection) -> Result<i64> {
    Ok(connection.one("SELECT COUNT(*) FROM numbers", [], |row| row.get(0))?.unwrap())
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("state/sogoms-test.db")
}

#[tokio::test]
async fn what_was_written_is_read_also_after_a_new_start() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=3 {
        let store = Store::open(&file(&folder), TABLE).unwrap();
        assert_eq!(store.write(insert(round)).await.unwrap(), round);
        assert_eq!(store.read(count).await.unwrap(), round);
    }
}

#[tokio::test]
async fn nobody_else_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let store = Store::open(&path, TABLE).unwrap();
    store.write(insert(1)).await.unwrap();
    assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
    assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = Store::open(&path, TABLE).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn each_migration_is_applied_once_and_a_newer_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    Store::open(&path, TABLE).unwrap().write(insert(1)).await.unwrap();
    for _ in 0..2 {
        let store = Store::open(&path, TABLE_AND_NAME).unwrap();
        assert_eq!(store.read(count).await.unwrap(), 2);
    }
    let newer = Store::open(&path, TABLE).unwrap_err();
    assert_eq!(newer.code, Code::Unsupported);
    assert!(newer.message.contains("newer version"), "{newer}");
}

#[test]
fn a_migration_that_is_refused_midway_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: &'static [&'static str] = &["CREATE TABLE a (b); CREATE TABLE a (b)"];
    assert!(Store::open(&file(&folder), wrong).is_err());
    Store::open(&file(&folder), &["CREATE TABLE a (b)"]).unwrap();
}

#[tokio::test]
async fn many_writes_at_once_are_all_kept_and_only_failed_ones_undone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&file(&folder), TABLE).unwrap();
    let writes = (0..3000).map(|n| {
        store.write(move |connection| {
            insert(n)(connection)?;
            match n % 10 {
                7 => Err(Error::new(Code::Conflict, "not this one")),
                8 => panic!("a fault in a job"),
                9 => insert(n)(connection),
                _ => Ok(n),
            }
        })
    });
    let outcomes = futures_util::future::join_all(writes).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        let expected = match n % 10 {
            7 => Some(Code::Conflict),
            8 => Some(Code::Internal),
            9 => Some(Code::Duplicate),
            _ => None,
        };
        assert_eq!(outcome.as_ref().err().map(|error| error.code), expected, "{n}");
    }
    assert_eq!(store.read(count).await.unwrap(), 2100);
}

#[tokio::test]
async fn who_reads_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&file(&folder), TABLE).unwrap();
    assert!(store.read(insert(1)).await.is_err());
    assert_eq!(store.read(count).await.unwrap(), 0);
}

#[tokio::test]
async fn a_write_goes_on_when_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&file(&folder), TABLE).unwrap();
    let (started, running) = std::sync::mpsc::channel();
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            let job = move |connection: &Connection| {
                started.send(()).unwrap();
                insert(1)(connection)
            };
            store.write(job).await
        }
    });
    tokio::task::spawn_blocking(move || running.recv().unwrap()).await.unwrap();
    writing.abort();
    // Writes are done in their order: after this one, that one is.
    store.write(insert(2)).await.unwrap();
    assert_eq!(store.read(count).await.unwrap(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "this was never a database, and it is long enough to be looked at as one").unwrap();
    let damaged = Store::open(&path, TABLE).unwrap_err();
    assert_eq!(damaged.code, Code::Unavailable);
    assert!(damaged.message.contains("damaged"), "{damaged}");
    assert!(damaged.hint.as_deref().unwrap().contains("backup"));

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let folder_instead = Store::open(&path, TABLE).unwrap_err();
    assert_eq!(folder_instead.code, Code::Unavailable);
    assert!(folder_instead.message.contains("cannot be made"), "{folder_instead}");
}

#[tokio::test]
async fn a_full_disk_refuses_the_write_and_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&file(&folder), &["CREATE TABLE blobs (bytes BLOB)"]).unwrap();
    let blob = |bytes: i64| {
        move |connection: &Connection| {
            connection.run("INSERT INTO blobs VALUES (zeroblob(?1))", params![bytes])
        }
    };
    store.write(blob(10)).await.unwrap();
    // SQLite says the same when a file may not grow as when the disk is full.
    store.write(|connection| connection.script("PRAGMA max_page_count = 20")).await.unwrap();
    let full = store.write(blob(1_000_000)).await.unwrap_err();
    assert_eq!(full.code, Code::Unavailable);
    assert!(full.message.contains("is full"), "{full}");
    store.write(blob(10)).await.unwrap();
    let rows =
        |connection: &Connection| connection.all("SELECT 1 FROM blobs", [], |row| row.get::<_, i64>(0));
    assert_eq!(store.read(rows).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_file_held_by_another_process_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&file(&folder), TABLE).unwrap();
    store
        .write(|connection| {
            connection
                .sqlite
                .busy_timeout(std::time::Duration::ZERO)
                .map_err(|_| Error::new(Code::Internal, "no time-out"))
        })
        .await
        .unwrap();
    let other = rusqlite::Connection::open(file(&folder)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = store.write(insert(1)).await.unwrap_err();
    assert_eq!(busy.code, Code::Unavailable);
    assert!(busy.message.contains("another process holds"), "{busy}");
    other.execute_batch("ROLLBACK").unwrap();
    store.write(insert(1)).await.unwrap();
}

/// What a service that is killed at any moment leaves: everything that it had said was written.
#[tokio::test]
async fn kill_9_loses_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut said = Vec::new();
    for round in 0..5 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::writes_until_it_is_killed", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}\n{}", file(&folder).display(), round * 1_000_000).unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let numbers = lines.filter_map(|line| line.strip_prefix("written ")?.parse::<i64>().ok());
        for number in numbers {
            said.push(number);
            if said.len() % 97 == 96 {
                // What it says between this and its end is read, too: the loop ends with the pipe.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let store = Store::open(&file(&folder), TABLE).unwrap();
        let all =
            |connection: &Connection| connection.all("SELECT n FROM numbers", [], |row| row.get::<_, i64>(0));
        let found: std::collections::BTreeSet<i64> = store.read(all).await.unwrap().into_iter().collect();
        assert!(said.len() >= 96 && said.iter().all(|number| found.contains(number)), "round {round}");
    }
}

#[tokio::test]
#[ignore = "another test runs it as a process of its own, and kills it"]
async fn writes_until_it_is_killed() {
    let mut lines = std::io::stdin().lines().map(Result::unwrap);
    let (Some(path), Some(first)) = (lines.next(), lines.next()) else { return };
    let store = Store::open(Path::new(&path), TABLE).unwrap();
    let mut next: i64 = first.parse().unwrap();
    loop {
        let group = futures_util::future::join_all((next..next + 8).map(|n| store.write(insert(n)))).await;
        for number in group {
            println!("written {}", number.unwrap());
        }
        next += 8;
    }
}
