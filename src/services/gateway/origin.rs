//! Where a request comes from, behind which proxies.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::HeaderMap;

use crate::config::Network;

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// The address of the client, as far as it can be believed.
    pub(super) address: IpAddr,
    /// Whether it is the address of one client: false for a proxy that is not trusted, behind which are many.
    pub(super) one_client: bool,
}

impl Origin {
    /// Finds the client behind a peer: of the addresses in X-Forwarded-For, the last one that is no trusted proxy;
    /// nothing a client can write is believed.
    pub(super) fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        let mut address = peer.to_canonical();
        if !is_trusted(address) {
            return Self { address, one_client: !headers.contains_key(FORWARDED_FOR) };
        }
        let values: Vec<&str> =
            headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(hop) = forwarded(hop.trim()) else { break };
            address = hop;
            if !is_trusted(address) {
                break;
            }
        }
        Self { address, one_client: true }
    }

    /// Returns what is counted where addresses are limited: an IPv4 address, the /64 network of an IPv6 address (one
    /// subscriber has all of it), nothing for a proxy that many may be behind.
    pub(super) fn counted(self) -> Option<IpAddr> {
        let address = match self.address {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        };
        self.one_client.then_some(address)
    }
}

/// Tells whether a program on this host asks, and no proxy for somebody else: the peer and the host that it asks for are
/// this one, and nothing is there of what proxies add.
pub(super) fn is_local(peer: IpAddr, host: &str, headers: &HeaderMap) -> bool {
    let is_here = host == "localhost" || host.parse().is_ok_and(|host: IpAddr| host.is_loopback());
    peer.to_canonical().is_loopback() && is_here && !is_forwarded(headers)
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    [FORWARDED_FOR, "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded", "via"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Reads an address as proxies write it: `192.0.2.1`, `192.0.2.1:1234`, `2001:db8::1`, `[2001:db8::1]:1234`.
fn forwarded(text: &str) -> Option<IpAddr> {
    let plain = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

/// Peers that are no trusted proxies and behave like one, so that each is told of once in a while.
#[derive(Debug, Default)]
pub(super) struct StrangeProxies(Mutex<Vec<(IpAddr, Instant)>>);

impl StrangeProxies {
    /// How many are remembered.
    const REMEMBERED: usize = 64;
    /// How long one is not told of again.
    const QUIET: Duration = Duration::from_secs(600);

    /// Tells whether this one should be told of now.
    pub(super) fn is_news(&self, origin: Origin, now: Instant) -> bool {
        if origin.one_client {
            return false;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, told)| now.duration_since(*told) < Self::QUIET);
        if known.len() == Self::REMEMBERED || known.iter().any(|(address, _)| *address == origin.address) {
            return false;
        }
        known.push((origin.address, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        let trusted = [Network::LOOPBACK_V4, "10.0.0.0/8".parse().unwrap()];
        let one = |address: &str| (address.parse().unwrap(), true);
        for (peer, forwarded, expected) in [
            ("127.0.0.1", &[][..], one("127.0.0.1")),
            ("127.0.0.1", &["192.0.2.7"], one("192.0.2.7")),
            ("::ffff:127.0.0.1", &["192.0.2.7"], one("192.0.2.7")),
            // The client wrote the first one itself.
            ("127.0.0.1", &["203.0.113.9, 192.0.2.7"], one("192.0.2.7")),
            ("127.0.0.1", &["203.0.113.9", "192.0.2.7"], one("192.0.2.7")),
            ("127.0.0.1", &["192.0.2.7, 10.1.1.1"], one("192.0.2.7")),
            ("127.0.0.1", &["10.1.1.2, 10.1.1.1"], one("10.1.1.2")),
            ("127.0.0.1", &["192.0.2.7:4711"], one("192.0.2.7")),
            ("127.0.0.1", &["[2001:db8::1]:4711"], one("2001:db8::1")),
            ("127.0.0.1", &["2001:db8::1"], one("2001:db8::1")),
            ("127.0.0.1", &["unknown"], one("127.0.0.1")),
            ("127.0.0.1", &["192.0.2.7, , 10.1.1.1"], one("10.1.1.1")),
            ("127.0.0.1", &[""], one("127.0.0.1")),
            ("198.51.100.1", &[], one("198.51.100.1")),
            ("198.51.100.1", &["192.0.2.7"], ("198.51.100.1".parse().unwrap(), false)),
        ] {
            let headers = headers(FORWARDED_FOR, forwarded);
            let origin = Origin::find(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!((origin.address, origin.one_client), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn only_this_host_itself_is_local() {
        for (peer, host, forwarded, expected) in [
            ("127.0.0.1", "127.0.0.1", None, true),
            ("127.0.0.1", "localhost", None, true),
            ("::1", "::1", None, true),
            ("::ffff:127.0.0.1", "127.0.0.1", None, true),
            ("127.0.0.1", "127.0.0.1", Some("x-forwarded-for"), false),
            ("127.0.0.1", "127.0.0.1", Some("x-real-ip"), false),
            ("127.0.0.1", "127.0.0.1", Some("via"), false),
            ("127.0.0.1", "prokov.example.com", None, false),
            ("127.0.0.1", "localhost.example.com", None, false),
            ("192.0.2.1", "127.0.0.1", None, false),
        ] {
            let headers = forwarded.map_or_else(HeaderMap::new, |name| headers(name, &["x"]));
            assert_eq!(
                is_local(peer.parse().unwrap(), host, &headers),
                expected,
                "{peer} {host} {forwarded:?}"
            );
        }
    }

    #[test]
    fn one_subscriber_is_counted_once() {
        let counted =
            |address: &str, one_client| Origin { address: address.parse().unwrap(), one_client }.counted();
        assert_eq!(counted("2001:db8::1", true), counted("2001:db8::ffff:1", true));
        assert_ne!(counted("2001:db8::1", true), counted("2001:db8:0:1::1", true));
        assert_ne!(counted("192.0.2.1", true), counted("192.0.2.2", true));
        assert_eq!(counted("192.0.2.1", false), None);
    }

    #[test]
    fn a_strange_proxy_is_told_of_once_in_a_while() {
        let proxies = StrangeProxies::default();
        let now = Instant::now();
        let origin = Origin { address: "192.0.2.1".parse().unwrap(), one_client: false };
        assert!(!proxies.is_news(Origin { one_client: true, ..origin }, now));
        assert!(proxies.is_news(origin, now));
        assert!(!proxies.is_news(origin, now + Duration::from_secs(1)));
        assert!(proxies.is_news(origin, now + Duration::from_secs(601)));
    }
}
