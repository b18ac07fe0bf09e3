//! The folder of an installation: its parts, and how its files are written.

mod files;
mod links;
pub(super) mod starter;

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use self::files::quoted;
pub(super) use self::files::{database_section, sogoctl_yaml};
pub(super) use self::links::{Link, Linked, own_program};
pub(super) use self::starter::NewApp;
use crate::config::Secret;
use crate::error::{Code, Error, Result};

/// Everything that is in such a folder.
pub(super) const PARTS: &[&str] = &["bin", "config", "data", "logs", "run", "secrets", "state"];
/// The longest name below the folder that must fit into a socket's address, and how long that may be (sun_path).
const LONGEST_SOCKET: (&str, usize) = ("run/sogoms-logs.1.sock", 107);

/// Returns the one absolute path of a folder, which need not exist.
///
/// # Errors
/// [`Code::Usage`] when it is so long that the address of a socket in it would be too long.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    let path = std::path::absolute(path).map_err(cannot(path))?;
    // A link in the way is resolved as far as the folder exists, so that the same folder has one name.
    let path = path.canonicalize().unwrap_or(path);
    let (name, longest) = LONGEST_SOCKET;
    if path.join(name).as_os_str().len() > longest {
        let message =
            format!("{} is too long a path: the names of sockets in it would not fit", path.display());
        return Err(Error::new(Code::Usage, message).hint("name a folder with a shorter path"));
    }
    Ok(path)
}

/// Makes a folder, and those above it, for nobody but this user.
pub(super) fn make_folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(cannot(path))
}

/// Makes every part of the folder that is not there.
pub(super) fn make_parts(folder: &Path) -> Result<()> {
    PARTS.iter().try_for_each(|part| make_folder(&folder.join(part)))
}

/// Writes a file, and makes the folder it is in.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot(folder))?;
    }
    fs::write(path, text).map_err(cannot(path))
}

/// Writes a file that nobody but this user can read, not even for a moment.
pub(super) fn write_secret(path: &Path, secret: &Secret) -> Result<()> {
    let write = || {
        let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(secret.expose().as_bytes())
    };
    write().map_err(cannot(path))
}

/// Returns 32 random bytes as hex digits.
pub(super) fn random_secret() -> Result<Secret> {
    use std::fmt::Write as _;
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|cause| Error::new(Code::Internal, "the system gives no randomness").caused_by(cause))?;
    let mut text = String::with_capacity(64);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Secret::new(text))
}

/// Says that a file or folder cannot be used, whatever was done with it.
pub(super) fn cannot(path: &Path) -> impl Fn(io::Error) -> Error + '_ {
    move |cause| {
        Error::new(Code::of_io(&cause), format!("cannot use {}: {cause}", path.display()))
            .hint("may this user write there? name another folder, or use another user")
            .caused_by(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_no_socket_fits_is_refused() {
        let refused = absolute(Path::new(&format!("/tmp/{}", "x".repeat(100)))).unwrap_err();
        assert_eq!(refused.code, Code::Usage);
    }

    #[test]
    fn a_secret_is_for_its_owner_alone_also_where_a_file_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(
            &path,
            "a longer text than the new one, for everybody; it has to be gone entirely afterwards",
        )
        .unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let secret = random_secret().unwrap();
        write_secret(&path, &secret).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), secret.expose());
        assert_eq!(secret.expose().len(), 64);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_ne!(random_secret().unwrap(), secret);
    }
}
