//! `printf`, as far as mails need it: what Go would answer with `%!d(string=…)` is a fault here.

use std::borrow::Cow;

use super::data::Data;

/// Characters that a value may be padded to.
const WIDEST: usize = 1000;
/// Digits behind the point at most.
const MOST_DIGITS: usize = 100;

/// A part of a format.
enum Part<'f> {
    Text(&'f str),
    Verb(Verb<'f>),
}

struct Verb<'f> {
    letter: char,
    /// Those of `-+# 0` that are given.
    flags: &'f str,
    width: usize,
    precision: Option<usize>,
}

/// Checks a format and the number of values it is given.
pub(super) fn check(format: &str, values: usize) -> Result<(), String> {
    let parts = parse(format)?;
    let wanted = parts.iter().filter(|part| matches!(part, Part::Verb(_))).count();
    if wanted == values {
        return Ok(());
    }
    let many = |count: usize| if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
    Err(format!("the format wants {}, and is given {}", many(wanted), many(values)))
}

/// Fills values into a format.
pub(super) fn printf(format: &str, values: &[Cow<'_, Data>]) -> Result<String, String> {
    check(format, values.len())?;
    let mut values = values.iter();
    let mut printed = String::new();
    for part in parse(format)? {
        match part {
            Part::Text(text) => printed.push_str(text),
            Part::Verb(verb) => {
                let value = values.next().map_or(&Data::Null, AsRef::as_ref);
                printed.push_str(&verb.print(value)?);
            }
        }
    }
    Ok(printed)
}

fn parse(format: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        parts.push(Part::Text(&rest[..at]));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            parts.push(Part::Text("%"));
            rest = after;
            continue;
        }
        let (verb, length) = Verb::parse(rest)?;
        parts.push(Part::Verb(verb));
        rest = &rest[length..];
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

impl<'f> Verb<'f> {
    /// Reads what stands behind a `%`; returns its length too.
    fn parse(text: &'f str) -> Result<(Self, usize), String> {
        let flags = text.find(|c| !matches!(c, '-' | '+' | '#' | ' ' | '0')).unwrap_or(text.len());
        let (width, mut length) = digits(text, flags);
        let width = width.unwrap_or_default();
        let mut precision = None;
        if text[length..].starts_with('.') {
            let (given, end) = digits(text, length + 1);
            precision = Some(given.unwrap_or_default());
            length = end;
        }
        if WIDEST < width || precision.is_some_and(|precision| WIDEST < precision) {
            return Err(format!("the format pads to more than {WIDEST} characters"));
        }
        let Some(letter) = text[length..].chars().next() else {
            return Err("the format ends in the middle of a `%`; a percent sign is `%%`".into());
        };
        if !"vsdqxXfFeEtcob".contains(letter) {
            return Err(format!(
                "`%{}{letter}` is no format here; there are %v %s %q %d %x %o %b %c %f %e %t, and %% is a percent sign",
                &text[..length]
            ));
        }
        if matches!(letter, 'f' | 'F' | 'e' | 'E') && precision.is_some_and(|digits| MOST_DIGITS < digits) {
            return Err(format!("a number has at most {MOST_DIGITS} digits behind its point here"));
        }
        Ok((Self { letter, flags: &text[..flags], width, precision }, length + letter.len_utf8()))
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn print(&self, value: &Data) -> Result<String, String> {
        let (text, is_number) = match (self.letter, value) {
            ('v' | 's', Data::Number(number)) => (self.signed(number.to_string()), true),
            ('v' | 's', value) => (self.cut(value.to_string()), false),
            ('q', Data::Text(text)) => (quoted(&self.cut(text.clone())), false),
            ('x' | 'X', Data::Text(text)) => (self.hexadecimal(self.cut(text.clone()).as_bytes()), false),
            ('d' | 'x' | 'X' | 'o' | 'b' | 'c', Data::Number(number)) => {
                let whole = number.integer();
                let whole = whole
                    .ok_or_else(|| format!("`%{}` prints whole numbers, and it is {number}", self.letter))?;
                (self.integer(whole)?, self.letter != 'c')
            }
            ('f' | 'F' | 'e' | 'E', Data::Number(number)) => (self.float(number.float()), true),
            ('t', Data::Bool(truth)) => (truth.to_string(), false),
            (letter, value) => {
                let wanted = match letter {
                    'q' => "a text",
                    't' => "true or false",
                    'x' | 'X' => "a text or a whole number",
                    'f' | 'F' | 'e' | 'E' => "a number",
                    _ => "a whole number",
                };
                return Err(format!("`%{letter}` prints {wanted}, and it is {}", value.describe()));
            }
        };
        Ok(self.pad(text, is_number))
    }

    fn integer(&self, whole: i128) -> Result<String, String> {
        let magnitude = whole.unsigned_abs();
        let marked = |prefix| if self.has('#') { prefix } else { "" };
        let (prefix, digits) = match self.letter {
            'x' => (marked("0x"), format!("{magnitude:x}")),
            'X' => (marked("0X"), format!("{magnitude:X}")),
            'o' => (marked("0"), format!("{magnitude:o}")),
            'b' => (marked("0b"), format!("{magnitude:b}")),
            'c' => {
                let c = u32::try_from(whole).ok().and_then(char::from_u32);
                return c.map(String::from).ok_or_else(|| format!("{whole} is the number of no character"));
            }
            _ => ("", magnitude.to_string()),
        };
        let digits = format!("{prefix}{digits:0>width$}", width = self.precision.unwrap_or_default());
        Ok(self.signed(if whole < 0 { format!("-{digits}") } else { digits }))
    }

    fn float(&self, float: f64) -> String {
        let precision = self.precision.unwrap_or(6);
        if matches!(self.letter, 'f' | 'F') {
            return self.signed(format!("{float:.precision$}"));
        }
        let text = format!("{float:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ('-', digits),
            None => ('+', exponent),
        };
        let letter = self.letter;
        self.signed(format!("{mantissa}{letter}{sign}{digits:0>2}"))
    }

    fn hexadecimal(&self, bytes: &[u8]) -> String {
        let digits: Vec<String> = (bytes.iter())
            .map(|byte| if self.letter == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") })
            .collect();
        digits.join(if self.has(' ') { " " } else { "" })
    }

    fn signed(&self, number: String) -> String {
        match number.starts_with('-') {
            false if self.has('+') => format!("+{number}"),
            false if self.has(' ') => format!(" {number}"),
            _ => number,
        }
    }

    /// Keeps as many characters of a text as the precision says.
    fn cut(&self, text: String) -> String {
        match self.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text,
        }
    }

    fn pad(&self, text: String, is_number: bool) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if missing == 0 {
            return text;
        }
        if self.has('-') {
            return text + &" ".repeat(missing);
        }
        // Go fills whole numbers of a given precision with blanks.
        let by_zeros =
            self.has('0') && is_number && (self.precision.is_none() || "fFeE".contains(self.letter));
        if !by_zeros {
            return " ".repeat(missing) + &text;
        }
        let sign = text.len() - text.trim_start_matches(['-', '+', ' ']).len();
        format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..])
    }
}

/// Reads a number that may stand at `from`; returns where it ends.
fn digits(text: &str, from: usize) -> (Option<usize>, usize) {
    let rest = &text[from..];
    let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = (0 < length).then(|| rest[..length].parse().unwrap_or(usize::MAX));
    (number, from + length)
}

/// Quotes a text as Go does.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            c if c.is_ascii_control() => quoted.extend(['\\', 'x'].into_iter().chain(digits_of(c, 2))),
            c if c.is_control() => quoted.extend(['\\', 'u'].into_iter().chain(digits_of(c, 4))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Returns this many hexadecimal digits of a character's number.
fn digits_of(c: char, digits: u32) -> impl Iterator<Item = char> {
    (0..digits).rev().filter_map(move |place| char::from_digit(u32::from(c) >> (4 * place) & 15, 16))
}
