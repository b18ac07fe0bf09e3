//! What belongs to no installation: the clock, the kernel, limits, and who is process 1.

use std::fs;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, PidfdFlags, Resource, getpid, getrlimit, pidfd_open};

use super::finding::{Finding, Group};
use super::services::Running;
use crate::ipc::Api as _;
use crate::process::{clock, table};
use crate::services::supervisor;

/// What was seen.
#[derive(Debug)]
pub(super) struct Facts {
    has_pidfd: bool,
    /// Since 1970.
    now: Duration,
    is_synchronised: Option<bool>,
    /// How many files each process may open: that of services, else ours.
    open_files: Vec<(String, u64)>,
    process_one: ProcessOne,
    /// Processes that have ended and that nobody waits for.
    zombies: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ProcessOne {
    Sogoctl,
    Other(String),
    Hidden,
}

/// A connection is a file, and so is a database's; below this a busy gateway runs out.
const ENOUGH_FILES: u64 = 1024;
/// The program was made later than this (2026), so a clock that says otherwise is wrong.
const MADE: Duration = Duration::from_secs(1_767_225_600);
/// Some are always about to be waited for.
const MANY_ZOMBIES: usize = 10;

/// Looks at this machine and at the processes of services.
pub(super) fn look(running: &[Running]) -> Facts {
    let mut open_files: Vec<(String, u64)> = (running.iter())
        .filter_map(|process| Some((process.service.to_owned(), open_files(process.pid)?)))
        .collect();
    if open_files.is_empty() {
        let ours = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        open_files.push(("what is started from here".to_owned(), ours));
    }
    let is_zombie = |pid: &Pid| table::stat(*pid).is_some_and(|stat| stat.zombie);
    Facts {
        has_pidfd: pidfd_open(getpid(), PidfdFlags::empty()).is_ok(),
        now: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
        is_synchronised: clock::is_synchronised(),
        open_files,
        process_one: process_one(running),
        zombies: table::all().filter(is_zombie).count(),
    }
}

fn process_one(running: &[Running]) -> ProcessOne {
    let is_sogoctl =
        |process: &Running| process.service == supervisor::api::Request::NAME && process.pid == 1;
    match fs::read_to_string("/proc/1/comm") {
        _ if running.iter().any(is_sogoctl) => ProcessOne::Sogoctl,
        Ok(name) => ProcessOne::Other(name.trim().to_owned()),
        Err(_) => ProcessOne::Hidden,
    }
}

/// Reads the soft limit of open files of a process, where we may see it.
fn open_files(pid: u32) -> Option<u64> {
    limit_in(&fs::read_to_string(format!("/proc/{pid}/limits")).ok()?)
}

fn limit_in(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// Decides what the facts mean.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let group = Group::Machine;
    let mut findings = Vec::new();
    findings.push(if facts.has_pidfd {
        group.ok("the kernel has what sogoctl needs (pidfd)")
    } else {
        group
            .serious("the kernel has no pidfd, so sogoctl cannot signal its services")
            .mend("use Linux 5.3 or newer, or let the container's seccomp profile allow pidfd_open")
    });
    findings.push(of_clock(facts));
    for (who, limit) in facts.open_files.iter().filter(|(_, limit)| *limit < ENOUGH_FILES) {
        findings.push(
            group
                .warning(format!("{who} may open {limit} files, and each connection is one"))
                .mend("ulimit -n 65536 before sogoctl starts, or LimitNOFILE=65536 in its unit of systemd"),
        );
    }
    let one = match &facts.process_one {
        ProcessOne::Sogoctl => "sogoctl".to_owned(),
        ProcessOne::Other(name) => name.clone(),
        ProcessOne::Hidden => "another program".to_owned(),
    };
    findings.push(if facts.zombies < MANY_ZOMBIES {
        group.ok(format!("{one} is process 1, and nobody stays unwaited for"))
    } else {
        group
            .warning(format!("{} processes have ended and nobody waits for them", facts.zombies))
            .why(format!("{one} is process 1 here, and it or another parent does not do its part"))
            .mend("ps -eo pid,ppid,stat,comm | awk '$3 ~ /Z/'; in a container let sogoctl be process 1")
    });
    findings
}

fn of_clock(facts: &Facts) -> Finding {
    let group = Group::Machine;
    if facts.now < MADE {
        return group
            .serious("the clock is wrong: it is before the making of this program")
            .why("tokens would expire at the wrong time, and logs bear the wrong date")
            .mend("timedatectl set-ntp true, or set it with `date -s`");
    }
    match facts.is_synchronised {
        Some(false) => group
            .warning("nothing keeps the clock right")
            .why("the kernel says that it is not synchronised")
            .mend("timedatectl set-ntp true, or install chrony (on the host, in case of a container)"),
        Some(true) => group.ok("the clock is kept right"),
        None => group.ok("the clock is plausible; the kernel does not say whether it is kept right"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::told;
    use super::*;

    fn well() -> Facts {
        Facts {
            has_pidfd: true,
            now: MADE + Duration::from_secs(1),
            is_synchronised: Some(true),
            open_files: vec![("sogoway".to_owned(), 65_536)],
            process_one: ProcessOne::Sogoctl,
            zombies: 0,
        }
    }

    fn not_ok(facts: &Facts) -> Vec<String> {
        told(&findings(facts)).into_iter().filter(|text| !text.starts_with("ok: ")).collect()
    }

    #[test]
    fn a_machine_is_judged() {
        let other = ProcessOne::Other("bash".to_owned());
        for (facts, expected) in [
            (well(), &[][..]),
            (Facts { is_synchronised: None, process_one: other, ..well() }, &[]),
            (
                Facts { has_pidfd: false, ..well() },
                &["serious: the kernel has no pidfd, so sogoctl cannot signal its services"],
            ),
            (
                Facts { now: Duration::from_secs(5), ..well() },
                &["serious: the clock is wrong: it is before the making of this program"],
            ),
            (Facts { is_synchronised: Some(false), ..well() }, &["warning: nothing keeps the clock right"]),
            (
                Facts { open_files: vec![("sogoway".to_owned(), 256)], ..well() },
                &["warning: sogoway may open 256 files, and each connection is one"],
            ),
            (
                Facts { zombies: 40, ..well() },
                &["warning: 40 processes have ended and nobody waits for them"],
            ),
        ] {
            assert_eq!(not_ok(&facts), expected);
        }
    }

    #[test]
    fn limits_are_read() {
        let text = "Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(limit_in(text), Some(1024));
        assert_eq!(limit_in("Max open files   unlimited  unlimited files"), Some(u64::MAX));
        assert_eq!(limit_in(""), None);
    }
}
