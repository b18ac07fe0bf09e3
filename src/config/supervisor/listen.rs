//! `listen`: the sockets that the supervisor holds for a service.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::ServiceUnit;
use crate::config::problem::{Problem, Report};
use crate::config::source::Sourced;
use crate::config::yaml::Fields;

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address and a port; `[::]` takes IPv4 as well.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl ListenAddress {
    /// Returns the port, unless it is a Unix socket.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(address) => Some(address.port()),
            Self::Unix(_) => None,
        }
    }

    /// Reads `8080`, `127.0.0.1:8080`, `[::1]:8080` or a path, which is taken from the configuration folder.
    fn parse(text: &str, config: &Path) -> Option<Self> {
        if text.contains('/') {
            return Some(Self::Unix(config.join(text)));
        }
        let address = match text.parse() {
            Ok(port) => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port),
            Err(_) => text.parse().ok()?,
        };
        // With port 0 the kernel chooses, and nobody would know what.
        (address.port() != 0).then_some(Self::Tcp(address))
    }
}

impl ServiceUnit {
    /// Returns the address that it serves over TCP, which is `configured` unless this file says otherwise: `listen` goes
    /// before everything, `-port` in `args` before the port alone.
    pub fn tcp_address(&self, configured: SocketAddr) -> SocketAddr {
        let held = self.listen.iter().find_map(|one| match one.value {
            ListenAddress::Tcp(address) => Some(address),
            ListenAddress::Unix(_) => None,
        });
        let port = self.flag("port").and_then(|port| port.parse().ok()).unwrap_or(configured.port());
        held.unwrap_or_else(|| SocketAddr::new(configured.ip(), port))
    }
}

/// Reads the key.
pub(super) fn read(fields: &mut Fields<'_>, config: &Path) -> Vec<Sourced<ListenAddress>> {
    let report = fields.report;
    let mut addresses: Vec<Sourced<ListenAddress>> = Vec::new();
    for text in fields.texts("listen") {
        let Some(address) = ListenAddress::parse(&text.value, config) else {
            let problem = Problem::error(&text.at, format!("nobody can listen on `{}`", text.value));
            report.add(problem.hint(
                "write a port (8080), an address with a port (127.0.0.1:8080, \"[::1]:8080\"), or the path of a socket",
            ));
            continue;
        };
        if addresses.iter().any(|known| known.value == address) {
            report.error(&text.at, format!("{address} is there twice"));
        } else {
            addresses.push(Sourced::new(address, text.at));
        }
    }
    addresses
}

/// Reports what contradicts `listen`: another service's, and arguments that name another port or socket.
pub(super) fn check(services: &[ServiceUnit], report: &Report) {
    for (index, unit) in services.iter().enumerate() {
        for address in &unit.listen {
            let theirs = |other: &&ServiceUnit| other.listen.iter().any(|one| one.value == address.value);
            if let Some(other) = services[..index].iter().find(theirs) {
                let message = format!("`{}` listens on {} already", other.name, address.value);
                report.error(&address.at, message);
            }
        }
        let ports: Vec<String> =
            unit.listen.iter().filter_map(|one| one.value.port()).map(|port| port.to_string()).collect();
        let paths: Vec<String> = (unit.listen.iter())
            .filter_map(|one| match &one.value {
                ListenAddress::Unix(path) => Some(path.display().to_string()),
                ListenAddress::Tcp(_) => None,
            })
            .collect();
        for (flag, listened) in [("port", ports), ("socket", paths)] {
            if let (Some(said), Some(first)) = (unit.flag(flag), listened.first())
                && !listened.iter().any(|one| one == said)
            {
                let message = format!("`args` say `-{flag} {said}`, and `listen` says {first}");
                let hint = format!("a socket that is handed over needs no `-{flag}`: take it out of `args`");
                report.add(Problem::error(&unit.listen[0].at, message).hint(hint));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_port_a_socket_address_or_a_path() {
        for (text, expected) in [
            ("8080", Some("[::]:8080")),
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("[::1]:8080", Some("[::1]:8080")),
            ("/run/sogoway.1.sock", Some("/run/sogoway.1.sock")),
            ("run/way.sock", Some("/config/run/way.sock")),
            ("0", None),
            ("127.0.0.1:0", None),
            ("70000", None),
            ("127.0.0.1", None),
            ("localhost:8080", None),
            ("way.sock", None),
        ] {
            let read = ListenAddress::parse(text, Path::new("/config")).map(|address| address.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_file_says_where_a_service_serves() {
        let folder = tempfile::tempdir().unwrap();
        for (unit, expected) in [
            ("args: [-config, /config, -port, '9090']", "127.0.0.1:9090"),
            ("args: [--port=9091]", "127.0.0.1:9091"),
            ("args: [-config, /config]", "127.0.0.1:8080"),
            ("listen: [/run/sogoway.1.sock, '[::1]:9092']", "[::1]:9092"),
            ("listen: [9093]", "[::]:9093"),
        ] {
            let text = format!("services:\n  sogoway: {{ binary: /bin/true, {unit} }}\n");
            std::fs::write(folder.path().join("sogoctl.yaml"), text).unwrap();
            let units = crate::config::supervisor::load(folder.path()).value.unwrap().services;
            let address = units[0].tcp_address("127.0.0.1:8080".parse().unwrap());
            assert_eq!(address.to_string(), expected, "{unit}");
        }
    }
}
