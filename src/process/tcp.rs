//! Binding TCP addresses.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};

/// Connections that wait to be accepted, at most, where the kernel allows as many (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// Binds an address and listens on it. `[::]` takes IPv4 as well; where there is no IPv6, it takes that alone.
pub fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    match listen_exactly(address) {
        Err(cause) if address.ip() == Ipv6Addr::UNSPECIFIED && is_without_ipv6(&cause) => {
            listen_exactly(SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port())))
        }
        bound => bound,
    }
}

fn listen_exactly(address: SocketAddr) -> io::Result<TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // Connections of an earlier process that are just ending do not count.
    set_socket_reuseaddr(&socket, true)?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        set_ipv6_v6only(&socket, false)?;
    }
    bind(&socket, &address)?;
    listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

/// Tells whether this machine has no IPv6: built without it, or with all addresses taken away.
fn is_without_ipv6(cause: &io::Error) -> bool {
    cause.raw_os_error() == Some(libc::EAFNOSUPPORT) || cause.kind() == io::ErrorKind::AddrNotAvailable
}
