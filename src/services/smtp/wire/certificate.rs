//! What a certificate says of itself, for a person: whose it is, who signed it, and until when. Trust is not decided here.

use core::net::{Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, NaiveDateTime, Utc};

/// What stands in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The hosts it is for: names and addresses.
    pub(super) names: Vec<String>,
    /// The common name of who signed it; empty if it has none.
    pub(super) issuer: String,
    /// From when it holds.
    pub(super) begins: DateTime<Utc>,
    /// Until when it holds.
    pub(super) ends: DateTime<Utc>,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

impl Certificate {
    /// Reads one in DER; `None` if it is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut certificate = Der(Der(der).expect(SEQUENCE)?);
        let mut body = Der(certificate.expect(SEQUENCE)?);
        if body.next_tag() == Some(VERSION) {
            body.element()?;
        }
        // Serial number, algorithm of the signature.
        body.element()?;
        body.element()?;
        let issuer = common_name(body.expect(SEQUENCE)?).unwrap_or_default();
        let mut validity = Der(body.expect(SEQUENCE)?);
        let (begins, ends) = (moment(validity.element()?)?, moment(validity.element()?)?);
        // Subject, public key.
        body.element()?;
        body.element()?;
        let mut names = Vec::new();
        while let Some((tag, content)) = body.element() {
            if tag == EXTENSIONS {
                names = alternative_names(content).unwrap_or_default();
            }
        }
        Some(Self { names, issuer, begins, ends })
    }
}

/// Reads elements of DER one after another.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next_tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn element(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let digits = usize::from(first & 0x7f);
            let bytes = rest.get(..digits).filter(|_| (1..=4).contains(&digits))?;
            rest = &rest[digits..];
            bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        };
        let content = rest.get(..length)?;
        self.0 = &rest[length..];
        Some((tag, content))
    }

    fn expect(&mut self, expected: u8) -> Option<&'a [u8]> {
        self.element().filter(|(tag, _)| *tag == expected).map(|(_, content)| content)
    }
}

fn common_name(name: &[u8]) -> Option<String> {
    let mut parts = Der(name);
    while let Some(part) = parts.expect(SET) {
        let mut pair = Der(Der(part).expect(SEQUENCE)?);
        let kind = pair.expect(OID)?;
        let (_, text) = pair.element()?;
        if kind == COMMON_NAME {
            return Some(String::from_utf8_lossy(text).into_owned());
        }
    }
    None
}

fn alternative_names(extensions: &[u8]) -> Option<Vec<String>> {
    let mut extensions = Der(Der(extensions).expect(SEQUENCE)?);
    while let Some(extension) = extensions.expect(SEQUENCE) {
        let mut extension = Der(extension);
        if extension.expect(OID)? != SUBJECT_ALTERNATIVE_NAMES {
            continue;
        }
        // A flag may stand between.
        let mut content = extension.element()?;
        if content.0 != OCTETS {
            content = extension.element()?;
        }
        let mut entries = Der(Der(content.1).expect(SEQUENCE)?);
        let mut names = Vec::new();
        while let Some((tag, value)) = entries.element() {
            match (tag, value.len()) {
                (DNS_NAME, _) => names.push(String::from_utf8_lossy(value).into_owned()),
                (IP_ADDRESS, 4) => {
                    names.push(Ipv4Addr::from(<[u8; 4]>::try_from(value).ok()?).to_string());
                }
                (IP_ADDRESS, 16) => {
                    names.push(Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).to_string());
                }
                _ => {}
            }
        }
        return Some(names);
    }
    None
}

/// Reads `YYMMDDHHMMSSZ` (years 1950 to 2049) or `YYYYMMDDHHMMSSZ`.
fn moment((tag, text): (u8, &[u8])) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(text).ok()?;
    let full = match tag {
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => text.to_owned(),
    };
    NaiveDateTime::parse_from_str(&full, "%Y%m%d%H%M%SZ").ok().map(|moment| moment.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_none() {
        for der in [&b""[..], b"hello", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30; 100]] {
            assert_eq!(Certificate::read(der), None, "{der:?}");
        }
    }

    #[test]
    fn both_kinds_of_moments_are_read() {
        for (tag, text, expected) in [
            (UTC_TIME, "261123114500Z", Some("2026-11-23 11:45:00 UTC")),
            (UTC_TIME, "991231235959Z", Some("1999-12-31 23:59:59 UTC")),
            (0x18, "20510101000000Z", Some("2051-01-01 00:00:00 UTC")),
            (0x18, "soon", None),
        ] {
            assert_eq!(
                moment((tag, text.as_bytes())).map(|moment| moment.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
