//! Text of SQL into tokens, by the rules of an engine.
//!
//! It knows what decides where a token ends: strings and their escapes, quoted names, comments, numbers, words. What
//! the engine would read differently from a person, or differently after our rewriting, is refused.

use super::fault::Fault;
use super::scan::{self, Digits, is_invisible, is_word_byte};
use super::token::{Dialect, Token, TokenKind, check_parentheses};

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
        use TokenKind::{Close, Comma, Name, Open, Positional, Semicolon, String};
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
            b'\'' => self.quoted(String, 0, mariadb)?,
            b'"' if mariadb => self.quoted(String, 0, true)?,
            b'"' | b'`' => self.quoted(Name, 0, false)?,
            b'[' if !mariadb => match self.text[self.at..].find(']') {
                Some(length) => self.push(Name, length + 1),
                None => return Err(Fault::unclosed(self.at, "the name that begins here has no closing ]")),
            },
            b'x' | b'X' if self.byte(1) == b'\'' => {
                self.digits_in_quotes(|byte| byte.is_ascii_hexdigit(), 2)?;
            }
            b'b' | b'B' if mariadb && self.byte(1) == b'\'' => {
                self.digits_in_quotes(|byte| matches!(byte, b'0' | b'1'), 1)?;
            }
            b'n' | b'N' if mariadb && self.byte(1) == b'\'' => self.quoted(String, 1, true)?,
            b'0'..=b'9' => self.digits()?,
            b'.' if self.byte(1).is_ascii_digit() && !self.after_name() => self.digits()?,
            b'.' => self.push(TokenKind::Dot, 1),
            b'(' => self.push(Open, 1),
            b')' => self.push(Close, 1),
            b',' => self.push(Comma, 1),
            b';' => self.push(Semicolon, 1),
            b'?' if !self.byte(1).is_ascii_digit() => self.push(Positional, 1),
            b':' if self.byte(1).is_ascii_alphabetic() || self.byte(1) == b'_' => self.placeholder()?,
            b'@' => self.variable()?,
            b'$' if !mariadb => return Err(self.foreign_sign('$')),
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
            return Err(Fault::unclosed(self.at, "the comment that begins here has no closing */"));
        };
        let end = self.at + length + 4;
        self.result.comments.push(Comment { at: self.at, end, to_line_end: false });
        self.at = end;
        self.spaced = true;
        Ok(())
    }

    /// Takes what stands in quotes behind `prefix` bytes.
    fn quoted(&mut self, kind: TokenKind, prefix: usize, backslash: bool) -> Result<(), Fault> {
        let rest = &self.text.as_bytes()[self.at + prefix..];
        let Some(length) = scan::quoted(rest, backslash) else {
            let what = if kind == TokenKind::String { "string" } else { "name" };
            let quote = char::from(self.byte(prefix));
            return Err(Fault::unclosed(
                self.at,
                format!("the {what} that begins here has no closing {quote}"),
            ));
        };
        self.push(kind, prefix + length);
        Ok(())
    }

    /// Takes a literal of digits in quotes, `x'1f'` or `b'01'`.
    fn digits_in_quotes(&mut self, is_digit: fn(u8) -> bool, group: usize) -> Result<(), Fault> {
        let Some(length) = scan::digits_in_quotes(&self.text.as_bytes()[self.at..], is_digit, group) else {
            let message = "this literal holds something else than its digits, or an odd number";
            return Err(Fault::new(self.at, message));
        };
        self.push(TokenKind::String, length);
        Ok(())
    }

    /// Takes a number, or on MariaDB a name that begins with digits.
    fn digits(&mut self) -> Result<(), Fault> {
        let is_name = self.dialect == Dialect::MariaDb && self.after_dot() && self.byte(0) != b'.';
        let found =
            if is_name { Digits::Name } else { scan::digits(self.dialect, &self.text.as_bytes()[self.at..]) };
        match found {
            Digits::Name => self.word(),
            Digits::Number(length) => {
                self.push(TokenKind::Number, length);
                Ok(())
            }
            Digits::RunsOn => {
                Err(Fault::new(self.at, "a number runs into a word here").hint("put a blank between them"))
            }
        }
    }

    /// Takes a named placeholder.
    fn placeholder(&mut self) -> Result<(), Fault> {
        let length = scan::word(&self.text.as_bytes()[self.at + 1..]);
        let name = &self.text[self.at + 1..self.at + 1 + length];
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(Fault::new(
                self.at,
                "the name of a placeholder holds ASCII letters, digits and _ only",
            ));
        }
        self.push(TokenKind::Placeholder, 1 + length);
        Ok(())
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
        let length = scan::word(&self.text.as_bytes()[self.at..]);
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
        if matches!(self.byte(signs), b'\'' | b'"' | b'`') {
            return self.quoted(TokenKind::Variable, signs, false);
        }
        self.push(TokenKind::Variable, signs + scan::word(&self.text.as_bytes()[self.at + signs..]));
        Ok(())
    }

    fn operator(&mut self) -> Result<(), Fault> {
        let rest = &self.text[self.at..];
        if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            self.push(TokenKind::Operator, operator.len());
            return Ok(());
        }
        Err(self.foreign_sign(rest.chars().next().unwrap_or(' ')))
    }

    /// Returns why this sign, which stands here, is no SQL.
    fn foreign_sign(&self, sign: char) -> Fault {
        let (message, hint) = match sign {
            ':' => ("a colon without a name", "a placeholder is written `:name`"),
            '?' => ("numbered placeholders are not understood", "write `:name`"),
            '$' => ("`$name` is a placeholder of SQLite's own", "write `:name`"),
            '\\' => ("a backslash outside of a string", "`\\N` is written NULL"),
            '{' | '}' => ("braces are not understood", "write it without them"),
            '#' => ("SQLite knows no comments with #", "write `-- comment`"),
            _ => return Fault::new(self.at, format!("`{}` has no place in SQL", sign.escape_debug())),
        };
        Fault::new(self.at, message).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, Sqlite};

    /// Writes tokens as `kind text`, so that a table of cases can be read.
    fn spell(dialect: Dialect, text: &str) -> String {
        let letter = |kind| match kind {
            TokenKind::Word => 'w',
            TokenKind::Name => 'n',
            TokenKind::String => 's',
            TokenKind::Number => '0',
            TokenKind::Placeholder => ':',
            TokenKind::Positional => '?',
            TokenKind::Variable => '@',
            TokenKind::Operator => '+',
            _ => '.',
        };
        let lexed = lex(dialect, text).unwrap();
        let pieces: Vec<String> =
            lexed.tokens.iter().map(|token| format!("{}{}", letter(token.kind), token.text)).collect();
        pieces.join(" ")
    }

    #[test]
    fn both_engines_read_these_alike() {
        let cases = [
            ("", ""),
            ("SELECT a1, _b, c$d, é_ü", "wSELECT wa1 ., w_b ., wc$d ., wé_ü"),
            ("'it''s' '' 'a\"b' 'é'", "s'it''s' s'' s'a\"b' s'é'"),
            ("`a``b` `select`", "n`a``b` n`select`"),
            ("x'1f' X'' y'1'", "sx'1f' sX'' wy s'1'"),
            ("1 1.5 .5 1. 1e5 1.5E-3 0x1f", "01 01.5 0.5 01. 01e5 01.5E-3 00x1f"),
            ("1+-2", "01 ++ +- 02"),
            (":a :b_1,:c=:d", "::a ::b_1 ., ::c += ::d"),
            ("'::x' :a", "s'::x' ::a"),
            ("a::b c:=d", "wa +:: wb wc +:= wd"),
            ("a->'$.b' ->> c || d<=>e", "wa +-> s'$.b' +->> wc +|| wd +<=> we"),
            ("a/* ; ' :x */b -- :y '\n c", "wa wb wc"),
            ("t.order t.`x`.*", "wt .. norder wt .. n`x` .. +*"),
            ("f(a);", "wf .( wa .) .;"),
            ("? ,?", "?? ., ??"),
            ("@a @@b.c", "@@a @@@b .. nc"),
            ("/**/ /***/ a", "wa"),
        ];
        for (text, expected) in cases {
            let expected = expected.replace("wt .. n", "?t .. n");
            assert_eq!(spell(Sqlite, text), expected.replace("?t", "wt"), "{text}");
            assert_eq!(
                spell(MariaDb, text).replace("nt .. n", "wt .. n"),
                expected.replace("?t", "wt"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_engines_read_these_differently() {
        let cases = [
            (r#""a""b" "c""#, r#"s"a""b" s"c""#, r#"n"a""b" n"c""#),
            ("a--1", "wa +- +- 01", "wa"),
            ("a-- 1\n,b", "wa ., wb", "wa ., wb"),
            ("a--", "wa", "wa"),
            ("N'a' b'01'", "sN'a' sb'01'", "wN s'a' wb s'01'"),
            ("order.id", "norder .. nid", "worder .. nid"),
            ("t.1a", "nt .. n1a", ""),
            ("1a 1e 0xg 1e5x", "w1a w1e w0xg 01e5 wx", ""),
            ("0X1f 0b01", "w0X1f 00b01", ""),
            ("a # b\n c", "wa wc", ""),
            (r"'a\'b'", r"s'a\'b'", ""),
            (r"'a\\' b", r"s'a\\' wb", r"s'a\\' wb"),
            (r"'a\' b", "", r"s'a\' wb"),
            (r"'\é' b", r"s'\é' wb", r"s'\é' wb"),
            ("[a b] c", "", "n[a b] wc"),
            ("_utf8mb4'a' n", "w_utf8mb4 s'a' wn", "w_utf8mb4 s'a' wn"),
        ];
        for (text, mariadb, sqlite) in cases {
            for (dialect, expected) in [(MariaDb, mariadb), (Sqlite, sqlite)] {
                if expected.is_empty() {
                    assert!(lex(dialect, text).is_err(), "{dialect:?}: {text}");
                } else {
                    assert_eq!(spell(dialect, text), expected, "{dialect:?}: {text}");
                }
            }
        }
    }

    #[test]
    fn what_ends_nowhere_or_means_nothing_is_refused_where_it_stands() {
        let cases = [
            ("a 'b", 2),
            ("a 'b''", 2),
            ("a `b", 2),
            ("a \"b", 2),
            ("a /* b", 2),
            ("a /*! b */", 2),
            ("a /*M! b */", 2),
            ("a /*!50000 b */", 2),
            ("(a", 0),
            ("a)", 1),
            ("(a))", 3),
            (")(", 0),
            ("a\0", 1),
            ("'\0'", 1),
            ("a : b", 2),
            ("a :1", 2),
            ("a :é", 2),
            ("a :né", 2),
            ("?1", 0),
            ("a\u{a0}b", 1),
            ("a\u{feff}", 1),
            ("é\u{200b}", 2),
            ("\u{1}", 0),
            ("a \\N", 2),
            ("{d '2020-01-01'}", 0),
            ("x'1'", 0),
            ("x'1g'", 0),
            ("x'", 0),
            ("a € \u{3000}", 6),
            ("/*/", 0),
        ];
        for (text, offset) in cases {
            for dialect in [MariaDb, Sqlite] {
                let fault = lex(dialect, text).unwrap_err();
                assert_eq!(fault.offset, offset, "{dialect:?}: {text:?}: {fault}");
            }
        }
        assert!(lex(MariaDb, &"(".repeat(100_000)).is_err());
    }

    #[test]
    fn comments_are_kept_apart() {
        let lexed = lex(MariaDb, "a -- b\n/* c */ # d").unwrap();
        let comments: Vec<(usize, usize, bool)> =
            lexed.comments.iter().map(|comment| (comment.at, comment.end, comment.to_line_end)).collect();
        assert_eq!(comments, [(2, 6, true), (7, 14, false), (15, 18, true)]);
    }
}
