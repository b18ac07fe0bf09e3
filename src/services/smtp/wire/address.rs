//! E-mail addresses as people write them, turned into what goes over the wire.

use std::fmt;

/// Bytes before the `@`, at most (RFC 5321).
const LONGEST_LOCAL: usize = 64;
/// Bytes of a whole address, at most (RFC 5321: a path has 256 with its angle brackets).
const LONGEST_ADDRESS: usize = 254;
/// Bytes of a display name, at most.
const LONGEST_NAME: usize = 256;

/// A bare address, in ASCII: `local@domain`, the domain in lower case and in the form of the DNS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    text: String,
    at: usize,
}

/// An address with the name that people see, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name, without quotes; `None` when only the address was given.
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// There is none.
    #[error("the address is empty")]
    Empty,
    /// It could end the header and begin another.
    #[error("{0} does not belong in an address or a name")]
    Control(&'static str),
    /// No `@`.
    #[error("`{0}` has no @; write `name@example.com`")]
    NoAt(String),
    /// Brackets that do not match.
    #[error("`{0}` has no address in its brackets; write `Name <name@example.com>`")]
    Brackets(String),
    /// Several addresses where one is meant.
    #[error("`{0}` is more than one address; give them as a list")]
    Several(String),
    /// A local part that cannot be sent.
    #[error(
        "`{0}` before the @ is not possible: letters, digits and any of .!#$%&'*+/=?^_`{{|}}~- without dots at its ends or in a row"
    )]
    Local(String),
    /// A local part outside ASCII.
    #[error("`{0}` before the @ has letters that most mail servers do not take (only a-z, digits and signs)")]
    LocalNotAscii(String),
    /// A domain that cannot be.
    #[error("`{0}` after the @ is no host name")]
    Domain(String),
    /// Too long.
    #[error("the {0} is longer than {1} bytes")]
    TooLong(&'static str, usize),
}

impl Address {
    /// Reads a bare address. A domain with letters outside ASCII becomes the form that the DNS knows (`bücher.example` →
    /// `xn--bcher-kva.example`).
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        refuse_controls(text)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Malformed::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| Malformed::NoAt(shown(text)))?;
        if local.contains('@') && local.contains([',', ';', ' ']) {
            return Err(Malformed::Several(shown(text)));
        }
        if !local.is_ascii() {
            return Err(Malformed::LocalNotAscii(shown(local)));
        }
        let atom = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.is_empty() || dots || !local.chars().all(atom) {
            return Err(Malformed::Local(shown(local)));
        }
        if LONGEST_LOCAL < local.len() {
            return Err(Malformed::TooLong("part before the @", LONGEST_LOCAL));
        }
        let name = domain.trim_end_matches('.');
        let ascii = idna::domain_to_ascii_strict(name).map_err(|_| Malformed::Domain(shown(domain)))?;
        if ascii.is_empty() || domain.ends_with("..") {
            return Err(Malformed::Domain(shown(domain)));
        }
        let text = format!("{local}@{ascii}");
        if LONGEST_ADDRESS < text.len() {
            return Err(Malformed::TooLong("address", LONGEST_ADDRESS));
        }
        Ok(Self { text, at: local.len() })
    }

    /// Returns the address as it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns what stands before the `@`.
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// Returns the domain, in lower case and ASCII.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Mailbox {
    /// Reads `Name <name@example.com>`, `"Name" <name@example.com>` or a bare address.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        refuse_controls(text)?;
        let text = text.trim();
        let Some((before, after)) = split_name(text) else {
            if text.contains(['<', '>']) {
                return Err(Malformed::Brackets(shown(text)));
            }
            return Ok(Self { name: None, address: Address::parse(text)? });
        };
        let address = match after.split_once('>') {
            Some((address, "")) if !address.trim().is_empty() => address,
            Some((_, rest)) if rest.contains('@') => return Err(Malformed::Several(shown(text))),
            _ => return Err(Malformed::Brackets(shown(text))),
        };
        Self::new(&unquoted(before.trim()), Address::parse(address)?)
    }

    /// Puts a name to an address; an empty one is none.
    pub fn new(name: &str, address: Address) -> Result<Self, Malformed> {
        refuse_controls(name)?;
        if LONGEST_NAME < name.len() {
            return Err(Malformed::TooLong("name", LONGEST_NAME));
        }
        Ok(Self { name: Some(name.trim().to_owned()).filter(|name| !name.is_empty()), address })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(name) = &self.name else { return self.address.fmt(f) };
        if name.contains(|c: char| "()<>[]:;@\\,.\"".contains(c)) {
            return write!(f, "\"{}\" <{}>", name.replace('\\', "\\\\").replace('"', "\\\""), self.address);
        }
        write!(f, "{name} <{}>", self.address)
    }
}

/// Splits at the `<` that begins the address, which is none inside of a quoted name.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// Takes the quotes off a name that has them around it.
fn unquoted(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            text.push(c);
            escaped = false;
        }
    }
    text
}

fn refuse_controls(text: &str) -> Result<(), Malformed> {
    text.chars().find(|c| c.is_control()).map_or(Ok(()), |c| Err(Malformed::Control(control(c))))
}

/// Names a control character for a person.
pub(super) fn control(c: char) -> &'static str {
    match c {
        '\r' | '\n' => "a line break",
        '\0' => "a NUL character",
        '\t' => "a tab",
        _ => "a control character",
    }
}

/// The beginning of what somebody wrote, for a message about it.
fn shown(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_read_as_people_write_them() {
        for (text, name, address) in [
            ("a@example.com", None, "a@example.com"),
            ("  a@example.com ", None, "a@example.com"),
            ("<a@example.com>", None, "a@example.com"),
            ("Zoé Müller <zoe@example.com>", Some("Zoé Müller"), "zoe@example.com"),
            ("\"Doe, John\" <j@example.com>", Some("Doe, John"), "j@example.com"),
            (r#""A \"B\" <x> \\" <j@example.com>"#, Some(r#"A "B" <x> \"#), "j@example.com"),
            ("Élodie<e@example.com>", Some("Élodie"), "e@example.com"),
            ("a@Bücher.example", None, "a@xn--bcher-kva.example"),
            ("A.b+c@EXAMPLE.com.", None, "A.b+c@example.com"),
            ("root@localhost", None, "root@localhost"),
            ("o'neil@example.com", None, "o'neil@example.com"),
        ] {
            let mailbox = Mailbox::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!((mailbox.name.as_deref(), mailbox.address.as_str()), (name, address), "{text}");
            assert_eq!(Mailbox::parse(&mailbox.to_string()).unwrap(), mailbox, "{text} is read back");
        }
    }

    #[test]
    fn what_is_no_mailbox_is_told() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("{}@{}com", "a".repeat(40), "abcdefgh.".repeat(27));
        for (text, words) in [
            ("", "the address is empty"),
            (" ", "the address is empty"),
            ("alice", "`alice` has no @"),
            ("Alice <alice>", "`alice` has no @"),
            ("Alice <>", "has no address in its brackets"),
            ("Alice <a@example.com", "has no address in its brackets"),
            ("a@example.com>", "has no address in its brackets"),
            ("A <a@example.com> x", "has no address in its brackets"),
            ("a@example.com, b@example.com", "more than one address"),
            ("A <a@example.com>, B <b@example.com>", "more than one address"),
            ("a@example.com\r\nBcc: x@example.com", "a line break does not belong"),
            ("A\nBcc: x <a@example.com>", "a line break does not belong"),
            ("a\0@example.com", "a NUL character does not belong"),
            ("a\u{85}@example.com", "a control character does not belong"),
            (".a@example.com", "`.a` before the @"),
            ("a..b@example.com", "`a..b` before the @"),
            ("a b@example.com", "`a b` before the @"),
            ("@example.com", "`` before the @"),
            ("é@example.com", "most mail servers do not take"),
            ("a@", "`` after the @"),
            ("a@exa mple.com", "`exa mple.com` after the @"),
            ("a@example..com", "after the @ is no host name"),
            ("a@-example.com", "after the @ is no host name"),
            ("a@[127.0.0.1]", "after the @ is no host name"),
            (&long, "the part before the @ is longer than 64 bytes"),
            (&longer, "the address is longer than 254 bytes"),
        ] {
            let fault = Mailbox::parse(text).expect_err(text).to_string();
            assert!(fault.contains(words), "{text:?}: {fault}");
        }
    }

    #[test]
    fn a_name_is_bounded_and_without_line_breaks() {
        let address = || Address::parse("a@example.com").unwrap();
        assert!(Mailbox::new("A\r\nBcc: b@example.com", address()).is_err());
        assert!(Mailbox::new(&"x".repeat(257), address()).is_err());
        assert_eq!(Mailbox::new("  ", address()).unwrap().name, None);
    }
}
