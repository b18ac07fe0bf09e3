//! User, environment, folder and limits of a service.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::{Running, folder, sogo, write_file};
use crate::harness::until;

/// A user and a group that every machine has, and that root is not.
const USER: (&str, u32) = ("daemon", 1);

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_process_is_given_what_its_service_says() {
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(folder.path().join("home")).unwrap();
    fs::set_permissions(folder.path().join("home"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(folder.path().join("a.env"), "# of the test\nFROM_FILE='a b'\nBOTH=file\n").unwrap();
    let user = if is_root() { format!("user: {}", USER.0) } else { String::new() };
    let running = Running::start_in(
        folder,
        &format!(
            "services:
  one:
    binary: /bin/sh
    args: [-c, 'echo by name > /dev/stdout && echo made > made; exec sleep 4711']
    {user}
    env: {{ OWN: '1 2', BOTH: own, NUMBER: 5 }}
    env_file: {{dir}}/a.env
    cwd: {{dir}}/home
    umask: 027
    nice: 5
    oom_score: 500
    rlimits: {{ nofile: 333, fsize: 2_000_000, cpu: {{ soft: 1000, hard: 2000 }} }}
"
        ),
    );
    let pid = running.pid("one");
    let proc = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap();
    let made = running.path().join("home/made");
    let made = until("the file is made", || fs::metadata(&made).ok());
    assert_eq!(made.permissions().mode() & 0o777, 0o640);
    if is_root() {
        assert_eq!((made.uid(), made.gid()), (USER.1, USER.1));
        let status = proc("status");
        let id = USER.1;
        assert!(status.contains(&format!("Uid:\t{id}\t{id}\t{id}\t{id}\n")), "{status}");
        assert!(status.contains(&format!("Gid:\t{id}\t{id}\t{id}\t{id}\n")), "{status}");
        assert!(status.contains(&format!("Groups:\t{id} \n")), "{status}");
        assert!(status.contains("CapEff:\t0000000000000000\n"), "{status}");
    }
    let folder = fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
    assert_eq!(folder, running.path().canonicalize().unwrap().join("home"));
    assert_eq!(proc("oom_score_adj"), "500\n");
    let stat = proc("stat");
    let nice = stat.rsplit(')').next().unwrap().split_whitespace().nth(16).unwrap();
    assert_eq!(nice, "5");
    let limits: Vec<Vec<String>> = proc("limits")
        .lines()
        .map(|line| {
            line.split("  ").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        })
        .collect();
    let limit = |name: &str| limits.iter().find(|line| line[0] == name).unwrap()[1..3].to_vec();
    assert_eq!(limit("Max open files"), ["333", "333"]);
    assert_eq!(limit("Max file size"), ["2000000", "2000000"]);
    assert_eq!(limit("Max cpu time"), ["1000", "2000"]);
    let environment = proc("environ");
    let variables: Vec<&str> = environment.split('\0').collect();
    for expected in ["OWN=1 2", "BOTH=own", "NUMBER=5", "FROM_FILE=a b"] {
        assert!(variables.contains(&expected), "{expected} in {variables:?}");
    }
    if is_root() {
        assert!(variables.contains(&"USER=daemon") && variables.contains(&"LOGNAME=daemon"), "{variables:?}");
        assert!(variables.iter().any(|one| one.starts_with("HOME=/")), "{variables:?}");
    }
}

#[test]
fn what_cannot_be_given_is_named() {
    // More open files than the kernel allows anybody.
    let running = Running::start(
        "supervisor: { max_restarts: 0 }\nservices:\n  one: { binary: /bin/sh, rlimits: { nofile: unlimited } }\n",
    );
    let failed = running.until_state("one", "failed");
    let why = failed["why"].as_str().unwrap();
    assert!(
        why.starts_with("/bin/sh cannot be started: cannot set the limit `nofile` of `rlimits`: "),
        "{why}"
    );
}

#[test]
fn a_changed_variable_restarts_the_service_and_its_value_is_shown_nowhere() {
    let file = |value: &str| {
        format!(
            "services:\n  one: {{ binary: /bin/sh, args: [-c, exec sleep 4711], env: {{ TOKEN: {value} }} }}\n"
        )
    };
    let running = Running::start(&file("hush-1"));
    let before = running.pid("one");
    write_file(running.path(), &file("hush-2"));
    let plan = running.sogo(&["-o", "json", "ctl", "reload", "--dry-run"]).ok();
    assert_eq!(plan.json()["restart"][0]["keys"][0], "env", "{}", plan.stdout);
    running.sogo(&["ctl", "reload"]).ok();
    let after = running.until("one", "has another process", |one| {
        one["state"] == "ready" && one["pid"].as_u64() != Some(before)
    });
    let environment = fs::read(format!("/proc/{}/environ", after["pid"])).unwrap();
    assert!(String::from_utf8_lossy(&environment).contains("TOKEN=hush-2"));
    for format in ["json", "yaml", "table", "plain"] {
        let shown = sogo(running.path(), &["-o", format, "config", "show"]).ok().stdout;
        assert!(shown.contains("services.one.env.TOKEN") && !shown.contains("hush"), "{shown}");
    }
    assert!(!running.output().contains("hush") && !plan.stdout.contains("hush"), "{}", running.output());
}

#[test]
fn only_root_becomes_somebody_else() {
    if !is_root() {
        return;
    }
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    write_file(folder.path(), "services:\n  one: { binary: /bin/sh, health_socket: a, user: root }\n");
    let checked = std::process::Command::new("setpriv")
        .args(["--reuid", "1", "--regid", "1", "--clear-groups"])
        .arg(env!("CARGO_BIN_EXE_sogo"))
        .arg("--dir")
        .arg(folder.path())
        .arg("check")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
    assert!(told.contains("only root can start a service as user 0 and group 0"), "{told}");
}
