//! What is known about a request besides what it asks: its name, where it comes from, when it must be answered.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::header::HeaderMap;
use tokio::time::Instant;

use super::messages::Words;
use super::respond::REQUEST_ID;
use crate::config::Network;
use crate::ipc::client::Options;

/// The circumstances of one request.
#[derive(Debug)]
pub(super) struct Context {
    /// Its name in the answer and in the logs of every service it touches.
    pub(super) id: Arc<str>,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// In which words it is answered.
    pub(super) words: Words,
    /// When it came, in seconds since 1970.
    pub(super) now: i64,
    /// When it came, on the clock that never jumps.
    pub(super) began: std::time::Instant,
    /// When it must be answered.
    pub(super) deadline: Instant,
    /// The app, once it is known.
    pub(super) app: Option<String>,
    /// The user, once they are known.
    pub(super) user_id: Option<i64>,
}

impl Context {
    /// Returns how a service is called for this request.
    pub(super) fn options(&self) -> Options<'_> {
        let deadline = self.deadline.saturating_duration_since(Instant::now());
        Options { deadline, request_id: Some(&self.id) }
    }
}

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
}

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Reads an address as proxies write it: `192.0.2.1`, `192.0.2.1:1234`, `2001:db8::1`, `[2001:db8::1]:1234`.
fn forwarded(text: &str) -> Option<IpAddr> {
    let plain = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

/// Makes the names of requests: the time in milliseconds and a number, so that they sort by time.
#[derive(Debug)]
pub(super) struct RequestIds(AtomicU32);

impl RequestIds {
    /// Counts from `first`, a number that differs with each start of the process.
    pub(super) fn from(first: u32) -> Self {
        Self(AtomicU32::new(first))
    }

    /// Returns the name that a trusted proxy gave the request, if it is one, else a new one of 16 letters and digits.
    pub(super) fn of(&self, headers: &HeaderMap, trusted: bool, now: SystemTime) -> Arc<str> {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|_| trusted);
        match given {
            Some(id) if is_request_id(id) => id.into(),
            _ => self.next(now),
        }
    }

    fn next(&self, now: SystemTime) -> Arc<str> {
        /// Crockford's base 32: no letters that look like digits.
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let time = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() & 0x3_ffff_ffff_ffff;
        let count = u128::from(self.0.fetch_add(1, Ordering::Relaxed) & 0x3fff_ffff);
        let bits = time << 30 | count;
        (0..16_u32)
            .rev()
            .map(|place| char::from(DIGITS[(bits >> (place * 5) & 31) as usize]))
            .collect::<String>()
            .into()
    }
}

/// Longest name of a request that is taken over.
const LONGEST_ID: usize = 64;

fn is_request_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
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
    fn requests_are_named_in_the_order_of_time() {
        let ids = RequestIds::from(7);
        let now = UNIX_EPOCH + Duration::from_millis(1_765_900_000_123);
        let none = HeaderMap::new();
        let names: Vec<_> =
            [0, 0, 1, 1000].map(|later| ids.of(&none, true, now + Duration::from_millis(later))).into();
        assert!(names.is_sorted() && names.iter().all(|name| name.len() == 16), "{names:?}");
        for (given, trusted, taken) in [
            ("4f9c-a.b_c", true, true),
            ("4f9c", false, false),
            ("a b", true, false),
            ("", true, false),
            ("é", true, false),
            (&*"x".repeat(65), true, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, hyper::header::HeaderValue::from_bytes(given.as_bytes()).unwrap());
            assert_eq!(&*ids.of(&headers, trusted, now) == given, taken, "{given}");
        }
    }
}
