//! The folders of the installation: are they there, may the services write to them, is there room?

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat, statvfs};

use super::finding::{Finding, Group};
use super::services::Running;
use crate::cmd::context::Context;
use crate::cmd::text::{bytes, shell_word};
use crate::config::{Database, Registry};

/// One folder, as it was seen.
#[derive(Debug)]
pub(super) struct Folder {
    /// What is in it.
    holds: Holds,
    path: PathBuf,
    state: State,
    /// Room on its disk, or on that of the next folder above it that is there.
    room: Option<Room>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Sockets,
    State,
    Logs,
    Data,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Absent,
    /// Something else has its name, or it cannot be looked at.
    Unusable(String),
    There {
        /// Whether anybody may write to it, as into /tmp.
        open_to_all: bool,
        /// Who has to write to it and may not: users by number, with what they run.
        barred: Vec<(u32, String)>,
    },
}

/// Bytes and inodes of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    free: u64,
    size: u64,
    free_inodes: u64,
    /// 0 where the file system does not count them.
    inodes: u64,
}

/// With less than this nothing can be relied on.
const LEAST_FREE: u64 = 64 << 20;
/// A large disk may be full to a large part and still have room for a long time.
const ENOUGH_FREE: u64 = 2 << 30;

/// Looks at every folder once.
pub(super) fn look(context: &Context, registry: &Registry, running: &[Running]) -> Vec<Folder> {
    let places = &context.places;
    let mut wanted = vec![
        (Holds::Sockets, places.run.clone()),
        (Holds::State, places.state.clone()),
        (Holds::Logs, places.logs.clone()),
    ];
    for app in &registry.apps {
        if let Database::Sqlite(database) = &app.database
            && let Some(folder) = database.path.parent()
        {
            wanted.push((Holds::Data, folder.to_owned()));
        }
    }
    wanted.dedup_by(|a, b| a.1 == b.1);
    wanted.into_iter().map(|(holds, path)| Folder::look(holds, path, running)).collect()
}

impl Folder {
    fn look(holds: Holds, path: PathBuf, running: &[Running]) -> Self {
        let state = match fs::metadata(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => State::Absent,
            Err(cause) => State::Unusable(cause.to_string()),
            Ok(found) if !found.is_dir() => State::Unusable("it is no folder".to_owned()),
            Ok(found) => State::There {
                open_to_all: found.mode() & 0o1002 == 0o002,
                barred: barred(&path, &found, running),
            },
        };
        let room = path.ancestors().find_map(|path| statvfs(path).ok()).map(|disk| Room {
            free: disk.f_bavail.saturating_mul(disk.f_frsize),
            size: disk.f_blocks.saturating_mul(disk.f_frsize),
            free_inodes: disk.f_favail,
            inodes: disk.f_files,
        });
        Self { holds, path, state, room }
    }
}

/// Returns who may not write to a folder: of the services that run, else of us, who would start them.
fn barred(path: &Path, found: &fs::Metadata, running: &[Running]) -> Vec<(u32, String)> {
    let mut barred: Vec<(u32, String)> = Vec::new();
    for process in running {
        let may = may_write(found.mode(), (found.uid(), found.gid()), (process.uid, &process.groups));
        if !may && !barred.iter().any(|(uid, _)| *uid == process.uid) {
            barred.push((process.uid, process.service.to_owned()));
        }
    }
    // The kernel knows of read-only disks and access lists as well.
    if running.is_empty()
        && accessat(CWD, path, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_err()
    {
        barred.push((rustix::process::geteuid().as_raw(), "sogo".to_owned()));
    }
    barred
}

/// Tells whether the permissions of a folder let a user make files in it.
fn may_write(mode: u32, (owner, group): (u32, u32), (uid, groups): (u32, &[u32])) -> bool {
    const WRITE_AND_ENTER: u32 = 0o3;
    let bits = if uid == owner {
        mode >> 6
    } else if groups.contains(&group) {
        mode >> 3
    } else {
        mode
    };
    uid == 0 || bits & WRITE_AND_ENTER == WRITE_AND_ENTER
}

/// Decides what the facts mean.
pub(super) fn findings(folders: &[Folder]) -> Vec<Finding> {
    folders.iter().flat_map(of_folder).collect()
}

fn of_folder(folder: &Folder) -> Vec<Finding> {
    let group = Group::Folders;
    let path = folder.path.display().to_string();
    let word = shell_word(&path);
    let what = format!("{path}, {},", folder.holds.words());
    let mut findings = match &folder.state {
        State::Absent => {
            let finding = match folder.holds {
                Holds::Sockets | Holds::Data => group.serious(format!("{what} is not there")),
                // They are made by whoever needs them.
                Holds::State | Holds::Logs => group.warning(format!("{what} is not there")),
            };
            vec![finding.mend(format!("mkdir -p {word}, for the user that sogoctl runs as"))]
        }
        State::Unusable(why) => vec![group.serious(format!("{what} cannot be used")).why(why.clone()).mend(
            format!("ls -ld {word}; move away what is in its place, or change `places:` in sogoms.yaml"),
        )],
        State::There { open_to_all, barred } => {
            let mut findings: Vec<Finding> = barred
                .iter()
                .map(|(uid, service)| {
                    group
                        .serious(format!("{what} cannot be written to"))
                        .why(format!("{service} runs as user {uid}, who may not"))
                        .mend(format!("chown {uid} {word}"))
                })
                .collect();
            if *open_to_all {
                let why = "everybody on this machine may replace what is in it";
                let finding = group.serious(format!("{what} can be written to by everybody"));
                findings.push(finding.why(why).mend(format!("chmod o-w {word}")));
            }
            findings
        }
    };
    findings.extend(folder.room.and_then(|room| room.finding(&path)));
    if findings.is_empty() {
        let free = folder.room.map(|room| format!(", {} free", bytes(room.free))).unwrap_or_default();
        findings.push(group.ok(format!("{path} holds {}{free}", folder.holds.words())));
    }
    findings
}

impl Holds {
    fn words(self) -> &'static str {
        match self {
            Self::Sockets => "sockets",
            Self::State => "durable state",
            Self::Logs => "logs",
            Self::Data => "SQLite data",
        }
    }
}

impl Room {
    fn finding(self, path: &str) -> Option<Finding> {
        let group = Group::Folders;
        let word = shell_word(path);
        let disk = format!("the disk of {path} has {} of {} left", bytes(self.free), bytes(self.size));
        let mend = format!("df -h {word}; `logs.retention_days` in app.yaml says how long logs are kept");
        if self.free < LEAST_FREE {
            return Some(group.serious(disk).why("what cannot be written is lost").mend(mend));
        }
        if self.free < ENOUGH_FREE && self.free < self.size / 20 {
            return Some(group.warning(disk).mend(mend));
        }
        let inodes = format!("the disk of {path} has room for {} files more", self.free_inodes);
        let mend = format!("df -i {word}");
        match self.inodes {
            0 => None,
            _ if self.free_inodes < 100 => Some(group.serious(inodes).mend(mend)),
            all if self.free_inodes < all / 50 && self.free_inodes < 100_000 => {
                Some(group.warning(inodes).mend(mend))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::told;
    use super::*;

    #[test]
    fn permissions_are_those_of_the_first_that_fits() {
        for (mode, who, expected) in [
            (0o755, (1000, &[100][..]), true),
            (0o555, (1000, &[100]), false),
            (0o775, (2000, &[100]), true),
            (0o755, (2000, &[100]), false),
            (0o757, (2000, &[100]), false),
            (0o757, (2000, &[200]), true),
            (0o720, (2000, &[100]), false),
            (0o000, (0, &[]), true),
        ] {
            assert_eq!(may_write(mode, (1000, 100), who), expected, "{mode:o} {who:?}");
        }
    }

    #[test]
    fn folders_are_judged() {
        const PLENTY: Room = Room { free: 9 << 30, size: 10 << 30, free_inodes: 900_000, inodes: 1_000_000 };
        let there = || State::There { open_to_all: false, barred: Vec::new() };
        let case = |holds, state, room| Folder { holds, path: "/srv/x".into(), state, room: Some(room) };
        for (folder, expected) in [
            (case(Holds::Logs, there(), PLENTY), "ok: /srv/x holds logs, 9.0 GiB free"),
            (case(Holds::Sockets, State::Absent, PLENTY), "serious: /srv/x, sockets, is not there"),
            (case(Holds::State, State::Absent, PLENTY), "warning: /srv/x, durable state, is not there"),
            (
                case(Holds::Logs, State::Unusable("it is no folder".to_owned()), PLENTY),
                "serious: /srv/x, logs, cannot be used",
            ),
            (
                case(
                    Holds::Data,
                    State::There { open_to_all: false, barred: vec![(33, "sogoms-db".to_owned())] },
                    PLENTY,
                ),
                "serious: /srv/x, SQLite data, cannot be written to",
            ),
            (
                case(Holds::Sockets, State::There { open_to_all: true, barred: Vec::new() }, PLENTY),
                "serious: /srv/x, sockets, can be written to by everybody",
            ),
            (
                case(Holds::Logs, there(), Room { free: 1 << 20, ..PLENTY }),
                "serious: the disk of /srv/x has 1.0 MiB of 10.0 GiB left",
            ),
            (
                case(Holds::Logs, there(), Room { free: 400 << 20, ..PLENTY }),
                "warning: the disk of /srv/x has 400.0 MiB of 10.0 GiB left",
            ),
            (
                case(Holds::Logs, there(), Room { free_inodes: 3, ..PLENTY }),
                "serious: the disk of /srv/x has room for 3 files more",
            ),
            (
                case(Holds::Logs, there(), Room { free_inodes: 9_000, ..PLENTY }),
                "warning: the disk of /srv/x has room for 9000 files more",
            ),
            (
                case(Holds::Logs, there(), Room { inodes: 0, free_inodes: 0, ..PLENTY }),
                "ok: /srv/x holds logs, 9.0 GiB free",
            ),
        ] {
            assert_eq!(told(&findings(&[folder])), [expected]);
        }
    }
}
