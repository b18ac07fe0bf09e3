//! The way back from a byte of a text to the place in the YAML file where it is written.

use std::ops::Range;

use super::source::At;

/// Returns where the byte at this offset of `value` stands in the file; for a blank, where the next word does.
///
/// `content` are the bytes of the file that hold the text, without quotes. YAML's folding moves only blanks, so what is
/// between them is counted, escapes decoded. An offset past the end counts as the end.
pub(super) fn position(at: &At, content: &Range<usize>, value: &str, offset: usize) -> At {
    let text = &at.source().text;
    let raw = text.get(content.clone()).unwrap_or_default();
    let quote = text.get(..content.start).and_then(|before| before.chars().next_back());
    let written: Vec<(usize, char)> = decoded(raw, quote).filter(|(_, c)| !is_blank(*c)).collect();
    if written.len() != value.chars().filter(|c| !is_blank(*c)).count() {
        return at.clone();
    }
    let before = value.get(..offset).unwrap_or(value).chars().filter(|c| !is_blank(*c)).count();
    let byte = written.get(before).map_or(raw.trim_end().len(), |(byte, _)| *byte);
    At::of_byte(at.source(), content.start + byte)
}

/// What folding may move, and an escape may stand for.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Returns the characters that a text stands for, each with the byte at which it is written.
fn decoded(raw: &str, quote: Option<char>) -> impl Iterator<Item = (usize, char)> {
    let mut rest = raw.char_indices();
    std::iter::from_fn(move || {
        let (at, c) = rest.next()?;
        let c = match (quote, c) {
            (Some('\''), '\'') => {
                rest.next();
                c
            }
            (Some('"'), '\\') => escaped(&mut rest),
            _ => c,
        };
        Some((at, c))
    })
}

/// Decodes what follows a backslash between double quotes; a line that goes on after one is a blank.
fn escaped(rest: &mut std::str::CharIndices<'_>) -> char {
    let Some((_, letter)) = rest.next() else { return ' ' };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        // A blank of Unicode is no blank to the counting on the other side.
        'N' => return '\u{85}',
        '_' => return '\u{a0}',
        'L' | 'P' => return '\u{2028}',
        '0' | 'a' | 'b' | 'e' | 'v' | 'f' => return '\0',
        't' | 'n' | 'r' => return ' ',
        other => return other,
    };
    let number = rest.take(digits).fold(0, |number: u32, (_, digit)| {
        number.wrapping_mul(16).wrapping_add(digit.to_digit(16).unwrap_or_default())
    });
    char::from_u32(number).unwrap_or_default()
}
