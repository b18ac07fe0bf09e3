//! Columns as they are named in expressions.

use super::token::{Token, TokenKind};
use super::words::{RESERVED, VALUES};

/// A column as a statement names it, quotes undone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// The alias or the table before the dot, if there is one.
    pub table: Option<String>,
    /// The column.
    pub column: String,
}

/// Tells whether a token can name a column or a table by itself.
pub(super) fn is_name(token: &Token) -> bool {
    token.kind == TokenKind::Name || (token.kind == TokenKind::Word && !token.is_one_of(RESERVED))
}

/// Tells whether a value can end with this token: after it comes an operator, a keyword or a sign, but no column.
pub(super) fn ends_value(token: &Token) -> bool {
    use TokenKind::{Close, Name, Number, Placeholder, Positional, String, Variable, Word};
    match token.kind {
        String | Number | Placeholder | Positional | Close | Name | Variable => true,
        Word => !token.is_one_of(RESERVED) || token.is_one_of(VALUES),
        _ => false,
    }
}

/// Reads the column named at `index`, `c`, `t.c` or `s.t.c`, and returns it with the index after it.
pub(super) fn column_at(tokens: &[Token], index: usize) -> Option<(ColumnRef, usize)> {
    let mut names = vec![tokens.get(index).filter(|token| is_name(token))?.name()?];
    let mut end = index + 1;
    while names.len() < 3 && tokens.get(end).is_some_and(|token| token.kind == TokenKind::Dot) {
        names.push(tokens.get(end + 1)?.name()?);
        end += 2;
    }
    let goes_on = tokens.get(end).is_some_and(|next| matches!(next.kind, TokenKind::Dot | TokenKind::Open));
    if goes_on {
        return None;
    }
    let column = names.pop()?;
    Some((ColumnRef { table: names.pop(), column }, end))
}

/// Reads the column whose name ends right before `end`, and returns it with the index of its first token.
pub(super) fn column_before(tokens: &[Token], end: usize) -> Option<(ColumnRef, usize)> {
    let mut start = end.checked_sub(1)?;
    while 2 <= start && tokens[start - 1].kind == TokenKind::Dot {
        start -= 2;
    }
    let (column, after) = column_at(&tokens[..end], start)?;
    (after == end).then_some((column, start))
}
