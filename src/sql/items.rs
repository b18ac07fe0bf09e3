//! The select items of a statement.

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
    let mut items = Vec::new();
    let mut start = tokens.iter().take_while(|token| token.is_one_of(OPTIONS)).count();
    let mut index = start;
    while start < tokens.len() {
        while index < tokens.len() && tokens[index].kind != TokenKind::Comma {
            index = after(tokens, index);
        }
        items.push(item(&tokens[start..index]));
        index += 1;
        start = index;
    }
    items
}

fn item(tokens: &[Token]) -> Item {
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
