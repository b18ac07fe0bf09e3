//! The raw command line → the one that the definition reads: program names and Go-style flags.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The programs of the contract, and the verb that each of them is.
pub(super) const PROGRAMS: &[(&str, &str)] = &[
    ("sogoctl", "ctl"),
    ("sogoway", "way"),
    ("sogoms-db", "db"),
    ("sogoms-logs", "logs"),
    ("sogoms-smtp", "smtp"),
    ("sogoms-cron", "cron"),
];

/// The flags that files written for Go programs spell with a single dash.
const GO_FLAGS: &[&str] = &["config", "socket", "port"];

/// The verbs that are help themselves: `help exit-codes` is that page, not the help about it.
const TOPICS: &[&str] = &["exit-codes"];

/// What a shell's script asks under whichever name of the program stands on the line.
const ASKED_BY_SHELLS: &str = "__complete";

/// Returns the command line with the verb that the program's name stands for, with `-config` as `--config`, with
/// `help ctl status` as `ctl status --help`, and with `help exit-codes` as `exit-codes`.
///
/// A name that is not in the table is `sogo`. Nothing is changed after `--`.
pub(super) fn resolve(raw: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut raw = raw.into_iter();
    let program = raw.next().unwrap_or_default();
    let mut resolved = vec![OsString::from("sogo")];
    let mut raw = raw.peekable();
    let verb = verb_of(&program).filter(|_| raw.peek().is_none_or(|first| first != ASKED_BY_SHELLS));
    let mut help = raw.next_if(|first| first == "help").map(|_| "--help");
    if help.is_some() && raw.peek().is_some_and(|next| TOPICS.iter().any(|topic| *next == **topic)) {
        help = None;
    } else {
        resolved.extend(verb.map(OsString::from));
    }
    let mut flags = true;
    for argument in raw {
        flags &= argument != "--";
        resolved.push(if flags { two_dashes(argument) } else { argument });
    }
    resolved.extend(help.map(OsString::from));
    resolved
}

/// Returns the verb that a program's name stands for; `None` for `sogo` and any other.
pub(super) fn verb_of(program: &OsStr) -> Option<&'static str> {
    let name = Path::new(program).file_name()?;
    PROGRAMS.iter().find(|(known, _)| *known == name).map(|(_, verb)| *verb)
}

/// Gives one of the flags that Go programs spell with a single dash its second one.
pub(super) fn two_dashes(argument: OsString) -> OsString {
    let is_go_flag = argument.to_str().and_then(|text| text.strip_prefix('-')).is_some_and(|flag| {
        let name = flag.split_once('=').map_or(flag, |(name, _)| name);
        GO_FLAGS.contains(&name)
    });
    if !is_go_flag {
        return argument;
    }
    let mut long = OsString::from("-");
    long.push(argument);
    long
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_its_verb_and_go_flags_get_their_second_dash() {
        let cases = [
            ("sogo check", "sogo check"),
            ("/opt/sogoms/bin/sogoctl", "sogo ctl"),
            ("./sogoctl status", "sogo ctl status"),
            (
                "sogoms-db -config /config -socket /run/sogoms-db.1.sock",
                "sogo db --config /config --socket /run/sogoms-db.1.sock",
            ),
            ("sogoway -port=8080", "sogo way --port=8080"),
            ("sogoms-logs --config /config", "sogo logs --config /config"),
            ("sogoms-dbx health", "sogo health"),
            ("my-sogoctl status", "sogo status"),
            ("sogo logs tail -fo json -n5 -vv", "sogo logs tail -fo json -n5 -vv"),
            ("sogo db query x -- -config", "sogo db query x -- -config"),
            ("sogo help", "sogo --help"),
            ("sogo help ctl status", "sogo ctl status --help"),
            ("sogoctl help status", "sogo ctl status --help"),
            ("sogo help exit-codes", "sogo exit-codes"),
            ("sogoctl help exit-codes -o json", "sogo exit-codes -o json"),
            ("sogo exit-codes", "sogo exit-codes"),
            ("sogoctl __complete bash 1 -- sogoctl st", "sogo __complete bash 1 -- sogoctl st"),
            ("sogo db query x help", "sogo db query x help"),
            ("sogo -configuration", "sogo -configuration"),
            ("", "sogo"),
        ];
        for (raw, expected) in cases {
            let resolved = resolve(raw.split(' ').map(OsString::from));
            assert_eq!(resolved.join(OsStr::new(" ")), OsStr::new(expected), "{raw}");
        }
    }
}
