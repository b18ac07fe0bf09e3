//! Which tables a statement names, and where.

use std::ops::Range;

use super::clauses::{self, Clause};
use super::columns::is_name;
use super::items::{self, ItemKind};
use super::statement::Statement;
use super::token::{Dialect, Token, TokenKind, after, closing, unquoted};

/// What a name in FROM stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A table or view of the database.
    Stored,
    /// A query of the statement's own WITH.
    With,
    /// A subquery, VALUES or a table function in place of a table.
    Derived,
}

/// A table as a statement names it, quotes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it stands for; only a stored one can be looked up in the database.
    pub origin: Origin,
    /// The schema before the dot, if there is one.
    pub schema: Option<String>,
    /// Its name; empty for a derived one.
    pub name: String,
    /// The name given to it by the statement.
    pub alias: Option<String>,
    /// The columns of a derived one or of WITH, when its text tells all of them.
    pub columns: Option<Vec<String>>,
    /// Alias or name as it was written, for use before a dot.
    pub(super) written: Box<str>,
}

impl Table {
    /// Returns the name by which the statement's columns are qualified: the alias, else the name.
    pub fn reference(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// A query of WITH, and for which tokens its name hides a stored table.
struct With {
    name: String,
    visible: Range<usize>,
    columns: Option<Vec<String>>,
}

/// Returns the tables that the statement itself reads or writes.
pub(super) fn outer(statement: &Statement) -> Vec<Table> {
    let tokens = &statement.tokens;
    let withs = withs(tokens);
    let mut tables = Vec::new();
    if let Some(part) = statement.part(Clause::Insert) {
        let into = part.body.clone().find(|&index| tokens[index].is("INTO"));
        let start = into.map_or(part.body.start, |into| into + 1);
        // The list of columns that may follow is neither the arguments of a function nor an alias.
        let mut end = start + 1;
        while tokens.get(end).is_some_and(|token| token.kind == TokenKind::Dot) {
            end += 2;
        }
        tables.extend(named(tokens, start, end, &withs).map(|(table, _)| table));
    }
    if let Some(part) = statement.part(Clause::Update) {
        let mut start = part.body.start;
        while tokens.get(start).is_some_and(|t| {
            t.is_one_of(&["LOW_PRIORITY", "IGNORE", "OR", "ABORT", "FAIL", "REPLACE", "ROLLBACK"])
        }) {
            start += 1;
        }
        references(tokens, start..part.body.end, &withs, &mut tables);
    }
    if let Some(part) = statement.part(Clause::From) {
        references(tokens, part.body.clone(), &withs, &mut tables);
    }
    tables.retain(|table| !is_dual(statement.dialect, table));
    tables
}

/// Returns the stored tables read anywhere below the statement itself, each once.
pub(super) fn inner(statement: &Statement) -> Vec<Table> {
    let tokens = &statement.tokens;
    let withs = withs(tokens);
    let outer_select = statement.part(Clause::Select).map(|part| part.start);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.is("SELECT") && Some(index) != outer_select {
            let (parts, _) = clauses::find(tokens, index);
            if let Some(from) = parts.into_iter().find(|part| part.clause == Clause::From) {
                references(tokens, from.body, &withs, &mut found);
            }
        }
        // SQLite takes a table's name for the list: `x IN t`.
        if statement.dialect == Dialect::Sqlite && token.is("IN") {
            found.extend(named(tokens, index + 1, tokens.len(), &withs).map(|(table, _)| table));
        }
    }
    let mut tables: Vec<Table> = Vec::new();
    let is_stored = |table: &Table| table.origin == Origin::Stored && !is_dual(statement.dialect, table);
    for table in found.into_iter().filter(is_stored) {
        if !tables.iter().any(|known| known.name == table.name && known.schema == table.schema) {
            tables.push(table);
        }
    }
    tables
}

/// Tells whether this is the word by which MariaDB says 'no table'.
fn is_dual(dialect: Dialect, table: &Table) -> bool {
    dialect == Dialect::MariaDb && table.schema.is_none() && table.name.eq_ignore_ascii_case("DUAL")
}

/// Tells whether the parenthesis at `index` holds a query, and not joined tables or an expression.
pub(super) fn is_query(tokens: &[Token], index: usize) -> bool {
    let (Some(open), Some(first)) = (tokens.get(index), tokens.get(index + 1)) else { return false };
    if open.kind != TokenKind::Open {
        return false;
    }
    if first.is_one_of(&["SELECT", "WITH", "VALUES"]) {
        return true;
    }
    // `((SELECT …) UNION …)` is one, `((SELECT …) AS a JOIN b)` and `((SELECT …) + 1)` are none.
    is_query(tokens, index + 1)
        && tokens.get(after(tokens, index + 1)).is_some_and(|next| {
            next.kind == TokenKind::Close
                || next.is_one_of(clauses::SET_OPERATORS)
                || next.is_one_of(&["ORDER", "LIMIT"])
        })
}

/// Reads what FROM lists: tables, joins, subqueries, all of these in parentheses.
fn references(tokens: &[Token], range: Range<usize>, withs: &[With], tables: &mut Vec<Table>) {
    let mut index = range.start;
    let mut table_follows = true;
    while index < range.end {
        let token = &tokens[index];
        if !table_follows {
            table_follows = token.kind == TokenKind::Comma || token.is_one_of(&["JOIN", "STRAIGHT_JOIN"]);
            index = after(tokens, index);
            continue;
        }
        if token.is("LATERAL") {
            index += 1;
            continue;
        }
        table_follows = false;
        if token.kind == TokenKind::Open && !is_query(tokens, index) {
            references(tokens, index + 1..closing(tokens, index), withs, tables);
            index = after(tokens, index);
        } else if token.kind == TokenKind::Open {
            let mut table = derived(query_columns(tokens, index));
            index = read_alias(tokens, after(tokens, index), range.end, &mut table);
            tables.push(table);
        } else if let Some((table, next)) = named(tokens, index, range.end, withs) {
            tables.push(table);
            index = next;
        } else {
            index += 1;
        }
    }
}

fn derived(columns: Option<Vec<String>>) -> Table {
    let name = String::new();
    Table { origin: Origin::Derived, schema: None, name, alias: None, columns, written: "".into() }
}

/// Reads the table named at `index`, with its alias, and returns it with the index after it.
fn named(tokens: &[Token], index: usize, end: usize, withs: &[With]) -> Option<(Table, usize)> {
    let mut written = tokens.get(index).filter(|token| is_name(token))?;
    let mut schema = None;
    let mut next = index + 1;
    while tokens.get(next).is_some_and(|token| token.kind == TokenKind::Dot) {
        schema = written.name();
        written = tokens.get(next + 1)?;
        next += 2;
    }
    let name = written.name()?;
    let written = written.text.clone();
    let with = withs.iter().rev().find(|with| {
        schema.is_none() && with.visible.contains(&index) && with.name.eq_ignore_ascii_case(&name)
    });
    let mut table = match with {
        _ if tokens.get(next).is_some_and(|token| token.kind == TokenKind::Open) && next < end => {
            next = after(tokens, next);
            derived(None)
        }
        Some(with) => {
            Table { origin: Origin::With, schema, name, alias: None, columns: with.columns.clone(), written }
        }
        None => Table { origin: Origin::Stored, schema, name, alias: None, columns: None, written },
    };
    let next = read_alias(tokens, next, end, &mut table);
    Some((table, next))
}

/// Reads the alias that may stand at `index`, and returns the index after it.
fn read_alias(tokens: &[Token], mut index: usize, end: usize, table: &mut Table) -> usize {
    if index + 1 < end && tokens[index].is("PARTITION") {
        index = after(tokens, index + 1);
    }
    let explicit = index < end && tokens[index].is("AS");
    let at = index + usize::from(explicit);
    let Some(token) = tokens.get(at).filter(|_| at < end) else { return index };
    let joins = token.is("FULL") && tokens.get(at + 1).is_some_and(|next| next.is_one_of(&["JOIN", "OUTER"]));
    if explicit && token.kind == TokenKind::String {
        let alias = unquoted(&token.text);
        table.written = format!("`{}`", alias.replace('`', "``")).into();
        table.alias = Some(alias);
    } else if is_name(token) && !joins {
        table.written = token.text.clone();
        table.alias = token.name();
    } else {
        return index;
    }
    // `(SELECT …) AS d (a, b)` names the columns.
    match names_in_parentheses(tokens, at + 1) {
        Some(columns) if table.origin == Origin::Derived => {
            table.columns = Some(columns);
            after(tokens, at + 1)
        }
        _ => at + 1,
    }
}

/// Returns the names of `(a, b)` at `index`.
fn names_in_parentheses(tokens: &[Token], index: usize) -> Option<Vec<String>> {
    tokens.get(index).filter(|token| token.kind == TokenKind::Open)?;
    let inside = &tokens[index + 1..closing(tokens, index)];
    inside.iter().filter(|token| token.kind != TokenKind::Comma).map(Token::name).collect()
}

/// Returns the names of the columns of the query in the parenthesis at `open`, when its text tells all of them.
fn query_columns(tokens: &[Token], open: usize) -> Option<Vec<String>> {
    let start = (open..tokens.len()).find(|&index| tokens[index].kind != TokenKind::Open)?;
    let (parts, _) = clauses::find(tokens, start);
    let select = parts.into_iter().find(|part| part.clause == Clause::Select)?;
    let items = items::read(&tokens[select.body]);
    items.into_iter().map(|item| item.name.filter(|_| !matches!(item.kind, ItemKind::All { .. }))).collect()
}

/// Finds the queries of every WITH in the statement.
fn withs(tokens: &[Token]) -> Vec<With> {
    let mut withs = Vec::new();
    for start in (0..tokens.len()).filter(|&index| tokens[index].is("WITH")) {
        let recursive = tokens.get(start + 1).is_some_and(|token| token.is("RECURSIVE"));
        let scope_end = enclosing_end(tokens, start);
        let mut index = start + 1 + usize::from(recursive);
        while let Some((name, columns, open)) = with_head(tokens, index) {
            let body_end = closing(tokens, open);
            // A query that is not recursive still sees the stored table of its own name.
            let visible = if recursive { start..scope_end } else { body_end..scope_end };
            withs.push(With { name, visible, columns: columns.or_else(|| query_columns(tokens, open)) });
            if !tokens.get(body_end + 1).is_some_and(|token| token.kind == TokenKind::Comma) {
                break;
            }
            index = body_end + 2;
        }
    }
    withs
}

/// Reads `name [(columns)] AS [NOT MATERIALIZED] (` and returns name, columns and the index of the parenthesis.
fn with_head(tokens: &[Token], index: usize) -> Option<(String, Option<Vec<String>>, usize)> {
    let name = tokens.get(index)?.name()?;
    let columns = names_in_parentheses(tokens, index + 1);
    let mut at = if columns.is_some() { after(tokens, index + 1) } else { index + 1 };
    tokens.get(at).filter(|token| token.is("AS"))?;
    at += 1;
    while tokens.get(at)?.is_one_of(&["NOT", "MATERIALIZED"]) {
        at += 1;
    }
    (tokens.get(at)?.kind == TokenKind::Open).then_some((name, columns, at))
}

/// Returns the index of the parenthesis that closes around `index`, or the number of tokens.
fn enclosing_end(tokens: &[Token], mut index: usize) -> usize {
    while index < tokens.len() && tokens[index].kind != TokenKind::Close {
        index = after(tokens, index);
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Kind, Source};
    use Dialect::{MariaDb, Sqlite};

    fn spell(tables: &[Table]) -> String {
        let tables: Vec<String> = tables
            .iter()
            .map(|table| {
                let origin = match table.origin {
                    Origin::Stored => "",
                    Origin::With => "with ",
                    Origin::Derived => "()",
                };
                let schema = table.schema.as_ref().map_or(String::new(), |schema| format!("{schema}."));
                let alias = table.alias.as_ref().map_or(String::new(), |alias| format!(" {alias}"));
                let columns = table
                    .columns
                    .as_ref()
                    .map_or(String::new(), |columns| format!("[{}]", columns.join(" ")));
                format!("{origin}{schema}{}{alias}{columns}", table.name)
            })
            .collect();
        tables.join(", ")
    }

    #[test]
    fn tables_are_found_where_they_stand() {
        let cases = [
            (Kind::Select, "SELECT 1", "", ""),
            (Kind::Select, "SELECT a FROM t", "t", ""),
            (Kind::Select, "SELECT a FROM s.t AS x WHERE a", "s.t x", ""),
            (Kind::Select, "SELECT a FROM `a``b` `c d`, u v", "a`b c d, u v", ""),
            (
                Kind::Select,
                "SELECT a FROM t LEFT JOIN u ON t.a = u.b AND u.c IN (1, 2) RIGHT OUTER JOIN v USING (a, b)",
                "t, u, v",
                "",
            ),
            (
                Kind::Select,
                "SELECT a FROM t NATURAL JOIN u CROSS JOIN v x INNER JOIN w y ON 1",
                "t, u, v x, w y",
                "",
            ),
            (Kind::Select, "SELECT a FROM (t JOIN (u, v w) ON t.a = u.a), x", "t, u, v w, x", ""),
            (Kind::Select, "SELECT a FROM t USE INDEX FOR ORDER BY (i, j) WHERE a", "t", ""),
            (Kind::Select, "SELECT a FROM t x FORCE INDEX (i) STRAIGHT_JOIN u", "t x, u", ""),
            (Kind::Select, "SELECT a FROM t PARTITION (p0, p1) AS x, u", "t x, u", ""),
            (Kind::Select, "SELECT a FROM (SELECT b, c d FROM u) AS x JOIN t", "() x[b d], t", "u"),
            (
                Kind::Select,
                "SELECT a FROM (SELECT * FROM u) x, LATERAL (SELECT v.b + 1 FROM v) y",
                "() x, () y",
                "u, v",
            ),
            (Kind::Select, "SELECT a FROM ((SELECT b FROM u) UNION (SELECT c FROM v)) x", "() x[b]", "u, v"),
            (Kind::Select, "SELECT a FROM ((SELECT b FROM u) AS x JOIN v)", "() x[b], v", "u"),
            (Kind::Select, "SELECT a FROM (VALUES (1, 2)) AS x (b, c)", "() x[b c]", ""),
            (
                Kind::Select,
                "SELECT (SELECT a FROM u) FROM t WHERE EXISTS (SELECT 1 FROM v JOIN w) AND b IN (SELECT c FROM u)",
                "t",
                "u, v, w",
            ),
            (Kind::Select, "WITH x AS (SELECT a, b FROM u) SELECT a FROM x JOIN t", "with x[a b], t", "u"),
            (
                Kind::Select,
                "WITH x (c) AS (SELECT a FROM u), y AS (SELECT * FROM x) SELECT a FROM y, x z",
                "with y, with x z[c]",
                "u",
            ),
            (Kind::Select, "WITH t AS (SELECT * FROM t) SELECT a FROM t", "with t", "t"),
            (
                Kind::Select,
                "WITH RECURSIVE x AS (SELECT a FROM u UNION ALL SELECT a FROM x) SELECT a FROM x",
                "with x[a]",
                "u",
            ),
            (
                Kind::Select,
                "SELECT a FROM (WITH x AS (SELECT 1 AS b) SELECT b FROM x) d, x",
                "() d[b], x",
                "",
            ),
            (Kind::Select, "SELECT a FROM json_each(:j) j, t", "() j, t", ""),
            (Kind::Select, "SELECT EXTRACT(YEAR FROM d), TRIM(x FROM y) FROM t", "t", ""),
            (Kind::Select, "SELECT a FROM t GROUP BY b WITH ROLLUP", "t", ""),
            (Kind::Update, "UPDATE IGNORE t x JOIN u ON a SET b = (SELECT c FROM v)", "t x, u", "v"),
            (Kind::Delete, "DELETE FROM t WHERE a IN (SELECT b FROM u)", "t", "u"),
            (Kind::Delete, "DELETE x FROM t x JOIN u ON a WHERE b", "t x, u", ""),
            (Kind::Insert, "INSERT INTO t (a) SELECT b FROM u", "t", "u"),
            (Kind::Insert, "INSERT INTO s.t VALUES (1)", "s.t", ""),
        ];
        for (kind, text, outer, inner) in cases {
            for dialect in [MariaDb, Sqlite] {
                let statement = Statement::parse(dialect, kind, Source::Plain, text).unwrap();
                assert_eq!(spell(&statement.tables()), outer, "{text}");
                assert_eq!(spell(&statement.inner_tables()), inner, "{text}");
            }
        }
    }

    #[test]
    fn sqlite_has_places_of_its_own() {
        let text = "SELECT a FROM t AS 'x' FULL OUTER JOIN u WHERE a IN v AND b IN (1)";
        let statement = Statement::parse(Sqlite, Kind::Select, Source::Plain, text).unwrap();
        assert_eq!(spell(&statement.tables()), "t x, u");
        assert_eq!(spell(&statement.inner_tables()), "v");
    }
}
