//! Both threads, with real pipes.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;

fn start(folder: &Path) -> Output {
    Output::start(Some(folder.to_owned()), Show::Nowhere, Clock::system()).unwrap()
}

fn texts(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect()
}

#[test]
fn what_was_written_before_the_end_is_there_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let output = start(folder.path());
    for round in 0..50 {
        let Capture { mut stdout, mut stderr, rest } = output.capture("db").unwrap();
        write!(stderr, "whole {round}\nhalf {round}").unwrap();
        drop((stdout.write_all(b"\n"), stdout, stderr));
        rest.read();
        let last = output.last_lines("db");
        let of_stderr: Vec<_> = last.iter().filter(|line| line.stream == Stream::Stderr).collect();
        let newest: Vec<_> = of_stderr.iter().rev().take(2).map(|line| &*line.text).collect();
        assert_eq!(newest, [format!("half {round}"), format!("whole {round}")]);
    }
    output.close();
    let texts = texts(&folder.path().join("db.log"));
    assert_eq!((texts.len(), texts.iter().filter(|text| text.is_empty()).count()), (150, 50));
}

#[test]
fn a_disk_that_hangs_holds_nobody_up_and_what_is_lost_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    // Writing to this blocks as soon as it is full, since nobody reads it.
    let file = folder.path().join("db.log");
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    let output = start(folder.path());
    let Capture { mut stdout, stderr, rest } = output.capture("db").unwrap();
    drop((stderr, rest));
    let line = format!("{}\n", "x".repeat(1023));
    let lines = 4 * QUEUED_BYTES / line.len();
    (0..lines).for_each(|_| stdout.write_all(line.as_bytes()).unwrap());
    drop(stdout);
    let begun = Instant::now();
    output.close();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let (mut bytes, mut lost) = (0, 0);
    while let Some(taken) = output.shared.state().queues.take() {
        (bytes, lost) = (bytes + taken.text.len(), lost + taken.lost);
    }
    assert!((1..=QUEUED_BYTES).contains(&bytes), "{bytes}");
    assert!((lines as u64 / 2..lines as u64).contains(&lost), "{lost}");
}
