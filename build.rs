//! Tells the program which commit it was built from, and when.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "this is how a build script speaks and is told things"
)]
use std::process::Command;

fn main() {
    let output = |program: &str, arguments: &[&str]| {
        let output =
            Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = output("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    // SOURCE_DATE_EPOCH makes a build repeatable (reproducible-builds.org).
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
    let date = match &epoch {
        Some(seconds) => output("date", &["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%SZ"]),
        None => output("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]),
    };
    println!("cargo::rustc-env=SOGO_COMMIT={commit}");
    println!("cargo::rustc-env=SOGO_BUILT={}", date.unwrap_or_else(|| "unknown".to_owned()));
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-changed=build.rs");
    for head in ["--git-dir", "--git-common-dir"] {
        if let Some(folder) = output("git", &["rev-parse", head]) {
            for file in ["HEAD", "refs/heads", "packed-refs"] {
                if std::path::Path::new(&folder).join(file).exists() {
                    println!("cargo::rerun-if-changed={folder}/{file}");
                }
            }
        }
    }
}
