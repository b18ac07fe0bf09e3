//! The text for the engine: `?` for each named placeholder.

use super::fault::Fault;
use super::kind;
use super::lexer::lex;
use super::token::{Dialect, Token, TokenKind, render_as};

/// A statement as an engine takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The text, with `?` for every placeholder, without comments.
    pub sql: String,
    /// The name behind each `?`, in order; a name that is used twice stands here twice. Empty when the text was
    /// written with `?`.
    pub names: Vec<String>,
    /// How many `?` the text holds.
    pub arguments: usize,
}

/// Binds a single statement of any kind that is only sent on.
///
/// # Errors
/// Refuses what [`kind_of`](super::kind_of) refuses, and `?` beside named placeholders.
pub fn bind(dialect: Dialect, text: &str) -> Result<Bound, Fault> {
    let tokens = kind::single(lex(dialect, text)?.tokens, text)?;
    kind::kind(&tokens)?;
    bind_tokens(&tokens)
}

pub(super) fn bind_tokens(tokens: &[Token]) -> Result<Bound, Fault> {
    let names: Vec<String> = tokens.iter().filter_map(Token::placeholder).map(str::to_owned).collect();
    let mut positional = tokens.iter().filter(|token| token.kind == TokenKind::Positional);
    if let (Some(mark), false) = (positional.next(), names.is_empty()) {
        return Err(
            Fault::new(mark.at, "`?` stands beside named placeholders").hint("give this one a name too")
        );
    }
    let is_mark = |token: &Token| matches!(token.kind, TokenKind::Placeholder | TokenKind::Positional);
    let arguments = tokens.iter().filter(|token| is_mark(token)).count();
    let sql = render_as(tokens, |token| if is_mark(token) { "?" } else { &token.text });
    Ok(Bound { sql, names, arguments })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, Sqlite};

    #[test]
    fn placeholders_become_marks_and_literals_stay() {
        let cases = [
            ("SELECT :a, ':b', \":c\", `:d` -- :e\n, /* :f */ :a", "SELECT ?, ':b', \":c\", `:d` , ?", "a a"),
            ("select  *\n from\tt where a=:a_1;", "select * from t where a=?", "a_1"),
            ("SELECT 'it''s :x', a FROM t WHERE b=:b--1", "SELECT 'it''s :x', a FROM t WHERE b=?- -1", "b"),
            ("SELECT 1--/**/1", "SELECT 1- - 1", ""),
            ("SELECT COUNT(*), COUNT (*)", "SELECT COUNT(*), COUNT (*)", ""),
            ("SELECT t.order,a .b", "SELECT t.order,a .b", ""),
            ("SELECT '\\' :x', :y", "SELECT '\\' :x', ?", "y"),
            ("SHOW TABLES LIKE :p", "SHOW TABLES LIKE ?", "p"),
            ("SELECT 1 UNION SELECT :a", "SELECT 1 UNION SELECT ?", "a"),
        ];
        for (text, sql, names) in cases {
            let bound = bind(MariaDb, text).unwrap();
            assert_eq!((bound.sql.as_str(), bound.names.join(" ").as_str()), (sql, names), "{text}");
            assert_eq!(bound.arguments, bound.names.len());
        }
    }

    #[test]
    fn marks_stay_when_they_are_alone() {
        let bound = bind(Sqlite, "SELECT ? + ?, '?' -- ?").unwrap();
        assert_eq!(bound, Bound { sql: "SELECT ? + ?, '?'".to_owned(), names: vec![], arguments: 2 });
        assert_eq!(bind(Sqlite, "SELECT :a, ?").unwrap_err().offset, 11);
    }
}
