//! What this process takes of the machine.

use std::fs;

use rustix::process::{Resource, getrlimit};

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

/// Reads `VmRSS:      4012 kB` of proc_pid_status(5).
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
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
}
