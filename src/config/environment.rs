//! The process's environment as a value; the only place that reads it.

use std::ffi::OsString;
use std::path::PathBuf;

/// The variables that mean something to `sogo`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `SOGO_CONFIG`: the configuration folder, when no flag names one.
    pub config: Option<PathBuf>,
    /// `HOME`: where what belongs to one operator is kept.
    pub home: Option<PathBuf>,
    /// `NO_COLOR` is set and not empty: no colour on the terminal.
    pub no_color: bool,
    /// `SOGO_LOG`: how much our own log tells (`error`, `warn`, `info`, `debug`, `trace`).
    pub log_level: Option<String>,
}

impl Environment {
    /// Reads the environment of this process.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Self {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Makes it from any way of looking up a variable. A variable that is empty counts as not set.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        Self {
            config: get("SOGO_CONFIG").map(PathBuf::from),
            home: get("HOME").map(PathBuf::from),
            no_color: get("NO_COLOR").is_some(),
            log_level: get("SOGO_LOG").and_then(|value| value.into_string().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_not_set() {
        let environment = Environment::from_lookup(|name| {
            Some(OsString::from(match name {
                "NO_COLOR" => "",
                "SOGO_LOG" => "debug",
                "SOGO_CONFIG" => "/etc/sogo",
                _ => return None,
            }))
        });
        assert!(!environment.no_color);
        assert_eq!(environment.log_level.as_deref(), Some("debug"));
        assert_eq!(environment.config, Some(PathBuf::from("/etc/sogo")));
    }
}
