//! Durations in Go's syntax, as existing files have them: `10s`, `1h30m`, `1.5h`, `500ms`.

use std::time::Duration;

/// Reads a duration; `None` when it is none, is negative, or is beyond 2^64 nanoseconds (584 years).
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, fraction, unit);
        (whole, rest) = digits(rest);
        (fraction, rest) = match rest.strip_prefix('.') {
            Some(behind) => digits(behind),
            None => ("", rest),
        };
        (unit, rest) =
            rest.split_at(rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len()));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit = nanoseconds(unit)?;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?.checked_add(part(fraction, unit))?;
    }
    (!text.is_empty()).then(|| Duration::from_nanos(total))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        _ => return None,
    })
}

/// Returns the digits behind the point as nanoseconds of the unit; what is below a nanosecond is cut.
fn part(digits: &str, unit: u64) -> u64 {
    // Hours have 3.6e12 nanoseconds: from the 13th digit on nothing can count, and u128 holds the rest.
    let digits = &digits[..digits.len().min(13)];
    let scale = (0..digits.len()).fold(1_u128, |scale, _| scale * 10);
    let number = digits.bytes().fold(0_u128, |number, digit| number * 10 + u128::from(digit - b'0'));
    u64::try_from(number * u128::from(unit) / scale).unwrap_or(u64::MAX)
}

/// Writes a duration the way it is read, with the units that are needed.
pub(in crate::config) fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds, millis) =
        (seconds / 3600, seconds / 60 % 60, seconds % 60, duration.subsec_millis());
    let parts: Vec<String> = [(hours, "h"), (minutes, "m"), (seconds, "s"), (u64::from(millis), "ms")]
        .into_iter()
        .filter(|(amount, _)| *amount != 0)
        .map(|(amount, unit)| format!("{amount}{unit}"))
        .collect();
    if parts.is_empty() { "0s".into() } else { parts.concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("10s", Some(10_000_000_000)),
            ("5m", Some(300_000_000_000)),
            ("24h", Some(86_400_000_000_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("1.5h", Some(5_400_000_000_000)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("500ms", Some(500_000_000)),
            ("1s500ms", Some(1_500_000_000)),
            ("3us", Some(3_000)),
            ("3µs", Some(3_000)),
            ("7ns", Some(7)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("0.333333333333333333h", Some(1_199_999_999_999)),
            ("10", None),
            ("", None),
            ("s", None),
            (".s", None),
            ("-1s", None),
            ("1 s", None),
            ("1d", None),
            ("1S", None),
            ("99999999999h", None),
            ("18446744073709551616ns", None),
        ] {
            assert_eq!(parse_duration(text), expected.map(Duration::from_nanos), "{text}");
        }
    }

    #[test]
    fn a_shown_duration_reads_back() {
        for text in ["10s", "1h30m", "500ms", "24h", "0s", "2m1s5ms"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
    }
}
