//! `sogo ctl upgrade`: a new program in the place of the old one, taken into service without a refused connection.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Sogo, until};
use crate::listen::{Tally, holding};

const SERVICES: [&str; 3] = ["sogoms-logs", "sogoms-db", "sogoway"];

/// Puts a program in the place of a service's, as an operator would: by a rename.
fn put(sogo: &Sogo, service: &str, make: impl FnOnce(&Path)) {
    let (new, place) =
        (sogo.installation.path().join("bin/new"), sogo.installation.path().join("bin").join(service));
    make(&new);
    fs::rename(new, place).unwrap();
}

fn copy(to: &Path) {
    fs::copy(env!("CARGO_BIN_EXE_sogo"), to).unwrap();
}

fn changed(answer: &Value) -> Vec<&str> {
    let services = answer["services"].as_array().unwrap().iter();
    services.filter(|one| one["changed"] == true).map(|one| one["service"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn services_whose_program_is_another_are_replaced_and_no_connection_is_refused() {
    let sogo = holding().await;
    sogo.sogo(&["ctl", "wait"]).ok();
    let before = SERVICES.map(|name| sogo.pid(name));
    let nothing = sogo.sogo(&["-o", "json", "ctl", "upgrade"]).ok().json();
    assert_eq!(changed(&nothing), Vec::<&str>::new());
    assert_eq!(SERVICES.map(|name| sogo.pid(name)), before);

    put(&sogo, "sogoms-db", copy);
    put(&sogo, "sogoway", copy);
    let shown = sogo.sogo(&["-o", "json", "ctl", "upgrade", "--dry-run"]).ok().json();
    assert_eq!(changed(&shown), ["sogoms-db", "sogoway"]);
    assert_eq!(SERVICES.map(|name| sogo.pid(name)), before);

    let tally = Tally::during(sogo.address(), || {
        let done = sogo.sogo(&["-o", "json", "ctl", "upgrade"]).ok().json();
        assert_eq!(changed(&done), ["sogoms-db", "sogoway"]);
        assert!(done["services"].as_array().unwrap().iter().all(|one| one["state"] == "ready"), "{done}");
    });
    assert_eq!((tally.refused.into_inner(), tally.broken.into_inner()), (0, 0));
    let after = SERVICES.map(|name| sogo.pid(name));
    assert_eq!((after[0], after[1] != before[1], after[2] != before[2]), (before[0], true, true));
    for (name, pid) in SERVICES.iter().zip(after).skip(1) {
        let runs = fs::read_link(format!("/proc/{pid}/exe")).unwrap();
        assert_eq!(runs, sogo.installation.path().join("bin").join(name));
    }
    let again = sogo.sogo(&["-o", "json", "ctl", "upgrade"]).ok().json();
    assert_eq!(changed(&again), Vec::<&str>::new());
}

#[tokio::test]
async fn a_new_program_that_does_not_run_changes_nothing() {
    let sogo = holding().await;
    sogo.sogo(&["ctl", "wait"]).ok();
    let before = SERVICES.map(|name| sogo.pid(name));
    put(&sogo, "sogoms-db", |to| {
        fs::write(to, "#!/bin/sh\necho for another machine >&2\nexit 1\n").unwrap();
        fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
    });
    let refused = sogo.sogo(&["ctl", "upgrade"]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("sogoms-db does not run: asked for its version it ended with exit code 1"),
        "{}",
        refused.stderr
    );
    fs::remove_file(sogo.installation.path().join("bin/sogoms-db")).unwrap();
    let gone = sogo.sogo(&["ctl", "upgrade", "sogoms-db"]);
    assert_eq!(gone.code, 6, "{}", gone.stderr);
    assert!(gone.stderr.contains("is gone"), "{}", gone.stderr);
    assert_eq!(SERVICES.map(|name| sogo.pid(name)), before);
}

#[tokio::test]
async fn a_new_program_that_does_not_get_ready_has_the_others_left_alone() {
    let sogo = holding().await;
    sogo.sogo(&["ctl", "wait"]).ok();
    let gateway = sogo.pid("sogoway");
    sogo.installation.edit("config/sogoctl.yaml", "max_restarts: 50", "max_restarts: 0");
    sogo.sogo(&["ctl", "reload"]).ok();
    put(&sogo, "sogoms-db", |to| {
        fs::write(to, "#!/bin/sh\n[ \"$1\" = --version ]\n").unwrap();
        fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
    });
    put(&sogo, "sogoway", copy);
    let failed = sogo.sogo(&["ctl", "upgrade"]);
    assert_eq!(failed.code, 7, "{}", failed.stderr);
    assert!(failed.stderr.contains("sogoms-db does not get ready"), "{}", failed.stderr);
    assert_eq!(sogo.pid("sogoway"), gateway);

    put(&sogo, "sogoms-db", copy);
    sogo.sogo(&["ctl", "start", "sogoms-db"]).ok();
    let done = sogo.sogo(&["-o", "json", "ctl", "upgrade"]).ok().json();
    assert_eq!(changed(&done), ["sogoway"]);
    until("the gateway is another process", || (sogo.pid("sogoway") != gateway).then_some(()));
}
