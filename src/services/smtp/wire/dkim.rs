//! DKIM signatures (RFC 6376; Ed25519 by RFC 8463), relaxed in headers and body.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use super::address::Address;
use crate::config::Secret;
use crate::error::{Code, Error, Result};

/// Headers that are signed where they are there.
const SIGNED: &[&str] = &[
    "from",
    "to",
    "cc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
];
/// Those that are signed once more than they are there, so that nobody on the way can add a second one.
const SEALED: &[&str] = &["from", "to", "cc", "reply-to", "subject", "date", "message-id", "content-type"];

/// What signs the mails of a domain.
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Signer {
    /// Reads a private key in PEM (PKCS#8, or PKCS#1 for RSA): RSA of 2048 to 4096 bits, or Ed25519. The public half stands
    /// in the DNS at `selector._domainkey.domain`.
    pub fn new(domain: &str, selector: &str, key: &Secret) -> Result<Self> {
        let wrong = |message: &'static str| {
            Error::new(Code::Config, message).hint("make one with `openssl genrsa -out dkim.pem 2048`")
        };
        // A domain is what may stand behind the @ of an address, and a selector is built like one.
        let domain = Address::parse(&format!("a@{domain}"))
            .map_err(|cause| Error::new(Code::Config, "the DKIM domain is no host name").caused_by(cause))?
            .domain()
            .to_owned();
        Address::parse(&format!("a@{selector}"))
            .map_err(|cause| Error::new(Code::Config, "the DKIM selector is no name").caused_by(cause))?;
        let der = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
            .map_err(|_| wrong("the DKIM key is no private key in PEM"))?;
        let key = match &der {
            PrivateKeyDer::Pkcs1(pkcs1) => RsaKeyPair::from_der(pkcs1.secret_pkcs1_der()).ok().map(rsa),
            PrivateKeyDer::Pkcs8(pkcs8) => {
                let bytes = pkcs8.secret_pkcs8_der();
                let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).ok();
                RsaKeyPair::from_pkcs8(bytes)
                    .ok()
                    .map(rsa)
                    .or_else(|| Some(Key::Ed25519(Box::new(ed25519()?))))
            }
            _ => None,
        };
        let key = key.ok_or_else(|| wrong("the DKIM key is neither RSA of 2048 to 4096 bits nor Ed25519"))?;
        Ok(Self { domain, selector: selector.to_ascii_lowercase(), key })
    }

    /// Returns the header that signs this mail, its line end included; it goes in front.
    pub fn sign(&self, message: &[u8], at: SystemTime) -> Result<String> {
        let (head, body) = split(message);
        let headers = headers(head);
        let mut names = Vec::new();
        let mut hashed = String::new();
        for name in SIGNED {
            // The last one of a name is signed first.
            for (_, value) in headers.iter().rev().filter(|(other, _)| other == name) {
                names.push(*name);
                hashed.extend([*name, ":", value, "\r\n"]);
            }
            if SEALED.contains(name) {
                names.push(name);
            }
        }
        let seconds = at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let unsigned = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n\ts={}; t={seconds};\r\n\th={};\r\n\tbh={};\r\n\tb=",
            self.domain,
            self.selector,
            names.join(":").replace(":mime-version", ":\r\n\t mime-version"),
            STANDARD.encode(Sha256::digest(relaxed_body(body))),
        );
        // Its own header is hashed as it would be read, without the signature and the line end.
        let (name, value) = headers_of(&unsigned);
        hashed.extend([name.as_str(), ":", &value]);
        let signature = STANDARD.encode(self.key.sign(hashed.as_bytes())?);
        let lines: Vec<_> = signature
            .as_bytes()
            .chunks(72)
            .map(|chunk| String::from_utf8_lossy(chunk).into_owned())
            .collect();
        Ok(format!("{unsigned}{}\r\n", lines.join("\r\n\t ")))
    }

    /// Returns the name and the text of the DNS record that lets others check the signatures.
    pub fn record(&self) -> (String, String) {
        let (kind, public) = match &self.key {
            Key::Rsa(key) => ("rsa", rsa_public(key.public().as_ref())),
            Key::Ed25519(key) => ("ed25519", key.public_key().as_ref().to_vec()),
        };
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        (name, format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(public)))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}._domainkey.{})", self.selector, self.domain)
    }
}

impl Key {
    fn sign(&self, text: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
                    .map_err(|_| Error::new(Code::Internal, "signing the mail failed"))?;
                Ok(signature)
            }
            // RFC 8463 signs the hash, not the text.
            Self::Ed25519(key) => Ok(key.sign(&Sha256::digest(text)).as_ref().to_vec()),
        }
    }
}

fn rsa(key: RsaKeyPair) -> Key {
    Key::Rsa(Box::new(key))
}

/// Wraps a PKCS#1 public key into what the DNS record holds (SubjectPublicKeyInfo).
fn rsa_public(pkcs1: &[u8]) -> Vec<u8> {
    const ALGORITHM: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let bits = [&[0], pkcs1].concat();
    element(0x30, &[ALGORITHM, &element(0x03, &bits)].concat())
}

/// Writes one DER element; two bytes of length suffice for every key.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let head: &[u8] = if content.len() < 0x80 { &[tag, low] } else { &[tag, 0x82, high, low] };
    [head, content].concat()
}

/// Splits a mail at its first empty line.
fn split(message: &[u8]) -> (&[u8], &[u8]) {
    match message.windows(4).position(|window| window == b"\r\n\r\n") {
        Some(at) => (&message[..at + 2], &message[at + 4..]),
        None => (message, &[]),
    }
}

/// Returns the headers in relaxed form: names in lower case, each value in one line.
fn headers(head: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(head).replace("\r\n ", " ").replace("\r\n\t", " ");
    text.split("\r\n").filter(|line| !line.is_empty()).map(headers_of).collect()
}

fn headers_of(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    let words: Vec<&str> = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    (name.trim_end().to_ascii_lowercase(), words.join(" "))
}

/// Returns the body in relaxed form: blanks together, none at the end of a line, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::with_capacity(body.len());
    let mut empty = 0;
    let text = body.strip_suffix(b"\r\n").unwrap_or(body);
    if body.is_empty() {
        return relaxed;
    }
    let mut rest = Some(text);
    while let Some(text) = rest {
        let end = text.windows(2).position(|window| window == b"\r\n");
        let line = &text[..end.unwrap_or(text.len())];
        rest = end.map(|end| &text[end + 2..]);
        let start = relaxed.len();
        let mut blank = false;
        let mut written = false;
        for byte in line {
            if *byte == b' ' || *byte == b'\t' {
                blank = true;
                continue;
            }
            if !written {
                relaxed.extend(std::iter::repeat_n(*b"\r\n", empty).flatten());
                empty = 0;
                written = true;
            }
            if blank {
                relaxed.push(b' ');
                blank = false;
            }
            relaxed.push(*byte);
        }
        if relaxed.len() == start {
            empty += 1;
        } else {
            relaxed.extend_from_slice(b"\r\n");
        }
    }
    relaxed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_relaxed_as_the_standard_says() {
        for (body, relaxed) in [
            ("", ""),
            ("\r\n", ""),
            ("\r\n\r\n", ""),
            (" \r\n\t\r\n", ""),
            ("a", "a\r\n"),
            (" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"),
            ("a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"),
        ] {
            assert_eq!(String::from_utf8(relaxed_body(body.as_bytes())).unwrap(), relaxed, "{body:?}");
        }
    }

    #[test]
    fn headers_are_relaxed_as_the_standard_says() {
        let head = b"A: X\r\nB : Y\t\r\n\tZ  \r\n";
        assert_eq!(headers(head), [("a".into(), "X".into()), ("b".into(), "Y Z".into())]);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for key in ["", "hunter2", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"] {
            let error = Signer::new("example.com", "mail", &Secret::new(key)).unwrap_err();
            assert!(error.message.contains("DKIM key") && !error.message.contains("hunter2"), "{error}");
        }
        assert!(Signer::new("example com", "mail", &Secret::new("")).is_err());
    }
}
