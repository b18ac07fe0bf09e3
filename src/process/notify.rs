//! Tells whoever started this daemon how it is: the protocol of sd_notify(3), which our supervisor and systemd speak.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

use rustix::net::{AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sendto, socket_with};
use tracing::warn;

/// The way to whoever started us; without one nothing is told.
#[derive(Debug, Clone, Default)]
pub struct Notifier {
    socket: Option<OsString>,
}

impl Notifier {
    /// Takes the value of `NOTIFY_SOCKET`, if there is one: a path, or a name behind `@` that is no file.
    pub fn new(socket: Option<OsString>) -> Self {
        Self { socket }
    }

    /// Tells that this daemon answers from now on.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// Tells that this daemon is coming to its end.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// A daemon goes on when nobody listens: then its health is asked for, and that counts as well.
    fn tell(&self, message: &str) {
        if let Some(socket) = &self.socket
            && let Err(cause) = send(socket, message)
        {
            warn!(error = %cause, "Cannot tell {message} on {}: {cause}", socket.display());
        }
    }
}

fn send(socket: &OsStr, message: &str) -> io::Result<()> {
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddrUnix::new_abstract_name(name)?,
        None => SocketAddrUnix::new(socket)?,
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let sender = socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
    sendto(&sender, message.as_bytes(), SendFlags::NOSIGNAL, &address)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn who_listens_is_told_and_who_does_not_is_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify.sock");
        let listener = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::new(Some(path.into_os_string()));
        notifier.ready();
        notifier.stopping();
        let mut message = [0; 64];
        for expected in ["READY=1", "STOPPING=1"] {
            let length = listener.recv(&mut message).unwrap();
            assert_eq!(&message[..length], expected.as_bytes());
        }
        drop(listener);
        notifier.ready();
        Notifier::new(Some("@no-such-name".into())).ready();
        Notifier::default().ready();
    }
}
