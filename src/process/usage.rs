//! What this process takes of the machine, and what others do with everything that they started.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Resource, getpid, getrlimit};

use super::table::{self, Stat, TICKS_A_SECOND};

/// Memory and descriptors; `None` where the kernel does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory that are its own or shared and in use just now.
    pub resident_bytes: Option<u64>,
    /// Open file descriptors.
    pub open_files: Option<u64>,
    /// File descriptors that it may open; `None` when there is no limit.
    pub max_files: Option<u64>,
}

impl Usage {
    /// Looks at this process.
    pub fn of_this_process() -> Self {
        let status = fs::read_to_string("/proc/self/status").ok();
        let open_files = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64);
        Self {
            resident_bytes: status.as_deref().and_then(resident_bytes),
            // The one that lists them is not counted.
            open_files: open_files.map(|files| files.saturating_sub(1)),
            max_files: getrlimit(Resource::Nofile).current,
        }
    }
}

/// All processes of this machine at one moment, by who started whom.
#[derive(Debug)]
pub struct Trees {
    stats: HashMap<Pid, Stat>,
    children: HashMap<i32, Vec<Pid>>,
    groups: HashMap<i32, Vec<Pid>>,
    /// Those that came to us when their parent ended, with the name that they carry.
    adopted: Vec<(Pid, Vec<u8>)>,
}

/// A process with everything that it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// When the process was started, as [`Stat`] has it.
    pub started: u64,
    /// Processor time of all of them, and of those that they have waited for.
    pub cpu: Duration,
    /// All of them.
    pub processes: Vec<Pid>,
}

impl Trees {
    /// Looks at all processes. A process that left its parent is known by the value of the variable `mark`.
    pub fn look(mark: &str) -> Self {
        let stats: HashMap<Pid, Stat> =
            table::all().filter_map(|pid| Some((pid, table::stat(pid)?))).collect();
        let (mut children, mut groups) = (HashMap::<_, Vec<Pid>>::new(), HashMap::<_, Vec<Pid>>::new());
        for (pid, stat) in &stats {
            children.entry(stat.parent).or_default().push(*pid);
            groups.entry(stat.group).or_default().push(*pid);
        }
        let me = getpid().as_raw_nonzero().get();
        let adopted = children.get(&me).into_iter().flatten();
        let adopted = adopted.filter_map(|pid| Some((*pid, table::environment_value(*pid, mark)?))).collect();
        Self { stats, children, groups, adopted }
    }

    /// Returns a process with its group, with those that these have started, and with those that carry its name; `None`
    /// when it has ended.
    pub fn of(&self, leader: u32, name: &str) -> Option<Tree> {
        let leader = Pid::from_raw(leader.cast_signed())?;
        let started = self.stats.get(&leader)?.started;
        let of_name = self.adopted.iter().filter(|(_, of)| of == name.as_bytes()).map(|(pid, _)| *pid);
        let group = self.groups.get(&leader.as_raw_nonzero().get()).into_iter().flatten().copied();
        let mut open: Vec<Pid> = [leader].into_iter().chain(group).chain(of_name).collect();
        let (mut processes, mut ticks) = (Vec::new(), 0);
        while let Some(pid) = open.pop() {
            if processes.contains(&pid) {
                continue;
            }
            processes.push(pid);
            ticks += self.stats.get(&pid).map_or(0, |stat| stat.cpu_ticks);
            open.extend(self.children.get(&pid.as_raw_nonzero().get()).into_iter().flatten());
        }
        let cpu = Duration::from_millis(ticks.saturating_mul(1000 / TICKS_A_SECOND));
        Some(Tree { started, cpu, processes })
    }
}

impl Tree {
    /// Returns the bytes of memory of all of them, and whether what is shared counts in parts: the kernel shows that only
    /// to who could as well look into the processes. `None` where it shows nothing.
    pub fn memory(&self) -> Option<(u64, bool)> {
        let file =
            |pid: &Pid, name: &str| fs::read_to_string(format!("/proc/{}/{name}", pid.as_raw_nonzero())).ok();
        // One that has ended meanwhile takes nothing.
        let there =
            || self.processes.iter().filter(|pid| table::stat(**pid).is_some_and(|stat| !stat.zombie));
        let parts: Option<u64> = there().map(|pid| kilobytes(&file(pid, "smaps_rollup")?, "Pss:")).sum();
        parts.map(|bytes| (bytes, true)).or_else(|| {
            let whole: Option<u64> = there().map(|pid| resident_bytes(&file(pid, "status")?)).sum();
            whole.map(|bytes| (bytes, false))
        })
    }
}

/// Reads `VmRSS:      4012 kB` of proc_pid_status(5).
fn resident_bytes(status: &str) -> Option<u64> {
    kilobytes(status, "VmRSS:")
}

/// Reads a line of a name and a number of kB, as bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_takes_something() {
        let usage = Usage::of_this_process();
        assert!(usage.resident_bytes.is_some_and(|bytes| 1 << 20 < bytes), "{usage:?}");
        assert!(usage.open_files.is_some_and(|files| 2 < files), "{usage:?}");
        assert_eq!(resident_bytes("Name:\tsogo\nVmRSS:\t    4012 kB\n"), Some(4012 * 1024));
        assert_eq!(resident_bytes("Name:\tsogo\n"), None);
    }

    #[test]
    fn this_process_is_a_tree() {
        let trees = Trees::look("NO_SUCH_VARIABLE");
        let tree = trees.of(std::process::id(), "").unwrap();
        assert!(tree.processes.contains(&getpid()));
        assert!(tree.memory().is_some_and(|(bytes, _)| 1 << 20 < bytes), "{tree:?}");
        assert_eq!(trees.of(i32::MAX.cast_unsigned(), ""), None);
        assert_eq!(kilobytes("Rss: 1 kB\nPss:   4012 kB\nPss_Dirty: 3 kB\n", "Pss:"), Some(4012 * 1024));
    }
}
