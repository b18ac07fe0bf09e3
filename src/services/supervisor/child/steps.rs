//! What a child does to itself between fork and exec. Everything is allocated before the fork; a step itself only makes
//! system calls.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, write};
use rustix::process::{Gid, Uid};
use rustix::process::{Resource, Rlimit, chdir, setpriority_process, setrlimit, umask};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};

use crate::config::{Attributes, Identity, Limit};

/// The steps in their order: what needs root comes before root is given up, and the folder is entered as the user.
#[derive(Debug)]
pub(super) struct Steps(Vec<Step>);

#[derive(Debug)]
enum Step {
    OomScore(String),
    Nice(i32),
    Limit(&'static str, Resource, Rlimit),
    Groups(String, Vec<Gid>),
    Group(Gid),
    User(String, Uid),
    Folder(CString),
    Umask(Mode),
}

/// Where the number of a step stands in the error that a child can tell, which is a single number; below is the
/// kernel's, and no step means the exec itself.
const STEP_SHIFT: u32 = 16;

impl Steps {
    /// Makes the steps for the attributes of a service.
    ///
    /// # Errors
    /// When the folder's name holds a NUL.
    pub(super) fn of(attributes: &Attributes) -> io::Result<Self> {
        let Attributes { identity, cwd, umask, nice, rlimits, oom_score, .. } = attributes;
        let mut steps = Vec::new();
        steps.extend(oom_score.map(|score| Step::OomScore(score.to_string())));
        steps.extend(nice.map(Step::Nice));
        steps.extend(rlimits.iter().map(|(name, limit)| {
            let Limit { resource, soft, hard } = *limit;
            Step::Limit(name, resource, Rlimit { current: soft, maximum: hard })
        }));
        // Whoever is not root stays who they are: a configuration that asks for more was refused.
        if let Some(Identity { user, uid, gid, groups, .. }) = identity.as_ref().filter(|_| is_root()) {
            let groups = groups.iter().map(|gid| Gid::from_raw(*gid)).collect();
            steps.push(Step::Groups(user.clone(), groups));
            steps.push(Step::Group(Gid::from_raw(*gid)));
            steps.push(Step::User(user.clone(), Uid::from_raw(*uid)));
        }
        if let Some(cwd) = cwd {
            steps.push(Step::Folder(CString::new(cwd.as_os_str().as_bytes())?));
        }
        steps.extend(umask.map(|mask| Step::Umask(Mode::from_raw_mode(mask))));
        Ok(Self(steps))
    }

    /// Takes the steps, in the child. The error is for [`Self::explain`].
    pub(super) fn take(&self) -> io::Result<()> {
        for (number, step) in (1..).zip(&self.0) {
            step.take()
                .map_err(|errno| io::Error::from_raw_os_error(number << STEP_SHIFT | errno.raw_os_error()))?;
        }
        Ok(())
    }

    /// Says why a child could not be started, naming the step that failed.
    pub(super) fn explain(&self, error: &io::Error) -> Option<String> {
        let number = error.raw_os_error()?;
        let step = self.0.get(usize::try_from(number >> STEP_SHIFT).ok()?.checked_sub(1)?)?;
        let cause = io::Error::from_raw_os_error(number & ((1 << STEP_SHIFT) - 1));
        Some(format!("cannot {}: {cause}", step.what()))
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Step {
    fn take(&self) -> Result<(), Errno> {
        match self {
            Self::OomScore(score) => {
                let file =
                    open(c"/proc/self/oom_score_adj", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
                write(&file, score.as_bytes()).map(|_| ())
            }
            Self::Nice(nice) => setpriority_process(None, *nice),
            Self::Limit(_, resource, limit) => setrlimit(*resource, *limit),
            // The child has one thread.
            Self::Groups(_, groups) => set_thread_groups(groups),
            Self::Group(group) => set_thread_gid(*group),
            Self::User(_, user) => set_thread_uid(*user),
            Self::Folder(folder) => chdir(folder.as_c_str()),
            Self::Umask(mask) => {
                umask(*mask);
                Ok(())
            }
        }
    }

    /// Ends a sentence that begins with 'cannot'.
    fn what(&self) -> String {
        match self {
            Self::OomScore(score) => format!("set `oom_score` to {score}"),
            Self::Nice(nice) => format!("set `nice` to {nice}"),
            Self::Limit(name, _, _) => format!("set the limit `{name}` of `rlimits`"),
            Self::Groups(user, _) => format!("take the groups of user {user}"),
            Self::Group(group) => format!("change to group {}", group.as_raw()),
            Self::User(user, _) => format!("change to user {user}"),
            Self::Folder(folder) => format!("change to folder {}", folder.to_string_lossy()),
            Self::Umask(mask) => format!("set `umask` to {:03o}", mask.as_raw_mode()),
        }
    }
}
