//! What services say of themselves: datagrams of sd_notify(3), each with the process that sent it.

use std::io;
use std::mem;
use std::os::fd::AsRawFd;

use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, socket_with};
use rustix::process::Pid;
use tokio::io::Interest;
use tokio::net::UnixDatagram;

/// Bytes of a datagram that are read; what is longer loses its end.
const LONGEST: usize = 4096;
/// Bytes of the kernel's word on a sender: three numbers.
const CREDENTIALS: u32 = 12;
/// Letters of a status that are kept.
const LONGEST_STATUS: usize = 200;

/// What one datagram says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// The service answers from now on.
    pub ready: bool,
    /// It reads its configuration anew.
    pub reloading: bool,
    /// It is coming to its end.
    pub stopping: bool,
    /// How it is, in its own words; may be empty.
    pub status: Option<String>,
}

impl Notice {
    /// Reads the lines `NAME=value` of a datagram; what they say beside what we know is passed over.
    pub(super) fn parse(datagram: &[u8]) -> Self {
        let mut notice = Self::default();
        for line in String::from_utf8_lossy(datagram).lines() {
            match line.split_once('=') {
                Some(("READY", "1")) => notice.ready = true,
                Some(("RELOADING", "1")) => notice.reloading = true,
                Some(("STOPPING", "1")) => notice.stopping = true,
                Some(("STATUS", status)) => {
                    let shown = status.chars().filter(|letter| !letter.is_control());
                    notice.status = Some(shown.take(LONGEST_STATUS).collect());
                }
                _ => {}
            }
        }
        notice
    }
}

/// The socket that all services of this supervisor are told of.
#[derive(Debug)]
pub(super) struct Inbox {
    socket: UnixDatagram,
    /// Value of `NOTIFY_SOCKET`.
    pub address: String,
}

impl Inbox {
    /// Binds it to a name that is no file: no service needs a right in a folder for it, and nothing is left behind.
    /// Must be called inside a tokio runtime.
    pub(super) fn open() -> io::Result<Self> {
        let mut chance = [0; 8];
        getrandom::fill(&mut chance).map_err(|cause| io::Error::other(cause.to_string()))?;
        let name = format!("sogoctl-notify-{:016x}", u64::from_ne_bytes(chance));
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
        // From before there is a name: every datagram tells who sent it.
        set_socket_passcred(&socket, true)?;
        bind(&socket, &SocketAddrUnix::new_abstract_name(name.as_bytes())?)?;
        Ok(Self { socket: UnixDatagram::from_std(socket.into())?, address: format!("@{name}") })
    }

    /// Waits for a datagram; returns what it says and the process that sent it.
    pub(super) async fn receive(&self) -> io::Result<(Pid, Notice)> {
        let mut datagram = [0; LONGEST];
        loop {
            let take = || receive(&self.socket, &mut datagram);
            let received = self.socket.async_io(Interest::READABLE, take).await;
            match received {
                // No number: the sender lives where we see nobody.
                Ok((length, sender)) => {
                    if let Some(sender) = Pid::from_raw(sender.max(0)) {
                        return Ok((sender, Notice::parse(&datagram[..length])));
                    }
                }
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

/// Takes one datagram: its length, and the process that sent it as the kernel says, 0 if that is not to be known.
/// Descriptors that came with it are closed by the kernel, which has no room to put them.
#[allow(unsafe_code, reason = "rustix takes the sender's number for one that is never 0")]
fn receive(socket: &UnixDatagram, datagram: &mut [u8]) -> io::Result<(usize, libc::pid_t)> {
    // SAFETY: it only reckons.
    const SPACE: usize = unsafe { libc::CMSG_SPACE(CREDENTIALS) as usize };
    /// Room for the sender's credentials and no more, where headers may begin.
    #[repr(align(8))]
    struct Control([u8; SPACE]);
    let mut control = Control([0; SPACE]);
    let mut part = libc::iovec { iov_base: datagram.as_mut_ptr().cast(), iov_len: datagram.len() };
    // SAFETY: the structure is numbers and pointers, of which zero is one; those that are set point to buffers of the
    // lengths beside them, which outlive the call.
    let (length, header) = unsafe {
        let mut header: libc::msghdr = mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        header.msg_control = control.0.as_mut_ptr().cast();
        header.msg_controllen = SPACE as _;
        let length = libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC);
        (length, header)
    };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let mut sender = 0;
    // SAFETY: the kernel has filled `header` and the buffer that it points to; the macros stay inside of it, and what is
    // read is a header's payload of the type that its kind has.
    unsafe {
        let mut next = libc::CMSG_FIRSTHDR(&raw const header);
        while let Some(found) = next.as_ref() {
            if (found.cmsg_level, found.cmsg_type) == (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) {
                sender = libc::CMSG_DATA(next).cast::<libc::ucred>().read_unaligned().pid;
            }
            next = libc::CMSG_NXTHDR(&raw const header, next);
        }
    }
    Ok((length, sender))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::notify::Notifier;

    #[test]
    fn lines_say_what_they_say() {
        let none = Notice::default;
        for (datagram, expected) in [
            ("READY=1", Notice { ready: true, ..none() }),
            (
                "READY=1\nSTATUS=3 of 4\nMAINPID=17\nX_OWN=1",
                Notice { ready: true, status: Some("3 of 4".into()), ..none() },
            ),
            ("STOPPING=1\n", Notice { stopping: true, ..none() }),
            ("RELOADING=1\nMONOTONIC_USEC=5", Notice { reloading: true, ..none() }),
            ("STATUS=\x1b[31mred\x07", Notice { status: Some("[31mred".into()), ..none() }),
            ("STATUS=a=b", Notice { status: Some("a=b".into()), ..none() }),
            ("STATUS=", Notice { status: Some(String::new()), ..none() }),
            ("READY=0\nREADY\n\n=", none()),
            ("", none()),
        ] {
            assert_eq!(Notice::parse(datagram.as_bytes()), expected, "{datagram:?}");
        }
        assert_eq!(Notice::parse(b"STATUS=\xff").status.unwrap(), "\u{fffd}");
        let long = format!("STATUS={}", "a".repeat(3000));
        assert_eq!(Notice::parse(long.as_bytes()).status.unwrap().len(), LONGEST_STATUS);
    }

    #[tokio::test]
    async fn descriptors_are_not_kept() {
        let inbox = Inbox::open().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let name = inbox.address.trim_start_matches('@');
        let address = SocketAddrUnix::new_abstract_name(name.as_bytes()).unwrap();
        let sender = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None).unwrap();
        let mut space = [mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = rustix::net::SendAncillaryBuffer::new(&mut space);
        let descriptors = [std::os::fd::AsFd::as_fd(&writer)];
        assert!(control.push(rustix::net::SendAncillaryMessage::ScmRights(&descriptors)));
        let text = io::IoSlice::new(b"BARRIER=1");
        let flags = rustix::net::SendFlags::empty();
        rustix::net::sendmsg_addr(&sender, &address, &[text], &mut control, flags).unwrap();
        assert_eq!(inbox.receive().await.unwrap().1, Notice::default());
        drop(writer);
        // Whoever waits for the other end to be closed waits no longer.
        assert_eq!(io::Read::read(&mut reader, &mut [0]).unwrap(), 0);
    }

    #[tokio::test]
    async fn the_sender_is_told_by_the_kernel() {
        let inbox = Inbox::open().unwrap();
        let notifier = Notifier::new(Some(inbox.address.clone().into()));
        notifier.ready();
        notifier.stopping();
        let me = rustix::process::getpid();
        assert_eq!(inbox.receive().await.unwrap(), (me, Notice { ready: true, ..Notice::default() }));
        assert_eq!(inbox.receive().await.unwrap(), (me, Notice { stopping: true, ..Notice::default() }));
    }
}
