//! The select items of a statement.

use std::ops::Range;

use super::clauses::Clause;
use super::columns::{ColumnRef, column_at, ends_value, is_name};
use super::statement::Statement;
use super::token::{Token, TokenKind, after, render, unquoted};

/// Words that stand between SELECT and its first item.
const OPTIONS: &[&str] = &[
    "ALL",
    "DISTINCT",
    "DISTINCTROW",
    "HIGH_PRIORITY",
    "STRAIGHT_JOIN",
    "SQL_SMALL_RESULT",
    "SQL_BIG_RESULT",
    "SQL_BUFFER_RESULT",
    "SQL_CACHE",
    "SQL_NO_CACHE",
    "SQL_CALC_FOUND_ROWS",
];

/// What a select item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// `c` or `t.c`: rows can be filtered and sorted by it.
    Column(ColumnRef),
    /// `*` or `t.*`.
    All {
        /// The alias or table before the dot, if there is one.
        table: Option<String>,
    },
    /// Anything that is computed.
    Computed,
}

/// One select item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The expression as SQL, without its alias.
    pub text: String,
    /// The name of the result's column: the alias, else a bare column's own; unknown for `*` and what is computed.
    pub name: Option<String>,
    /// What it is.
    pub kind: ItemKind,
}

pub(super) fn items(statement: &Statement) -> Vec<Item> {
    statement.part(Clause::Select).map(|part| read(&statement.tokens[part.body.clone()])).unwrap_or_default()
}

/// Reads the items that follow SELECT.
pub(super) fn read(tokens: &[Token]) -> Vec<Item> {
    ranges(tokens).into_iter().map(|range| item(&tokens[range])).collect()
}

/// Returns how many options stand between SELECT and its first item.
pub(super) fn options(tokens: &[Token]) -> usize {
    tokens.iter().take_while(|token| token.is_one_of(OPTIONS)).count()
}

/// Returns where each of the items stands that follow SELECT.
pub(super) fn ranges(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = options(tokens);
    let mut index = start;
    while start < tokens.len() {
        while index < tokens.len() && tokens[index].kind != TokenKind::Comma {
            index = after(tokens, index);
        }
        ranges.push(start..index);
        index += 1;
        start = index;
    }
    ranges
}

/// Reads one item.
pub(super) fn item(tokens: &[Token]) -> Item {
    let (expression, alias) = split_alias(tokens);
    let text = render(expression);
    if let Some((star, before)) = expression.split_last().filter(|(star, _)| star.is_operator("*")) {
        let table = before.len().checked_sub(2).and_then(|index| before[index].name());
        if before.is_empty() || before.last().is_some_and(|dot| dot.kind == TokenKind::Dot) {
            debug_assert_eq!(&*star.text, "*");
            return Item { text, name: None, kind: ItemKind::All { table } };
        }
    }
    match column_at(expression, 0) {
        Some((column, end)) if end == expression.len() => {
            let name = alias.or_else(|| Some(column.column.clone()));
            Item { text, name, kind: ItemKind::Column(column) }
        }
        _ => Item { text, name: alias, kind: ItemKind::Computed },
    }
}

/// Splits `expression [AS] alias`.
fn split_alias(tokens: &[Token]) -> (&[Token], Option<String>) {
    let [before @ .., last] = tokens else { return (tokens, None) };
    let name = if last.kind == TokenKind::String { Some(unquoted(&last.text)) } else { last.name() };
    match before {
        [expression @ .., word] if word.is("AS") => (expression, name),
        [.., value] if ends_value(value) && is_alias(before, value, last) => (before, name),
        _ => (tokens, None),
    }
}

/// Tells whether a word right behind a value is an alias, and not a unit, the END of a CASE or part of a literal.
fn is_alias(before: &[Token], value: &Token, last: &Token) -> bool {
    if last.kind == TokenKind::String {
        let is_prefix = value.text.starts_with('_') || value.is_one_of(&["DATE", "TIME", "TIMESTAMP"]);
        return value.kind != TokenKind::String && !is_prefix;
    }
    let count = |word: &str| before.iter().filter(|token| token.is(word)).count();
    let ends_case = last.is("END") && count("END") < count("CASE");
    let interval = before.iter().rposition(|token| token.is("INTERVAL"));
    let is_unit = interval.is_some_and(|at| at + 1 < before.len() && after(before, at + 1) == before.len());
    is_name(last) && !ends_case && !is_unit
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, Kind, Source, Statement};
    use super::*;

    #[test]
    fn items_are_told_apart() {
        let cases = [
            ("id, t.name, s.t.c", "c:id=id c:t.name=name c:s.t.c=c"),
            ("`a b` AS x, t.`order` y, `q`", "c:`a b`=x c:t.`order`=y c:`q`=q"),
            ("*", "*:*"),
            ("DISTINCT t.*, a", "*:t.* c:a=a"),
            ("ALL a AS `n m`, b AS 'text'", "c:a=n m c:b=text"),
            ("COUNT(*) AS n, COUNT(*) total, COUNT(*)", "e:COUNT(*)=n e:COUNT(*)=total e:COUNT(*)"),
            ("a + b c, a*b, (SELECT x FROM y) z", "e:a + b=c e:a*b e:(SELECT x FROM y)=z"),
            (
                "CASE WHEN a THEN b ELSE c END, CASE a WHEN 1 THEN 2 END k",
                "e:CASE WHEN a THEN b ELSE c END e:CASE a WHEN 1 THEN 2 END=k",
            ),
            (
                "d + INTERVAL 1 DAY, d + INTERVAL (a) MONTH m",
                "e:d + INTERVAL 1 DAY e:d + INTERVAL (a) MONTH=m",
            ),
            ("SUM(a) OVER (PARTITION BY b ORDER BY c) s", "e:SUM(a) OVER (PARTITION BY b ORDER BY c)=s"),
            ("TRUE, NULL x, 1 y, 'a' z", "e:TRUE e:NULL=x e:1=y e:'a'=z"),
            (
                "EXTRACT(YEAR FROM d) y, TRIM(BOTH ' ' FROM x)",
                "e:EXTRACT(YEAR FROM d)=y e:TRIM(BOTH ' ' FROM x)",
            ),
            ("a IS NOT DISTINCT FROM b AS same", "e:a IS NOT DISTINCT FROM b=same"),
            ("start, end, position, status s", "c:start=start c:end=end c:position=position c:status=s"),
            ("DATE '2020-01-01', a COLLATE utf8mb4_bin", "e:DATE '2020-01-01' e:a COLLATE utf8mb4_bin"),
            (":id AS id", "e::id=id"),
        ];
        for (text, expected) in cases {
            let text = format!("SELECT {text} FROM t WHERE a");
            let items =
                Statement::parse(Dialect::MariaDb, Kind::Select, Source::Plain, &text).unwrap().items();
            let found: Vec<String> = items
                .into_iter()
                .map(|item| {
                    let kind = match item.kind {
                        ItemKind::Column(_) => 'c',
                        ItemKind::All { .. } => '*',
                        ItemKind::Computed => 'e',
                    };
                    format!(
                        "{kind}:{}{}",
                        item.text,
                        item.name.map_or(String::new(), |name| format!("={name}"))
                    )
                })
                .collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }
}
