//! What a mail server answers (RFC 5321 §4.2, enhanced codes by RFC 3463).

use std::fmt;

/// Bytes of a line, at most. The standard says 512; some servers say more.
pub(super) const LONGEST_LINE: usize = 4096;
/// Lines of a reply, at most.
const MOST_LINES: usize = 128;

/// One whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

/// Class, subject and detail, such as 5.1.1.
pub(super) type Enhanced = (u16, u16, u16);

/// A reply of which lines are still to come.
#[derive(Debug, Default)]
pub(super) struct Partial {
    code: u16,
    lines: Vec<String>,
}

impl Partial {
    /// Takes the next line, without its end; returns the reply when it was the last.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, String> {
        let text = String::from_utf8_lossy(line);
        let wrong = || format!("the server answered `{}`, which is no SMTP", shown(&text));
        let (Some(digits), rest) = (text.get(..3), text.get(3..).unwrap_or_default()) else {
            return Err(wrong());
        };
        let code = digits.parse().ok().filter(|code| (200..600).contains(code)).ok_or_else(wrong)?;
        if !rest.is_empty() && !rest.starts_with([' ', '-']) {
            return Err(wrong());
        }
        if !self.lines.is_empty() && code != self.code {
            return Err(format!("the server mixed the codes {} and {code} in one reply", self.code));
        }
        self.code = code;
        if MOST_LINES <= self.lines.len() {
            return Err(format!("the server answered with more than {MOST_LINES} lines"));
        }
        self.lines.push(shown(rest.get(1..).unwrap_or_default()));
        if rest.starts_with('-') {
            return Ok(None);
        }
        Ok(Some(Reply { code, lines: std::mem::take(&mut self.lines) }))
    }
}

impl Reply {
    /// Returns the enhanced code, if the server gives one that fits its reply.
    pub(super) fn enhanced(&self) -> Option<Enhanced> {
        let word = self.lines.first()?.split(' ').next()?;
        let mut parts = word.split('.').map(|part| part.parse::<u16>().ok());
        let enhanced = (parts.next()??, parts.next()??, parts.next()??);
        (parts.next().is_none() && enhanced.0 == self.code / 100).then_some(enhanced)
    }

    pub(super) fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for line in self.lines.iter().filter(|line| !line.is_empty()) {
            write!(f, " {line}")?;
        }
        Ok(())
    }
}

/// A server's words as they may be logged and shown: one line, bounded.
fn shown(text: &str) -> String {
    const MOST: usize = 500;
    text.trim_end().chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Reply, String> {
        let mut partial = Partial::default();
        for line in lines {
            if let Some(reply) = partial.line(line.as_bytes())? {
                return Ok(reply);
            }
        }
        panic!("it does not end: {lines:?}");
    }

    #[test]
    fn replies_are_read() {
        for (lines, shown, enhanced) in [
            (&["250 ok"][..], "250 ok", None),
            (&["250"], "250", None),
            (&["250-a", "250-b", "250 c"], "250 a b c", None),
            (&["550 5.1.1 No such user"], "550 5.1.1 No such user", Some((5, 1, 1))),
            (
                &["451-4.7.1 Greylisted", "451 4.7.1 come back"],
                "451 4.7.1 Greylisted 4.7.1 come back",
                Some((4, 7, 1)),
            ),
            (&["550 4.1.1 does not fit"], "550 4.1.1 does not fit", None),
            (&["250 1.2.3.4 is you"], "250 1.2.3.4 is you", None),
            (&["550 a\u{1b}[31mb"], "550 a [31mb", None),
        ] {
            let reply = read(lines).unwrap();
            assert_eq!((reply.to_string().as_str(), reply.enhanced()), (shown, enhanced), "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for lines in [
            &[""][..],
            &["HTTP/1.1 400 Bad Request"],
            &["25"],
            &["999 x"],
            &["250x"],
            &["250-a", "251 b"],
            &["é50 x"],
        ] {
            assert!(read(lines).is_err(), "{lines:?}");
        }
        let mut endless = Partial::default();
        assert!((0..200).any(|_| endless.line(b"250-more").is_err()));
    }
}
