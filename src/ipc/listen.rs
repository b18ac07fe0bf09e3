//! Binding a service's socket: one owner, right modes, and no other instance pushed aside.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, fchmod, flock};
use rustix::net::{AddressFamily, Shutdown, SocketAddrUnix, SocketFlags, SocketType, shutdown, socket_with};
use tokio::net::UnixListener;

use crate::error::{Code, Error, Result};

/// A socket that is listened on. The file of one that was bound here goes away with it.
#[derive(Debug)]
pub struct Listener {
    /// `None` for a socket that belongs to whoever handed it over.
    file: Option<SocketFile>,
    /// Where connections come in.
    pub socket: UnixListener,
}

impl Listener {
    /// Binds `path` as [`SocketFile::bind`] does. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Those of [`SocketFile::bind`].
    pub fn bind(path: &Path, group: Option<u32>) -> Result<Self> {
        let (socket, file) = SocketFile::bind(path, group)?;
        let listen = || {
            let socket = std::os::unix::net::UnixListener::from(socket);
            socket.set_nonblocking(true)?;
            UnixListener::from_std(socket)
        };
        Ok(Self { file: Some(file), socket: listen().map_err(|cause| cannot(path, cause))? })
    }

    /// Has further connections refused, and returns true; one that was handed over is others' to end. Those that were made
    /// before can still be accepted.
    pub(super) fn refuse_more(&self) -> bool {
        self.file.is_some() && shutdown(&self.socket, Shutdown::Read).is_ok()
    }

    /// Takes a socket over that somebody else has bound, and will remove.
    pub(super) fn inherited(socket: UnixListener) -> Self {
        Self { file: None, socket }
    }
}

/// The file of a socket that was bound here: ours alone, and gone when this is dropped.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    _lock: File,
}

impl SocketFile {
    /// Binds `path` with mode 0660, owned by `group` if given, and listens.
    ///
    /// A lock beside the socket (`PATH.lock`) is held as long as it lives, so two instances can never both believe
    /// that the other is gone; a socket left by a killed instance is removed.
    ///
    /// # Errors
    /// [`Code::Conflict`] when another instance holds it, that of [`Code::of_io`] when the folder is missing
    /// or not writable.
    pub fn bind(path: &Path, group: Option<u32>) -> Result<(OwnedFd, Self)> {
        let shown = path.display();
        let cannot = |cause: io::Error| cannot(path, cause);
        let busy = || {
            Error::new(Code::Conflict, format!("another instance already listens on {shown}"))
                .hint("see what runs with `sogo ctl status`, or give another path with -socket")
        };
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock =
            File::options().create(true).truncate(false).write(true).open(lock_path).map_err(cannot)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| busy())?;

        match std::fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => {
                // A socket without our lock belongs to a program that takes none: ask it.
                if std::os::unix::net::UnixStream::connect(path).is_ok() {
                    return Err(busy());
                }
                std::fs::remove_file(path).map_err(cannot)?;
            }
            Ok(_) => {
                return Err(Error::new(Code::Conflict, format!("{shown} exists and is not a socket"))
                    .hint("move that file away, or give another path with -socket"));
            }
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(cannot(cause)),
        }
        let socket = bind(path).map_err(cannot)?;
        if group.is_some() {
            std::os::unix::fs::chown(path, None, group).map_err(cannot)?;
        }
        std::fs::set_permissions(path, Permissions::from_mode(0o660)).map_err(cannot)?;
        Ok((socket, Self { path: path.to_owned(), _lock: lock }))
    }
}

fn cannot(path: &Path, cause: io::Error) -> Error {
    Error::new(Code::of_io(&cause), format!("cannot listen on {}: {cause}", path.display()))
        .hint("does the folder exist, and may this user write to it?")
        .caused_by(cause)
}

/// Connections that wait to be accepted, at most.
const BACKLOG: i32 = 1024;

/// Binds a socket that nobody but its owner may connect to yet. Its file takes the mode that the socket has before it is
/// bound, which spares the umask of the whole process.
fn bind(path: &Path) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket)
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // A missing file is what was wanted; anything else shows at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}
