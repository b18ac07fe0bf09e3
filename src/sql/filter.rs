//! A condition that is joined to statements.

use super::clauses::SET_OPERATORS;
use super::fault::Fault;
use super::kind::Kind;
use super::lexer::lex;
use super::placeholders::{self, Placeholder};
use super::refuse;
use super::terms::{self, Equality};
use super::token::{Dialect, Token, TokenKind, after, render};

/// Words that begin a clause and so can stand in no expression outside of a subquery.
const CLAUSE_WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "PROCEDURE",
    "RETURNING",
    "UPDATE",
    "INSERT",
    "DELETE",
    "SET",
    "VALUES",
    "WITH",
    "JOIN",
    "STRAIGHT_JOIN",
    "FETCH",
    "LOCK",
    "FOR",
];

/// A condition: one balanced expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub(super) tokens: Vec<Token>,
}

impl Filter {
    /// Reads a condition such as `user_id = :user_id`; an empty text is none and is the caller's to handle.
    ///
    /// # Errors
    /// Refuses an empty text, comments, `;`, `?`, parentheses that do not match, clauses and UNION outside of subqueries,
    /// lists, and what no statement may hold.
    pub fn parse(dialect: Dialect, text: &str) -> Result<Self, Fault> {
        Ok(Self { tokens: expression(dialect, text, "a filter")? })
    }

    /// Returns the condition's text with its placeholders by name.
    pub fn text(&self) -> String {
        render(&self.tokens)
    }

    /// Returns which columns its top-level AND terms equate with which placeholders: what a row must hold to pass.
    pub fn equalities(&self) -> Vec<Equality> {
        terms::equalities(&self.tokens)
    }

    /// Returns each placeholder once, in order of first use.
    pub fn placeholders(&self) -> Vec<Placeholder> {
        placeholders::placeholders(&self.tokens)
    }
}

/// Reads a text that must be one expression; `what` names it in messages.
fn expression(dialect: Dialect, text: &str, what: &str) -> Result<Vec<Token>, Fault> {
    let tokens = fragment(dialect, text, what)?;
    if let Some((_, comma)) = outside(&tokens).find(|(_, token)| token.kind == TokenKind::Comma) {
        return Err(Fault::new(comma.at, format!("{what} is one condition, not a list"))
            .hint("join conditions with AND or OR"));
    }
    Ok(tokens)
}

/// Reads a text that goes into a statement: balanced, without comments, without clauses.
pub(super) fn fragment(dialect: Dialect, text: &str, what: &str) -> Result<Vec<Token>, Fault> {
    let lexed = lex(dialect, text)?;
    if let Some(comment) = lexed.comments.first() {
        return Err(Fault::new(comment.at, format!("{what} holds a comment"))
            .hint("write it as a comment of the YAML file"));
    }
    let tokens = lexed.tokens;
    if tokens.is_empty() {
        return Err(Fault::new(text.len(), format!("{what} is empty")));
    }
    if let Some(semicolon) = tokens.iter().find(|token| token.kind == TokenKind::Semicolon) {
        return Err(Fault::new(semicolon.at, format!("{what} holds a semicolon")).hint("leave it out"));
    }
    if let Some(mark) = tokens.iter().find(|token| token.kind == TokenKind::Positional) {
        return Err(Fault::new(mark.at, format!("{what} holds `?`")).hint("write `:name`"));
    }
    let clause = outside(&tokens).find(|(previous, token)| {
        let compares = token.is("FROM") && previous.is_some_and(|previous| previous.is("DISTINCT"));
        !compares && (token.is_one_of(CLAUSE_WORDS) || token.is_one_of(SET_OPERATORS))
    });
    if let Some((_, word)) = clause {
        let message = format!("{} has no place in {what}", word.text.to_ascii_uppercase());
        return Err(Fault::new(word.at, message).hint("a subquery stands in parentheses; a name is quoted"));
    }
    refuse::dangerous(&tokens, Kind::Select)?;
    Ok(tokens)
}

/// Goes through the tokens outside of all parentheses, each behind the one before it in the text; an opening
/// parenthesis stands for all it holds.
fn outside(tokens: &[Token]) -> impl Iterator<Item = (Option<&Token>, &Token)> {
    let mut index = 0;
    std::iter::from_fn(move || {
        let token = tokens.get(index)?;
        let previous = index.checked_sub(1).map(|at| &tokens[at]);
        index = after(tokens, index);
        Some((previous, token))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, Sqlite};

    #[test]
    fn what_is_no_single_condition_is_refused_where_it_stands() {
        let cases = [
            ("", 0),
            ("  ", 2),
            ("1) OR (1", 1),
            ("(a", 0),
            ("a = 'b", 4),
            ("a = 1 -- ", 6),
            ("a /* b */", 2),
            ("/*! a */", 0),
            ("a; DROP TABLE t", 1),
            ("a = 1;", 5),
            ("a = ?", 4),
            ("a, b", 1),
            ("a ORDER BY b", 2),
            ("a LIMIT 1", 2),
            ("a GROUP BY b", 2),
            ("a HAVING b", 2),
            ("a UNION SELECT 1", 2),
            ("a EXCEPT (SELECT 1)", 2),
            ("SELECT 1", 0),
            ("WHERE a = 1", 0),
            ("a FOR UPDATE", 2),
            ("a = 1 FROM t", 6),
            ("a = @b", 4),
            ("a := 1", 2),
            ("SLEEP(1)", 0),
            ("a IN (SELECT b INTO @c)", 15),
            ("a = :", 4),
        ];
        for (text, offset) in cases {
            for dialect in [MariaDb, Sqlite] {
                let fault = Filter::parse(dialect, text).expect_err(text);
                assert_eq!(fault.offset, offset, "{text}: {fault}");
            }
        }
        assert!(Filter::parse(MariaDb, "a # b").is_err());
        assert!(Filter::parse(MariaDb, r"a = '\'").is_err());
        assert!(Filter::parse(Sqlite, r"a = '\'").is_ok());
    }

    #[test]
    fn a_condition_may_hold_what_a_condition_holds() {
        let cases = [
            "user_id = :user_id",
            "a = ':user_id; -- /* WHERE' AND b = \"'\"",
            "t.order = 1 OR `group` = 2",
            "id IN (SELECT a FROM t WHERE b = :c UNION SELECT d FROM u ORDER BY 1 LIMIT 5)",
            "EXISTS (WITH x AS (SELECT 1) SELECT * FROM x)",
            "a IS NOT DISTINCT FROM b",
            "CASE WHEN a THEN b ELSE c END = 1",
            "d BETWEEN :a AND :b AND e LIKE '%é%'",
        ];
        for text in cases {
            for dialect in [MariaDb, Sqlite] {
                assert_eq!(Filter::parse(dialect, text).unwrap().text(), text);
            }
        }
        let names: Vec<String> = Filter::parse(MariaDb, "a = ':x' AND b IN (:y, :z, :y)")
            .unwrap()
            .placeholders()
            .into_iter()
            .map(|placeholder| placeholder.name)
            .collect();
        assert_eq!(names, ["y", "z"]);
    }
}
