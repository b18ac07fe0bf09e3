//! The servers of an app's database: which there are, and which of them are read from.

use std::fmt;
use std::net::Ipv6Addr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::Context;
use crate::config::problem::{Problem, Report};
use crate::config::source::Sourced;
use crate::config::yaml::{Fields, Node};

/// The keys of `database:` that are about several servers.
pub(super) const KEYS: &[&str] = &["hosts", "replicas", "reads", "read_your_writes"];

const PORT: u16 = 3306;
const READ_YOUR_WRITES: Duration = Duration::from_secs(5);
/// A shorter window would end before a replica can be asked how far it is; a longer one keeps nobody on replicas.
const READ_YOUR_WRITES_LIMITS: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_mins(10);

/// Where one MariaDB server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host name or IP address, and a TCP port.
    Tcp {
        /// Host name or IP address, IPv6 without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A Unix socket.
    Socket(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Socket(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What `database:` says about its servers.
#[derive(Debug)]
pub(super) struct Servers {
    /// The servers that may be written to, in order of preference; at least one.
    pub(super) hosts: Vec<Address>,
    /// The servers that are read from besides; none unless `reads: replicas`.
    pub(super) replicas: Vec<Address>,
    /// How long after a user's write that user's reads stay on the primary.
    pub(super) read_your_writes: Duration,
}

#[derive(Clone, Copy, PartialEq)]
enum Reads {
    Primary,
    Replicas,
}

impl Servers {
    /// Reads the keys; every mistake is reported.
    pub(super) fn of(fields: &mut Fields<'_>, context: &Context<'_>) -> Option<Self> {
        let port = fields.integer("port", 1..=u16::MAX).unwrap_or(PORT);
        let hosts = match fields.node("hosts") {
            Some(_) => several(fields, port, context),
            None => one(fields, port, context),
        };
        let replicas = addresses(fields, "replicas", port, context);
        let reads = [("primary", Reads::Primary), ("replicas", Reads::Replicas)];
        let reads = fields.choice("reads", &reads).unwrap_or(Reads::Primary);
        let read_your_writes =
            fields.duration("read_your_writes", READ_YOUR_WRITES_LIMITS).unwrap_or(READ_YOUR_WRITES);
        if reads == Reads::Replicas && fields.node("replicas").is_none() {
            let problem =
                Problem::error(fields.key_at("reads"), "`reads: replicas` needs to know which there are");
            fields.report.add(problem.hint("list them, as in `replicas: [db2.example.com]`"));
        }
        let hosts = hosts?;
        if let ([only], Some(itself)) =
            (hosts.as_slice(), replicas.iter().find(|found| found.value == hosts[0]))
        {
            fields
                .report
                .error(&itself.at, format!("`{only}` is the database's only host, and no replica of it"));
        }
        let replicas = match reads {
            Reads::Primary => Vec::new(),
            Reads::Replicas => replicas.into_iter().map(|replica| replica.value).collect(),
        };
        Some(Self { hosts, replicas, read_your_writes })
    }
}

/// Reads `host` or `socket`.
fn one(fields: &mut Fields<'_>, port: u16, context: &Context<'_>) -> Option<Vec<Address>> {
    let socket = fields.text("socket").map(|text| Address::Socket(context.path(&text.value)));
    let host = fields.text("host").map(|text| text.value);
    if socket.is_none() {
        fields.require(&["host"]);
    }
    let host = host.map(|host| {
        if host.starts_with('/') { Address::Socket(host.into()) } else { Address::Tcp { host, port } }
    });
    Some(vec![socket.or(host)?])
}

/// Reads `hosts`, beside which there is neither `host` nor `socket`.
fn several(fields: &mut Fields<'_>, port: u16, context: &Context<'_>) -> Option<Vec<Address>> {
    for key in ["host", "socket"] {
        if fields.node(key).is_some() {
            let message = format!("`{key}` and `hosts` both say where the database is");
            let problem = Problem::error(fields.key_at(key), message);
            fields
                .report
                .add(problem.hint(format!("leave `{key}` out, and put what it says first into `hosts`")));
        }
    }
    let hosts = addresses(fields, "hosts", port, context);
    (!hosts.is_empty()).then(|| hosts.into_iter().map(|host| host.value).collect())
}

fn addresses(
    fields: &mut Fields<'_>,
    key: &'static str,
    port: u16,
    context: &Context<'_>,
) -> Vec<Sourced<Address>> {
    let texts = fields.texts(key);
    if fields.node(key).is_some_and(Node::is_empty_list) {
        fields.report.error(fields.key_at(key), format!("`{key}` is empty"));
    }
    let mut found: Vec<Sourced<Address>> = Vec::new();
    for text in &texts {
        if let Some(address) = address(text, port, context, fields.report) {
            if found.iter().any(|known| known.value == address) {
                fields.report.error(&text.at, format!("`{address}` stands in `{key}` twice"));
            }
            found.push(Sourced::new(address, text.at.clone()));
        }
    }
    found
}

fn address(text: &Sourced<String>, port: u16, context: &Context<'_>, report: &Report) -> Option<Address> {
    if text.value.starts_with('/') {
        return Some(Address::Socket(context.path(&text.value)));
    }
    let address = tcp(&text.value, port);
    if address.is_none() {
        let problem = Problem::error(&text.at, format!("`{}` is no address of a server", text.value));
        report.add(
            problem.hint("write `host`, `host:port`, `[IPv6]:port`, or the path of a socket from `/` on"),
        );
    }
    address
}

fn tcp(text: &str, default: u16) -> Option<Address> {
    let is_v6 = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').filter(|(host, _)| is_v6(host))?,
        None if is_v6(text) => (text, ""),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|port| *port != 0)?,
        None if port.is_empty() => default,
        None => return None,
    };
    let is_name = |host: &str| host.chars().all(|c| c.is_alphanumeric() || "-._".contains(c));
    (!host.is_empty() && (is_v6(host) || is_name(host))).then(|| Address::Tcp { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_many_forms() {
        let cases = [
            ("db1.example.com", Some("db1.example.com:3307")),
            ("db_1:3308", Some("db_1:3308")),
            ("192.0.2.1:3308", Some("192.0.2.1:3308")),
            ("2001:db8::1", Some("[2001:db8::1]:3307")),
            ("[2001:db8::1]", Some("[2001:db8::1]:3307")),
            ("[2001:db8::1]:3308", Some("[2001:db8::1]:3308")),
            ("[db1]:3308", None),
            ("[::1]3308", None),
            ("db1:", None),
            ("db1:0", None),
            ("db1:65536", None),
            (":3306", None),
            ("mysql://db1", None),
            ("run/mysqld.sock", None),
            ("db1 db2", None),
        ];
        for (text, expected) in cases {
            let found = tcp(text, 3307).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
