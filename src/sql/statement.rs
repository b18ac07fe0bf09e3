//! A statement that conditions can be joined to.

use super::aggregates::has_aggregate;
use super::bind::{Bound, bind_tokens};
use super::clauses::{self, Clause, Part};
use super::columns::ColumnRef;
use super::fault::Fault;
use super::items::{self, Item};
use super::kind::{self, Kind};
use super::lexer::{Lexed, lex};
use super::placeholders::{self, Placeholder};
use super::tables::{self, Table};
use super::terms::{self, Equality};
use super::token::{Dialect, Token, TokenKind, render};

/// Where a text of SQL was written, as far as it changes how it must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// With its line ends as they were typed.
    #[default]
    Plain,
    /// In a YAML scalar that joins lines (`>`): what a comment was, and what came on the line after it, is lost.
    Folded,
}

/// One SELECT, INSERT, UPDATE or DELETE whose clauses are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub(super) dialect: Dialect,
    pub(super) kind: Kind,
    pub(super) tokens: Vec<Token>,
    pub(super) parts: Vec<Part>,
}

impl Statement {
    /// Reads a statement of the kind that its place asks for.
    ///
    /// # Errors
    /// Refuses another kind of statement, several statements, a UNION outside of parentheses, clauses out of order, INTO,
    /// user variables, functions that act on the connection, and what does not lex; each with the way to write it.
    pub fn parse(dialect: Dialect, kind: Kind, source: Source, text: &str) -> Result<Self, Fault> {
        let lexed = lex(dialect, text)?;
        if source == Source::Folded {
            refuse_folded_comment(text, &lexed)?;
        }
        let tokens = kind::single(lexed.tokens, text)?;
        let found = kind::kind(&tokens)?;
        if found != kind {
            let message = format!("this must be {}, and is {}", with_article(kind), with_article(found));
            return Err(Fault::new(tokens[0].at, message).hint(format!("begin it with {}", kind.name())));
        }
        Self::from_tokens(dialect, kind, tokens)
    }

    /// Finds the clauses of a statement whose kind is known.
    pub(super) fn from_tokens(dialect: Dialect, kind: Kind, tokens: Vec<Token>) -> Result<Self, Fault> {
        if tokens[0].kind == TokenKind::Open {
            return Err(
                Fault::new(tokens[0].at, "the statement stands in parentheses").hint("write it without them")
            );
        }
        let (parts, end) = clauses::find(&tokens, 0);
        if let Some(operator) = tokens.get(end) {
            let word = operator.text.to_ascii_uppercase();
            return Err(Fault::new(
                operator.at,
                format!("a condition cannot be joined to SELECT … {word} SELECT …"),
            )
            .hint(format!("write SELECT * FROM (SELECT … {word} SELECT …) AS t")));
        }
        clauses::check(&tokens, &parts)?;
        Ok(Self { dialect, kind, tokens, parts })
    }

    /// Returns the dialect it was read in.
    #[cfg(test)]
    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the statement's text with its placeholders by name, without comments, for a person to read.
    pub fn text(&self) -> String {
        render(&self.tokens)
    }

    /// Returns the text for the engine, `?` for each placeholder, and the placeholders' names in that order.
    ///
    /// # Errors
    /// Refuses `?` beside named placeholders.
    pub fn bind(&self) -> Result<Bound, Fault> {
        bind_tokens(&self.tokens)
    }

    /// Returns the tables of the outer FROM, UPDATE, DELETE or INSERT, in the order they are written.
    pub fn tables(&self) -> Vec<Table> {
        tables::outer(self)
    }

    /// Returns the stored tables that subqueries, derived tables and WITH read, each once.
    pub fn inner_tables(&self) -> Vec<Table> {
        tables::inner(self)
    }

    /// Returns the select items in order; empty for other statements.
    pub fn items(&self) -> Vec<Item> {
        items::items(self)
    }

    /// Returns each placeholder once, in order of first use, with what it stands for.
    pub fn placeholders(&self) -> Vec<Placeholder> {
        placeholders::placeholders(&self.tokens)
    }

    /// Returns every use of its placeholders, in the order of the `?` that [`bind`](Self::bind) makes of them: one
    /// name may stand for values of different columns.
    pub fn uses(&self) -> Vec<Placeholder> {
        placeholders::uses(&self.tokens)
    }

    /// Returns which columns the top-level AND terms of WHERE equate with which placeholders.
    pub fn equalities(&self) -> Vec<Equality> {
        self.part(Clause::Where)
            .map(|part| terms::equalities(&self.tokens[part.body.clone()]))
            .unwrap_or_default()
    }

    /// Tells whether WHERE already lets only rows pass in which a column equals this placeholder (`user_id`).
    ///
    /// Only top-level AND terms count: nothing under OR, NOT or CASE.
    pub fn owner_column(&self, placeholder: &str) -> Option<ColumnRef> {
        self.equalities().into_iter().find(|e| e.placeholder == placeholder).map(|e| e.column)
    }

    /// Tells whether the statement limits its rows itself.
    pub fn has_limit(&self) -> bool {
        [Clause::Limit, Clause::Offset, Clause::Fetch].into_iter().any(|clause| self.part(clause).is_some())
    }

    /// Tells whether `LIMIT` may be written behind the statement: nothing of its own limits or follows its rows.
    pub fn takes_limit(&self) -> bool {
        let last = [Clause::Procedure, Clause::Lock];
        self.kind == Kind::Select
            && !self.has_limit()
            && last.into_iter().all(|clause| self.part(clause).is_none())
    }

    /// Tells whether the statement orders its rows itself.
    pub fn has_order(&self) -> bool {
        self.part(Clause::OrderBy).is_some()
    }

    /// Tells whether the statement answers one row whatever its WHERE lets pass: an aggregate without GROUP BY. That is the
    /// one exception of the property that tests hold.
    pub(super) fn is_aggregate_without_group_by(&self) -> bool {
        if self.kind != Kind::Select || self.part(Clause::GroupBy).is_some() {
            return false;
        }
        // SQLite takes HAVING alone for grouping all rows into one.
        let having = self.dialect == Dialect::Sqlite && self.part(Clause::Having).is_some();
        having
            || [Clause::Select, Clause::Having, Clause::OrderBy]
                .into_iter()
                .filter_map(|clause| self.part(clause))
                .any(|part| has_aggregate(self.dialect, &self.tokens[part.body.clone()]))
    }

    /// Returns the clause if the statement has it.
    pub(super) fn part(&self, clause: Clause) -> Option<&Part> {
        self.parts.iter().find(|part| part.clause == clause)
    }
}

fn with_article(kind: Kind) -> String {
    let article = match kind {
        Kind::Insert | Kind::Update => "an ",
        Kind::Other => "",
        _ => "a ",
    };
    format!("{article}{}", kind.name())
}

/// Refuses a comment that may have swallowed the lines after it.
///
/// A line that begins with a blank is not joined by YAML, so a comment in it ends where it was typed to end.
fn refuse_folded_comment(text: &str, lexed: &Lexed) -> Result<(), Fault> {
    for comment in lexed.comments.iter().filter(|comment| comment.to_line_end) {
        let line_start = text[..comment.at].rfind('\n').map_or(0, |newline| newline + 1);
        let says_something =
            text[comment.at..comment.end].trim_start_matches(['-', '#', ' ', '\t']).trim() != "";
        if says_something && !text[line_start..].starts_with([' ', '\t']) {
            return Err(Fault::new(
                comment.at,
                "YAML's `>` joins lines, so this comment takes the SQL behind it along",
            )
            .hint("write `query: |` instead of `query: >`, or the comment as /* … */"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, Sqlite};

    fn select(dialect: Dialect, text: &str) -> Result<Statement, Fault> {
        Statement::parse(dialect, Kind::Select, Source::Plain, text)
    }

    #[test]
    fn what_a_condition_cannot_be_joined_to_is_refused_where_it_stands() {
        let cases = [
            ("", 0),
            ("DELETE FROM t", 0),
            ("SHOW TABLES", 0),
            ("(SELECT 1)", 0),
            ("SELECT 1; DROP TABLE t", 8),
            ("SELECT a FROM t UNION SELECT b FROM u", 16),
            ("SELECT a FROM t EXCEPT SELECT b FROM u", 16),
            ("SELECT a FROM t INTERSECT ALL SELECT b FROM u", 16),
            ("SELECT a FROM t WHERE a UNION (SELECT b FROM u)", 24),
            ("SELECT a FROM t WHERE b WHERE c", 24),
            ("SELECT a FROM t ORDER BY b WHERE c", 27),
            ("SELECT a FROM t LIMIT 1 ORDER BY b", 24),
            ("SELECT a FROM t GROUP BY b WHERE c", 27),
            ("SELECT a FROM t LIMIT 1 WHERE c", 24),
            ("SELECT a WHERE b FROM t", 17),
            ("SELECT a FROM t WHERE", 16),
            ("SELECT a FROM t WHERE ORDER BY b", 16),
            ("SELECT FROM t", 0),
            ("SELECT a FROM", 9),
            ("SELECT 1 SELECT 2", 9),
            ("SELECT a INTO OUTFILE '/f' FROM t", 9),
            ("SELECT a FROM t WHERE b = (SELECT c INTO @d)", 36),
            ("SELECT a FROM t WHERE b = @c", 26),
            ("SELECT a, b := 1 FROM t", 12),
            ("SELECT SLEEP(10) FROM t", 7),
            ("SELECT a FROM t WHERE a) OR (b", 23),
            ("SELECT a FROM t /*! WHERE */", 16),
        ];
        for (text, offset) in cases {
            for dialect in [MariaDb, Sqlite] {
                let fault = select(dialect, text).expect_err(text);
                assert_eq!(fault.offset, offset, "{text}: {fault}");
            }
        }
    }

    #[test]
    fn what_only_looks_wrong_is_accepted() {
        let cases = [
            "SELECT 1",
            "SELECT a FROM t;",
            "SELECT a FROM t WHERE a = ';' -- ;",
            "SELECT t.order, t.from, `where` FROM t WHERE t.limit = 1 ORDER BY t.group",
            "SELECT a FROM (SELECT b FROM t UNION SELECT c FROM u ORDER BY 1 LIMIT 2) d WHERE a",
            "WITH x AS (SELECT 1 UNION SELECT 2) SELECT a FROM x WHERE a",
            "SELECT EXTRACT(YEAR FROM d), SUBSTRING(a FROM 2), TRIM(BOTH ' ' FROM b) FROM t WHERE c",
            "SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM c FROM t WHERE d IS NOT DISTINCT FROM e",
            "SELECT CASE WHEN a THEN b ELSE c END FROM t WHERE CASE a WHEN 1 THEN b ELSE c END",
            "SELECT a FROM t USE INDEX FOR ORDER BY (i) IGNORE INDEX FOR GROUP BY (j) WHERE b ORDER BY c",
            "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a) FROM t WHERE b GROUP BY c",
            "SELECT SUM(a) OVER w, RANK() OVER (PARTITION BY b ORDER BY c) FROM t WHERE d WINDOW w AS (ORDER BY e) ORDER BY f",
            "SELECT a FROM t WHERE a LIMIT 5 OFFSET 10",
            "SELECT a FROM t WHERE a LIMIT 5, 10 FOR UPDATE",
            "SELECT a FROM t WHERE a LIMIT 5 LOCK IN SHARE MODE",
            "SELECT a FROM t WHERE a OFFSET 1 ROW FETCH NEXT 2 ROWS ONLY",
            "SELECT offset, window, lock FROM t WHERE offset = 1 AND window IN (1)",
            "SELECT INSERT(a, 1, 2, 'x'), REPLACE(a, 'b', 'c') FROM t",
            "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ',') FROM t WHERE c",
            "SELECT a FROM t WHERE a BETWEEN 1 AND 2 AND d < NOW() - INTERVAL 1 DAY",
            "SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d ORDER BY e LIMIT 1) GROUP BY a HAVING COUNT(*) > 1",
        ];
        for text in cases {
            for dialect in [MariaDb, Sqlite] {
                let statement = select(dialect, text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
                assert_eq!(select(dialect, &statement.text()).unwrap().text(), statement.text());
            }
        }
    }

    #[test]
    fn a_comment_in_a_folded_scalar_is_refused() {
        let cases = [
            ("SELECT a -- the first FROM t", false),
            ("SELECT a # the first FROM t", false),
            ("SELECT a FROM t -- all of them\n", false),
            ("SELECT a /* the first */ FROM t", true),
            ("SELECT a FROM t WHERE b = ' -- '", true),
            ("SELECT a --\nFROM t", true),
            // Lines that are indented deeper keep their ends.
            ("SELECT a\n  FROM t -- all\n  WHERE b\n", true),
            ("SELECT a--1 FROM t", true),
        ];
        for (text, accepted) in cases {
            let folded = Statement::parse(MariaDb, Kind::Select, Source::Folded, text);
            assert_eq!(folded.is_ok(), accepted, "{text}: {folded:?}");
            if let Err(fault) = folded {
                assert!(fault.hint.unwrap().contains("query: |"), "{text}");
            }
        }
    }

    #[test]
    fn limit_and_order_are_told() {
        let cases = [
            ("SELECT a FROM t", false, false),
            ("SELECT a FROM t LIMIT 1", true, false),
            ("SELECT a FROM t ORDER BY a FETCH FIRST 1 ROWS ONLY", true, true),
            ("SELECT a FROM (SELECT b FROM u ORDER BY c LIMIT 1) t", false, false),
            ("SELECT 'LIMIT 1', t.limit FROM t /* LIMIT 1 */", false, false),
        ];
        for (text, limit, order) in cases {
            let statement = select(MariaDb, text).unwrap();
            assert_eq!((statement.has_limit(), statement.has_order()), (limit, order), "{text}");
        }
    }

    #[test]
    fn an_aggregate_without_group_by_is_told() {
        let cases = [
            ("SELECT COUNT(*) FROM t", true, true),
            ("SELECT 1 + IFNULL(MAX(a), 0) FROM t", true, true),
            ("SELECT a FROM t ORDER BY COUNT(*)", true, true),
            ("SELECT a FROM t HAVING SUM(b) > 1", true, true),
            ("SELECT GROUP_CONCAT(a ORDER BY b) FROM t LIMIT 1", true, true),
            ("SELECT COUNT(*) FROM t GROUP BY a", false, false),
            (
                "SELECT COUNT(*) OVER (), SUM(a) FILTER (WHERE b) OVER w FROM t WINDOW w AS (ORDER BY a)",
                false,
                false,
            ),
            ("SELECT (SELECT COUNT(*) FROM u) FROM t", false, false),
            ("SELECT t.count, 'COUNT(*)' FROM t", false, false),
            ("SELECT MAX(a, b) FROM t", true, false),
            ("SELECT a FROM t HAVING a", false, true),
        ];
        for (text, mariadb, sqlite) in cases {
            assert_eq!(select(MariaDb, text).unwrap().is_aggregate_without_group_by(), mariadb, "{text}");
            assert_eq!(select(Sqlite, text).unwrap().is_aggregate_without_group_by(), sqlite, "{text}");
        }
    }

    #[test]
    fn a_statement_knows_the_column_of_its_owner() {
        let cases = [
            ("SELECT a FROM t WHERE id = :id AND user_id = :user_id ORDER BY a", Some("user_id")),
            ("SELECT a FROM t WHERE id = :id OR user_id = :user_id", None),
            ("SELECT a FROM t LEFT JOIN u ON u.user_id = :user_id", None),
            ("SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE user_id = :user_id)", None),
            ("SELECT a FROM t GROUP BY a HAVING user_id = :user_id", None),
            ("SELECT user_id = :user_id FROM t", None),
        ];
        for (text, expected) in cases {
            let column = select(MariaDb, text).unwrap().owner_column("user_id");
            assert_eq!(column.map(|column| column.column).as_deref(), expected, "{text}");
        }
    }
}
