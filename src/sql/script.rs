//! Several statements in one text, as somebody types or pipes them: where the first one ends, and what it does to all rows.

use super::fault::Fault;
use super::lexer::lex;
use super::token::{Dialect, TokenKind, after};

/// Returns the byte after the semicolon that ends the first statement; `None` while the text goes on.
///
/// A semicolon in a literal, a quoted name or a comment ends nothing. One behind something that cannot be SQL does: the
/// statement is complete, and whoever runs it tells what is wrong with it.
pub fn end_of_first(dialect: Dialect, text: &str) -> Option<usize> {
    let ends = text.match_indices(';').map(|(at, _)| at + 1);
    ends.into_iter().find(|end| match lex(dialect, &text[..*end]) {
        Ok(lexed) => lexed.tokens.last().is_some_and(|token| token.kind == TokenKind::Semicolon),
        Err(Fault { is_unclosed, .. }) => !is_unclosed,
    })
}

/// Tells whether a text holds nothing but blanks, comments and semicolons.
pub fn is_blank(dialect: Dialect, text: &str) -> bool {
    lex(dialect, text).is_ok_and(|lexed| lexed.tokens.iter().all(|token| token.kind == TokenKind::Semicolon))
}

/// Tells whether a statement has a WHERE of its own: an UPDATE or DELETE without one is about every row.
pub fn has_where(dialect: Dialect, text: &str) -> bool {
    let Ok(lexed) = lex(dialect, text) else { return false };
    let mut index = 0;
    while index < lexed.tokens.len() {
        if lexed.tokens[index].is("WHERE") {
            return true;
        }
        index = after(&lexed.tokens, index);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, Sqlite};

    #[test]
    fn a_statement_ends_at_its_own_semicolon() {
        for (text, first) in [
            ("SELECT 1", None),
            ("SELECT 1;", Some("SELECT 1;")),
            ("SELECT 1; SELECT 2;", Some("SELECT 1;")),
            ("SELECT ';' AS a;", Some("SELECT ';' AS a;")),
            ("SELECT 'it''s;", None),
            ("SELECT `a;b", None),
            ("SELECT 1 -- not; here\n", None),
            ("SELECT 1 -- not; here\n;", Some("SELECT 1 -- not; here\n;")),
            ("SELECT /* ; */ 1;", Some("SELECT /* ; */ 1;")),
            ("SELECT /* ; ", None),
            ("SELECT (1;", Some("SELECT (1;")),
            (";", Some(";")),
            ("", None),
        ] {
            for dialect in [MariaDb, Sqlite] {
                assert_eq!(end_of_first(dialect, text).map(|end| &text[..end]), first, "{text}");
            }
        }
        // On MariaDB `#` begins a comment, and a backslash keeps a quote inside.
        assert_eq!(end_of_first(MariaDb, "SELECT 1 # ;"), None);
        assert_eq!(end_of_first(MariaDb, r"SELECT 'a\';"), None);
        assert_eq!(end_of_first(Sqlite, r"SELECT 'a\';"), Some(12));
    }

    #[test]
    fn what_says_nothing_is_blank() {
        for (text, expected) in
            [("", true), (" \n;", true), ("-- a\n/* b */", true), ("SELECT 1", false), ("'", false)]
        {
            assert_eq!(is_blank(MariaDb, text), expected, "{text}");
        }
    }

    #[test]
    fn a_where_counts_where_it_is_the_statements_own() {
        for (text, expected) in [
            ("DELETE FROM t", false),
            ("delete from t where id = 1", true),
            ("UPDATE t SET a = (SELECT b FROM c WHERE d = 1)", false),
            ("UPDATE t SET a = 'where'", false),
            ("UPDATE t SET a = 1 WHERE b", true),
        ] {
            assert_eq!(has_where(Sqlite, text), expected, "{text}");
        }
    }
}
