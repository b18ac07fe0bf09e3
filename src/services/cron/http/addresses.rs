//! Which addresses a request of a job may go to. Pure.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// Where a machine in a cloud tells its own secrets; always refused.
    Metadata,
    /// This host, or a private network; refused where `deny_private` says so.
    Private,
}

/// An address in IPv4 that another machine stands behind, as the ways of carrying IPv4 in IPv6 have it.
type Carried = fn(Ipv6Addr) -> Option<Ipv4Addr>;

/// Mapped, compatible, NAT64 (both prefixes), 6to4, Teredo.
const CARRIED: &[Carried] = &[
    |address| address.to_ipv4_mapped(),
    |address| begins_with(address, &[0; 6]).then(|| last(address)),
    |address| begins_with(address, &[0x64, 0xff9b, 0, 0, 0, 0]).then(|| last(address)),
    |address| begins_with(address, &[0x64, 0xff9b, 1]).then(|| last(address)),
    |address| {
        let [_, high, low, ..] = address.segments();
        begins_with(address, &[0x2002]).then(|| of_segments(high, low))
    },
    |address| begins_with(address, &[0x2001, 0]).then(|| Ipv4Addr::from_bits(!last(address).to_bits())),
];

/// Tells why a request may not go to this address.
///
/// IPv4 that is carried in IPv6 counts as what it is.
pub fn forbidden(address: IpAddr, deny_private: bool) -> Option<Forbidden> {
    let (is_metadata, is_private) = match address {
        IpAddr::V4(address) => (is_metadata_v4(address), !is_public_v4(address)),
        IpAddr::V6(address) => {
            let carried: Vec<Ipv4Addr> = CARRIED.iter().filter_map(|carried| carried(address)).collect();
            // `::1` and `::` read as IPv4 that is carried, and are this host.
            let is_public = if carried.is_empty() {
                is_public_v6(address)
            } else {
                carried.iter().copied().all(is_public_v4)
            };
            (is_metadata_v6(address) || carried.into_iter().any(is_metadata_v4), !is_public)
        }
    };
    match (is_metadata, is_private && deny_private) {
        (true, _) => Some(Forbidden::Metadata),
        (false, true) => Some(Forbidden::Private),
        (false, false) => None,
    }
}

/// Link-local, which is where most clouds answer, and the places of Alibaba and of Oracle that are not.
fn is_metadata_v4(address: Ipv4Addr) -> bool {
    address.is_link_local() || matches!(address.octets(), [100, 100, 100, 200] | [192, 0, 0, 192])
}

/// Link-local, and the unique local places of AWS and of Google.
fn is_metadata_v6(address: Ipv6Addr) -> bool {
    address.is_unicast_link_local()
        || matches!(
            address.segments(),
            [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254]
        )
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_for_protocols = (a, b, c) == (192, 0, 0);
    let is_for_benchmarks = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a == 127
        || 224 <= a
        || is_shared
        || is_for_protocols
        || is_for_benchmarks
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation())
}

/// Only `2000::/3` is given out to be reached from everywhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_documentation = first == 0x2001 && second == 0x0db8;
    (0x2000..0x4000).contains(&first) && !is_documentation
}

fn begins_with(address: Ipv6Addr, segments: &[u16]) -> bool {
    address.segments().starts_with(segments)
}

fn last(address: Ipv6Addr) -> Ipv4Addr {
    let [.., high, low] = address.segments();
    of_segments(high, low)
}

fn of_segments(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metadata => "a job may not ask where a machine tells its own secrets",
            Self::Private => "`deny_private` keeps jobs away from this host and from private networks",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_what_they_are_however_they_are_written() {
        use Forbidden::{Metadata, Private};
        for (addresses, when_open, when_private_is_denied) in [
            (
                &[
                    "169.254.169.254",
                    "169.254.0.1",
                    "100.100.100.200",
                    "192.0.0.192",
                    "fe80::1",
                    "febf::1",
                    "fd00:ec2::254",
                    "fd20:ce::254",
                    "::ffff:169.254.169.254",
                    "::169.254.169.254",
                    "64:ff9b::169.254.169.254",
                    "64:ff9b:1::169.254.169.254",
                    "64:ff9b:1:ffff::a9fe:a9fe",
                    "2002:a9fe:a9fe::1",
                    "2001:0:1:2:3:4:5601:5601",
                ][..],
                Some(Metadata),
                Some(Metadata),
            ),
            (
                &[
                    "127.0.0.1",
                    "127.255.0.1",
                    "0.0.0.0",
                    "0.1.2.3",
                    "10.1.2.3",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "100.64.0.1",
                    "100.127.255.255",
                    "192.0.0.1",
                    "198.18.0.1",
                    "192.0.2.1",
                    "224.0.0.1",
                    "240.0.0.1",
                    "255.255.255.255",
                    "::1",
                    "::",
                    "fc00::1",
                    "fdff::1",
                    "fec0::1",
                    "ff02::1",
                    "2001:db8::1",
                    "100::1",
                    "::ffff:127.0.0.1",
                    "::ffff:10.0.0.1",
                    "::127.0.0.1",
                    "64:ff9b::10.0.0.1",
                    "64:ff9b:1::127.0.0.1",
                    "2002:7f00:1::1",
                ],
                None,
                Some(Private),
            ),
            (
                &[
                    "8.8.8.8",
                    "172.32.0.1",
                    "100.128.0.1",
                    "100.63.255.255",
                    "169.253.255.255",
                    "169.255.0.0",
                    "223.255.255.255",
                    "2606:4700::1111",
                    "3fff:ffff::1",
                    "::ffff:8.8.8.8",
                    "64:ff9b::8.8.8.8",
                    "2002:808:808::1",
                ],
                None,
                None,
            ),
        ] {
            for address in addresses {
                let parsed: IpAddr = address.parse().unwrap();
                assert_eq!(forbidden(parsed, false), when_open, "{address}");
                assert_eq!(forbidden(parsed, true), when_private_is_denied, "{address}");
            }
        }
    }
}
