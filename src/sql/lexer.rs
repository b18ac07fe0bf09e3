//! Text of SQL into tokens, by the rules of an engine.
//!
//! It knows what decides where a token ends: strings and their escapes, quoted names, comments, numbers, words. What
//! the engine would read differently from a person, or differently after our rewriting, is refused.

use super::fault::Fault;
use super::token::{Dialect, Token, TokenKind};

/// Parentheses may be nested this deep; nobody writes more, and what walks them may recurse.
const MAX_DEPTH: usize = 100;

/// Longest first, so that none is read as the beginning of another.
const OPERATORS: &[&str] = &[
    "->>", "<=>", "->", "<>", "!=", "<=", ">=", "==", "<<", ">>", ":=", "::", "||", "&&", "+", "-", "*", "/",
    "%", "&", "|", "^", "~", "!", "<", ">", "=",
];

/// A text taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lexed {
    /// What is neither blank nor comment, in order. Parentheses are balanced.
    pub(super) tokens: Vec<Token>,
    /// The comments, in order.
    pub(super) comments: Vec<Comment>,
}

/// A comment: it never reaches an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    /// Byte offset of its first sign.
    pub(super) at: usize,
    /// Byte offset after its last character; the end of the line is no part of it.
    pub(super) end: usize,
    /// Whether it runs to the end of its line (`--`, `#`).
    pub(super) to_line_end: bool,
}

/// Takes a text apart into tokens and comments.
pub(super) fn lex(dialect: Dialect, text: &str) -> Result<Lexed, Fault> {
    if let Some(offset) = text.find('\0') {
        return Err(Fault::new(offset, "a NUL character has no place in SQL"));
    }
    let result = Lexed { tokens: Vec::new(), comments: Vec::new() };
    let mut reader = Lexer { dialect, text, at: 0, spaced: false, result };
    while reader.at < text.len() {
        reader.step()?;
    }
    check_parentheses(&reader.result.tokens)?;
    Ok(reader.result)
}

/// Where the reading stands.
struct Lexer<'a> {
    dialect: Dialect,
    text: &'a str,
    at: usize,
    spaced: bool,
    result: Lexed,
}

impl Lexer<'_> {
    /// Reads one token, one comment or one blank.
    fn step(&mut self) -> Result<(), Fault> {
        use TokenKind::{Close, Comma, Name, Number, Open, Placeholder, Positional, Semicolon, String};
        let mariadb = self.dialect == Dialect::MariaDb;
        let first = self.byte(0);
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                self.at += 1;
                self.spaced = true;
            }
            b'-' if self.byte(1) == b'-' && (!mariadb || self.byte(2) <= b' ' || self.byte(2) == 0x7f) => {
                self.line_comment();
            }
            b'#' if mariadb => self.line_comment(),
            b'/' if self.byte(1) == b'*' => self.block_comment()?,
            b'\'' => self.push(String, self.quoted(0, mariadb, "string")?),
            b'"' if mariadb => self.push(String, self.quoted(0, true, "string")?),
            b'"' | b'`' => self.push(Name, self.quoted(0, false, "name")?),
            b'[' if !mariadb => match self.text[self.at..].find(']') {
                Some(length) => self.push(Name, length + 1),
                None => return Err(Fault::new(self.at, "the name that begins here has no closing ]")),
            },
            b'x' | b'X' if self.byte(1) == b'\'' => self.digits(|byte| byte.is_ascii_hexdigit(), 2)?,
            b'b' | b'B' if mariadb && self.byte(1) == b'\'' => {
                self.digits(|byte| matches!(byte, b'0' | b'1'), 1)?;
            }
            b'n' | b'N' if mariadb && self.byte(1) == b'\'' => {
                self.push(String, self.quoted(1, true, "string")?);
            }
            b'0'..=b'9' => self.number()?,
            b'.' if self.byte(1).is_ascii_digit() && !self.after_name() => self.push(Number, self.real(0)),
            b'.' => self.push(TokenKind::Dot, 1),
            b'(' => self.push(Open, 1),
            b')' => self.push(Close, 1),
            b',' => self.push(Comma, 1),
            b';' => self.push(Semicolon, 1),
            b'?' if self.byte(1).is_ascii_digit() => {
                return Err(
                    Fault::new(self.at, "numbered placeholders are not understood").hint("write `:name`")
                );
            }
            b'?' => self.push(Positional, 1),
            b':' if self.byte(1).is_ascii_alphabetic() || self.byte(1) == b'_' => {
                let length = 1 + self.word_length(1);
                if self.text[self.at + 1..self.at + length]
                    .contains(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                {
                    return Err(Fault::new(
                        self.at,
                        "the name of a placeholder holds ASCII letters, digits and _ only",
                    ));
                }
                self.push(Placeholder, length);
            }
            b'@' => self.variable()?,
            b'$' if !mariadb => {
                return Err(
                    Fault::new(self.at, "`$name` is a placeholder of SQLite's own").hint("write `:name`")
                );
            }
            _ if is_word_byte(first) => self.word()?,
            _ => self.operator()?,
        }
        Ok(())
    }

    /// Returns the byte at a distance from here, 0 past the end.
    fn byte(&self, distance: usize) -> u8 {
        self.text.as_bytes().get(self.at + distance).copied().unwrap_or(0)
    }

    /// Takes the next `length` bytes as a token.
    fn push(&mut self, kind: TokenKind, length: usize) {
        let text = self.text[self.at..self.at + length].into();
        self.result.tokens.push(Token { kind, text, at: self.at, spaced: self.spaced });
        self.at += length;
        self.spaced = false;
    }

    fn line_comment(&mut self) {
        let end = self.text[self.at..].find('\n').map_or(self.text.len(), |length| self.at + length);
        self.result.comments.push(Comment { at: self.at, end, to_line_end: true });
        self.at = end;
        self.spaced = true;
    }

    fn block_comment(&mut self) -> Result<(), Fault> {
        let rest = &self.text[self.at..];
        if rest.starts_with("/*!") || rest.starts_with("/*M!") {
            return Err(Fault::new(self.at, "MariaDB runs what stands in such a comment")
                .hint("write it without /*! and */, or as a plain comment /* … */"));
        }
        let Some(length) = rest[2..].find("*/") else {
            return Err(Fault::new(self.at, "the comment that begins here has no closing */"));
        };
        let end = self.at + length + 4;
        self.result.comments.push(Comment { at: self.at, end, to_line_end: false });
        self.at = end;
        self.spaced = true;
        Ok(())
    }

    /// Returns the length up to and with the closing quote of what opens `distance` bytes from here.
    fn quoted(&self, distance: usize, backslash: bool, what: &str) -> Result<usize, Fault> {
        let quote = self.byte(distance);
        let mut length = distance + 1;
        loop {
            match self.byte(length) {
                0 => {
                    let quote = char::from(quote);
                    return Err(Fault::new(
                        self.at,
                        format!("the {what} that begins here has no closing {quote}"),
                    ));
                }
                b'\\' if backslash => length += 2,
                byte if byte == quote && self.byte(length + 1) == quote => length += 2,
                byte if byte == quote => return Ok(length + 1),
                _ => length += 1,
            }
        }
    }

    /// Takes a literal of digits in quotes, `x'1f'` or `b'01'`.
    fn digits(&mut self, is_digit: fn(u8) -> bool, group: usize) -> Result<(), Fault> {
        let mut length = 2;
        while is_digit(self.byte(length)) {
            length += 1;
        }
        if self.byte(length) != b'\'' || !(length - 2).is_multiple_of(group) {
            return Err(Fault::new(
                self.at,
                "this literal holds something else than its digits, or an odd number",
            ));
        }
        self.push(TokenKind::String, length + 1);
        Ok(())
    }

    /// Takes a number, or on MariaDB a name that begins with digits.
    fn number(&mut self) -> Result<(), Fault> {
        let mariadb = self.dialect == Dialect::MariaDb;
        if mariadb && self.after_dot() {
            return self.word();
        }
        let radix_length = match (self.byte(0), self.byte(1)) {
            (b'0', b'x') => self.run_length(2, |byte| byte.is_ascii_hexdigit()),
            (b'0', b'X') if !mariadb => self.run_length(2, |byte| byte.is_ascii_hexdigit()),
            (b'0', b'b') if mariadb => self.run_length(2, |byte| matches!(byte, b'0' | b'1')),
            _ => 0,
        };
        let length = if 0 < radix_length { 2 + radix_length } else { self.real(0) };
        let runs_on = is_word_byte(self.byte(length));
        let is_plain = self.text[self.at..self.at + length].bytes().all(|byte| byte.is_ascii_digit());
        if mariadb && runs_on && (is_plain || 0 < radix_length) {
            return self.word();
        }
        if !mariadb && runs_on {
            return Err(
                Fault::new(self.at, "a number runs into a word here").hint("put a blank between them")
            );
        }
        self.push(TokenKind::Number, length);
        Ok(())
    }

    /// Returns the length of the decimal number `distance` bytes from here: digits, a fraction, an exponent.
    fn real(&self, distance: usize) -> usize {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let mut length = distance + self.run_length(distance, is_digit);
        if self.byte(length) == b'.' {
            length += 1 + self.run_length(length + 1, is_digit);
        }
        if matches!(self.byte(length), b'e' | b'E') {
            let signed = usize::from(matches!(self.byte(length + 1), b'+' | b'-'));
            let digits = self.run_length(length + 1 + signed, is_digit);
            if 0 < digits {
                length += 1 + signed + digits;
            }
        }
        length
    }

    fn run_length(&self, distance: usize, accept: fn(u8) -> bool) -> usize {
        self.text.as_bytes()[self.at..].iter().skip(distance).take_while(|&&byte| accept(byte)).count()
    }

    fn word_length(&self, distance: usize) -> usize {
        self.run_length(distance, is_word_byte)
    }

    /// Tells whether a dot that stands here goes on with the name right before it.
    fn after_name(&self) -> bool {
        let last = self.result.tokens.last();
        self.dialect == Dialect::MariaDb && !self.spaced && last.is_some_and(|token| token.name().is_some())
    }

    fn after_dot(&self) -> bool {
        self.result.tokens.last().is_some_and(|token| token.kind == TokenKind::Dot)
    }

    /// Takes a bare word: one beside a dot is a name, also if it is spelt like a keyword.
    fn word(&mut self) -> Result<(), Fault> {
        let length = self.word_length(0);
        let text = &self.text[self.at..self.at + length];
        if let Some((index, _)) = text.char_indices().find(|(_, c)| is_invisible(*c)) {
            return Err(Fault::new(self.at + index, "an invisible character or a blank that is none in SQL")
                .hint("replace it by a plain space; such characters come from copying out of a document"));
        }
        // MariaDB looks no keyword up where a dot and a name follow at once: `order.id`.
        let before_dot = self.dialect == Dialect::MariaDb
            && self.byte(length) == b'.'
            && is_word_byte(self.byte(length + 1));
        let kind = if self.after_dot() || before_dot { TokenKind::Name } else { TokenKind::Word };
        self.push(kind, length);
        Ok(())
    }

    /// Takes a variable of the connection, so that it can be refused by name.
    fn variable(&mut self) -> Result<(), Fault> {
        let signs = if self.byte(1) == b'@' { 2 } else { 1 };
        let length = match self.byte(signs) {
            b'\'' | b'"' | b'`' => self.quoted(signs, false, "name")?,
            _ => signs + self.word_length(signs),
        };
        self.push(TokenKind::Variable, length);
        Ok(())
    }

    fn operator(&mut self) -> Result<(), Fault> {
        let rest = &self.text[self.at..];
        if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            self.push(TokenKind::Operator, operator.len());
            return Ok(());
        }
        let fault = match rest.chars().next().unwrap_or(' ') {
            ':' => Fault::new(self.at, "a colon without a name").hint("a placeholder is written `:name`"),
            '\\' => Fault::new(self.at, "a backslash outside of a string").hint("`\\N` is written NULL"),
            '{' | '}' => Fault::new(self.at, "braces are not understood").hint("write it without them"),
            '#' => Fault::new(self.at, "SQLite knows no comments with #").hint("write `-- comment`"),
            c => Fault::new(self.at, format!("`{}` has no place in SQL", c.escape_debug())),
        };
        Err(fault)
    }
}

/// Tells whether a byte can stand in a bare word; all bytes of non-ASCII characters can, for both engines.
const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || 0x80 <= byte
}

/// Tells whether a person would not see this character, or take it for a blank.
fn is_invisible(c: char) -> bool {
    !c.is_ascii()
        && (c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
}

fn check_parentheses(tokens: &[Token]) -> Result<(), Fault> {
    let mut open = Vec::new();
    for token in tokens {
        match token.kind {
            TokenKind::Open if open.len() == MAX_DEPTH => {
                return Err(Fault::new(token.at, format!("parentheses are nested deeper than {MAX_DEPTH}")));
            }
            TokenKind::Open => open.push(token.at),
            TokenKind::Close if open.pop().is_none() => {
                return Err(Fault::new(token.at, "this ) closes nothing"));
            }
            _ => {}
        }
    }
    open.pop().map_or(Ok(()), |at| Err(Fault::new(at, "this ( is never closed")))
}
