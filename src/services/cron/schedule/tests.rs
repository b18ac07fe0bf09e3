//! The rule by cases, and its properties against walking minute by minute.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{Schedule, Slot};

fn utc(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

fn runs(fields: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
    let schedule = Schedule::parse(fields, zone.parse().unwrap()).unwrap();
    let (from, to) = (utc(from), utc(to));
    schedule
        .slots(from)
        .take_while(|slot| slot.at <= to)
        .map(|slot| format!("{} at {}", slot.key(), slot.at.format("%dT%H:%M")))
        .collect()
}

/// About, fields, zone, from, to, and the keys that are due with the instant of each.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [&'static str]);
const PARIS: &str = "Europe/Paris";
const CASES: &[Case] = &[
    (
        "a usual day",
        "30 2 * * *",
        PARIS,
        "2026-06-01T00:00",
        "2026-06-02T00:00",
        &["2026-06-01T02:30 at 01T00:30"],
    ),
    (
        "left out: right after",
        "30 2 * * *",
        PARIS,
        "2026-03-28T12:00",
        "2026-03-29T12:00",
        &["2026-03-29T02:30 at 29T01:00"],
    ),
    (
        "all that is left out: right after",
        "0,30 2 * * *",
        PARIS,
        "2026-03-28T12:00",
        "2026-03-29T12:00",
        &["2026-03-29T02:00 at 29T01:00", "2026-03-29T02:30 at 29T01:00"],
    ),
    (
        "the first time behind the gap",
        "0 2,3 * * *",
        PARIS,
        "2026-03-28T12:00",
        "2026-03-29T12:00",
        &["2026-03-29T02:00 at 29T01:00", "2026-03-29T03:00 at 29T01:00"],
    ),
    (
        "twice: the first time",
        "30 2 * * *",
        PARIS,
        "2026-10-24T12:00",
        "2026-10-26T00:00",
        &["2026-10-25T02:30+02:00 at 25T00:30"],
    ),
    (
        "asked for between the two",
        "30 2 * * *",
        PARIS,
        "2026-10-25T00:45",
        "2026-10-26T12:00",
        &["2026-10-26T02:30 at 26T01:30"],
    ),
    (
        "real time: both",
        "30 */2 * * *",
        PARIS,
        "2026-10-24T22:00",
        "2026-10-25T03:30",
        &[
            "2026-10-25T00:30 at 24T22:30",
            "2026-10-25T02:30+02:00 at 25T00:30",
            "2026-10-25T02:30+01:00 at 25T01:30",
            "2026-10-25T04:30 at 25T03:30",
        ],
    ),
    (
        "real time: nothing for the gap",
        "30 */2 * * *",
        PARIS,
        "2026-03-28T22:00",
        "2026-03-29T03:00",
        &["2026-03-29T00:30 at 28T23:30", "2026-03-29T04:30 at 29T02:30"],
    ),
    (
        "hourly stays hourly",
        "0 * * * *",
        PARIS,
        "2026-10-24T23:30",
        "2026-10-25T02:00",
        &[
            "2026-10-25T02:00+02:00 at 25T00:00",
            "2026-10-25T02:00+01:00 at 25T01:00",
            "2026-10-25T03:00 at 25T02:00",
        ],
    ),
    (
        "half an hour back",
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-04T12:00",
        "2026-04-05T12:00",
        &["2026-04-05T01:45+11:00 at 04T14:45"],
    ),
    (
        "half an hour back, real time",
        "45 * * * *",
        "Australia/Lord_Howe",
        "2026-04-04T14:00",
        "2026-04-04T16:30",
        &[
            "2026-04-05T01:45+11:00 at 04T14:45",
            "2026-04-05T01:45+10:30 at 04T15:15",
            "2026-04-05T02:45 at 04T16:15",
        ],
    ),
    (
        "half an hour forward",
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-03T12:00",
        "2026-10-04T12:00",
        &["2026-10-04T02:15 at 03T15:30"],
    ),
    (
        "winter time in summer",
        "30 2 * * *",
        "Africa/Casablanca",
        "2026-02-14T12:00",
        "2026-02-15T12:00",
        &["2026-02-15T02:30+01:00 at 15T01:30"],
    ),
    (
        "and back",
        "30 2 * * *",
        "Africa/Casablanca",
        "2026-03-21T12:00",
        "2026-03-22T12:00",
        &["2026-03-22T02:30 at 22T02:00"],
    ),
    (
        "a day that was left out",
        "0 8 * * *",
        "Pacific/Apia",
        "2011-12-29T12:00",
        "2011-12-31T00:00",
        &["2011-12-29T08:00 at 29T18:00", "2011-12-30T08:00 at 30T10:00", "2011-12-31T08:00 at 30T18:00"],
    ),
    (
        "a day that was left out, real time",
        "0 */12 * * *",
        "Pacific/Apia",
        "2011-12-29T12:00",
        "2011-12-30T23:00",
        &["2011-12-29T12:00 at 29T22:00", "2011-12-31T00:00 at 30T10:00", "2011-12-31T12:00 at 30T22:00"],
    ),
    (
        "no midnight",
        "0 0 * * *",
        "America/Santiago",
        "2026-09-05T12:00",
        "2026-09-06T12:00",
        &["2026-09-06T00:00 at 06T04:00"],
    ),
    (
        "back over midnight",
        "30 23 * * *",
        "America/Santiago",
        "2026-04-04T12:00",
        "2026-04-06T04:00",
        &["2026-04-04T23:30-03:00 at 05T02:30", "2026-04-05T23:30 at 06T03:30"],
    ),
    (
        "back over midnight to what is due",
        "0 0 * * *",
        "America/Santiago",
        "2026-04-04T12:00",
        "2026-04-05T12:00",
        &["2026-04-05T00:00 at 05T04:00"],
    ),
];

#[test]
fn each_change_of_the_clocks_is_met_by_the_rule() {
    for (about, fields, zone, from, to, expected) in CASES {
        assert_eq!(runs(fields, zone, from, to), *expected, "{about}: {fields} in {zone}");
    }
}

#[test]
fn what_is_rare_is_found() {
    for (fields, from, expected) in [
        ("0 0 29 2 *", "2096-03-01T00:00", Some("2104-02-29T00:00")),
        ("0 0 29 2 */7", "2072-03-01T00:00", Some("2088-02-29T00:00")),
        ("0 0 29 2 */7", "2088-03-01T00:00", Some("2128-02-29T00:00")),
        ("59 23 31 12 *", "2026-12-31T23:59", Some("2027-12-31T23:59")),
    ] {
        let schedule = Schedule::parse(fields, Tz::UTC).unwrap();
        assert_eq!(schedule.after(utc(from)).map(|slot| slot.key()).as_deref(), expected, "{fields}");
    }
    let schedule = Schedule::parse("0 0 * * *", Tz::UTC).unwrap();
    assert_eq!(schedule.after(DateTime::<Utc>::MAX_UTC), None);
    assert!(schedule.after(DateTime::<Utc>::MIN_UTC).is_some());
}

/// What a person with a watch would do: look each minute and start what has become due.
fn watched(
    schedule: &Schedule,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<(NaiveDateTime, DateTime<Utc>)> {
    let wall =
        |at: DateTime<Utc>| at.naive_utc() + schedule.zone().offset_from_utc_datetime(&at.naive_utc()).fix();
    let fits = |local: NaiveDateTime| schedule.pattern().next(local) == Some(local);
    let minutes = |from: DateTime<Utc>, to| {
        std::iter::successors(Some(from + TimeDelta::minutes(1)), |at| Some(*at + TimeDelta::minutes(1)))
            .take_while(move |at| *at <= to)
    };
    if schedule.follows_real_time() {
        return minutes(after, until).map(|at| (wall(at), at)).filter(|(local, _)| fits(*local)).collect();
    }
    // The latest time that the clocks have ever shown; a day back is enough for that.
    let mut latest = minutes(after - TimeDelta::days(2), after).map(wall).max().unwrap();
    let mut due = Vec::new();
    for at in minutes(after, until) {
        while latest < wall(at) {
            latest += TimeDelta::minutes(1);
            if fits(latest) {
                due.push((latest, at));
            }
        }
    }
    due
}

fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    let value = low..=high;
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => value.clone().prop_map(|value| value.to_string()),
        1 => (2..=high.min(15)).prop_map(|step| format!("*/{step}")),
        1 => (value.clone(), value.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (value.clone(), value).prop_map(|(a, b)| format!("{a},{b}")),
    ]
}

/// Instants near the changes of the clocks of each zone, and their zones.
fn moments() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
    let near = prop::sample::select(vec![
        (Tz::Europe__Paris, "2026-03-29T01:00"),
        (Tz::Europe__Paris, "2026-10-25T01:00"),
        (Tz::America__New_York, "2027-03-14T07:00"),
        (Tz::America__New_York, "2027-11-07T06:00"),
        (Tz::Australia__Lord_Howe, "2026-04-04T15:00"),
        (Tz::Australia__Lord_Howe, "2026-10-03T15:30"),
        (Tz::Africa__Casablanca, "2026-02-15T02:00"),
        (Tz::Africa__Casablanca, "2026-03-22T02:00"),
        (Tz::Pacific__Apia, "2011-12-30T10:00"),
        (Tz::America__Santiago, "2026-04-05T03:00"),
        (Tz::America__Santiago, "2026-09-06T04:00"),
        (Tz::Kwajalein, "1969-09-30T13:00"),
        (Tz::UTC, "2028-02-29T00:00"),
    ]);
    (near, -1500_i64..1500).prop_map(|((zone, at), minutes)| (zone, utc(at) + TimeDelta::minutes(minutes)))
}

proptest! {
    #[test]
    fn it_does_what_a_person_with_a_watch_would(
        minute in field(0, 59), hour in field(0, 23), day in field(1, 31), weekday in field(0, 6),
        (zone, start) in moments(), hours in 1_i64..40,
    ) {
        let schedule = Schedule::parse(&format!("{minute} {hour} {day} * {weekday}"), zone).unwrap();
        let until = start + TimeDelta::hours(hours);
        let slots: Vec<Slot> = schedule.slots(start).take_while(|slot| slot.at <= until).collect();
        let found: Vec<_> = slots.iter().map(|slot| (slot.local, slot.at)).collect();
        prop_assert_eq!(&found, &watched(&schedule, start, until), "{}", schedule.pattern());
        let mut keys: Vec<String> = slots.iter().map(Slot::key).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), slots.len());
    }

    #[test]
    fn asking_from_any_instant_gives_the_same_slots(
        minute in field(0, 59), hour in field(0, 23), (zone, start) in moments(), seconds in 0_i64..90_000,
    ) {
        let schedule = Schedule::parse(&format!("{minute} {hour} * * *"), zone).unwrap();
        let later = start + TimeDelta::seconds(seconds);
        let expected = schedule.slots(start).find(|slot| later < slot.at);
        prop_assert_eq!(schedule.after(later), expected);
    }
}
