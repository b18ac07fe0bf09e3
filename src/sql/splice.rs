//! Joining a condition or an order to a statement.

use super::clauses::Clause;
use super::columns::{ends_value, is_name};
use super::fault::Fault;
use super::filter::{Filter, fragment};
use super::kind::Kind;
use super::statement::Statement;
use super::tables::{Origin, Table, is_query};
use super::token::{Dialect, Token, TokenKind, after};

/// Functions whose first argument is a unit or a type, as in `EXTRACT(YEAR FROM d)`.
const UNIT_FIRST: &[&str] = &["EXTRACT", "TIMESTAMPDIFF", "TIMESTAMPADD", "GET_FORMAT"];

/// Words after which a word is a type, a character set or a mode, but no column.
const BEFORE_NO_COLUMN: &[&str] = &["AS", "COLLATE", "IS", "USING", "IN", "NATURAL", "WITH", "INTO"];

impl Statement {
    /// Joins a condition: `WHERE a OR b` becomes `WHERE (a OR b) AND (filter)`, and a statement without WHERE gets one.
    ///
    /// A column that the filter names bare is taken for that of the first table in FROM which has it. `columns` tells
    /// the columns of a stored table, `None` when they are not known; it is asked only if there are several tables.
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
        let condition = parenthesised(qualified(&filter.tokens, &self.tables(), columns)?);
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
    fn end_before(&self, clause: Clause) -> usize {
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

/// Returns the filter's tokens with its bare columns qualified, if there are several tables to choose from.
fn qualified<'a>(
    filter: &[Token],
    tables: &[Table],
    columns: &dyn Fn(&Table) -> Option<&'a [String]>,
) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::with_capacity(filter.len());
    let mut index = 0;
    while index < filter.len() {
        let token = &filter[index];
        if is_query(filter, index) {
            let end = after(filter, index);
            tokens.extend_from_slice(&filter[index..end]);
            index = end;
            continue;
        }
        match owner(filter, index, tables, columns)? {
            Some(table) => {
                let qualifier = Token { kind: TokenKind::Name, text: table.written.clone(), ..token.clone() };
                let dot = Token { kind: TokenKind::Dot, text: ".".into(), at: token.at, spaced: false };
                tokens.extend([
                    qualifier,
                    dot,
                    Token { kind: TokenKind::Name, spaced: false, ..token.clone() },
                ]);
            }
            None => tokens.push(token.clone()),
        }
        index += 1;
    }
    Ok(tokens)
}

/// Returns the table whose column the filter's token names bare; `None` if it is none, or needs no table.
fn owner<'a, 't>(
    filter: &[Token],
    index: usize,
    tables: &'t [Table],
    columns: &dyn Fn(&Table) -> Option<&'a [String]>,
) -> Result<Option<&'t Table>, Fault> {
    if tables.len() < 2 || !is_bare_column(filter, index) {
        return Ok(None);
    }
    let Some(name) = filter[index].name() else { return Ok(None) };
    for table in tables {
        let known = if table.origin == Origin::Stored { columns(table) } else { table.columns.as_deref() };
        let Some(known) = known else {
            let reference = table.reference();
            return Err(Fault::new(filter[index].at, format!("it cannot be told whose column {name} is"))
                .hint(format!("say which table's it is, for instance `{reference}.{name}`")));
        };
        if known.iter().any(|column| column.eq_ignore_ascii_case(&name)) {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Tells whether the token names a column without its table.
fn is_bare_column(tokens: &[Token], index: usize) -> bool {
    let token = &tokens[index];
    let previous = index.checked_sub(1).map(|at| &tokens[at]);
    let next = tokens.get(index + 1);
    let next_is = |kind: TokenKind| next.is_some_and(|next| next.kind == kind);
    if !is_name(token) || next_is(TokenKind::Dot) || next_is(TokenKind::Open) || next_is(TokenKind::String) {
        return false;
    }
    let Some(previous) = previous else { return true };
    let follows_unit_function =
        previous.kind == TokenKind::Open && 1 < index && tokens[index - 2].is_one_of(UNIT_FIRST);
    // Two values never stand side by side: behind one, a word is a unit, a mode or an END.
    !(previous.kind == TokenKind::Dot
        || previous.is_one_of(BEFORE_NO_COLUMN)
        || ends_value(previous)
        || follows_unit_function
        || (previous.kind == TokenKind::Comma && is_in_call_of(tokens, index, "CONVERT")))
}

/// Tells whether the parenthesis around `index` holds the arguments of this function.
fn is_in_call_of(tokens: &[Token], index: usize, function: &str) -> bool {
    let mut depth = 0_usize;
    for at in (1..index).rev() {
        match tokens[at].kind {
            TokenKind::Close => depth += 1,
            TokenKind::Open if depth == 0 => return tokens[at - 1].is(function),
            TokenKind::Open => depth -= 1,
            _ => {}
        }
    }
    false
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
    fn bare_columns_are_those_of_the_first_table_that_has_them() {
        let owned = ["id".to_owned(), "user_id".to_owned(), "day".to_owned(), "Date".to_owned()];
        let shared = ["id".to_owned(), "name".to_owned(), "user_id".to_owned()];
        let columns = |table: &Table| match &*table.name {
            "tasks" => Some(&owned[..]),
            "projects" => Some(&shared[..]),
            _ => None,
        };
        let cases = [
            ("tasks", "user_id = :user_id", "user_id = :user_id"),
            ("unheard_of", "user_id = :user_id", "user_id = :user_id"),
            ("tasks t JOIN projects p ON 1", "user_id = :user_id", "t.user_id = :user_id"),
            ("tasks, projects", "`user_id` = 1 AND name = 2", "tasks.`user_id` = 1 AND projects.name = 2"),
            (
                "projects AS `a b` LEFT JOIN tasks ON 1",
                "USER_ID = 1 OR day = 2",
                "`a b`.USER_ID = 1 OR tasks.day = 2",
            ),
            ("tasks t NATURAL JOIN projects", "projects.user_id = 1", "projects.user_id = 1"),
            ("(projects p JOIN tasks t ON 1)", "user_id = 1", "p.user_id = 1"),
            ("projects JOIN (SELECT a FROM b) d", "user_id = 1", "projects.user_id = 1"),
            ("(SELECT a, user_id FROM b) d, tasks", "user_id = id", "d.user_id = tasks.id"),
            (
                "tasks, projects",
                "id IN (SELECT id FROM members WHERE user_id = :user_id)",
                "tasks.id IN (SELECT id FROM members WHERE user_id = :user_id)",
            ),
            (
                "tasks, projects",
                "date < DATE '2020-01-01' - INTERVAL 1 DAY AND EXTRACT(DAY FROM date) = day(id)",
                "tasks.date < DATE '2020-01-01' - INTERVAL 1 DAY AND EXTRACT(DAY FROM tasks.date) = day(tasks.id)",
            ),
            (
                "tasks, projects",
                "CAST(id AS date) = CONVERT(name, DATE) AND name COLLATE user_id AND TIMESTAMPDIFF(DAY, day, 1)",
                "CAST(tasks.id AS date) = CONVERT(projects.name, DATE) AND projects.name COLLATE user_id AND TIMESTAMPDIFF(DAY, tasks.day, 1)",
            ),
            (
                "tasks, projects",
                "x = ':user_id' AND CASE WHEN id THEN name END",
                "x = ':user_id' AND CASE WHEN tasks.id THEN projects.name END",
            ),
        ];
        for (from, filter, expected) in cases {
            let statement = select(MariaDb, &format!("SELECT 1 FROM {from}"));
            let filter = Filter::parse(MariaDb, filter).unwrap();
            let joined = statement.with_condition(&filter, &columns).unwrap().text();
            assert_eq!(joined, format!("SELECT 1 FROM {from} WHERE ({expected})"));
        }
    }

    #[test]
    fn a_bare_column_of_nobody_knows_whom_is_refused() {
        let name = ["name".to_owned()];
        let columns = |table: &Table| (table.name == "known").then_some(&name[..]);
        let cases = [
            ("known, unknown", "id = 1 AND user_id = 2", Some(0)),
            ("unknown u JOIN known", "1 = name", Some(4)),
            ("known, unknown", "name = 1", None),
            ("known, (SELECT * FROM t) d", "user_id = 1", Some(0)),
            ("known, unknown", "unknown.id = 1 AND 'a' IS NOT NULL AND :b < NOW() - INTERVAL 2 YEAR", None),
            ("known, unknown", "EXISTS (SELECT 1 FROM t WHERE id = user_id)", None),
            ("known, unknown", "MATCH (name) AGAINST (:q IN NATURAL LANGUAGE MODE)", None),
        ];
        for (from, filter, offset) in cases {
            let statement = select(MariaDb, &format!("SELECT 1 FROM {from}"));
            let joined = statement.with_condition(&Filter::parse(MariaDb, filter).unwrap(), &columns);
            assert_eq!(
                joined.as_ref().err().map(|fault| fault.offset),
                offset,
                "{from}: {filter}: {joined:?}"
            );
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
