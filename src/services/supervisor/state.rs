//! What the next supervisor has to know when this one is killed: which processes are ours.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::Pid;
use serde::{Deserialize, Serialize};

use crate::process::table;

/// The processes of a supervisor, as they stand in `sogoctl.state` of its folder of sockets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Processes {
    /// The start of the machine that the rest is relative to.
    pub boot_id: String,
    /// The processes of the services.
    pub services: Vec<Recorded>,
}

/// One process of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recorded {
    /// Name of the service.
    pub service: String,
    /// Its process id, and the number of its process group.
    pub pid: i32,
    /// When it was started, as [`table::Stat`] has it.
    pub started: u64,
}

impl Processes {
    /// Returns no processes, of this start of the machine.
    pub(super) fn none() -> Self {
        Self { boot_id: table::boot_id().unwrap_or_default(), services: Vec::new() }
    }

    /// Returns where they are kept.
    pub(super) fn file(run: &Path) -> PathBuf {
        run.join("sogoctl.state")
    }

    /// Reads them; none where the file is missing, is not ours to understand, or tells of an earlier start of the
    /// machine.
    pub(super) fn read(file: &Path) -> Self {
        let none = Self::none();
        let read: Option<Self> = fs::read(file).ok().and_then(|json| serde_json::from_slice(&json).ok());
        read.filter(|read| read.boot_id == none.boot_id).unwrap_or(none)
    }

    /// Writes them in one step: a reader finds the old list or the new one.
    pub(super) fn write(&self, file: &Path) -> io::Result<()> {
        let json = serde_json::to_vec(self)?;
        let beside = file.with_extension("state.new");
        fs::write(&beside, json)?;
        fs::rename(beside, file)
    }
}

impl Recorded {
    /// Returns the process if it still runs: the same one, not another that got its number.
    pub(super) fn running(&self) -> Option<Pid> {
        // The file may hold anything.
        let pid = Pid::from_raw(self.pid.max(0))?;
        let stat = table::stat(pid)?;
        (stat.started == self.started && !stat.zombie).then_some(pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Recorded {
        let pid = rustix::process::getpid();
        Recorded {
            service: "me".into(),
            pid: pid.as_raw_nonzero().get(),
            started: table::stat(pid).unwrap().started,
        }
    }

    #[test]
    fn what_is_written_is_read_back_in_the_same_start_of_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let file = Processes::file(folder.path());
        assert_eq!(Processes::read(&file), Processes::none());
        let mut processes = Processes { services: vec![me()], ..Processes::none() };
        processes.write(&file).unwrap();
        assert_eq!(Processes::read(&file), processes);
        processes.boot_id = "another".into();
        processes.write(&file).unwrap();
        assert_eq!(Processes::read(&file), Processes::none());
        fs::write(&file, "{\"boot_id\":").unwrap();
        assert_eq!(Processes::read(&file), Processes::none());
    }

    #[test]
    fn a_number_that_is_used_again_is_another_process() {
        assert!(me().running().is_some());
        let another = Recorded { started: me().started + 1, ..me() };
        assert_eq!(another.running(), None);
        assert_eq!(Recorded { pid: -1, ..me() }.running(), None);
    }
}
