//! The text of a template cut into what stands as it is and what is done.

use super::MOST_FAULTS;
use super::data::Data;
use super::fault::Fault;
use super::number::Number;

/// A piece of a template's text; comments are gone.
#[derive(Debug)]
pub(super) enum Piece<'s> {
    Text { at: usize, text: &'s str },
    Action(Action<'s>),
}

/// What stands between `{{` and `}}`.
#[derive(Debug)]
pub(super) struct Action<'s> {
    /// Byte of its `{{`.
    pub(super) at: usize,
    /// Byte of its end, before a `-` and `}}`.
    pub(super) end: usize,
    /// Its words; those before the fault if `is_broken`.
    pub(super) tokens: Vec<Token<'s>>,
    /// Something in it was reported.
    pub(super) is_broken: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Token<'s> {
    pub(super) at: usize,
    pub(super) text: &'s str,
    pub(super) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// `range`, `len`, `true`.
    Word,
    /// `.Name`.
    Field,
    /// `.` alone.
    Dot,
    /// `$`, `$x`.
    Variable,
    Literal(Data),
    Pipe,
    Open,
    Close,
    Comma,
    /// `:=`.
    Declare,
    /// `=`.
    Assign,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// Cuts a template; what is wrong is added to the faults and the rest is cut all the same.
pub(super) fn cut<'s>(source: &'s str, faults: &mut Vec<Fault>) -> Vec<Piece<'s>> {
    Lexer { source, position: 0, faults }.cut()
}

struct Lexer<'s, 'f> {
    source: &'s str,
    position: usize,
    faults: &'f mut Vec<Fault>,
}

impl<'s> Lexer<'s, '_> {
    fn cut(mut self) -> Vec<Piece<'s>> {
        let mut pieces = Vec::new();
        let mut trims = false;
        loop {
            let at = self.position;
            let open = self.rest().find("{{").map(|found| at + found);
            let mut text = &self.source[at..open.unwrap_or(self.source.len())];
            if trims {
                text = text.trim_start_matches(is_blank);
            }
            let at = open.unwrap_or(self.source.len()) - text.len();
            let trims_before = open.is_some_and(|open| opens_with_trim(&self.source[open + 2..]));
            if trims_before {
                text = text.trim_end_matches(is_blank);
            }
            if !text.is_empty() {
                pieces.push(Piece::Text { at, text });
            }
            let Some(open) = open else { return pieces };
            if MOST_FAULTS <= self.faults.len() {
                return pieces;
            }
            self.position = open + if trims_before { 3 } else { 2 };
            match self.action(open) {
                Some((action, trims_after)) => {
                    pieces.extend(action.map(Piece::Action));
                    trims = trims_after;
                }
                None => return pieces,
            }
        }
    }

    /// Reads an action or a comment to its end; `None` when there is none. Tells whether the text after it is trimmed.
    fn action(&mut self, open: usize) -> Option<(Option<Action<'s>>, bool)> {
        let comment = self.rest().trim_start_matches(is_blank);
        if comment.starts_with("/*") {
            return self.comment(open).map(|trims| (None, trims));
        }
        let mut action = Action { at: open, end: open, tokens: Vec::new(), is_broken: false };
        loop {
            let blanks = self.rest().len() - self.rest().trim_start_matches(is_blank).len();
            let after = &self.rest()[blanks..];
            action.end = self.position + blanks;
            if let Some(trims) = closes(after, blanks) {
                self.position = action.end + if trims { 3 } else { 2 };
                return Some((Some(action), trims));
            }
            self.position = action.end;
            if after.is_empty() {
                self.never_closed(open);
                return None;
            }
            match self.token() {
                Ok(token) => {
                    self.position = token.end();
                    action.tokens.push(token);
                }
                Err(fault) => {
                    self.faults.push(fault);
                    action.is_broken = true;
                    let end = self.rest().find("}}")?;
                    action.end = self.position + end;
                    self.position = action.end + 2;
                    return Some((Some(action), self.source[..self.position].ends_with("-}}")));
                }
            }
        }
    }

    fn comment(&mut self, open: usize) -> Option<bool> {
        let Some(end) = self.rest().find("*/") else {
            let fault = Fault::new(self.source, open, "this comment is never closed");
            self.faults.push(fault.hint("end it with `*/}}`"));
            return None;
        };
        self.position += end + 2;
        let blanks = self.rest().len() - self.rest().trim_start_matches(is_blank).len();
        if let Some(trims) = closes(&self.rest()[blanks..], blanks).filter(|trims| *trims || blanks == 0) {
            self.position += blanks + if trims { 3 } else { 2 };
            return Some(trims);
        }
        let fault = Fault::new(self.source, self.position, "after a comment its action has to end");
        self.faults.push(fault.hint("a comment is an action of its own: `{{/* … */}}` or `{{- /* … */ -}}`"));
        let close = self.rest().find("}}")?;
        self.position += close + 2;
        Some(false)
    }

    fn token(&self) -> Result<Token<'s>, Fault> {
        let rest = self.rest();
        let mut characters = rest.chars();
        let first = characters.next().unwrap_or_default();
        let second = characters.next().unwrap_or_default();
        let (length, kind) = match first {
            '"' => return self.quoted(rest),
            '`' => return self.raw(rest),
            '\'' => return self.character(rest),
            '.' if is_letter(second) => (1 + name_length(&rest[1..]), TokenKind::Field),
            '0'..='9' => return self.number(rest),
            '.' | '+' | '-' if second.is_ascii_digit() => return self.number(rest),
            '-' if second == '.' => return self.number(rest),
            '.' if second == '.' => {
                return Err(self.fault("`..` means nothing").hint("`$` is the data as a whole"));
            }
            '.' => (1, TokenKind::Dot),
            '$' => (1 + name_length(&rest[1..]), TokenKind::Variable),
            '|' if second != '|' => (1, TokenKind::Pipe),
            '(' => (1, TokenKind::Open),
            ')' => (1, TokenKind::Close),
            ',' => (1, TokenKind::Comma),
            ':' if second == '=' => (2, TokenKind::Declare),
            '=' if second != '=' => (1, TokenKind::Assign),
            _ if is_letter(first) => (name_length(rest), TokenKind::Word),
            _ => return Err(self.stranger(first)),
        };
        Ok(Token { at: self.position, text: &rest[..length], kind })
    }

    fn stranger(&self, found: char) -> Fault {
        let before = self.source[..self.position].chars().next_back().unwrap_or_default();
        let hint = match found {
            '=' => "compare with `eq .a .b`",
            '!' => "compare with `ne .a .b`, and say `not .a`",
            '<' | '>' => "compare with `lt`, `le`, `gt` or `ge`, such as `gt .count 1`",
            '&' => "say `and .a .b`",
            '|' => "say `or .a .b`",
            '-' if is_name(before) => "a name with `-` in it is reached by `index . \"the-name\"`",
            '+' | '-' | '*' | '%' => "a template does not calculate: do it in the query, or before sending",
            '#' | '/' | '^' if before == '{' => {
                "this is how Handlebars writes it; here it is `{{if .x}}…{{end}}` and `{{range .x}}…{{end}}`"
            }
            '{' => "two braces are enough; values are escaped for the HTML part alone",
            '[' => "an item of a list is `index .list 0`",
            _ => "a variable is `{{.Name}}`; text with braces is `{{\"{{\"}}`",
        };
        self.fault(format!("`{found}` cannot stand here")).hint(hint)
    }

    fn quoted(&self, rest: &'s str) -> Result<Token<'s>, Fault> {
        let mut text = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((index, c)) = characters.next() {
            match c {
                '"' => return Ok(self.literal(rest, index + 1, Data::Text(text))),
                '\n' => break,
                '\\' => {
                    let (decoded, length) = escaped(&rest[index + 1..], '"').ok_or_else(|| {
                        Fault::new(self.source, self.position + index, "this escape means nothing")
                            .hint("write a backslash as `\\\\`, or the text between backquotes")
                    })?;
                    text.push(decoded);
                    // Every character of an escape is one byte.
                    characters.nth(length - 1);
                }
                _ => text.push(c),
            }
        }
        Err(self.fault("the quote that opens here is not closed on its line"))
    }

    fn raw(&self, rest: &'s str) -> Result<Token<'s>, Fault> {
        let end =
            rest[1..].find('`').ok_or_else(|| self.fault("the backquote that opens here is never closed"))?;
        Ok(self.literal(rest, end + 2, Data::Text(rest[1..=end].to_owned())))
    }

    fn character(&self, rest: &'s str) -> Result<Token<'s>, Fault> {
        let fault =
            || self.fault("between these quotes stands one character").hint("a text stands between `\"`");
        let body = &rest[1..];
        let first = body.chars().next().filter(|c| !matches!(c, '\'' | '\n')).ok_or_else(fault)?;
        let (value, length) = if first == '\\' {
            let (value, length) = escaped(&body[1..], '\'').ok_or_else(fault)?;
            (value, length + 1)
        } else {
            (first, first.len_utf8())
        };
        if !body[length..].starts_with('\'') {
            return Err(fault());
        }
        let code = Number::of_integer(i128::from(u32::from(value)));
        Ok(self.literal(rest, length + 2, Data::Number(code)))
    }

    fn number(&self, rest: &'s str) -> Result<Token<'s>, Fault> {
        let mut length = 1;
        let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let is_hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
        for c in rest.chars().skip(1) {
            let is_sign = matches!(c, '+' | '-') && !is_hexadecimal && rest[..length].ends_with(['e', 'E']);
            if !(is_name(c) || c == '.' || is_sign) {
                break;
            }
            length += c.len_utf8();
        }
        let text = &rest[..length];
        let number = parse_number(text).ok_or_else(|| self.fault(format!("`{text}` is no number")))?;
        Ok(self.literal(rest, length, Data::Number(number)))
    }

    fn literal(&self, rest: &'s str, length: usize, value: Data) -> Token<'s> {
        Token { at: self.position, text: &rest[..length], kind: TokenKind::Literal(value) }
    }

    fn never_closed(&mut self, open: usize) {
        let fault = Fault::new(self.source, open, "this `{{` is never closed");
        self.faults.push(fault.hint("end it with `}}`"));
    }

    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.source, self.position, message)
    }

    fn rest(&self) -> &'s str {
        &self.source[self.position..]
    }
}

/// Tells whether what follows `{{` is a `-` with a blank behind it, without which it is a minus.
fn opens_with_trim(after: &str) -> bool {
    let mut characters = after.chars();
    characters.next() == Some('-') && characters.next().is_some_and(is_blank)
}

/// Tells whether an action ends here, and whether it trims what follows.
fn closes(after: &str, blanks: usize) -> Option<bool> {
    if after.starts_with("}}") {
        return Some(false);
    }
    (0 < blanks && after.starts_with("-}}")).then_some(true)
}

/// Decodes what follows a backslash: the character, and how many bytes tell it.
fn escaped(after: &str, quote: char) -> Option<(char, usize)> {
    let simple = |c| Some((c, 1));
    let coded = |digits: usize, skip: usize, radix: u32, limit: u32| {
        let text = after.get(skip..skip + digits)?;
        let is_plain = text.chars().all(|c| c.is_digit(radix));
        let code = u32::from_str_radix(text, radix).ok().filter(|code| is_plain && *code < limit)?;
        Some((char::from_u32(code)?, skip + digits))
    };
    // A byte beyond ASCII would be a part of a character; write the character.
    const ASCII: u32 = 0x80;
    match after.chars().next()? {
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        'f' => simple('\x0c'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\x0b'),
        '\\' => simple('\\'),
        c if c == quote => simple(c),
        'x' => coded(2, 1, 16, ASCII),
        'u' => coded(4, 1, 16, u32::MAX),
        'U' => coded(8, 1, 16, u32::MAX),
        '0'..='7' => coded(3, 0, 8, ASCII),
        _ => None,
    }
}

/// Reads a number as Go writes it: `12`, `-3`, `0x1f`, `0b101`, `0o17`, `017`, `1_000`, `1.5`, `1e3`.
fn parse_number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let lower = digits.to_ascii_lowercase().replace('_', "");
    let whole = |digits: &str, radix| {
        let is_plain = digits.chars().all(|c| c.is_digit(radix));
        let value = i64::from_str_radix(digits, radix).ok().filter(|_| is_plain)?;
        Some(Number::of_integer(sign * i128::from(value)))
    };
    match lower.get(..2) {
        Some("0x") => return whole(&lower[2..], 16),
        Some("0b") => return whole(&lower[2..], 2),
        Some("0o") => return whole(&lower[2..], 8),
        _ => {}
    }
    if lower.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_octal = 1 < lower.len() && lower.starts_with('0');
        return whole(&lower, if is_octal { 8 } else { 10 });
    }
    let is_plain = lower.bytes().all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte));
    let float = lower.parse::<f64>().ok().filter(|float| is_plain && float.is_finite())?;
    Some(Number::of_float(if sign < 0 { -float } else { float }))
}

fn name_length(text: &str) -> usize {
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
