//! Small pieces of text for people: durations, and values typed on the command line.

use serde_json::Value;

/// Returns a time in its two largest units: `3 d 4 h`, `2 min 5 s`, `1.5 s`, `180 ms`.
pub(super) fn duration_ms(ms: u64) -> String {
    let (seconds, minutes, hours, days) = (ms / 1000, ms / 60_000, ms / 3_600_000, ms / 86_400_000);
    if days > 0 {
        format!("{days} d {} h", hours % 24)
    } else if hours > 0 {
        format!("{hours} h {} min", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes} min {} s", seconds % 60)
    } else if seconds > 0 {
        format!("{seconds}.{} s", ms % 1000 / 100)
    } else {
        format!("{ms} ms")
    }
}

/// Returns a short time in milliseconds with its microseconds: `0.18 ms`.
pub(super) fn latency_us(us: u64) -> String {
    format!("{}.{:02} ms", us / 1000, us % 1000 / 10)
}

/// Reads `name=value`.
///
/// # Errors
/// A sentence for a person, as clap expects it.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("this is not name=value".to_owned()),
    }
}

/// Reads a value as it is typed: a number, `true`, `false`, `null`, text in JSON's quotes, else the text itself.
///
/// Returns JSON text, with every digit as it was typed.
pub(super) fn json_of(typed: &str) -> String {
    let is_scalar = match serde_json::from_str::<Value>(typed) {
        Ok(Value::Array(_) | Value::Object(_)) | Err(_) => false,
        Ok(_) => true,
    };
    if is_scalar { typed.trim().to_owned() } else { Value::from(typed).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        for (ms, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_540, "1.5 s"),
            (125_000, "2 min 5 s"),
            (3_600_000, "1 h 0 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(duration_ms(ms), text);
        }
        assert_eq!(latency_us(1_234), "1.23 ms");
    }

    #[test]
    fn typed_values_are_json() {
        for (typed, json) in [
            ("1", "1"),
            ("1.10", "1.10"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("true", "true"),
            ("null", "null"),
            ("\"1\"", "\"1\""),
            ("alice@example.com", "\"alice@example.com\""),
            ("[1]", "\"[1]\""),
            ("a\"b", "\"a\\\"b\""),
            ("", "\"\""),
            ("1f9f", "\"1f9f\""),
        ] {
            assert_eq!(json_of(typed), json, "{typed}");
        }
    }
}
