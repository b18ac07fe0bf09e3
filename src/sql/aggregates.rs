//! Whether a statement adds rows up, or looks at several.

use super::tables::is_query;
use super::token::{Dialect, Token, TokenKind, after};
use super::words::AGGREGATES;

/// Tells whether these tokens call an aggregate outside of subqueries and not over a window.
pub(super) fn has_aggregate(dialect: Dialect, tokens: &[Token]) -> bool {
    let mut index = 0;
    while index + 1 < tokens.len() {
        if is_query(tokens, index) {
            index = after(tokens, index);
            continue;
        }
        let is_call = tokens[index + 1].kind == TokenKind::Open && tokens[index].is_one_of(AGGREGATES);
        if is_call && !is_windowed(tokens, index + 1) && !is_scalar(dialect, tokens, index) {
            return true;
        }
        index += 1;
    }
    false
}

/// Tells whether these tokens look at other rows through a window, outside of subqueries.
pub(super) fn has_window(_: Dialect, tokens: &[Token]) -> bool {
    let mut index = 0;
    while index < tokens.len() {
        if is_query(tokens, index) {
            index = after(tokens, index);
            continue;
        }
        if tokens[index].is("OVER") {
            return true;
        }
        index += 1;
    }
    false
}

/// Tells whether OVER follows the call whose parenthesis opens at `open`, maybe behind FILTER or WITHIN GROUP.
fn is_windowed(tokens: &[Token], open: usize) -> bool {
    let mut index = after(tokens, open);
    while let Some(token) = tokens.get(index) {
        if token.is("OVER") {
            return true;
        }
        if !token.is_one_of(&["FILTER", "WITHIN", "GROUP"]) && token.kind != TokenKind::Open {
            return false;
        }
        index = after(tokens, index);
    }
    false
}

/// Tells whether this is SQLite's MIN or MAX of several values, which looks at one row.
fn is_scalar(dialect: Dialect, tokens: &[Token], index: usize) -> bool {
    let arguments = &tokens[index + 2..after(tokens, index + 1) - 1];
    let mut at = 0;
    while at < arguments.len() && arguments[at].kind != TokenKind::Comma {
        at = after(arguments, at);
    }
    dialect == Dialect::Sqlite && tokens[index].is_one_of(&["MIN", "MAX"]) && at < arguments.len()
}
