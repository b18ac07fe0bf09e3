//! The process's environment as a value; the only place that reads it.

use std::ffi::OsString;
use std::path::PathBuf;

/// Variable that tells a process which instance of its service it is.
pub const INSTANCE: &str = "SOGO_INSTANCE";

/// The variables that mean something to `sogo`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `SOGO_CONFIG`: the configuration folder, when no flag names one.
    pub config: Option<PathBuf>,
    /// `HOME`: where what belongs to one operator is kept.
    pub home: Option<PathBuf>,
    /// `NO_COLOR` is set and not empty: no colour on the terminal.
    pub no_color: bool,
    /// `NOTIFY_SOCKET`: where whoever started this daemon is told how it is.
    pub notify_socket: Option<OsString>,
    /// `SOGO_LOG`: how much our own log tells (`error`, `warn`, `info`, `debug`, `trace`).
    pub log_level: Option<String>,
    /// Sockets that whoever started us hands over: `LISTEN_FDS`, if `LISTEN_PID` says that they are ours.
    pub listen_fds: Option<u32>,
    /// `SOGO_INSTANCE`: which of several processes of a service it is, from 1.
    pub instance: u32,
}

impl Environment {
    /// Reads the environment of this process.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Self {
        Self::from_lookup(std::process::id(), |name| std::env::var_os(name))
    }

    /// Makes it for the process of this id from any way of looking up a variable. A variable that is empty counts as
    /// not set.
    pub fn from_lookup(pid: u32, lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let number = |name: &str| get(name)?.to_str()?.parse::<u32>().ok();
        Self {
            config: get("SOGO_CONFIG").map(PathBuf::from),
            home: get("HOME").map(PathBuf::from),
            notify_socket: get("NOTIFY_SOCKET"),
            no_color: get("NO_COLOR").is_some(),
            log_level: get("SOGO_LOG").and_then(|value| value.into_string().ok()),
            instance: number(INSTANCE).unwrap_or(1),
            // What was meant for a process above us is not ours.
            listen_fds: number("LISTEN_FDS").filter(|_| number("LISTEN_PID") == Some(pid)),
        }
    }
}

/// Returns every variable of this process, for those that it starts.
pub fn all_variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_not_set() {
        let environment = Environment::from_lookup(1, |name| {
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

    #[test]
    fn sockets_are_taken_by_the_process_they_were_handed_to() {
        for (pid, fds, expected) in
            [("7", "2", Some(2)), ("8", "2", None), ("", "2", None), ("7", "", None), ("7", "x", None)]
        {
            let lookup = |name: &str| match name {
                "LISTEN_PID" => Some(pid.into()),
                "LISTEN_FDS" => Some(fds.into()),
                _ => None,
            };
            assert_eq!(Environment::from_lookup(7, lookup).listen_fds, expected, "{pid} {fds}");
        }
    }
}
