//! Which columns a statement's joins equate.

use super::clauses::Clause;
use super::columns::ColumnRef;
use super::listing::Stored;
use super::statement::Statement;
use super::tables::Table;
use super::terms::column_pairs;
use super::token::{Token, TokenKind, after};

/// Words that say how the table behind JOIN is joined.
const KINDS: &[&str] = &["LEFT", "OUTER", "INNER", "CROSS"];

/// Returns for each table of FROM which of its columns its own ON equates with which column of another table.
///
/// Empty for every table where the joins are of a kind that may add rows of a table on its left, or are nested.
pub(super) fn read(statement: &Statement, tables: &[Table]) -> Vec<Vec<(String, Stored)>> {
    let mut joined = vec![Vec::new(); tables.len()];
    let Some(from) = statement.part(Clause::From) else { return joined };
    let tokens = &statement.tokens[from.body.clone()];
    let is_odd = |token: &Token| token.is_one_of(&["RIGHT", "FULL", "NATURAL", "USING"]);
    let segments = segments(tokens);
    if segments.len() != tables.len() || tokens.iter().any(is_odd) {
        return joined;
    }
    for (index, segment) in segments.iter().enumerate() {
        let Some(on) = segment.iter().position(|token| token.is("ON")) else { continue };
        let condition = &segment[on + 1..];
        if condition.iter().any(|token| token.is("ON")) {
            continue;
        }
        for (one, other) in column_pairs(condition) {
            for (own, other) in [(&one, &other), (&other, &one)] {
                if let (Some(table), Some(other)) =
                    (table_of(own, tables), table_of(other, tables).zip(Some(other)))
                    && table == index
                    && other.0 != index
                {
                    let stored = Stored { table: other.0, column: other.1.column.clone() };
                    joined[index].push((own.column.clone(), stored));
                }
            }
        }
    }
    joined
}

/// Returns the number of the table that a column names itself, if exactly one is called so.
fn table_of(column: &ColumnRef, tables: &[Table]) -> Option<usize> {
    let reference = column.table.as_deref()?;
    let mut named =
        tables.iter().enumerate().filter(|(_, table)| table.reference().eq_ignore_ascii_case(reference));
    let (index, _) = named.next()?;
    named.next().is_none().then_some(index)
}

/// Splits FROM into what begins with each table.
fn segments(tokens: &[Token]) -> Vec<&[Token]> {
    let mut segments = Vec::new();
    let (mut start, mut index) = (0, 0);
    while index < tokens.len() {
        let token = &tokens[index];
        if token.kind == TokenKind::Comma || token.is_one_of(&["JOIN", "STRAIGHT_JOIN"]) {
            let kinds = tokens[start..index].iter().rev().take_while(|token| token.is_one_of(KINDS)).count();
            segments.push(&tokens[start..index - kinds]);
            start = index + 1;
        }
        index = after(tokens, index);
    }
    segments.push(&tokens[start..]);
    segments
}
