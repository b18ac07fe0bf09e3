//! `sogo install`: links under the names of the daemons.

use std::fs;
use std::path::Path;

use crate::harness::{Output, command, run};

const NAMES: &[&str] = &["sogoctl", "sogoway", "sogoms-db", "sogoms-logs", "sogoms-smtp", "sogoms-cron"];

fn install(folder: &Path, more: &[&str]) -> Output {
    let links = folder.join("bin");
    let all: Vec<&str> = ["-o", "json", "install", "--links", links.to_str().unwrap()]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    run(folder, &all)
}

fn done(output: Output) -> Vec<String> {
    let done = output.ok().json();
    done.as_array().unwrap().iter().map(|link| link["done"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn links_are_made_once_and_are_the_daemons() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(done(install(folder.path(), &[])), vec!["made"; NAMES.len()]);
    assert_eq!(done(install(folder.path(), &[])), vec!["kept"; NAMES.len()]);
    for name in NAMES {
        let help = command(&folder.path().join("bin").join(name)).arg("--help").output().unwrap();
        let text = String::from_utf8(help.stdout).unwrap();
        assert!(text.contains(&format!("({name})")), "{name}: {text}");
    }
}

#[test]
fn something_else_is_not_replaced_and_then_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    fs::write(bin.join("sogoms-logs"), "the old program").unwrap();
    let refused = install(folder.path(), &[]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(fs::read_dir(&bin).unwrap().count(), 1);
    let expected = NAMES.iter().map(|name| if *name == "sogoms-logs" { "replaced" } else { "made" });
    assert_eq!(done(install(folder.path(), &["--force"])), expected.collect::<Vec<_>>());
    assert!(bin.join("sogoms-logs").is_symlink());
}
