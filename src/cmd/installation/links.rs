//! Links under the names of the daemons to the one program that is all of them.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::cannot;
use crate::error::{Code, Error, Result};

/// What there is to do for one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cmd) enum Linked {
    /// There is nothing at its place.
    Made,
    /// It is there already.
    Kept,
    /// Something else takes its place at the moment.
    Replaced,
}

/// One link to this program.
#[derive(Debug)]
pub(in crate::cmd) struct Link {
    /// Where it stands.
    pub(in crate::cmd) path: PathBuf,
    /// What there is to do.
    pub(in crate::cmd) linked: Linked,
}

/// Returns the path of the program that runs.
///
/// # Errors
/// [`Code::NotFound`] when its file was removed or replaced since it was started.
pub(in crate::cmd) fn own_program() -> Result<PathBuf> {
    let gone = |cause| {
        Error::new(Code::NotFound, "the file of this program is gone")
            .hint("start it again from where it is now")
            .caused_by(cause)
    };
    std::env::current_exe().and_then(|path| path.canonicalize()).map_err(gone)
}

impl Link {
    /// Looks what stands at the place of a link to `program`.
    ///
    /// A link to a program of the same file name is one of an earlier installation and may be replaced.
    ///
    /// # Errors
    /// [`Code::Conflict`] when something else stands there and `force` is not given; a folder is never replaced.
    pub(in crate::cmd) fn plan(program: &Path, path: PathBuf, force: bool) -> Result<Self> {
        let linked = match fs::symlink_metadata(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Linked::Made,
            Err(cause) => return Err(cannot(&path)(cause)),
            Ok(found) if found.is_dir() => {
                return Err(Error::new(Code::Conflict, format!("{} is a folder", path.display()))
                    .hint("move it away, or name another folder with --links"));
            }
            Ok(_) => match fs::read_link(&path) {
                Ok(target) if target == program => Linked::Kept,
                Ok(target) if force || target.file_name() == program.file_name() => Linked::Replaced,
                Err(_) if force => Linked::Replaced,
                _ => {
                    let message = format!("{} is not a link to sogo", path.display());
                    return Err(
                        Error::new(Code::Conflict, message).hint("move it away, or replace it with --force")
                    );
                }
            },
        };
        Ok(Self { path, linked })
    }

    /// Makes the link; whatever stood there is replaced in one step, so that no start in between fails.
    pub(in crate::cmd) fn make(&self, program: &Path) -> Result<()> {
        if self.linked == Linked::Kept {
            return Ok(());
        }
        let mut aside = self.path.clone().into_os_string();
        aside.push(".new");
        let aside = PathBuf::from(aside);
        match fs::remove_file(&aside) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cannot(&aside)(cause)),
            _ => {}
        }
        symlink(program, &aside).and_then(|()| fs::rename(&aside, &self.path)).map_err(cannot(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let program = at("sogo");
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("file"), "").unwrap();
        symlink(&program, at("same")).unwrap();
        symlink("/opt/old/sogo", at("older")).unwrap();
        symlink("/usr/bin/true", at("foreign")).unwrap();
        for (name, plain, forced) in [
            ("nothing", Some(Linked::Made), Some(Linked::Made)),
            ("same", Some(Linked::Kept), Some(Linked::Kept)),
            ("older", Some(Linked::Replaced), Some(Linked::Replaced)),
            ("foreign", None, Some(Linked::Replaced)),
            ("file", None, Some(Linked::Replaced)),
            ("folder", None, None),
        ] {
            for (force, expected) in [(false, plain), (true, forced)] {
                let planned = Link::plan(&program, at(name), force);
                assert_eq!(planned.as_ref().map(|link| link.linked).ok(), expected, "{name} {force}");
                if let Err(error) = planned {
                    assert_eq!(error.code, Code::Conflict);
                }
            }
        }
        let link = Link::plan(&program, at("file"), true).unwrap();
        link.make(&program).unwrap();
        assert_eq!(fs::read_link(at("file")).unwrap(), program);
        assert!(!at("file.new").exists());
    }
}
