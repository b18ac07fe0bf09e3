use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeZone as _;
use chrono_tz::Tz;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn due(minute: u32) -> Due {
    let at = Utc.with_ymd_and_hms(2026, 3, 2, 8, minute, 0).unwrap();
    Due { key: at.format("%H:%M").to_string(), at }
}

fn rules(catch_up: CatchUp) -> Rules {
    Rules { catch_up, catch_up_within: Duration::from_mins(20), ..Rules::default() }
}

/// Says in a word what becomes of each slot.
fn told(rules: &Rules, enabled: Enabled, minutes: &[u32], now: &str) -> Vec<String> {
    let passed = minutes.iter().map(|minute| due(*minute)).collect();
    let decided = decide(rules, enabled, "prokov/x", passed, at(now));
    let word = |verdict| match verdict {
        Verdict::Run { late: false, .. } => "run".to_owned(),
        Verdict::Run { late: true, .. } => "late".to_owned(),
        Verdict::NotRun(reason) => reason.name().to_owned(),
    };
    decided.into_iter().map(|(due, verdict)| format!("{} {}", due.key, word(verdict))).collect()
}

#[test]
fn slots_that_nobody_was_there_for_are_caught_up_as_the_job_says() {
    let three = &[0, 5, 10][..];
    for (catch_up, minutes, now, expected) in [
        (CatchUp::Once, &[0][..], "2026-03-02T08:00:01Z", &["08:00 run"][..]),
        (CatchUp::Once, &[0], "2026-03-02T08:01:00Z", &["08:00 run"]),
        (CatchUp::Once, &[0], "2026-03-02T08:01:01Z", &["08:00 late"]),
        (CatchUp::Once, &[0], "2026-03-02T08:20:00Z", &["08:00 late"]),
        (CatchUp::Once, &[0], "2026-03-02T08:20:01Z", &["08:00 too_late"]),
        (CatchUp::Once, three, "2026-03-02T08:12:00Z", &["08:00 caught_up", "08:05 caught_up", "08:10 late"]),
        // The slot that is on time makes up for those before it.
        (CatchUp::Once, three, "2026-03-02T08:10:02Z", &["08:00 caught_up", "08:05 caught_up", "08:10 run"]),
        (CatchUp::Once, three, "2026-03-02T08:29:00Z", &["08:00 too_late", "08:05 too_late", "08:10 late"]),
        (CatchUp::Skip, three, "2026-03-02T08:10:02Z", &["08:00 missed", "08:05 missed", "08:10 run"]),
        (CatchUp::All, three, "2026-03-02T08:24:00Z", &["08:00 too_late", "08:05 late", "08:10 late"]),
    ] {
        let rules = rules(catch_up);
        assert_eq!(told(&rules, Enabled::Yes, minutes, now), expected, "{catch_up:?} {minutes:?} {now}");
    }
    let many: Vec<u32> = (0..60).chain(0..60).collect();
    let rules = Rules { catch_up: CatchUp::All, ..Rules::default() };
    let all = told(&rules, Enabled::Yes, &many, "2026-03-02T10:00:00Z");
    assert_eq!(all.iter().filter(|slot| slot.ends_with("late")).count(), MOST_CAUGHT_UP);
    assert!(all[0].ends_with("missed"), "{}", all[0]);
}

#[test]
fn a_job_that_is_not_enabled_says_whose_word_it_is() {
    let cases = [(Enabled::NotByFile, "08:00 not_enabled"), (Enabled::NotByOperator, "08:00 disabled")];
    for (enabled, expected) in cases {
        assert_eq!(told(&Rules::default(), enabled, &[0], "2026-03-02T08:00:00Z"), [expected]);
    }
}

#[test]
fn a_run_that_overlaps_is_skipped_or_waits_or_starts() {
    use Overlap::{Allow, Queue, Skip};
    for (overlap, asked, going, before, expected) in [
        (Skip, false, 0, 0, Start::Now),
        (Skip, false, 1, 0, Start::Never(Reason::Overlap)),
        (Skip, false, 0, 1, Start::Never(Reason::Overlap)),
        (Skip, true, 1, 0, Start::Wait),
        (Skip, true, 0, 0, Start::Now),
        (Queue, false, 1, 0, Start::Wait),
        (Queue, false, 0, 1, Start::Wait),
        (Queue, false, 0, 0, Start::Now),
        (Queue, false, 1, MOST_WAITING, Start::Never(Reason::QueueFull)),
        (Allow, false, 7, 7, Start::Now),
    ] {
        assert_eq!(start(overlap, asked, going, before), expected, "{overlap:?} {asked} {going} {before}");
    }
}

#[test]
fn attempts_follow_the_retry_rule_also_after_a_crash() {
    let now = at("2026-03-02T08:00:00Z");
    let retry = Retry { max_attempts: 3, delay: Duration::from_mins(5) };
    let again = After::Retry(at("2026-03-02T08:05:00Z"));
    for (attempts, fault, expected) in [
        (1, Fault::Passing, again),
        (2, Fault::Passing, again),
        (3, Fault::Passing, After::End),
        (1, Fault::Lasting, After::End),
    ] {
        assert_eq!(after(retry, attempts, fault, now), expected, "{attempts} {fault:?}");
    }
    let rules = Rules { retry, ..rules(CatchUp::Once) };
    for (attempts, due, expected) in [
        (1, "2026-03-02T07:50:00Z", again),
        (3, "2026-03-02T07:50:00Z", After::End),
        (1, "2026-03-02T07:39:59Z", After::End),
    ] {
        assert_eq!(resume(&rules, attempts, at(due), now), expected, "{attempts} {due}");
    }
}

#[test]
fn jitter_is_bounded_and_the_same_for_the_same_slot() {
    let of = |slot: &str| jitter("prokov/x", slot, Duration::from_mins(10));
    let all: Vec<TimeDelta> = (0..200).map(|n| of(&format!("2026-03-02T08:{n}"))).collect();
    assert!(all.iter().all(|put_off| (TimeDelta::zero()..=TimeDelta::minutes(10)).contains(put_off)));
    assert!(100 < all.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(of("a"), of("a"));
    assert_eq!(jitter("prokov/x", "a", Duration::ZERO), TimeDelta::zero());
}

#[test]
fn a_long_absence_is_told_as_one_slot_and_those_of_late() {
    let schedule = Schedule::parse("* * * * *", Tz::UTC).unwrap();
    let now = at("2026-06-01T00:00:30Z");
    let short = passed(&schedule, at("2026-05-31T23:57:30Z"), now);
    assert_eq!((short.untold, short.slots.len()), (None, 3));
    let long = passed(&schedule, at("2020-01-01T00:00:00Z"), now);
    let untold = long.untold.unwrap();
    assert_eq!((untold.first.key.as_str(), long.slots.len()), ("2020-01-01T00:01", MOST_TOLD));
    assert_eq!(untold.until, long.slots[0].at);
    let yearly = Schedule::parse("0 8 1 1 *", Tz::UTC).unwrap();
    let missed = passed(&yearly, at("2025-12-31T00:00:00Z"), now);
    assert_eq!((missed.untold.unwrap().first.key.as_str(), missed.slots.len()), ("2026-01-01T08:00", 0));
}

/// A year of looks at a clock that runs and jumps: each slot is decided once, and none is left out.
#[test]
fn a_simulated_year_decides_each_slot_once() {
    for (text, zone, each_day) in [
        ("0 8 * * *", Tz::Europe__Paris, 1),
        ("30 2 * * *", Tz::Europe__Paris, 1),
        ("15 */6 * * *", Tz::America__New_York, 4),
    ] {
        let schedule = Schedule::parse(text, zone).unwrap();
        let (begin, end) = (at("2026-01-01T12:00:00Z"), at("2027-01-01T12:00:00Z"));
        let (mut now, mut decided, mut random) = (begin, begin, 7_u64);
        let mut verdicts = BTreeMap::new();
        while now < end {
            let Passed { untold, slots } = passed(&schedule, decided, now);
            assert_eq!(untold, None);
            for (due, verdict) in decide(&Rules::default(), Enabled::Yes, "prokov/x", slots, now) {
                assert!(verdicts.insert(due.key.clone(), verdict).is_none(), "{text}: {} twice", due.key);
            }
            decided = now;
            // From a second to three hours: mostly it runs, sometimes it is away.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            now += TimeDelta::seconds(i64::try_from(random >> 33).unwrap() % 10_800 + 1);
        }
        let expected = schedule.slots(begin).take_while(|slot| slot.at <= decided).count();
        assert_eq!(verdicts.len(), expected, "{text}");
        assert!((365 * each_day - 5..=366 * each_day + 5).contains(&expected), "{text}: {expected}");
        let run = verdicts.values().filter(|verdict| matches!(verdict, Verdict::Run { .. })).count();
        assert_eq!(run, expected, "{text}: a look comes within three hours, so that every slot is caught up");
    }
}
