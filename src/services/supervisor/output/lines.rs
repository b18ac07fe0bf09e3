//! From the bytes of a pipe to the lines of a file, and back. No I/O.

use std::fmt::Write as _;
use std::str;
use std::sync::Arc;

use crate::services::supervisor::api::{OutputLine, Stream};

/// Bytes of one line of a service at most; a longer one is cut in pieces.
pub(super) const LONGEST_PIECE: usize = 16 << 10;

/// Cuts what comes out of one pipe into lines: `TIME SERVICE STREAM: TEXT`, with `+` for `:` where a piece goes on with
/// the line before it. What a terminal would obey is written as an escape.
#[derive(Debug)]
pub(super) struct Lines {
    service: Arc<str>,
    stream: Stream,
    /// What came after the last line break.
    partial: Vec<u8>,
    /// Whether a piece of that line was written already.
    continues: bool,
}

impl Lines {
    /// Makes it for one pipe of a service.
    pub(super) fn new(service: Arc<str>, stream: Stream) -> Self {
        Self { service, stream, partial: Vec::new(), continues: false }
    }

    /// Takes what was read at `time`, appends the lines that it completes to `out`, and returns how many they are.
    pub(super) fn take(&mut self, time: &str, bytes: &[u8], out: &mut Vec<u8>) -> u64 {
        let mut lines = 0;
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = &rest[..end];
            rest = &rest[end + 1..];
            if self.partial.is_empty() {
                lines += self.line(time, line, out);
            } else {
                self.partial.extend_from_slice(line);
                let line = std::mem::take(&mut self.partial);
                lines += self.line(time, &line, out);
            }
        }
        self.partial.extend_from_slice(rest);
        while LONGEST_PIECE < self.partial.len() {
            let partial = std::mem::take(&mut self.partial);
            let (piece, rest) = partial.split_at(cut(&partial));
            self.piece(time, piece, out);
            (self.continues, self.partial) = (true, rest.to_vec());
            lines += 1;
        }
        lines
    }

    /// Ends the line that has begun: nothing comes any more.
    pub(super) fn finish(&mut self, time: &str, out: &mut Vec<u8>) -> u64 {
        let line = std::mem::take(&mut self.partial);
        if line.is_empty() { 0 } else { self.line(time, &line, out) }
    }

    /// Writes a line to its end.
    fn line(&mut self, time: &str, line: &[u8], out: &mut Vec<u8>) -> u64 {
        let mut rest = line.strip_suffix(b"\r").unwrap_or(line);
        let mut lines = 0;
        while LONGEST_PIECE < rest.len() {
            let (piece, left) = rest.split_at(cut(rest));
            self.piece(time, piece, out);
            (self.continues, rest) = (true, left);
            lines += 1;
        }
        if !rest.is_empty() || !self.continues {
            self.piece(time, rest, out);
            lines += 1;
        }
        self.continues = false;
        lines
    }

    fn piece(&self, time: &str, text: &[u8], out: &mut Vec<u8>) {
        prefix(time, &self.service, self.stream, self.continues, out);
        harmless(text, out);
        out.push(b'\n');
    }
}

/// Returns a line of our own among those of a service.
pub(super) fn note(time: &str, service: &str, text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    prefix(time, service, Stream::Sogoctl, false, &mut out);
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
    out
}

fn prefix(time: &str, service: &str, stream: Stream, continues: bool, out: &mut Vec<u8>) {
    for part in [time, " ", service, " ", stream.as_str(), if continues { "+ " } else { ": " }] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Returns where the first piece of a long line ends: not inside a character.
fn cut(line: &[u8]) -> usize {
    const LONGEST_CHARACTER: usize = 4;
    let continues = |at: &usize| line[*at] & 0b1100_0000 == 0b1000_0000;
    let near = (LONGEST_PIECE - LONGEST_CHARACTER..=LONGEST_PIECE).rev();
    near.into_iter().find(|at| !continues(at)).unwrap_or(LONGEST_PIECE)
}

/// Appends text in which no byte can do harm: control characters as `\u001b`, bytes that are no UTF-8 as `\xff`. Tabs
/// stay.
fn harmless(text: &[u8], out: &mut Vec<u8>) {
    if text.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        return out.extend_from_slice(text);
    }
    let mut escaped = String::with_capacity(text.len() * 2);
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_harmful(c) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            } else {
                escaped.push(c);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(escaped, "\\x{byte:02x}");
        }
    }
    out.extend_from_slice(escaped.as_bytes());
}

/// Control characters, and those that turn the direction of what follows.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the time of a line that was written here, and the rest of it.
pub(super) fn time_of(line: &[u8]) -> Option<(&str, &[u8])> {
    let end = line.iter().position(|byte| *byte == b' ')?;
    Some((str::from_utf8(&line[..end]).ok()?, &line[end + 1..]))
}

/// Reads a line that was written here; one that somebody else wrote is all text.
pub(super) fn parse(service: &str, line: &[u8]) -> OutputLine {
    let parts = || {
        let (time, rest) = time_of(line)?;
        let rest = rest.strip_prefix(service.as_bytes())?.strip_prefix(b" ")?;
        let end = rest.iter().position(|byte| matches!(byte, b':' | b'+'))?;
        let stream = Stream::ALL.into_iter().find(|stream| stream.as_str().as_bytes() == &rest[..end])?;
        let text = rest[end + 1..].strip_prefix(b" ")?;
        Some((time, stream, rest[end] == b'+', text))
    };
    let (time, stream, continues, text) = parts().unwrap_or(("", Stream::Sogoctl, false, line));
    OutputLine {
        time: time.to_owned(),
        service: service.to_owned(),
        stream,
        continues,
        text: String::from_utf8_lossy(text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-01-15T08:00:00.123+01:00";

    fn lines() -> Lines {
        Lines::new("db".into(), Stream::Stdout)
    }

    /// What is written of these reads, without time and service.
    fn written(reads: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut out) = (lines(), Vec::new());
        let mut count: u64 = reads.iter().map(|read| lines.take(TIME, read, &mut out)).sum();
        count += lines.finish(TIME, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count() as u64, count);
        let prefix = format!("{TIME} db stdout");
        text.lines().map(|line| line.strip_prefix(&prefix).unwrap().to_owned()).collect()
    }

    #[test]
    fn lines_come_out_whole_however_they_are_read() {
        for (reads, expected) in [
            (&[b"a\nb\n".as_slice()] as &[&[u8]], &[": a", ": b"] as &[&str]),
            (&[b"a", b"b\nc", b"", b"\n\n"], &[": ab", ": c", ": "]),
            (&[b"no break"], &[": no break"]),
            (&[b"dos\r\nback\rwards\n"], &[": dos", ": back\\u000dwards"]),
            (&[b"tab\t\x1b[31mred\x07\n"], &[": tab\t\\u001b[31mred\\u0007"]),
            (&[b"\xff\xfe\0z\xc3\n"], &[": \\xff\\xfe\\u0000z\\xc3"]),
            (&["d\u{e9}j\u{e0} \u{202e}x\n".as_bytes()], &[": déjà \\u202ex"]),
            (&[b"\xc3", b"\xa9\n"], &[": é"]),
            (&[b""], &[]),
        ] {
            assert_eq!(written(reads), expected, "{reads:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_in_pieces_between_characters() {
        let text = "é".repeat(500_000);
        for chunk in [777, 65_536, text.len() + 1] {
            let line = format!("{text}\nnext\n");
            let reads: Vec<&[u8]> = line.as_bytes().chunks(chunk).collect();
            let pieces = written(&reads);
            assert!(pieces[0].starts_with(": é") && pieces[1].starts_with("+ é"), "{}", &pieces[1][..9]);
            assert_eq!(pieces.last().unwrap(), ": next");
            assert!(pieces.iter().all(|piece| piece.len() <= LONGEST_PIECE + 2));
            let whole: String = pieces[..pieces.len() - 1].iter().map(|piece| &piece[2..]).collect();
            assert!(whole == text, "{chunk}");
        }
        assert_eq!(written(&[&[b'x'; LONGEST_PIECE], b"\n"]).len(), 1);
        assert_eq!(written(&[&vec![b'x'; LONGEST_PIECE + 1], b"\n"]).len(), 2);
        assert_eq!(written(&[&vec![0x80; 3 * LONGEST_PIECE], b"\nz\n"]).last().unwrap(), ": z");
    }

    #[test]
    fn a_line_reads_back() {
        let (mut one, mut out) = (lines(), Vec::new());
        one.take(TIME, b"a: b+ c\n", &mut out);
        let read = |line: &[u8]| {
            let line = parse("db", line);
            (line.time, line.stream, line.continues, line.text)
        };
        let text = |text: &str| (TIME.to_owned(), Stream::Stdout, false, text.to_owned());
        assert_eq!(read(out.strip_suffix(b"\n").unwrap()), text("a: b+ c"));
        assert_eq!(read(format!("{TIME} db stdout: ").as_bytes()), text(""));
        let note = note(TIME, "db", "x");
        assert_eq!(read(note.strip_suffix(b"\n").unwrap()).1, Stream::Sogoctl);
        for foreign in ["something else", "", "2026 db", &format!("{TIME} way stdout: x")] {
            assert_eq!(
                read(foreign.as_bytes()),
                (String::new(), Stream::Sogoctl, false, foreign.to_owned()),
                "{foreign}"
            );
        }
    }
}
