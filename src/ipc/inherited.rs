//! Sockets that were bound by whoever started this process, and are handed over as sd_listen_fds(3) describes: by
//! our supervisor (`listen:`), or by systemd.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::sockopt::{socket_acceptconn, socket_type};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, getsockname};
use tokio::net::{TcpListener, UnixListener};

use super::listen::Listener;
use crate::error::{Code, Error, Result};

/// The number of the first descriptor that is handed over.
pub const FIRST: RawFd = 3;

/// The sockets that this process was started with; they stay bound when it ends.
#[derive(Debug, Clone, Default)]
pub struct Inherited {
    tcp: Vec<(Arc<OwnedFd>, SocketAddr)>,
    unix: Option<(Arc<OwnedFd>, SocketAddrUnix)>,
}

impl Inherited {
    /// Takes the first `count` descriptors from 3 on. To be called once in a process, with what its environment says.
    ///
    /// # Errors
    /// [`Code::Config`] for one that is no socket to listen on, and for a second Unix socket: a service answers on one.
    #[allow(unsafe_code, reason = "who started us says which descriptors we own")]
    pub fn take(count: u32) -> Result<Self> {
        let mut taken = Self::default();
        for number in (FIRST..).take(count as usize) {
            let unusable = |cause: io::Error| {
                Error::new(Code::Config, format!("the descriptor {number} that was handed over: {cause}"))
                    .hint("LISTEN_FDS counts stream sockets that are listened on")
                    .caused_by(cause)
            };
            // SAFETY: the flags of a number that is no open descriptor are EBADF and nothing else.
            let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
            fcntl_setfd(borrowed, FdFlags::CLOEXEC).map_err(|cause| unusable(cause.into()))?;
            // SAFETY: it is open, and the environment says that it was opened for us.
            let socket = unsafe { OwnedFd::from_raw_fd(number) };
            taken.add(socket).map_err(unusable)?;
        }
        Ok(taken)
    }

    fn add(&mut self, socket: OwnedFd) -> io::Result<()> {
        let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why.to_owned());
        if socket_type(&socket)? != SocketType::STREAM || !socket_acceptconn(&socket)? {
            return Err(wrong("nobody can connect to it"));
        }
        let address = getsockname(&socket)?;
        if address.address_family() == AddressFamily::UNIX {
            if self.unix.is_some() {
                return Err(wrong("a service answers on one Unix socket, and this is the second"));
            }
            self.unix = Some((Arc::new(socket), address.try_into()?));
        } else {
            self.tcp.push((Arc::new(socket), address.try_into()?));
        }
        Ok(())
    }

    /// Refuses TCP sockets, for a service that has no use for them.
    ///
    /// # Errors
    /// [`Code::Config`] when there is one.
    pub fn refuse_tcp(&self, service: &str) -> Result<()> {
        match self.tcp.first() {
            None => Ok(()),
            Some((_, address)) => {
                Err(Error::new(Code::Config, format!("{service} has no use for the TCP socket {address}"))
                    .hint("`listen` of this service takes the path of its socket alone"))
            }
        }
    }

    /// Returns the TCP sockets. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`Code::Config`] when there are some and none of them has the port that the command line names.
    pub fn tcp(&self, port: Option<u16>) -> Result<Vec<TcpListener>> {
        if let (Some(port), Some((_, first))) = (port, self.tcp.first())
            && !self.tcp.iter().any(|(_, address)| address.port() == port)
        {
            let message = format!("-port says {port}, and the socket that was handed over is {first}");
            return Err(Error::new(Code::Config, message).hint("leave -port away, or hand no socket over"));
        }
        let listener = |(socket, address): &(Arc<OwnedFd>, SocketAddr)| {
            let listen = || {
                let listener = std::net::TcpListener::from(socket.try_clone()?);
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener)
            };
            listen().map_err(|cause| cannot(&address.to_string(), cause))
        };
        self.tcp.iter().map(listener).collect()
    }

    /// Returns the Unix socket, if there is one. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`Code::Config`] when it is another than the one that the command line names.
    pub fn unix(&self, named: Option<&Path>) -> Result<Option<Listener>> {
        let Some((socket, address)) = &self.unix else { return Ok(None) };
        let path = address.path_bytes().map(|path| Path::new(OsStr::from_bytes(path)));
        let shown = path.map_or_else(|| "one without a path".into(), Path::to_string_lossy);
        if let Some(named) = named
            && !path.is_some_and(|path| is_same(path, named))
        {
            let message =
                format!("-socket says {}, and the socket that was handed over is {shown}", named.display());
            return Err(Error::new(Code::Config, message).hint("leave -socket away, or hand no socket over"));
        }
        let listen = || {
            let listener = std::os::unix::net::UnixListener::from(socket.try_clone()?);
            listener.set_nonblocking(true)?;
            UnixListener::from_std(listener)
        };
        listen().map(Listener::inherited).map(Some).map_err(|cause| cannot(&shown, cause))
    }
}

/// Tells whether two paths are those of one file.
fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    one == other || file(one).is_some_and(|found| file(other) == Some(found))
}

fn cannot(address: &str, cause: io::Error) -> Error {
    Error::new(Code::of_io(&cause), format!("cannot listen on {address}: {cause}")).caused_by(cause)
}
