//! The words of a command line that is being typed → those that the definition reads.

use std::ffi::{OsStr, OsString};

use crate::cmd::arguments::{two_dashes, verb_of};

/// A command line up to the word that is to be completed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// The words; the last one is completed.
    pub(super) words: Vec<OsString>,
    /// What the shell keeps of the last word by itself: Bash breaks words at `=`.
    pub(super) kept: String,
}

impl Words {
    /// Reads what a shell tells: its words, and which of them (from 0) the cursor is in.
    pub(super) fn new(raw: Vec<OsString>, index: usize, breaks_at_equals: bool) -> Self {
        let mut raw: Vec<OsString> = raw.into_iter().take(index.saturating_add(1)).collect();
        if raw.len() <= index {
            raw.push(OsString::new());
        }
        let (mut words, kept) = if breaks_at_equals { joined(raw) } else { (raw, String::new()) };
        let program = words.remove(0);
        let is_help = words.len() > 1 && words[0] == "help";
        words = words.into_iter().skip(usize::from(is_help)).map(two_dashes).collect();
        let sogo = [OsString::from("sogo")].into_iter();
        let words = sogo.chain(verb_of(&program).map(OsString::from)).chain(words).collect();
        Self { words, kept }
    }

    /// Returns what was typed for a flag: `--dir DIR` or `--dir=DIR`.
    pub(super) fn flag(&self, name: &str) -> Option<&OsStr> {
        let typed = &self.words[..self.words.len().saturating_sub(1)];
        let with_equals = format!("{name}=");
        typed.iter().enumerate().rev().find_map(|(index, word)| {
            if word == name {
                return typed.get(index + 1).map(OsString::as_os_str);
            }
            word.to_str()?.strip_prefix(&with_equals).map(OsStr::new)
        })
    }
}

/// Puts words together that Bash broke at `=`, and returns what stands before the last piece.
fn joined(raw: Vec<OsString>) -> (Vec<OsString>, String) {
    let mut words: Vec<OsString> = Vec::new();
    let mut kept = String::new();
    let mut after_equals = false;
    for word in raw {
        let is_equals = word == "=";
        let goes_on = is_equals || after_equals;
        if let Some(last) = words.last_mut().filter(|last| goes_on && last.to_string_lossy().starts_with('-'))
        {
            let before = last.to_string_lossy().into_owned();
            last.push(&word);
            kept = if is_equals { format!("{before}=") } else { before };
        } else {
            words.push(word);
            kept.clear();
        }
        after_equals = is_equals;
    }
    (words, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &str, index: usize) -> Words {
        Words::new(typed.split(' ').map(OsString::from).collect(), index, true)
    }

    #[test]
    fn a_line_is_read_as_the_program_reads_it() {
        for (typed, index, expected, kept) in [
            ("sogo ct", 1, "sogo ct", ""),
            ("/opt/sogoms/bin/sogoctl rel", 1, "sogo ctl rel", ""),
            ("sogoway -config /config rou", 3, "sogo way --config /config rou", ""),
            ("sogo help ctl st", 3, "sogo ctl st", ""),
            ("sogo he", 1, "sogo he", ""),
            ("sogo ctl reload more words", 2, "sogo ctl reload", ""),
            ("sogo ctl", 2, "sogo ctl ", ""),
            ("sogo --output = js", 3, "sogo --output=js", "--output="),
            ("sogo --output =", 2, "sogo --output=", "--output="),
            ("sogo --output = json ctl st", 5, "sogo --output=json ctl st", ""),
        ] {
            let read = words(typed, index);
            assert_eq!(read.words.join(OsStr::new(" ")), OsString::from(expected), "{typed}");
            assert_eq!(read.kept, kept, "{typed}");
        }
    }

    #[test]
    fn flags_that_were_typed_are_found() {
        for (typed, expected) in [
            ("sogo --dir /a ctl reload x", Some("/a")),
            ("sogo --dir=/a ctl reload x", Some("/a")),
            ("sogo ctl reload x", None),
            ("sogo ctl --dir", None),
        ] {
            let raw: Vec<OsString> = typed.split(' ').map(OsString::from).collect();
            let index = raw.len() - 1;
            assert_eq!(Words::new(raw, index, false).flag("--dir"), expected.map(OsStr::new), "{typed}");
        }
    }
}
