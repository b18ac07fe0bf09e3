//! How long the word, the number or the quoted piece is that a text begins with.

use super::token::Dialect;

/// What digits at the beginning of a text turn out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// A number of this length.
    Number(usize),
    /// The beginning of a name, as MariaDB allows it: `1st`.
    Name,
    /// A number that runs into a word, which SQLite refuses.
    RunsOn,
}

/// Tells whether a byte can stand in a bare word; all bytes of non-ASCII characters can, for both engines.
pub(super) const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || 0x80 <= byte
}

/// Tells whether a person would not see this character, or take it for a blank.
pub(super) fn is_invisible(c: char) -> bool {
    let is_mark =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    !c.is_ascii() && (c.is_whitespace() || c.is_control() || is_mark)
}

/// Returns the length of the bare word.
pub(super) fn word(bytes: &[u8]) -> usize {
    run(bytes, is_word_byte)
}

/// Returns the length up to and with the closing quote, of which the first byte is the opening one.
pub(super) fn quoted(bytes: &[u8], backslash: bool) -> Option<usize> {
    let quote = *bytes.first()?;
    let mut length = 1;
    loop {
        match *bytes.get(length)? {
            b'\\' if backslash => length += 2,
            byte if byte == quote && bytes.get(length + 1) == Some(&quote) => length += 2,
            byte if byte == quote => return Some(length + 1),
            _ => length += 1,
        }
    }
}

/// Returns the length of digits in quotes behind a letter, `x'1f'`, if their number is a multiple of `group`.
pub(super) fn digits_in_quotes(bytes: &[u8], is_digit: fn(u8) -> bool, group: usize) -> Option<usize> {
    let count = run(bytes.get(2..)?, is_digit);
    (bytes.get(2 + count) == Some(&b'\'') && count.is_multiple_of(group)).then_some(count + 3)
}

/// Tells what begins with a digit, or with a dot and a digit.
pub(super) fn digits(dialect: Dialect, bytes: &[u8]) -> Digits {
    let based = match (dialect, bytes) {
        (_, [b'0', b'x', rest @ ..]) | (Dialect::Sqlite, [b'0', b'X', rest @ ..]) => {
            run(rest, |byte| byte.is_ascii_hexdigit())
        }
        (Dialect::MariaDb, [b'0', b'b', rest @ ..]) => run(rest, |byte| matches!(byte, b'0' | b'1')),
        _ => 0,
    };
    let length = if 0 < based { 2 + based } else { decimal(bytes) };
    if !bytes.get(length).copied().is_some_and(is_word_byte) {
        return Digits::Number(length);
    }
    let is_whole = 0 < based || bytes[..length].iter().all(u8::is_ascii_digit);
    match dialect {
        Dialect::MariaDb if is_whole => Digits::Name,
        // A fraction ends where no digit follows: `1.5a` is `1.5 AS a`.
        Dialect::MariaDb => Digits::Number(length),
        Dialect::Sqlite => Digits::RunsOn,
    }
}

/// Returns the length of a decimal number: digits, a fraction, an exponent.
fn decimal(bytes: &[u8]) -> usize {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let mut length = run(bytes, is_digit);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + run(&bytes[length + 1..], is_digit);
    }
    let exponent = match bytes.get(length..).unwrap_or_default() {
        [b'e' | b'E', b'+' | b'-', rest @ ..] => (2, run(rest, is_digit)),
        [b'e' | b'E', rest @ ..] => (1, run(rest, is_digit)),
        _ => (0, 0),
    };
    if 0 < exponent.1 { length + exponent.0 + exponent.1 } else { length }
}

fn run(bytes: &[u8], accept: fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|&&byte| accept(byte)).count()
}
