//! docs/SCHEDULES.md: what runs when around each change of the clocks.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sogo::services::cron::explain::in_words;
use sogo::services::cron::schedule::{Schedule, Slot, clock};
use sogo::services::lang::Lang;

const INTRODUCTION: &str = "\
# When a job runs

A schedule is five fields, as in every crontab: minute, hour, day of month, month, day of week.

    schedule: \"0 8 * * 1-5\"      # 08:00, Monday to Friday

- A field is `*`, a number, a range `1-5`, a step `*/15` or `10-50/20`, or a list of those: `0,30`. A step counts from the lowest value
  of the field or the range anew, so `*/7` of the minutes is 0, 7, … 56, and then 0 again.
- Months and days of the week can be written `JAN` to `DEC` and `SUN` to `SAT`. 0 and 7 are Sunday.
- When both the day of month and the day of week are given, one of them is enough: `0 9 13 * 5` is each 13th and each Friday. Where either
  contains a `*`, both have to fit: `0 9 */2 * 5` is the Fridays with an odd number. That is how cron itself reads them.
- `@daily`, `L`, `W`, `#`, `?` and a sixth field are refused with what to write instead, and so is a schedule that never fires, such as
  30 February.

`sogo cron explain '30 2 * * 1-5' --tz Europe/Paris` says it in words, with the next runs and what the next changes of the clocks do to it.

## When the clocks change

The fields are wall time, in the `timezone` of the job or of `cron.yaml`. What a change of the clocks does depends on whether there is a
`*` in minute or hour:

- **Named times** (`30 2 * * *`, `0 8-18 * * *`): each runs exactly once for each date, at the first moment at which the clocks show that
  time or a later one. A time that does not exist in spring runs right after the gap. A time that comes twice in autumn runs the first time.
- **Real time** (`*/15 * * * *`, `30 */2 * * *`): runs in each minute whose wall time fits. What comes twice runs twice, and what does not
  exist does not run; so a job of every 15 minutes keeps its pace.

Each start has a name that no other of the job has, its slot: the wall time that the schedule means, with the offset where the clocks show that
time twice.

The tables show every start within an hour and a half of each change, by the wall clock and its offset from UTC. Where a start is later than the
time it is named after, its slot stands before it.
";

const END: &str = "\
## How this is known

This page is made by a test. The same test compares every run of fifteen schedules in these five zones over the five years with a program in
Python that looks at the clocks every minute and shares no line with `sogo` (`tests/it/schedules/oracle.py`). The time zones are those of the
IANA release 2025b, inside the program: what the system has is not looked at. `SOGO_RENEW=1 cargo test --test it schedules` renews both.
";

/// A zone, the years whose changes are shown, and the schedules.
const TABLES: &[(&str, &str, &str, &[&str])] = &[
    (
        "Europe/Paris",
        "2026",
        "2031",
        &["15 2 * * *", "0,30 2 * * *", "0 3 * * *", "15 */2 * * *", "*/30 * * * *"],
    ),
    (
        "America/New_York",
        "2026",
        "2031",
        &["30 1 * * *", "30 2 * * *", "0 3 * * *", "30 */1 * * *", "*/30 1-3 * * *"],
    ),
    (
        "Australia/Lord_Howe",
        "2026",
        "2031",
        &["45 1 * * *", "15 2 * * *", "0 2 * * *", "45 * * * *", "*/15 1,2 * * *"],
    ),
    (
        "Africa/Casablanca",
        "2026",
        "2031",
        &["15 2 * * *", "0,30 2 * * *", "0 3 * * *", "15 */2 * * *", "*/30 * * * *"],
    ),
    ("Pacific/Apia", "2026", "2031", &["0 8 * * *"]),
    ("Pacific/Apia", "2011", "2012", &["0 0 * * *", "0 8 * * *", "30 3 * * *", "30 * * * *"]),
    ("America/Santiago", "2026", "2027", &["0 0 * * *", "30 0 * * *", "30 23 * * *", "30 * * * *"]),
];

#[test]
fn the_page_about_schedules_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SCHEDULES.md");
    let document = document();
    if std::env::var_os("SOGO_RENEW").is_some() {
        std::fs::write(&path, document).unwrap();
    } else {
        let is_current = std::fs::read_to_string(&path).is_ok_and(|written| written == document);
        assert!(is_current, "not current, renew with `SOGO_RENEW=1 cargo test --test it schedules`");
    }
}

fn document() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (zone, first_year, end_year, fields) in TABLES {
        let new_year = |year: &str| -> DateTime<Utc> { format!("{year}-01-01T00:00:00Z").parse().unwrap() };
        let tz: Tz = zone.parse().unwrap();
        let changes: Vec<_> = clock::changes(tz, new_year(first_year), new_year(end_year)).collect();
        let last_year = end_year.parse::<i32>().unwrap() - 1;
        let years = if *first_year == last_year.to_string() {
            last_year.to_string()
        } else {
            format!("{first_year} to {last_year}")
        };
        writeln!(page, "\n### {zone}, {years}\n").unwrap();
        if changes.is_empty() {
            writeln!(page, "The clocks are not changed in these years, so every day is like any other.")
                .unwrap();
            continue;
        }
        let schedules: Vec<Schedule> =
            fields.iter().map(|fields| Schedule::parse(fields, tz).unwrap()).collect();
        let heads = schedules.iter().map(|schedule| format!("`{}`", schedule.pattern()));
        writeln!(page, "| clocks | {} |", heads.collect::<Vec<_>>().join(" | ")).unwrap();
        writeln!(page, "|---|{}", "---|".repeat(fields.len())).unwrap();
        let words = schedules.iter().map(|schedule| in_words(schedule.pattern(), Lang::En));
        writeln!(page, "| | {} |", words.collect::<Vec<_>>().join(" | ")).unwrap();
        for change in changes {
            let cells =
                schedules.iter().map(|schedule| starts(schedule, change.at)).collect::<Vec<_>>().join(" | ");
            let days = if change.from.date() == change.to.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
            let (from, to) = (change.from.format("%Y-%m-%d %H:%M"), change.to.format(days));
            writeln!(page, "| {from} → {to} | {cells} |").unwrap();
        }
    }
    page.push('\n');
    page + END
}

/// Lists the starts within an hour and a half of a change.
fn starts(schedule: &Schedule, change: DateTime<Utc>) -> String {
    let around = TimeDelta::minutes(90);
    let near = schedule.slots(change - around).take_while(|slot| slot.at <= change + around);
    near.map(|slot| start(schedule, &slot)).collect::<Vec<_>>().join("<br>")
}

fn start(schedule: &Schedule, slot: &Slot) -> String {
    let shown = slot.at.with_timezone(&schedule.zone());
    let offset = shown.format("%:z").to_string();
    if shown.naive_local() == slot.local {
        return format!("{} {offset}", slot.local.format("%H:%M"));
    }
    let named = if shown.date_naive() == slot.local.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    format!("{} at {} {offset}", slot.local.format(named), shown.format("%H:%M"))
}
