//! The files of the repository that are made from code; a test compares them.

use super::completions::{Supported, script};
use super::{man, protocol};

/// Returns path (from the root of the repository) and text of every generated file.
pub fn files() -> Vec<(String, String)> {
    let mut files = vec![
        ("completions/sogo.bash".to_owned(), script(Supported::Bash)),
        ("completions/_sogo".to_owned(), script(Supported::Zsh)),
        ("completions/sogo.fish".to_owned(), script(Supported::Fish)),
        ("docs/PROTOCOL.md".to_owned(), protocol::document()),
    ];
    files.extend(man::pages().into_iter().map(|(name, page)| (format!("man/{name}"), page)));
    files
}
