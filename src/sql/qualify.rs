//! Whose column a bare name in a filter is.

use super::columns::{ends_value, is_name};
use super::fault::Fault;
use super::items::{Item, ItemKind};
use super::statement::Statement;
use super::tables::{Origin, Table, is_query};
use super::token::{Token, TokenKind, after};

/// Functions whose first argument is a unit or a type, as in `EXTRACT(YEAR FROM d)`.
const UNIT_FIRST: &[&str] = &["EXTRACT", "TIMESTAMPDIFF", "TIMESTAMPADD", "GET_FORMAT"];

/// Words after which a word is a type, a character set or a mode, but no column.
const BEFORE_NO_COLUMN: &[&str] = &["AS", "COLLATE", "IS", "USING", "IN", "NATURAL", "WITH", "INTO"];

/// Returns the filter's tokens with its bare columns qualified where the statement could take them for another's.
pub(super) fn qualified<'a>(
    filter: &[Token],
    statement: &Statement,
    columns: &dyn Fn(&Table) -> Option<&'a [String]>,
) -> Result<Vec<Token>, Fault> {
    let tables = statement.tables();
    let computed = computed_names(statement);
    let mut tokens = Vec::with_capacity(filter.len());
    let mut index = 0;
    while index < filter.len() {
        if is_query(filter, index) {
            let end = after(filter, index);
            tokens.extend_from_slice(&filter[index..end]);
            index = end;
            continue;
        }
        let token = &filter[index];
        let name = token.name().filter(|_| is_bare_column(filter, index));
        let is_computed = name.as_ref().is_some_and(|name| has(&computed, name));
        let owner = match (&name, &tables[..]) {
            (Some(name), [_, _, ..]) => owner(name, token.at, &tables, is_computed, columns)?,
            // SQLite takes a name that the table lacks for the select item of that name, whose value anybody has.
            (Some(_), [table]) if is_computed => Some(table),
            _ => None,
        };
        match owner {
            Some(table) => tokens.extend(dotted(table, token)?),
            None => tokens.push(token.clone()),
        }
        index += 1;
    }
    Ok(tokens)
}

/// Returns `table.column` for the bare column.
fn dotted(table: &Table, column: &Token) -> Result<[Token; 3], Fault> {
    if table.written.is_empty() {
        return Err(Fault::new(
            column.at,
            format!("{} is a column of a subquery without a name", column.text),
        )
        .hint("name the subquery: (SELECT …) AS t"));
    }
    Ok([
        Token { kind: TokenKind::Name, text: table.written.clone(), ..column.clone() },
        Token { kind: TokenKind::Dot, text: ".".into(), at: column.at, spaced: false },
        Token { kind: TokenKind::Name, spaced: false, ..column.clone() },
    ])
}

/// Returns the first table that has this column; `None` if none has, which the engine will say.
fn owner<'a, 't>(
    name: &str,
    offset: usize,
    tables: &'t [Table],
    is_computed: bool,
    columns: &dyn Fn(&Table) -> Option<&'a [String]>,
) -> Result<Option<&'t Table>, Fault> {
    for table in tables {
        let known = if table.origin == Origin::Stored { columns(table) } else { table.columns.as_deref() };
        let Some(known) = known else {
            let example = if table.reference().is_empty() { "t" } else { table.reference() };
            return Err(Fault::new(offset, format!("it cannot be told whose column {name} is"))
                .hint(format!("say which table's it is, for instance `{example}.{name}`")));
        };
        if has(known, name) {
            return Ok(Some(table));
        }
    }
    if is_computed {
        return Err(Fault::new(offset, format!("no table of the statement has a column {name}"))
            .hint("a filter compares columns of tables, not select items"));
    }
    Ok(None)
}

/// Returns the names under which the statement answers something else than a column of that name.
fn computed_names(statement: &Statement) -> Vec<String> {
    let is_column = |item: &Item, name: &str| match &item.kind {
        ItemKind::Column(column) => column.column.eq_ignore_ascii_case(name),
        _ => false,
    };
    let items = statement.items().into_iter();
    items.filter_map(|item| item.name.clone().filter(|name| !is_column(&item, name))).collect()
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
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
    use crate::sql::{Dialect::MariaDb, Filter, Kind, Source};

    fn select(text: &str) -> Statement {
        Statement::parse(MariaDb, Kind::Select, Source::Plain, text).unwrap()
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
            let statement = select(&format!("SELECT 1 FROM {from}"));
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
            let statement = select(&format!("SELECT 1 FROM {from}"));
            let joined = statement.with_condition(&Filter::parse(MariaDb, filter).unwrap(), &columns);
            assert_eq!(
                joined.as_ref().err().map(|fault| fault.offset),
                offset,
                "{from}: {filter}: {joined:?}"
            );
        }
    }

    #[test]
    fn a_select_item_is_never_taken_for_the_column() {
        let name = ["name".to_owned()];
        let columns = |table: &Table| (table.name != "unknown").then_some(&name[..]);
        let cases = [
            ("SELECT id AS user_id FROM t", Some("t.user_id = 1")),
            ("SELECT 1 AS user_id, x.* FROM unknown x", Some("x.user_id = 1")),
            ("SELECT user_id, x.user_id AS user_id FROM x", Some("user_id = 1")),
            ("SELECT id AS user_id FROM t JOIN u", None),
            ("SELECT 1 AS user_id FROM (SELECT id FROM t)", None),
            ("SELECT 1 FROM (SELECT user_id FROM t), u", None),
            ("SELECT 1 FROM (SELECT * FROM t), u", None),
        ];
        for (text, expected) in cases {
            let filter = Filter::parse(MariaDb, "user_id = 1").unwrap();
            let joined = select(text).with_condition(&filter, &columns);
            let expected = expected.map(|condition| format!("{text} WHERE ({condition})"));
            assert_eq!(joined.ok().map(|joined| joined.text()), expected, "{text}");
        }
    }
}
