//! The sockets that services listen on and the supervisor holds: who connects while a service restarts waits, and is
//! not refused.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::handover::Handed;
use crate::config::{At, ListenAddress, ServiceUnit};
use crate::error::{Code, Error, Result};
use crate::ipc::listen::SocketFile;
use crate::process::tcp;

/// What is listened on for all services.
#[derive(Debug)]
pub(super) struct Sockets {
    group: Option<u32>,
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    address: ListenAddress,
    socket: Arc<OwnedFd>,
    /// The file of a Unix socket, which goes with it.
    _file: Option<SocketFile>,
}

impl Sockets {
    /// Makes an empty set; `group` owns the Unix sockets.
    pub(super) fn new(group: Option<u32>) -> Self {
        Self { group, held: Vec::new() }
    }

    /// Returns the sockets of a service in the order of its `listen`, and binds those that there are not yet.
    ///
    /// # Errors
    /// That of [`Code::of_io`] when one cannot be bound, [`Code::Conflict`] when somebody else has it. Those that could be
    /// bound are held.
    pub(super) fn open(&mut self, unit: &ServiceUnit) -> Result<Vec<Handed>> {
        let mut handed = Vec::with_capacity(unit.listen.len());
        for address in &unit.listen {
            if !self.held.iter().any(|held| held.address == address.value) {
                let held = self.bind(&address.value).map_err(|error| cannot(unit, &address.at, error))?;
                self.held.push(held);
            }
            let ours = self.held.iter().filter(|held| held.address == address.value);
            handed.extend(
                ours.map(|held| Handed { name: name(&held.address), socket: Arc::clone(&held.socket) }),
            );
        }
        Ok(handed)
    }

    /// Closes those whose address is not wanted any more. Processes that were handed them go on with theirs.
    pub(super) fn keep(&mut self, wanted: impl Fn(&ListenAddress) -> bool) {
        self.held.retain(|held| wanted(&held.address));
    }

    fn bind(&self, address: &ListenAddress) -> Result<Held> {
        let (socket, file) = match address {
            ListenAddress::Tcp(to) => {
                let socket = tcp::listen_on(*to).map_err(|cause| {
                    let hint = "see who has it with `ss -ltnp`; a service that bound it itself is stopped first: \
                                `sogo ctl stop NAME`, `sogo ctl reload`, `sogo ctl start NAME`";
                    let message = format!("cannot listen on {to}: {cause}");
                    Error::new(Code::of_io(&cause), message).hint(hint).caused_by(cause)
                })?;
                (socket.into(), None)
            }
            ListenAddress::Unix(path) => {
                let (socket, file) = SocketFile::bind(path, self.group)?;
                (socket, Some(file))
            }
        };
        Ok(Held { address: address.clone(), socket: Arc::new(socket), _file: file })
    }
}

/// Says whose address it is and where it stands.
fn cannot(unit: &ServiceUnit, at: &At, mut error: Error) -> Error {
    error.message = format!("{at}: `listen` of `{}`: {}", unit.name, error.message).into();
    error
}

/// Names a socket for the service that gets it. A colon would end the name.
fn name(address: &ListenAddress) -> String {
    match address {
        ListenAddress::Tcp(address) => address.port().to_string(),
        ListenAddress::Unix(path) => path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .replace(|c: char| c == ':' || c.is_control(), "_"),
    }
}
