//! Processes that nobody watches any more: those of a supervisor that was killed, and those that left the group of
//! their service.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process_group, pidfd_open, pidfd_send_signal};
use tracing::warn;

use super::state::Processes;
use crate::process::table;

/// Variable that every process of a service inherits: the folder of sockets of the supervisor it belongs to.
pub(super) const MARK: &str = "SOGOCTL_RUN";

/// Variable that every process of a service inherits: the name of the service.
pub(super) const SERVICE: &str = "SOGOCTL_SERVICE";

/// Returns the value of [`MARK`] for the processes of one supervisor.
pub(super) fn mark(run: &Path) -> OsString {
    // The same folder by another way is the same supervisor.
    run.canonicalize().unwrap_or_else(|_| run.to_owned()).into_os_string()
}

/// One process, held so that its number cannot come to mean another.
#[derive(Debug)]
pub(super) struct Stray {
    pid: Pid,
    pidfd: OwnedFd,
}

/// Finds the processes of the supervisor whose sockets are in `run`: the recorded ones and all that carry its mark,
/// but never ourselves or who started us.
pub(super) fn find(recorded: &Processes, run: &Path) -> Vec<Stray> {
    let mark = [MARK.as_bytes(), b"=", mark(run).as_bytes()].concat();
    let ours = ancestors();
    let recorded = recorded.services.iter().filter_map(|process| {
        let stray = Stray::hold(process.running()?)?;
        process.running().is_some().then_some(stray)
    });
    let mut strays: Vec<Stray> = recorded.collect();
    for pid in table::all() {
        let known = ours.contains(&pid) || strays.iter().any(|stray| stray.pid == pid);
        if !known && table::has_in_environment(pid, &mark) {
            // Looked at again, since the number may have changed hands before it was held.
            strays.extend(Stray::hold(pid).filter(|_| table::has_in_environment(pid, &mark)));
        }
    }
    strays
}

/// Finds our own children that are no service: those that left their group and forgot their mark, and came to us
/// when their parent ended.
pub(super) fn adopted() -> Vec<Stray> {
    let me = getpid().as_raw_nonzero().get();
    let ours = |pid: &Pid| table::stat(*pid).is_some_and(|stat| stat.parent == me && !stat.zombie);
    table::all().filter(ours).filter_map(|pid| Stray::hold(pid).filter(|_| ours(&pid))).collect()
}

/// Ends these processes and their groups: TERM, and KILL for those that are left after `grace`. It returns when all
/// are gone, or after `grace` once more. It blocks its thread.
pub(super) fn end(strays: Vec<Stray>, grace: Duration) {
    let strays = told_to_end(strays, Signal::TERM, grace);
    for stray in told_to_end(strays, Signal::KILL, grace) {
        let pid = stray.pid.as_raw_nonzero();
        warn!(process.pid = pid, "Process {pid} has been killed and does not end");
    }
}

/// Sends a signal to all of them and returns those that are there still after `time`.
fn told_to_end(mut strays: Vec<Stray>, signal: Signal, time: Duration) -> Vec<Stray> {
    for stray in &strays {
        stray.signal(signal);
    }
    let until = Instant::now() + time;
    while !strays.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let timeout = Timespec::try_from(left).ok();
        // A descriptor of a process becomes readable at its end, whoever its parent is.
        let mut ends: Vec<PollFd<'_>> =
            strays.iter().map(|stray| PollFd::new(&stray.pidfd, PollFlags::IN)).collect();
        // An interruption looks like nobody having ended, and the loop comes back.
        let _ = poll(&mut ends, timeout.as_ref());
        let ended: Vec<bool> = ends.iter().map(|end| !end.revents().is_empty()).collect();
        let mut ended = ended.into_iter();
        strays.retain(|_| !ended.next().unwrap_or(false));
    }
    strays
}

impl Stray {
    fn hold(pid: Pid) -> Option<Self> {
        Some(Self { pid, pidfd: pidfd_open(pid, PidfdFlags::empty()).ok()? })
    }

    fn signal(&self, signal: Signal) {
        let Some(stat) = table::stat(self.pid) else { return };
        if pidfd_send_signal(&self.pidfd, signal).is_ok() && stat.group == self.pid.as_raw_nonzero().get() {
            // It leads its group: the group's number is in use as long as the process is there.
            let _ = kill_process_group(self.pid, signal);
        }
    }
}

/// Returns this process and all above it.
fn ancestors() -> Vec<Pid> {
    let mut line = vec![getpid()];
    while let Some(parent) = line.last().and_then(|pid| Pid::from_raw(table::stat(*pid)?.parent)) {
        line.push(parent);
    }
    line
}
