//! Joining a condition or an order to a statement.

use super::clauses::Clause;
use super::fault::Fault;
use super::filter::{Filter, fragment};
use super::kind::Kind;
use super::qualify::qualified;
use super::statement::Statement;
use super::tables::Table;
use super::token::{Dialect, Token, TokenKind};

impl Statement {
    /// Joins a condition: `WHERE a OR b` becomes `WHERE (a OR b) AND (filter)`, and a statement without WHERE gets one.
    ///
    /// A column that the filter names bare is that of the first table in FROM which has it. `columns` tells the columns
    /// of a stored table, `None` when they are not known; it is asked only if there are several tables.
    ///
    /// # Errors
    /// Refuses INSERT, and a bare column in a statement of several tables when it cannot be told whose it is; then the
    /// fault's offset is in the filter's text.
    pub fn with_condition<'a>(
        &self,
        filter: &Filter,
        columns: &dyn Fn(&Table) -> Option<&'a [String]>,
    ) -> Result<Self, Fault> {
        if self.kind == Kind::Insert {
            return Err(Fault::new(0, "an INSERT has no WHERE to join a condition to"));
        }
        let condition = parenthesised(qualified(&filter.tokens, self, columns)?);
        let mut tokens = self.tokens.clone();
        let rest = if let Some(own) = self.part(Clause::Where) {
            let rest = tokens.split_off(own.body.end);
            let own_condition = tokens.split_off(own.body.start);
            append(&mut tokens, parenthesised(own_condition));
            append(&mut tokens, words(&["AND"]));
            rest
        } else {
            let rest = tokens.split_off(self.end_before(Clause::Where));
            // MariaDB has no WHERE without a table.
            if self.dialect == Dialect::MariaDb
                && self.kind == Kind::Select
                && self.part(Clause::From).is_none()
            {
                append(&mut tokens, words(&["FROM", "DUAL"]));
            }
            append(&mut tokens, words(&["WHERE"]));
            rest
        };
        append(&mut tokens, condition);
        append(&mut tokens, rest);
        Self::from_tokens(self.dialect, self.kind, tokens)
    }

    /// Adds ORDER BY with these terms, such as `position ASC`.
    ///
    /// # Errors
    /// Refuses a statement that orders its rows itself, and an order that holds anything else than terms.
    pub fn with_order(&self, order: &str) -> Result<Self, Fault> {
        let terms = fragment(self.dialect, order, "an order")?;
        if self.has_order() {
            return Err(Fault::new(0, "the statement has an ORDER BY of its own")
                .hint("write the order in one place: the ORDER BY of `query`, or `order`"));
        }
        if self.kind != Kind::Select {
            return Err(Fault::new(0, "only a SELECT is ordered"));
        }
        let mut tokens = self.tokens.clone();
        let rest = tokens.split_off(self.end_before(Clause::OrderBy));
        append(&mut tokens, words(&["ORDER", "BY"]));
        append(&mut tokens, terms);
        append(&mut tokens, rest);
        Self::from_tokens(self.dialect, self.kind, tokens)
    }

    /// Returns the index where this clause, which the statement lacks, belongs.
    pub(super) fn end_before(&self, clause: Clause) -> usize {
        self.parts.iter().find(|part| clause < part.clause).map_or(self.tokens.len(), |part| part.start)
    }
}

/// Adds tokens behind a blank, so that none merge where two texts meet.
fn append(tokens: &mut Vec<Token>, mut more: Vec<Token>) {
    if let Some(first) = more.first_mut() {
        first.spaced = true;
    }
    tokens.extend(more);
}

fn words(words: &[&str]) -> Vec<Token> {
    words.iter().map(|word| Token::made(TokenKind::Word, word)).collect()
}

fn parenthesised(mut inside: Vec<Token>) -> Vec<Token> {
    if let Some(first) = inside.first_mut() {
        first.spaced = false;
    }
    inside.insert(0, Token::made(TokenKind::Open, "("));
    inside.push(Token { spaced: false, ..Token::made(TokenKind::Close, ")") });
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Source;
    use Dialect::{MariaDb, Sqlite};

    fn select(dialect: Dialect, text: &str) -> Statement {
        Statement::parse(dialect, Kind::Select, Source::Plain, text).unwrap()
    }

    fn unknown(_: &Table) -> Option<&'static [String]> {
        None
    }

    #[test]
    fn a_condition_goes_where_it_belongs() {
        let cases = [
            ("SELECT a FROM t", "SELECT a FROM t WHERE (f = :f)"),
            ("SELECT a FROM t;", "SELECT a FROM t WHERE (f = :f)"),
            ("SELECT a FROM t WHERE a OR b", "SELECT a FROM t WHERE (a OR b) AND (f = :f)"),
            (
                "SELECT a FROM t WHERE(a)OR(b)ORDER BY c",
                "SELECT a FROM t WHERE ((a)OR(b)) AND (f = :f) ORDER BY c",
            ),
            ("SELECT a FROM t -- WHERE\n ORDER BY a", "SELECT a FROM t WHERE (f = :f) ORDER BY a"),
            ("SELECT a FROM t WHERE b -- all\n", "SELECT a FROM t WHERE (b) AND (f = :f)"),
            ("SELECT a FROM t GROUP BY a HAVING b", "SELECT a FROM t WHERE (f = :f) GROUP BY a HAVING b"),
            ("SELECT a FROM t HAVING b LIMIT 1", "SELECT a FROM t WHERE (f = :f) HAVING b LIMIT 1"),
            ("SELECT a FROM t LIMIT 1", "SELECT a FROM t WHERE (f = :f) LIMIT 1"),
            ("SELECT a FROM t FOR UPDATE", "SELECT a FROM t WHERE (f = :f) FOR UPDATE"),
            (
                "SELECT a FROM t WINDOW w AS (ORDER BY a)",
                "SELECT a FROM t WHERE (f = :f) WINDOW w AS (ORDER BY a)",
            ),
            (
                "SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE c ORDER BY d LIMIT 1) ORDER BY e",
                "SELECT a FROM t WHERE (a IN (SELECT b FROM u WHERE c ORDER BY d LIMIT 1)) AND (f = :f) ORDER BY e",
            ),
            (
                "SELECT CASE WHEN a THEN 'WHERE' END FROM (SELECT 1 WHERE 2) d",
                "SELECT CASE WHEN a THEN 'WHERE' END FROM (SELECT 1 WHERE 2) d WHERE (f = :f)",
            ),
            (
                "WITH x AS (SELECT a FROM t WHERE b) SELECT a FROM x",
                "WITH x AS (SELECT a FROM t WHERE b) SELECT a FROM x WHERE (f = :f)",
            ),
            (
                "SELECT a FROM t USE INDEX FOR ORDER BY (i)",
                "SELECT a FROM t USE INDEX FOR ORDER BY (i) WHERE (f = :f)",
            ),
        ];
        for (text, expected) in cases {
            for dialect in [MariaDb, Sqlite] {
                let filter = Filter::parse(dialect, " f = :f ").unwrap();
                let joined = select(dialect, text).with_condition(&filter, &unknown).unwrap();
                assert_eq!(joined.text(), expected, "{dialect:?}");
                let twice = joined.with_condition(&Filter::parse(dialect, "g").unwrap(), &unknown).unwrap();
                assert!(twice.text().contains(" AND (g)"), "{}", twice.text());
            }
        }
        let filter = Filter::parse(MariaDb, "f").unwrap();
        let joined = |dialect| select(dialect, "SELECT 1").with_condition(&filter, &unknown).unwrap().text();
        assert_eq!(joined(MariaDb), "SELECT 1 FROM DUAL WHERE (f)");
        assert_eq!(joined(Sqlite), "SELECT 1 WHERE (f)");
        let insert =
            Statement::parse(MariaDb, Kind::Insert, Source::Plain, "INSERT INTO t VALUES (1)").unwrap();
        assert!(insert.with_condition(&filter, &unknown).is_err());
    }

    #[test]
    fn writes_take_conditions_too() {
        let cases = [
            (Kind::Update, "UPDATE t SET a = 1", "UPDATE t SET a = 1 WHERE (f)"),
            (
                Kind::Update,
                "UPDATE t SET a = 1 WHERE b OR c LIMIT 1",
                "UPDATE t SET a = 1 WHERE (b OR c) AND (f) LIMIT 1",
            ),
            (Kind::Update, "UPDATE t SET a = 1 ORDER BY b", "UPDATE t SET a = 1 WHERE (f) ORDER BY b"),
            (Kind::Delete, "DELETE FROM t", "DELETE FROM t WHERE (f)"),
            (
                Kind::Delete,
                "DELETE FROM t WHERE a RETURNING b",
                "DELETE FROM t WHERE (a) AND (f) RETURNING b",
            ),
        ];
        for (kind, text, expected) in cases {
            let statement = Statement::parse(MariaDb, kind, Source::Plain, text).unwrap();
            let filter = Filter::parse(MariaDb, "f").unwrap();
            assert_eq!(statement.with_condition(&filter, &unknown).unwrap().text(), expected);
        }
    }

    #[test]
    fn an_order_goes_where_it_belongs() {
        let cases = [
            ("SELECT a FROM t", "position ASC", "SELECT a FROM t ORDER BY position ASC"),
            (
                "SELECT a FROM t WHERE(b)LIMIT 1",
                "a, b DESC",
                "SELECT a FROM t WHERE(b) ORDER BY a, b DESC LIMIT 1",
            ),
            (
                "SELECT a FROM t GROUP BY b HAVING c",
                "FIELD(a, 1, 2)",
                "SELECT a FROM t GROUP BY b HAVING c ORDER BY FIELD(a, 1, 2)",
            ),
        ];
        for (text, order, expected) in cases {
            assert_eq!(select(MariaDb, text).with_order(order).unwrap().text(), expected);
        }
        for (text, order) in [
            ("SELECT a FROM t ORDER BY b", "a"),
            ("SELECT a FROM t", ""),
            ("SELECT a FROM t", "ORDER BY a"),
            ("SELECT a FROM t", "a LIMIT 1"),
            ("SELECT a FROM t", "a; DROP TABLE t"),
            ("SELECT a FROM t", "a -- b"),
            ("SELECT a FROM t", "a) OR (b"),
            ("SELECT a FROM t", "SLEEP(1)"),
        ] {
            assert!(select(MariaDb, text).with_order(order).is_err(), "{text}: {order}");
        }
    }
}
