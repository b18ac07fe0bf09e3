//! Names of log files: `{app}-{YYYYMMDD}-{events|errors}.log` is written to; what grew too large was set aside as
//! `….1.log`, then `….2.log`: numbers grow with time.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::api::Type;
use crate::config::is_name;

/// Which file it is: an app's events or errors of one local day.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FileName {
    pub(super) app: String,
    pub(super) date: NaiveDate,
    pub(super) kind: Type,
    /// The number of one that was set aside, from 1; none for the one that is written to.
    pub(super) number: Option<u32>,
}

/// Numbers of files that were set aside; nine digits read back whatever they are.
const LARGEST_NUMBER: u32 = 999_999_999;

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
    /// Returns the name of the file that an app's entries of this type and day are written to.
    pub(super) fn current(app: &str, kind: Type, date: NaiveDate) -> Self {
        Self { app: app.to_owned(), date, kind, number: None }
    }

    /// Returns the name under which the same file is set aside as the one of this number.
    pub(super) fn numbered(&self, number: u32) -> Self {
        Self { number: Some(number), ..self.clone() }
    }

    /// Tells whether two files hold the same app's entries of the same type and day.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        (self.date, self.kind, &self.app) == (other.date, other.kind, &other.app)
    }

    /// Returns what orders the files of one app and type by time.
    pub(super) fn moment(&self) -> (NaiveDate, u32) {
        (self.date, self.number.unwrap_or(u32::MAX))
    }

    /// Reads a file's name; `None` for anything that is not exactly a name of ours.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (rest, kind) = name.strip_suffix(".log")?.rsplit_once('-')?;
        let (kind, number) = match kind.split_once('.') {
            Some((kind, digits)) => (kind, Some(read_number(digits)?)),
            None => (kind, None),
        };
        let kind = match kind {
            "events" => Type::Events,
            "errors" => Type::Errors,
            _ => return None,
        };
        let (app, digits) = rest.rsplit_once('-')?;
        let all_digits = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let date = all_digits.then(|| NaiveDate::parse_from_str(digits, "%Y%m%d").ok())??;
        is_name(app).then(|| Self { app: app.to_owned(), date, kind, number })
    }
}

/// Reads a number as it is written: no sign, no leading zero.
fn read_number(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    is_plain.then(|| digits.parse().ok())?.filter(|number| *number <= LARGEST_NUMBER)
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, date, kind, number } = self;
        write!(f, "{app}-{:04}{:02}{:02}-{}", date.year(), date.month(), date.day(), kind.as_str())?;
        match number {
            Some(number) => write!(f, ".{number}.log"),
            None => f.write_str(".log"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back() {
        for app in ["prokov", "my-app", "a_1", "a-20250101-events"] {
            let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
            let name = FileName::current(app, Type::Errors, date);
            let second = name.numbered(2);
            assert_eq!(name.to_string(), format!("{app}-20260105-errors.log"));
            assert_eq!(second.to_string(), format!("{app}-20260105-errors.2.log"));
            assert!(name.is_beside(&second) && second.moment() < name.moment());
            for name in [name, second] {
                assert_eq!(FileName::parse(&name.to_string()), Some(name));
            }
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
            "prokov-20260105-events.0.log",
            "prokov-20260105-events.01.log",
            "prokov-20260105-events.+1.log",
            "prokov-20260105-events..log",
            "prokov-20260105-events.1.1.log",
            "prokov-20260105-events.1000000000.log",
            "prokov-20260105-events.log.1",
            "",
        ] {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
    }
}
