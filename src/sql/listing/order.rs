//! The order that a statement has by itself.

use super::super::token::{Token, TokenKind};
use super::columns::{Content, Reading, ResultColumn, split, whole_column};

/// A result column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorted {
    /// The number of the result column.
    pub column: usize,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// The order that a statement has by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnOrder {
    /// It has none.
    None,
    /// It sorts by these result columns.
    Columns(Vec<Sorted>),
    /// It sorts by something else as well.
    Other,
}

/// What was read of an order.
pub(super) struct Own {
    pub(super) order: OwnOrder,
    /// Result columns that it names by their alias.
    pub(super) needs: Vec<usize>,
    /// Whether it names one by its position.
    pub(super) by_position: bool,
}

/// Reads what follows ORDER BY.
pub(super) fn read(reading: &Reading<'_, '_, '_>, tokens: Option<&[Token]>, result: &[ResultColumn]) -> Own {
    let Some(tokens) = tokens else {
        return Own { order: OwnOrder::None, needs: Vec::new(), by_position: false };
    };
    let terms = split(tokens);
    let is_position = |term: &&[Token]| term.first().is_some_and(|token| token.kind == TokenKind::Number);
    let by_position = terms.iter().any(is_position);
    let sorted: Option<Vec<Sorted>> = terms.iter().map(|term| sorted(reading, term, result)).collect();
    let order = sorted.map_or(OwnOrder::Other, OwnOrder::Columns);
    Own { order, needs: needs(tokens, result), by_position }
}

fn sorted(reading: &Reading<'_, '_, '_>, term: &[Token], result: &[ResultColumn]) -> Option<Sorted> {
    let (term, descending) = match term {
        [term @ .., word] if word.is("DESC") => (term, true),
        [term @ .., word] if word.is("ASC") => (term, false),
        term => (term, false),
    };
    let column = whole_column(term)?;
    let named = |one: &ResultColumn| one.name.eq_ignore_ascii_case(&column.column);
    // An alias comes before a column of that name.
    let index = if let Some(index) = result.iter().position(named).filter(|_| column.table.is_none()) {
        index
    } else {
        let stored = reading.stored(&column)?;
        result.iter().position(|one| matches!(&one.content, Content::Stored(known) if known.is(&stored)))?
    };
    (result[index].content != Content::Computed).then_some(Sorted { column: index, descending })
}

/// Returns the result columns whose names are no columns of tables and stand in the order.
fn needs(tokens: &[Token], result: &[ResultColumn]) -> Vec<usize> {
    let is_alias = |column: &ResultColumn| match &column.content {
        Content::Stored(stored) => !stored.column.eq_ignore_ascii_case(&column.name),
        Content::Column | Content::Computed => true,
    };
    let mentioned = |column: &ResultColumn| {
        tokens.iter().any(|token| token.name().is_some_and(|name| name.eq_ignore_ascii_case(&column.name)))
    };
    let indexes = result.iter().enumerate();
    indexes.filter(|(_, column)| is_alias(column) && mentioned(column)).map(|(index, _)| index).collect()
}
