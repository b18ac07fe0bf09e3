//! The kernel's table of processes (`/proc`): who a process is, beyond its number, which may be used again.

use std::fs;
use std::path::PathBuf;

use rustix::process::Pid;

/// The unit of times that the kernel tells to programs, the same on all machines we run on.
pub const TICKS_A_SECOND: u64 = 100;

/// What `/proc/PID/stat` says about a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Process id of the parent; 0 when it lives outside our namespace.
    pub parent: i32,
    /// Id of its process group.
    pub group: i32,
    /// When it was started, in ticks since the machine's start: with the pid it names one process for ever.
    pub started: u64,
    /// Processor time that it and those of its children that have ended took, in [`TICKS_A_SECOND`].
    pub cpu_ticks: u64,
    /// Whether it has ended and only waits to be reaped.
    pub zombie: bool,
}

/// Looks a process up; `None` when there is none with this id.
pub fn stat(pid: Pid) -> Option<Stat> {
    parse(&fs::read_to_string(folder(pid).join("stat")).ok()?)
}

/// Returns the id of this start of the machine, which process ids and start times are relative to.
pub fn boot_id() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}

/// Returns all processes that we can see.
pub fn all() -> impl Iterator<Item = Pid> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?))
}

/// Returns the value of a variable in the environment that a process was started with; `None` where we may not look.
pub fn environment_value(pid: Pid, name: &str) -> Option<Vec<u8>> {
    let environment = fs::read(folder(pid).join("environ")).ok()?;
    let mut variables = environment.split(|byte| *byte == 0);
    variables.find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=").map(<[u8]>::to_vec))
}

/// Tells whether a process was started with this `NAME=value` in its environment; false where we may not look.
pub fn has_in_environment(pid: Pid, variable: &[u8]) -> bool {
    fs::read(folder(pid).join("environ"))
        .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == variable))
}

fn folder(pid: Pid) -> PathBuf {
    PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()))
}

/// Reads proc_pid_stat(5). The name of the program, in parentheses, may itself hold blanks and parentheses.
fn parse(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    // The 14th to 17th field; the group was the 5th.
    let times = fields.by_ref().skip(8).take(4).map(|ticks| ticks.parse().ok());
    let cpu_ticks = times.collect::<Option<Vec<u64>>>()?.into_iter().sum();
    // The 22nd.
    let started = fields.nth(4)?.parse().ok()?;
    Some(Stat { parent, group, started, cpu_ticks, zombie: matches!(state, "Z" | "X" | "x") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_stat_is_read_from_its_last_parenthesis_on() {
        let tail =
            "1 4712 4712 0 -1 4194560 1 0 0 0 1 20 300 4000 20 0 1 0 987654 2527232 221 18446744073709551615";
        for (head, zombie) in [("4712 (sogoms-db) S", false), ("4712 (a) Z 1 (b)) Z", true)] {
            let stat = parse(&format!("{head} {tail}")).unwrap();
            assert_eq!(stat, Stat { parent: 1, group: 4712, started: 987_654, cpu_ticks: 4321, zombie });
        }
        assert_eq!(parse("4712 (cut off) S 1 47"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn this_process_is_in_the_table() {
        let me = rustix::process::getpid();
        let stat = stat(me).unwrap();
        assert_eq!(stat.parent, rustix::process::getppid().unwrap().as_raw_nonzero().get());
        assert!(!stat.zombie);
        assert!(all().any(|pid| pid == me));
        assert!(boot_id().is_some_and(|id| id.len() == 36));
        assert!(!has_in_environment(me, b"NO_SUCH=variable"));
    }
}
