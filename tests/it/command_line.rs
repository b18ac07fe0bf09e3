//! The command line itself: names, flags, exit codes, what reaches a terminal or a pipe.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use crate::harness::{command, run};

const SOGO: &str = env!("CARGO_BIN_EXE_sogo");

#[test]
fn the_name_decides_the_verb_and_nothing_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |name: &str, arguments: &[&str]| {
        let program = folder.path().join(name);
        symlink(SOGO, &program).unwrap();
        let output = command(&program).args(arguments).current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), text)
    };
    let config = folder.path().to_str().unwrap();
    let (code, text) = ask("sogoctl", &["status", "-socket", "nowhere.sock"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.starts_with("error: cannot reach sogoctl at nowhere.sock\nhint: "), "{text}");
    let (code, text) = ask("sogoms-db", &["health", &format!("-config={config}"), "-o", "json"]);
    assert_eq!(code, 3, "{text}");
    let (code, text) = ask("my-sogoctl", &["status"]);
    assert_eq!(code, 2, "{text}");
    let (code, text) = ask("sogo2", &["--version"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("sogo ") && text.contains("commit ") && text.contains("built "), "{text}");
}

#[test]
fn a_supervisor_without_a_configuration_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("config");
    let output = run(folder.path(), &["ctl", "--config", missing.to_str().unwrap()]);
    assert_eq!(output.code, 9, "{}", output.stderr);
    assert_eq!(output.stderr.matches("the file is missing").count(), 1, "{}", output.stderr);
    let checked = run(folder.path(), &["check", "--config", missing.to_str().unwrap(), "-o", "json"]);
    assert_eq!(checked.code, 9, "{}", checked.stderr);
    assert!(checked.json().as_array().unwrap().iter().any(|problem| problem["severity"] == "error"));
}

#[test]
fn help_is_no_mistake_and_a_mistake_is() {
    let here = Path::new(".");
    for (arguments, code) in [
        (&["--help"][..], 0),
        (&["db", "query", "-h"], 0),
        (&["help"], 0),
        (&["help", "ctl", "status"], 0),
        (&["help", "exit-codes"], 0),
        (&[], 2),
        (&["chekc"], 2),
        (&["ping", "-o", "xml"], 2),
    ] {
        assert_eq!(run(here, arguments).code, code, "{arguments:?}");
    }
}

#[test]
fn exit_codes_are_told_with_the_errors_that_end_so() {
    let codes = run(Path::new("."), &["help", "exit-codes", "-o", "json"]).ok().json();
    let of = |exit: u64| codes.as_array().unwrap().iter().find(|code| code["exit"] == exit).unwrap().clone();
    assert_eq!(of(0)["errors"], serde_json::json!([]));
    assert_eq!(of(3)["errors"], serde_json::json!(["UNAVAILABLE"]));
    assert_eq!(of(9)["meaning"], "configuration invalid");
}

#[test]
fn a_pipe_gets_plain_text_unless_asked() {
    let folder = tempfile::tempdir().unwrap();
    let ping = |more: &[&str]| {
        let all: Vec<&str> = ["--dir", folder.path().to_str().unwrap(), "ping"]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        run(folder.path(), &all)
    };
    let plain = ping(&[]);
    assert_eq!(plain.code, 3);
    assert_eq!(plain.stdout.lines().next(), Some("SERVICE\tSTATE\tLATENCY\tPID\tUPTIME\tVERSION\tWHY"));
    assert!(!(plain.stdout + &plain.stderr).contains('\x1b'));
    assert!(ping(&["--color", "always", "-o", "table"]).stdout.contains("\x1b["));
    let json = ping(&["-o", "json", "sogoway"]);
    assert_eq!(
        (json.json()[0]["service"].as_str(), json.json()[0]["up"].as_bool()),
        (Some("sogoway"), Some(false))
    );
}

#[test]
fn a_reader_who_leaves_is_no_failure_and_a_full_disk_is() {
    let script = format!("(sleep 0.2; \"{SOGO}\" completions bash; echo $? >&2) | true");
    let left = command(Path::new("sh")).args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(left.stderr).unwrap(), "0\n");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command(Path::new(SOGO))
        .args(["completions", "bash"])
        .stdout(Stdio::from(full))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: cannot write to standard output"));
}

#[test]
fn no_verb_complains_of_a_reader_who_left() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    run(folder.path(), &["init", made.to_str().unwrap(), "--app", "shop"]).ok();
    for (arguments, code) in [
        ("--help", 0),
        ("help ctl status", 0),
        ("help exit-codes", 0),
        ("check", 0),
        ("config show", 0),
        ("config show shop -o yaml", 0),
        ("doctor", 1),
        ("doctor -o table", 1),
        ("ping -o json", 3),
        ("ctl status", 3),
        ("ctl status --watch", 3),
        ("completions zsh", 0),
        ("man", 0),
        ("man --to pages", 0),
        ("install --links links", 0),
        ("init another --app shop", 0),
    ] {
        // The reader is gone before anything is written, and its end is not the command's.
        let script = format!("(sleep 0.2; \"{SOGO}\" {arguments} --dir made; echo $? >&2) | true");
        let left =
            command(Path::new("sh")).args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8(left.stderr).unwrap();
        assert!(told.ends_with(&format!("{code}\n")), "{arguments}: {told}");
        assert!(!told.contains("roken pipe") && !told.contains("panicked"), "{arguments}: {told}");
        assert!(!told.contains('\x1b'), "{arguments}: {told}");
        if code == 0 {
            assert_eq!(told, "0\n", "{arguments}");
        }
    }
}
