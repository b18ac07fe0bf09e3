//! A SELECT taken apart where the parameters of a list go: its items, its conditions, its order, its number of rows.
//!
//! It is taken apart once, by its tokens; what a request adds is made of these parts, of the statement's own columns and
//! of `?`, so that no text of a client is ever in it.

mod columns;
mod condition;
mod order;
#[cfg(test)]
mod tests;
mod write;

use std::ops::Range;

pub use self::columns::{Content, ResultColumn, Zeros};
pub use self::condition::{Compare, Condition};
pub use self::order::{OwnOrder, Sorted};
pub use self::write::{Mark, Order, Shape, Written};

use super::aggregates::{has_aggregate, has_window};
use super::clauses::Clause;
use super::items;
use super::joins;
use super::statement::Statement;
use super::tables::Table;
use super::token::{Dialect, Token, TokenKind, render_as};

/// Tells the columns of a stored table; `None` when they are not known.
pub(super) type Columns<'c, 'a> = dyn Fn(&Table) -> Option<&'a [String]> + 'c;

/// A SELECT taken apart. See the module.
#[derive(Debug, Clone)]
pub struct Listing {
    dialect: Dialect,
    /// Up to SELECT and its options.
    head: Piece,
    /// The select items as they are written.
    items: Piece,
    from: Option<Piece>,
    /// What follows WHERE.
    condition: Option<Piece>,
    /// GROUP BY, HAVING and WINDOW.
    rest: Option<Piece>,
    /// What follows ORDER BY.
    order: Option<Piece>,
    /// LIMIT and all that may follow it.
    tail: Option<Piece>,
    columns: Vec<ResultColumn>,
    facts: Facts,
}

/// A part of the statement's text, with the numbers of its `?` among those of the whole statement.
#[derive(Debug, Clone)]
struct Piece {
    sql: String,
    marks: Range<usize>,
}

/// What must be known of a statement before something is added to it.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, read off the text")]
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whether the name of every result column is known: no `*` hides some.
    pub whole: bool,
    /// Whether no two result columns have one name.
    pub distinct_names: bool,
    /// Whether it answers equal rows once (DISTINCT).
    pub distinct: bool,
    /// Whether it has HAVING.
    pub having: bool,
    /// Whether it adds all rows up into one.
    pub aggregate: bool,
    /// Whether a select item looks at other rows (OVER).
    pub window: bool,
    /// Whether it limits, locks or otherwise ends its rows itself, so that nothing may follow.
    pub ended: bool,
    /// The columns it groups by, as table and column; `None` without GROUP BY.
    pub group: Option<Group>,
    /// Its own order.
    pub order: OwnOrder,
    /// Result columns that its own order names by their alias.
    pub order_needs: Vec<usize>,
    /// Whether its own order names a result column by its position.
    pub order_by_position: bool,
    /// For each table of FROM: which of its columns its join equates with which column of another table.
    pub joined: Vec<Vec<(String, Stored)>>,
}

/// What a statement groups by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The terms that are columns of tables.
    pub columns: Vec<Stored>,
    /// Whether every term is one.
    pub plain: bool,
    /// Whether rows of totals are added (WITH ROLLUP).
    pub rollup: bool,
}

/// A column of a table in FROM, by the table's number among [`Statement::tables`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The table.
    pub table: usize,
    /// The column.
    pub column: String,
}

impl Stored {
    /// Tells whether both are the same column.
    pub fn is(&self, other: &Self) -> bool {
        self.table == other.table && self.column.eq_ignore_ascii_case(&other.column)
    }
}

impl Statement {
    /// Takes a SELECT apart. `columns` tells the columns of a stored table, `None` when they are not known.
    pub fn listing<'a>(&self, columns: &dyn Fn(&Table) -> Option<&'a [String]>) -> Listing {
        let tokens = &self.tokens;
        let tables = self.tables();
        let select = self.part(Clause::Select).map_or(0..0, |part| part.body.clone());
        let first = select.start + items::options(&tokens[select.clone()]);
        let where_at = self.end_before(Clause::Where);
        let body = |clause| self.part(clause).map(|part| part.body.clone());
        let (from_end, condition) = match self.part(Clause::Where) {
            Some(part) => (part.start, Some(part.body.clone())),
            None => (where_at, None),
        };
        let rest_start = condition.as_ref().map_or(where_at, |condition| condition.end);
        let order = body(Clause::OrderBy);
        let rest_end =
            self.part(Clause::OrderBy).map_or_else(|| self.end_before(Clause::OrderBy), |p| p.start);
        let tail_start = order.as_ref().map_or(rest_end, |order| order.end);
        let piece = |range: Range<usize>| Piece::of(tokens, range);
        let some = |range: Range<usize>| (!range.is_empty()).then(|| piece(range));
        let read = columns::Reading { statement: self, tables: &tables, columns };
        let (result, whole, distinct_names) = read.columns();
        let group = body(Clause::GroupBy).map(|body| read.group(&tokens[body], &result));
        let own = order::read(&read, order.as_ref().map(|body| &tokens[body.clone()]), &result);
        let looks =
            [Clause::Select, Clause::Having, Clause::OrderBy].map(|clause| body(clause).unwrap_or(0..0));
        let any = |has: fn(Dialect, &[Token]) -> bool| {
            looks.iter().any(|range| has(self.dialect, &tokens[range.clone()]))
        };
        let facts = Facts {
            whole,
            distinct_names,
            distinct: tokens[select.start..first].iter().any(|t| t.is_one_of(&["DISTINCT", "DISTINCTROW"])),
            having: self.part(Clause::Having).is_some(),
            aggregate: group.is_none() && any(has_aggregate) || self.is_aggregate_without_group_by(),
            window: self.part(Clause::Window).is_some() || any(has_window),
            ended: !self.takes_limit(),
            group,
            order: own.order,
            order_needs: own.needs,
            order_by_position: own.by_position,
            joined: joins::read(self, &tables),
        };
        Listing {
            dialect: self.dialect,
            head: piece(0..first),
            items: piece(first..select.end),
            from: some(select.end..from_end),
            condition: condition.and_then(some),
            rest: some(rest_start..rest_end),
            order: order.and_then(some),
            tail: some(tail_start..tokens.len()),
            columns: result,
            facts,
        }
    }
}

impl Listing {
    /// Returns its result columns, each name once: of several the first, which is the one that is answered.
    pub fn columns(&self) -> &[ResultColumn] {
        &self.columns
    }

    /// Says what the date 0000-00-00 means for a result column.
    pub fn set_zeros(&mut self, column: usize, zeros: Zeros) {
        self.columns[column].zeros = zeros;
    }

    /// Returns what is known of the statement.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

impl Piece {
    fn of(tokens: &[Token], range: Range<usize>) -> Self {
        let is_mark = |token: &&Token| matches!(token.kind, TokenKind::Placeholder | TokenKind::Positional);
        let before = tokens[..range.start].iter().filter(is_mark).count();
        let own = &tokens[range];
        let marks = before..before + own.iter().filter(is_mark).count();
        let sql = render_as(own, |token| if is_mark(&token) { "?" } else { &token.text });
        Self { sql, marks }
    }
}
