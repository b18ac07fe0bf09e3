//! What is read, what is refused and how, and which days fit.

use proptest::prelude::*;

use super::*;

fn values(field: Field) -> Vec<u32> {
    field.values().collect()
}

#[test]
fn fields_are_read_as_every_crontab_reads_them() {
    for (text, minutes, days, months, weekdays) in [
        ("5 * 1 1 0", &[5][..], &[1][..], &[1][..], &[0][..]),
        ("*/20 * 10-12 2-6/2 7", &[0, 20, 40], &[10, 11, 12], &[2, 4, 6], &[0]),
        ("1,3,2,3 * 01,031 JAN,dec mon-FRI", &[1, 2, 3], &[1, 31], &[1, 12], &[1, 2, 3, 4, 5]),
        ("10-30/10,0 * */15 Jun-Aug SAT-SUN", &[0, 10, 20, 30], &[1, 16, 31], &[6, 7, 8], &[0, 6]),
        ("59\t0  1-1 12 5-7 ", &[59], &[1], &[12], &[0, 5, 6]),
        ("0 0 1 1 0-7", &[0], &[1], &[1], &[0, 1, 2, 3, 4, 5, 6]),
        ("0 0 1 1 SUN-TUE", &[0], &[1], &[1], &[0, 1, 2]),
        ("0 0 1 1 */7", &[0], &[1], &[1], &[0]),
    ] {
        let read = Pattern::parse(text).unwrap();
        let found = [read.minutes, read.days, read.months, read.weekdays].map(values);
        assert_eq!(found, [minutes, days, months, weekdays].map(<[u32]>::to_vec), "{text}");
    }
    let read = Pattern::parse("59\t0  1-1 12 5-7 ").unwrap();
    assert_eq!(read.text(), "59 0 1-1 12 5-7");
}

/// A text, how its message begins, what its hint holds, and which part of it is wrong.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    ("", "a schedule has five fields, found 0", "five fields as in a crontab", ""),
    ("0 8 * *", "a schedule has five fields, found 4", "five fields as in a crontab", "0 8 * *"),
    (
        "0 0 8 * * 1-5",
        "a schedule has five fields, found 6",
        "seconds and years have no field",
        "0 0 8 * * 1-5",
    ),
    ("@daily", "`@daily` is a short form", "write `0 0 * * *`", "@daily"),
    (" @Weekly", "`@Weekly` is a short form", "write `0 0 * * 0`", "@Weekly"),
    ("@reboot", "`@reboot` is a short form", "five fields", "@reboot"),
    ("60 * * * *", "the minute of a schedule cannot be `60`", "the minute is from 0 to 59", "60"),
    ("0 8,24 * * *", "the hour of a schedule cannot be `24`", "the hour is from 0 to 23", "24"),
    ("0 0 0 * *", "the day of month of a schedule cannot be `0`", "the day of month is from 1 to 31", "0"),
    ("0 0 * 13 *", "the month of a schedule cannot be `13`", "from 1 to 12, or one of JAN to DEC", "13"),
    (
        "0 0 * * 8",
        "the day of week of a schedule cannot be `8`",
        "(0 and 7 are Sunday), or one of SUN to SAT",
        "8",
    ),
    ("0 0 * * lundi", "the day of week of a schedule cannot be `lundi`", "or one of SUN to SAT", "lundi"),
    ("0 0 * * Monday", "the day of week of a schedule cannot be `Monday`", "write `MON`", "Monday"),
    ("0 0 * JAN,FEV *", "the month of a schedule cannot be `FEV`", "one of JAN to DEC", "FEV"),
    ("0 0 ? * 1", "the day of month of a schedule cannot be `?`", "write `*`", "?"),
    ("0 0 L * *", "the day of month of a schedule cannot be `L`", "`L`, `W` and `#` are of no crontab", "L"),
    (
        "0 0 15W * *",
        "the day of month of a schedule cannot be `15W`",
        "`L`, `W` and `#` are of no crontab",
        "15W",
    ),
    (
        "0 0 * * 5#3",
        "the day of week of a schedule cannot be `5#3`",
        "`L`, `W` and `#` are of no crontab",
        "5#3",
    ),
    (
        "0 0 * * 5L",
        "the day of week of a schedule cannot be `5L`",
        "`L`, `W` and `#` are of no crontab",
        "5L",
    ),
    (
        "5/15 * * * *",
        "the minute of a schedule cannot be `5/15`: a step follows `*` or a range",
        "write `5-59/15`",
        "5/15",
    ),
    ("*/0 * * * *", "the minute of a schedule cannot be `*/0`", "from 1 to 60", "*/0"),
    ("*/90 * * * *", "the minute of a schedule cannot be `*/90`", "from 1 to 60", "*/90"),
    ("*/ * * * *", "the minute of a schedule cannot be `*/`", "from 1 to 60", "*/"),
    (
        "0 22-4 * * *",
        "the hour of a schedule cannot be `22-4`: the range ends",
        "write `22-23,0-4` or `4-22`",
        "22-4",
    ),
    (
        "0 0 * * FRI-MON",
        "the day of week of a schedule cannot be `FRI-MON`",
        "write `FRI-SAT,SUN-MON`",
        "FRI-MON",
    ),
    ("1,,2 * * * *", "the minute of a schedule cannot be ``", "from 0 to 59", ""),
    ("-5 * * * *", "the minute of a schedule cannot be `-5`", "from 0 to 59", "-5"),
    ("1-2-3 * * * *", "the minute of a schedule cannot be `1-2-3`", "from 0 to 59", "1-2-3"),
    ("1–5 * * * *", "the minute of a schedule cannot be `1–5`", "from 0 to 59", "1–5"),
    (
        "99999999999 * * * *",
        "the minute of a schedule cannot be `99999999999`",
        "from 0 to 59",
        "99999999999",
    ),
    ("30 2 30 2 *", "this schedule never fires: FEB has no day 30", "name a day", "30"),
    ("0 0 31 APR,6 *", "this schedule never fires: APR, JUN has no day 31", "name a day", "31"),
];

#[test]
fn what_cannot_be_read_is_told_with_its_field_its_place_and_what_to_write() {
    for (text, message, hint, wrong) in FAULTS {
        let fault = Pattern::parse(text).unwrap_err();
        assert!(fault.message.starts_with(message), "{text}: {fault}");
        assert!(fault.hint.contains(hint), "{text}: {}", fault.hint);
        assert_eq!(&text[fault.place], *wrong, "{text}");
    }
}

#[test]
fn of_two_days_one_is_enough_unless_there_is_a_star() {
    for (text, fits, does_not) in [
        ("0 0 13 * 5", &["2026-02-13", "2026-01-13", "2026-01-02"][..], &["2026-01-03"][..]),
        ("0 0 13 * *", &["2026-01-13"], &["2026-01-02"]),
        ("0 0 * * 5", &["2026-01-02"], &["2026-01-13"]),
        ("0 0 */2 * 5", &["2026-01-09"], &["2026-01-02", "2026-01-01"]),
        ("0 0 13 * */5", &["2026-02-13", "2026-09-13"], &["2026-01-13", "2026-02-15"]),
        ("0 0 30 2 1", &["2026-02-02"], &["2026-02-03"]),
    ] {
        let pattern = Pattern::parse(text).unwrap();
        for (dates, expected) in [(fits, true), (does_not, false)] {
            for date in dates {
                let midnight = date.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap();
                assert_eq!(pattern.next(midnight) == Some(midnight), expected, "{text} on {date}");
            }
        }
    }
}

fn item(low: u32, high: u32) -> impl Strategy<Value = String> {
    let range = (low..=high, low..=high).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        (low..=high).prop_map(|value| value.to_string()),
        range.clone().prop_map(|(low, high)| format!("{low}-{high}")),
        (range, 1..=high).prop_map(|((low, high), step)| format!("{low}-{high}/{step}")),
        (1..=high).prop_map(|step| format!("*/{step}")),
    ]
}

fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    let list = prop::collection::vec(item(low, high), 1..4).prop_map(|items| items.join(","));
    prop_oneof![1 => Just("*".to_owned()), 3 => list]
}

proptest! {
    /// Another reader of crontabs understands the same by the fields.
    #[test]
    fn croner_reads_the_same(
        minute in field(0, 59), hour in field(0, 23), month in field(1, 12), weekday in field(0, 6), day in field(1, 28),
    ) {
        let text = format!("{minute} {hour} {day} {month} {weekday}");
        let ours = Pattern::parse(&text).unwrap();
        let parser = croner::parser::CronParser::builder()
            .seconds(croner::parser::Seconds::Disallowed).year(croner::parser::Year::Disallowed).build();
        let theirs = parser.parse(&text).unwrap().pattern;
        let fields = [
            (ours.minutes, theirs.minutes), (ours.hours, theirs.hours), (ours.days, theirs.days),
            (ours.months, theirs.months), (ours.weekdays, theirs.days_of_week),
        ];
        for (ours, theirs) in fields {
            let theirs: Vec<u32> = theirs.values().into_iter().map(u32::from).collect();
            prop_assert_eq!(values(ours), theirs, "{}", &text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[0-9*,/\\-@LW#? A-Za-zé]{0,24}") {
        if let Err(fault) = Pattern::parse(&text) {
            prop_assert!(text.get(fault.place).is_some());
        }
    }
}
