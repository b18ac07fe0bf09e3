//! Who is at the other end of a socket, and whether they may ask.

use std::os::fd::{AsFd, AsRawFd};

use tokio::net::UnixStream;

use crate::error::{Code, Error, Result};

/// The user id that user namespaces show for everybody they do not map; it says nothing about who it is.
const OVERFLOW_ID: u32 = 65534;

/// The process at the other end of a connection, as the kernel tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// User id.
    pub uid: u32,
    /// Process id; 0 when it lives in a namespace that we do not see.
    pub pid: i32,
}

/// Who may use a socket: our own user, root, and the members of one group.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    /// The user that this daemon runs as.
    pub uid: u32,
    /// The group whose members may ask as well, if one is configured.
    pub group: Option<u32>,
}

impl Access {
    /// Returns access for our own user and root, and for `group` if given.
    pub fn own(group: Option<u32>) -> Self {
        Self { uid: rustix::process::geteuid().as_raw(), group }
    }

    /// Tells who is connected, if they may ask.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for anybody else, and where the kernel does not tell who it is.
    pub fn check(self, stream: &UnixStream) -> Result<Peer> {
        let refused = || {
            Error::new(Code::Forbidden, "this user may not talk to this service")
                .hint("use the service's own user, root, or a member of `ipc.group` in sogoms.yaml")
        };
        let credentials = stream.peer_cred().map_err(|cause| refused().caused_by(cause))?;
        let peer = Peer { uid: credentials.uid(), pid: credentials.pid().unwrap_or(0) };
        let member = |group: u32| {
            group != OVERFLOW_ID
                && (credentials.gid() == group || supplementary_groups(stream).contains(&group))
        };
        let known = peer.uid == 0 || (peer.uid == self.uid && peer.uid != OVERFLOW_ID);
        if known || self.group.is_some_and(member) { Ok(peer) } else { Err(refused()) }
    }
}

/// Returns the peer's supplementary groups (SO_PEERGROUPS); none where the kernel does not tell.
#[allow(unsafe_code, reason = "no safe wrapper offers SO_PEERGROUPS")]
fn supplementary_groups(stream: &UnixStream) -> Vec<u32> {
    let fd = stream.as_fd().as_raw_fd();
    // The kernel allows a process at most 65536 groups (NGROUPS_MAX).
    let mut groups = vec![0_u32; 65536];
    let mut bytes = libc::socklen_t::try_from(groups.len() * size_of::<u32>()).unwrap_or(0);
    // SAFETY: `groups` is writable for `bytes` bytes, and the kernel sets `bytes` to what it wrote.
    let status = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_PEERGROUPS,
            groups.as_mut_ptr().cast(),
            &raw mut bytes,
        )
    };
    groups.truncate(if status == 0 { bytes as usize / size_of::<u32>() } else { 0 });
    groups
}
