//! When jobs run across the changes of the clocks, compared with a program that shares no line with ours, and the page that
//! shows it.

mod document;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;
use sha2::{Digest, Sha256};
use sogo::services::cron::schedule::Schedule;

use crate::harness::run;

/// The schedules that are compared, one a line.
const SCHEDULES: &str = include_str!("schedules.txt");
/// What the oracle says about them from 2026 to 2030, which takes it half a minute.
const DIGESTS: &str = include_str!("digests.txt");
/// The release of the time zones of which a copy lies beside the oracle.
const RELEASE: &str = "2025b";
const ZONES: [&str; 5] =
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schedules")
}

/// Says of each zone and schedule what the oracle says of them.
fn digests(zones: &[&str], first_year: i32, last_year: i32) -> String {
    let new_year = |year: i32| -> DateTime<Utc> { format!("{year}-01-01T00:00:00Z").parse().unwrap() };
    let (from, end) = (new_year(first_year) - TimeDelta::nanoseconds(1), new_year(last_year + 1));
    let mut digests = String::new();
    for zone in zones {
        for fields in SCHEDULES.lines() {
            let schedule = Schedule::parse(fields, zone.parse::<Tz>().unwrap()).unwrap();
            let (mut count, mut hash) = (0, Sha256::new());
            for slot in schedule.slots(from).take_while(|slot| slot.at < end) {
                count += 1;
                hash.update((slot.local.and_utc().timestamp() / 60).to_le_bytes());
                hash.update((slot.at.timestamp() / 60).to_le_bytes());
            }
            let hash = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
            writeln!(digests, "{zone}\t{fields}\t{count}\t{hash}").unwrap();
        }
    }
    digests
}

fn oracle(zones: &[&str], first_year: i32, last_year: i32) -> String {
    let mut oracle = Command::new("python3")
        .arg(folder().join("oracle.py"))
        .args([first_year.to_string(), last_year.to_string()])
        .args(zones)
        .env("PYTHONTZPATH", folder().join("zoneinfo"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    oracle.stdin.take().unwrap().write_all(SCHEDULES.as_bytes()).unwrap();
    let output = oracle.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_run_of_five_years_in_five_zones_is_the_one_of_the_oracle() {
    assert_eq!(
        chrono_tz::IANA_TZDB_VERSION,
        RELEASE,
        "copy the zones of that release (PyPI: tzdata) beside the oracle"
    );
    if std::env::var_os("SOGO_RENEW").is_some() {
        std::fs::write(folder().join("digests.txt"), oracle(&ZONES, 2026, 2030)).unwrap();
        return;
    }
    let ours = digests(&ZONES, 2026, 2030);
    let differing: Vec<(&str, &str)> =
        ours.lines().zip(DIGESTS.lines()).filter(|(ours, theirs)| ours != theirs).collect();
    assert!(differing.is_empty(), "ours and the oracle's: {differing:#?}");
    assert_eq!(DIGESTS.lines().count(), ZONES.len() * SCHEDULES.lines().count());
}

/// That the digests are those of the oracle as it is, and not of an older one.
#[test]
fn the_oracle_is_asked_again_about_a_year() {
    let zones = ["Australia/Lord_Howe"];
    assert_eq!(digests(&zones, 2028, 2028), oracle(&zones, 2028, 2028));
}

#[test]
fn a_schedule_is_explained_at_the_command_line() {
    let here = Path::new(".");
    let explain = |arguments: &[&str]| run(here, &[&["cron", "explain"], arguments].concat());
    let told = explain(&["30 2 * * *", "--tz", "Europe/Paris", "-n", "2", "-o", "json"]).ok().json();
    assert_eq!(told["words"], "every day at 02:30");
    assert_eq!((&told["schedule"], &told["timezone"]), (&json!("30 2 * * *"), &json!("Europe/Paris")));
    assert_eq!(told["next"].as_array().unwrap().len(), 2);
    // Two years have four changes of the clocks, whenever they begin.
    assert_eq!(told["clock_changes"].as_array().unwrap().len(), 4);
    let french = explain(&["30 2 * * 1-5", "--tz", "Europe/Paris", "--lang", "fr"]).ok().stdout;
    assert!(french.starts_with("du lundi au vendredi à 02:30\n"), "{french}");
    let wrong = explain(&["30 25 * * *"]);
    assert_eq!(wrong.code, 2);
    assert_eq!(
        wrong.stderr,
        "error: the hour of a schedule cannot be `25`: out of its limits\n  30 25 * * *\n     ^^\n\
         hint: the hour is from 0 to 23\n"
    );
    let nowhere = explain(&["* * * * *", "--tz", "Europe/Pari"]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.stderr.contains("did you mean Europe/Paris?"), "{}", nowhere.stderr);
}
