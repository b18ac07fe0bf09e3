//! Groups of users by their names.

use crate::config::passwd::Passwd;
use crate::error::{Code, Error, Result};

/// Returns the id of a group that is given by name or by number.
///
/// # Errors
/// [`Code::Config`] when this machine has no such group.
pub fn id(group: &str) -> Result<u32> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    Passwd::read().group(group).ok_or_else(|| {
        Error::new(Code::Config, format!("this machine has no group `{group}`"))
            .hint(format!("make it with `groupadd {group}`, or change `ipc.group` in sogoms.yaml"))
    })
}

/// Returns the user of a process, and all groups it is in; `None` where there is no such process, or we may not look.
pub fn credentials(pid: u32) -> Option<(u32, Vec<u32>)> {
    credentials_in(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// Reads the effective ids in proc_pid_status(5).
fn credentials_in(status: &str) -> Option<(u32, Vec<u32>)> {
    let numbers = |name: &str| -> Option<Vec<u32>> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().map(|number| number.parse().ok()).collect()
    };
    // Real, effective, saved, of the file system.
    let (uid, gid) = (*numbers("Uid:")?.get(1)?, *numbers("Gid:")?.get(1)?);
    let mut groups = numbers("Groups:")?;
    groups.push(gid);
    Some((uid, groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_as_it_is() {
        assert_eq!(id("4711").unwrap(), 4711);
        assert_eq!(id("no such group").unwrap_err().code, Code::Config);
    }

    #[test]
    fn credentials_are_the_effective_ones() {
        let status = "Name:\tx\nUid:\t1\t33\t1\t33\nGid:\t1\t34\t1\t34\nGroups:\t4 24 \n";
        assert_eq!(credentials_in(status), Some((33, vec![4, 24, 34])));
        assert_eq!(credentials(std::process::id()).unwrap().0, rustix::process::geteuid().as_raw());
        assert_eq!(credentials_in("Name:\tx\n"), None);
    }
}
