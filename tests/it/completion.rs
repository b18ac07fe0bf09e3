//! What Tab offers, asked of the shells themselves with the shipped scripts.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::harness::{Engine, Installation, command};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name)
}

/// An installation with two apps, and a folder with the program under its names.
async fn installation() -> Installation {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.add_app("gallery");
    symlink(env!("CARGO_BIN_EXE_sogo"), installation.path().join("bin/sogo")).unwrap();
    installation
}

/// Presses Tab behind a line in one shell and returns what it offers.
fn offered(installation: &Installation, shell: &str, code: &str) -> Vec<String> {
    let path = std::env::var("PATH").unwrap();
    let output = command(Path::new(shell))
        .args(if shell == "bash" { &["--norc", "-c"][..] } else { &["-c"] })
        .arg(code)
        .current_dir(installation.path())
        .env("PATH", format!("{}:{path}", installation.path().join("bin").display()))
        .env("HOME", installation.path())
        .env("SOGO_CONFIG", installation.path().join("config"))
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Calls the function as Bash does, with the line broken as Bash breaks it.
fn bash(installation: &Installation, words: &[&str]) -> Vec<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let code = format!(
        "source {}; complete -p {} >/dev/null; COMP_WORDS=({}); COMP_CWORD={}; _sogo; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script("sogo.bash").display(),
        words[0],
        quoted.join(" "),
        words.len() - 1
    );
    let offered = offered(installation, "bash", &code);
    offered.into_iter().filter(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn bash_offers_verbs_flags_and_the_names_of_the_moment() {
    let installation = installation().await;
    let cases: &[(&[&str], &[&str])] = &[
        (&["sogo", "compl"], &["completions"]),
        (&["sogo", "ctl", "rel"], &["reload"]),
        (&["sogoctl", "rel"], &["reload"]),
        (&["sogo", "help", "ctl", "stat"], &["status"]),
        (&["sogo", "ctl", "reload", ""], &["sogoms-db", "sogoms-logs", "sogoway"]),
        (&["sogoctl", "reload", "sogow"], &["sogoway"]),
        (&["sogo", "token", ""], &["gallery", "prokov"]),
        (&["sogo", "doctor", "pro"], &["prokov"]),
        (&["sogo", "logs", "tail", "prokov", "ga"], &["gallery"]),
        (&["sogo", "way", "explain", "prokov", "GET", "/api/ta"], &["/api/tags", "/api/tasks"]),
        (&["sogo", "ping", "--output", "=", "js"], &["json"]),
        (&["sogo", "-o", "ya"], &["yaml"]),
        (&["sogo", "--dir", "conf"], &["config/"]),
        (&["sogo", "token", "nobody"], &[]),
        (&["sogo", "__comp"], &[]),
    ];
    for (words, expected) in cases {
        let mut found = bash(&installation, words);
        // Flags may be offered beside names; they are none.
        if words.last().is_some_and(|word| word.is_empty()) {
            found.retain(|word| !word.starts_with('-'));
        }
        assert_eq!(found, *expected, "{words:?}");
    }
    installation.add_app("shop");
    assert_eq!(bash(&installation, &["sogo", "token", "sh"]), ["shop"]);
}

#[tokio::test]
async fn a_folder_that_was_typed_is_the_one_that_is_looked_into() {
    let (here, other) = (installation().await, Installation::new(Engine::Sqlite).await);
    other.add_app("elsewhere");
    let dir = other.path().to_str().unwrap();
    assert_eq!(bash(&here, &["sogo", "--dir", dir, "token", "else"]), ["elsewhere"]);
    assert_eq!(bash(&here, &["sogo", "token", "else"]), [""; 0]);
}

#[tokio::test]
async fn fish_offers_names_with_what_they_are() {
    let installation = installation().await;
    let fish = |line: &str| {
        let code = format!("source {}; complete -C '{line}'", script("sogo.fish").display());
        offered(&installation, "fish", &code)
    };
    let found = fish("sogo compl");
    assert!(found.len() == 1 && found[0].starts_with("completions\t"), "{found:?}");
    assert_eq!(fish("sogo doctor pro"), ["prokov"]);
    assert_eq!(fish("sogoctl reload sogow"), ["sogoway"]);
    let services = fish("sogo ctl reload ");
    assert!(services.iter().any(|word| word == "sogoms-db"), "{services:?}");
}

#[tokio::test]
async fn zsh_is_given_names_with_what_they_are() {
    let installation = installation().await;
    // The function that shows the list is replaced by one that prints it.
    let zsh = |words: &str, current: u32| {
        let code = format!(
            "compdef() {{ :; }}; _describe() {{ print -l -- \"${{(@P)2}}\"; }}; source {}; \
             words=({words}); CURRENT={current}; _sogo",
            script("_sogo").display()
        );
        offered(&installation, "zsh", &code)
    };
    let found = zsh("sogo compl", 2);
    assert!(found.len() == 1 && found[0].starts_with("completions:"), "{found:?}");
    assert_eq!(zsh("sogo doctor pro", 3), ["prokov:"]);
    let services = zsh("sogoctl reload ''", 3);
    assert!(services.iter().any(|word| word == "sogoms-db:"), "{services:?}");
}
