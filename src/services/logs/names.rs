//! Names of log files: `{app}-{YYYYMMDD}-{events|errors}.log`.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::api::Type;

/// Which file it is: an app's events or errors of one local day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileName {
    pub(super) app: String,
    pub(super) date: NaiveDate,
    pub(super) kind: Type,
}

/// Tells whether a name can be an app's: `[a-z0-9_-]`, 1 to 64 characters.
pub(super) fn is_app_name(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

impl Type {
    /// Returns how it is spelled in file names and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Errors => "errors",
        }
    }
}

impl FileName {
    /// Reads a file's name; `None` for anything that is not exactly a name of ours.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (rest, kind) = name.strip_suffix(".log")?.rsplit_once('-')?;
        let kind = match kind {
            "events" => Type::Events,
            "errors" => Type::Errors,
            _ => return None,
        };
        let (app, digits) = rest.rsplit_once('-')?;
        let all_digits = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let date = all_digits.then(|| NaiveDate::parse_from_str(digits, "%Y%m%d").ok())??;
        is_app_name(app).then(|| Self { app: app.to_owned(), date, kind })
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, date, kind } = self;
        write!(f, "{app}-{:04}{:02}{:02}-{}.log", date.year(), date.month(), date.day(), kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back() {
        for app in ["prokov", "my-app", "a_1", "a-20250101-events"] {
            let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
            let name = FileName { app: app.to_owned(), date, kind: Type::Errors };
            assert_eq!(name.to_string(), format!("{app}-20260105-errors.log"));
            assert_eq!(FileName::parse(&name.to_string()), Some(name));
        }
    }

    #[test]
    fn what_is_not_exactly_ours_is_no_name() {
        for name in [
            "sogoctl.log",
            "prokov-20260105-events.log.gz",
            "prokov-20260105-events.log~",
            "prokov-20260105-access.log",
            "prokov-20260230-events.log",
            "prokov-2026015-events.log",
            "prokov-+2026015-events.log",
            "-20260105-events.log",
            "Prokov-20260105-events.log",
            "../x-20260105-events.log",
            "20260105-events.log",
            "",
        ] {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn an_app_name_is_short_and_plain() {
        let longest = "a".repeat(64);
        for name in ["a", "prokov", "my-app_2", &longest] {
            assert!(is_app_name(name), "{name}");
        }
        let too_long = "a".repeat(65);
        for name in ["", "../x", "a/b", "A", "é", "a b", "a.b", "a\0", "a\n", &too_long] {
            assert!(!is_app_name(name), "{name:?}");
        }
    }
}
