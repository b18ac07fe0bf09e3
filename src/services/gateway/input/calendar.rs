//! Dates and times as text: checked down to the days of the month, and spelled as both engines store them.

/// Tells whether this is a day of the calendar, `YYYY-MM-DD`.
pub(super) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) =
        (number(&bytes[..4]), number(&bytes[5..7]), number(&bytes[8..]))
    else {
        return false;
    };
    (1..=12).contains(&month) && 1 <= day && day <= days(year, month)
}

const fn days(year: u32, month: u32) -> u32 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Returns a day with a time of day, `YYYY-MM-DD HH:MM:SS[.ffffff]`, from one with `T` or a blank in between, with or
/// without seconds.
///
/// A zone is refused: a column of this kind holds none, and to drop or convert it would store another time than was
/// meant.
pub(super) fn date_time(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let time = rest.strip_prefix(['T', ' '])?;
    if !is_date(date) || time.len() < 5 || number(time.as_bytes().get(..2)?)? > 23 {
        return None;
    }
    let seconds = if time.len() == 5 { ":00" } else { "" };
    is_clock(time).then(|| format!("{date} {time}{seconds}"))
}

/// Tells whether this is a time or a span of time, `[-]HH:MM[:SS[.ffffff]]`, up to 838 hours as MariaDB has it.
pub(super) fn is_time(text: &str) -> bool {
    let span = text.strip_prefix('-').unwrap_or(text);
    let hours = span.split(':').next().unwrap_or_default();
    matches!(hours.len(), 2 | 3)
        && number(hours.as_bytes()).is_some_and(|hours| hours <= 838)
        && is_clock(span)
}

/// Checks minutes, seconds and fraction of `HH:MM[:SS[.ffffff]]`; the hours are the caller's.
fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':');
    let _hours = parts.next();
    let minutes = parts.next().filter(|minutes| minutes.len() == 2).and_then(|m| number(m.as_bytes()));
    let seconds = parts.next().unwrap_or("00");
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let below_sixty = |value: Option<u32>| value.is_some_and(|value| value < 60);
    below_sixty(minutes)
        && whole.len() == 2
        && below_sixty(number(whole.as_bytes()))
        && (1..=6).contains(&fraction.len())
        && number(fraction.as_bytes()).is_some()
        && parts.next().is_none()
}

/// Reads digits and nothing else; at most nine of them are ever asked for.
fn number(digits: &[u8]) -> Option<u32> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for good in ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "",
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "2024-1-1",
            "24-01-01",
            "2024/01/01",
            "2024-01-01 ",
            "２０２４-01-01",
            "2024-01-0x",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn a_date_with_a_time_is_spelled_as_it_is_stored() {
        let cases = [
            ("2024-05-01T10:20:30", Some("2024-05-01 10:20:30")),
            ("2024-05-01 10:20", Some("2024-05-01 10:20:00")),
            ("2024-05-01T23:59:59.123456", Some("2024-05-01 23:59:59.123456")),
            ("2024-05-01T24:00:00", None),
            ("2024-05-01T10:60:00", None),
            ("2024-05-01T10:20:30.", None),
            ("2024-05-01T10:20:30.1234567", None),
            ("2024-05-01T10:20:30Z", None),
            ("2024-05-01T10:20:30+02:00", None),
            ("2024-02-30T10:20:30", None),
            ("2024-05-01", None),
            ("2024-05-01T1:20:30", None),
            ("2024-05-0é10:20", None),
        ];
        for (text, expected) in cases {
            assert_eq!(date_time(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn times_may_be_spans() {
        for good in ["00:00", "23:59:59", "-838:59:59", "100:00:00.5"] {
            assert!(is_time(good), "{good}");
        }
        for bad in
            ["", "1:00", "839:00:00", "10:60", "10:00:60", "--10:00", "10", "10:00:00:00", "10:00:00.x"]
        {
            assert!(!is_time(bad), "{bad}");
        }
    }
}
