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

/// Returns a size in the largest unit of 1024 that it fills: `1.5 GiB`, `64.0 MiB`, `12 B`.
#[allow(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
pub(super) fn bytes(count: u64) -> String {
    const UNITS: &[&str] = &["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut size = count as f64;
    let mut unit = "B";
    for next in UNITS {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{count} B") } else { format!("{size:.1} {unit}") }
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

/// Returns text that a POSIX shell reads as one word.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | ',' | ':' | '@');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
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
        assert_eq!([bytes(12), bytes(1 << 20), bytes(3 << 29)], ["12 B", "1.0 MiB", "1.5 GiB"]);
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

    #[test]
    fn a_word_stays_one_word() {
        for (text, word) in
            [("/tmp/demo-1", "/tmp/demo-1"), ("/tmp/my demo", "'/tmp/my demo'"), ("it's", "'it'\\''s'")]
        {
            assert_eq!(shell_word(text), word);
        }
    }
}
