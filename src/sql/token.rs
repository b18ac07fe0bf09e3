//! The smallest pieces of SQL, and how they become text again.

use super::fault::Fault;

/// Parentheses may be nested this deep; nobody writes more, and what walks them may recurse.
const MAX_DEPTH: usize = 100;

/// The spelling rules of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// MariaDB without ANSI_QUOTES and NO_BACKSLASH_ESCAPES, as our sessions are set up.
    MariaDb,
    /// SQLite.
    Sqlite,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum TokenKind {
    /// A bare word, which may be a keyword.
    Word,
    /// A word that can be no keyword: quoted, or part of a dotted name.
    Name,
    /// A literal in quotes with its prefix: `'…'`, `x'…'`, and on MariaDB `"…"`, `b'…'`, `N'…'`.
    String,
    /// A number of any base.
    Number,
    /// `:name`.
    Placeholder,
    /// `?`.
    Positional,
    /// `@name` or `@@name`.
    Variable,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `,`.
    Comma,
    /// `.` between the parts of a name.
    Dot,
    /// `;`.
    Semicolon,
    /// Anything of signs that computes or compares.
    Operator,
}

/// One token. Comments and blanks are none; they leave [`Token::spaced`] on the token after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// As it was written, byte for byte.
    pub(super) text: Box<str>,
    /// Byte offset in the text it was read from.
    pub(super) at: usize,
    /// Whether blanks or a comment stood before it.
    pub(super) spaced: bool,
}

impl Token {
    /// Makes a token that stands in no text, with a blank before it.
    pub(super) fn made(kind: TokenKind, text: &str) -> Self {
        Self { kind, text: text.into(), at: 0, spaced: true }
    }

    /// Tells whether this is the keyword, in any case; `keyword` is in capitals.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Tells whether this is one of the keywords, in any case; they are in capitals.
    pub(super) fn is_one_of(&self, keywords: &[&str]) -> bool {
        self.kind == TokenKind::Word && keywords.iter().any(|keyword| self.text.eq_ignore_ascii_case(keyword))
    }

    /// Tells whether this is the operator.
    pub(super) fn is_operator(&self, operator: &str) -> bool {
        self.kind == TokenKind::Operator && &*self.text == operator
    }

    /// Returns the name that a word or a quoted name spells, `None` for any other token.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text.to_string()),
            TokenKind::Name => Some(unquoted(&self.text)),
            _ => None,
        }
    }

    /// Returns the placeholder's name without its colon, `None` for any other token.
    pub(super) fn placeholder(&self) -> Option<&str> {
        (self.kind == TokenKind::Placeholder).then(|| &self.text[1..])
    }
}

/// Returns what stands between the quotes, doubled quotes undone.
pub(super) fn unquoted(text: &str) -> String {
    let close = match text.chars().next() {
        Some('[') => "]",
        Some('`') => "`",
        Some('"') => "\"",
        Some('\'') => "'",
        _ => return text.to_owned(),
    };
    let inner = text.get(1..text.len() - 1).unwrap_or_default();
    if close == "]" { inner.to_owned() } else { inner.replace(&close.repeat(2), close) }
}

/// Refuses parentheses that do not match, or are nested too deep.
pub(super) fn check_parentheses(tokens: &[Token]) -> Result<(), Fault> {
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

/// Returns the index of the parenthesis that closes the one at `open`, or the number of tokens if none does.
pub(super) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Returns the index after the token at `index`, or after the whole parenthesis if one opens there.
pub(super) fn after(tokens: &[Token], index: usize) -> usize {
    if tokens[index].kind == TokenKind::Open { closing(tokens, index) + 1 } else { index + 1 }
}

/// Writes tokens as text: one blank where there were some, none of the comments, literals untouched.
pub(super) fn render(tokens: &[Token]) -> String {
    render_as(tokens, |token| &token.text)
}

/// Writes tokens as text, each as `spelling` says.
pub(super) fn render_as(tokens: &[Token], spelling: impl Fn(&Token) -> &str) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        // Two signs that were apart by a comment only would begin a comment themselves: `1--/**/1`.
        let would_merge = 0 < index && tokens[index - 1].is_operator("-") && token.is_operator("-");
        if 0 < index && (token.spaced || would_merge) {
            text.push(' ');
        }
        text.push_str(spelling(token));
    }
    text
}
