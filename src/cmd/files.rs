//! Folders and files that a command makes: whole or not at all, and secrets for their owner alone.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::installation::{cannot, random_secret};
use crate::config::Secret;
use crate::error::{Code, Error, Result};

/// A folder that is being made beside its place, hidden, and appears there at once when it is [kept](Self::keep).
///
/// Dropped before, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct NewFolder {
    path: PathBuf,
    place: PathBuf,
    is_kept: bool,
}

impl NewFolder {
    /// Begins a folder that is to stand at `place`, whose parents are made.
    ///
    /// # Errors
    /// [`Code::Conflict`] when something is there already.
    pub(super) fn begin(place: &Path) -> Result<Self> {
        if place.symlink_metadata().is_ok() {
            return Err(is_there(place));
        }
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let parent = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(cannot(parent))?;
        let random = random_secret()?;
        let path = parent.join(format!(".{name}.{}", &random.expose()[..8]));
        fs::create_dir(&path).map_err(cannot(&path))?;
        Ok(Self { path, place: place.to_owned(), is_kept: false })
    }

    /// Returns where it is while it is made.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file in it to the disk; its folders are made.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        write_new(&self.path.join(name), text.as_bytes(), 0o644)
    }

    /// The same for what need not be text.
    pub(super) fn write_bytes(&self, name: &Path, bytes: &[u8]) -> Result<()> {
        write_new(&self.path.join(name), bytes, 0o644)
    }

    /// Puts it into its place.
    ///
    /// # Errors
    /// [`Code::Conflict`] when something has come there in the meantime.
    pub(super) fn keep(mut self) -> Result<()> {
        if self.place.symlink_metadata().is_ok() {
            return Err(is_there(&self.place));
        }
        rename(&self.path, &self.place)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_kept {
            // What stays behind is hidden, and nothing reads it.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Moves a file or folder within one file system, and has the disk remember it.
pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(cannot(to))?;
    for folder in [from.parent(), to.parent()].into_iter().flatten() {
        // Not every file system can; the rename holds all the same.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Writes a file that is not there yet to the disk; its folders are made.
///
/// # Errors
/// [`Code::Conflict`] when it is there.
pub(super) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::options().create_new(true).write(true).mode(mode).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|cause: io::Error| match cause.kind() {
        io::ErrorKind::AlreadyExists => is_there(path),
        _ => cannot(path)(cause),
    })
}

/// Writes a secret that is not there yet, for its owner alone; so is the folder, where it has to be made.
///
/// # Errors
/// [`Code::Conflict`] when it is there: what uses it would be locked out.
pub(super) fn write_secret(path: &Path, secret: &Secret) -> Result<()> {
    if let Some(folder) = path.parent() {
        let mut make = fs::DirBuilder::new();
        make.recursive(true).mode(0o700).create(folder).map_err(cannot(folder))?;
    }
    write_new(path, secret.expose().as_bytes(), 0o600)
}

fn is_there(path: &Path) -> Error {
    Error::new(Code::Conflict, format!("{} is there already", path.display()))
        .hint("it is left as it is; name another, or move it away")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_there_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("apps/shop");
        let begun = NewFolder::begin(&place).unwrap();
        begun.write("queries/auth.yaml", "login:\n").unwrap();
        assert!(!place.exists());
        drop(begun);
        assert_eq!(fs::read_dir(parent.path().join("apps")).unwrap().count(), 0);

        let begun = NewFolder::begin(&place).unwrap();
        begun.write("app.yaml", "app: shop\n").unwrap();
        begun.keep().unwrap();
        assert_eq!(fs::read_to_string(place.join("app.yaml")).unwrap(), "app: shop\n");
        assert_eq!(NewFolder::begin(&place).unwrap_err().code, Code::Conflict);
    }

    #[test]
    fn a_secret_is_for_its_owner_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets/shop_jwt_secret");
        let secret = random_secret().unwrap();
        assert_eq!(secret.expose().len(), 64);
        write_secret(&path, &secret).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(write_secret(&path, &random_secret().unwrap()).unwrap_err().code, Code::Conflict);
        assert_eq!(fs::read_to_string(&path).unwrap(), secret.expose());
    }
}
