//! The result columns of a statement: their names, and which column of which table each is.

use super::super::columns::{ColumnRef, column_at};
use super::super::items::{self, ItemKind};
use super::super::statement::Statement;
use super::super::tables::{Origin, Table};
use super::super::token::{Token, TokenKind, after};
use super::{Columns, Group, Piece, Stored};
use crate::sql::clauses::Clause;

/// One result column.
#[derive(Debug, Clone)]
pub struct ResultColumn {
    /// Its name in the answer.
    pub name: String,
    /// What it holds.
    pub content: Content,
    /// The select item, as it is selected alone.
    pub(super) item: Piece,
    /// The column as it stands in conditions and orders; the item's own text for what is computed.
    pub(super) sql: String,
    pub(super) zeros: Zeros,
}

/// What MariaDB's date 0000-00-00, which is answered as null, means for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zeros {
    /// It has none.
    #[default]
    None,
    /// It may have some, and no NULL: they come before all other dates by themselves.
    First,
    /// It may have both, which are one in the answer and have to be one in the order.
    AmongNulls,
}

/// What a result column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A column of a table of FROM.
    Stored(Stored),
    /// A column of a table whose columns are not known.
    Column,
    /// What is computed.
    Computed,
}

/// A statement whose columns are read.
pub(super) struct Reading<'s, 'c, 'a> {
    pub(super) statement: &'s Statement,
    pub(super) tables: &'s [Table],
    pub(super) columns: &'s Columns<'c, 'a>,
}

impl Reading<'_, '_, '_> {
    /// Returns the result columns by name, whether these are all, and whether no name came twice.
    pub(super) fn columns(&self) -> (Vec<ResultColumn>, bool, bool) {
        let tokens = &self.statement.tokens;
        let Some(select) = self.statement.part(Clause::Select) else { return (Vec::new(), false, false) };
        let mut found: Vec<ResultColumn> = Vec::new();
        let (mut whole, mut distinct) = (true, true);
        for range in items::ranges(&tokens[select.body.clone()]) {
            let range = select.body.start + range.start..select.body.start + range.end;
            let item = items::item(&tokens[range.clone()]);
            let of_item = match (&item.kind, &item.name) {
                (ItemKind::All { table }, _) => self.all(table.as_deref(), range.start),
                (ItemKind::Column(column), Some(name)) => {
                    Some(vec![self.column(column, name, &item.text, Piece::of(tokens, range))])
                }
                (_, name) => {
                    // What has no alias is called by its own text, or nearly so.
                    let name = name.clone().unwrap_or_else(|| item.text.clone());
                    let piece = Piece::of(tokens, range);
                    Some(vec![ResultColumn {
                        name,
                        content: Content::Computed,
                        item: piece,
                        sql: item.text,
                        zeros: Zeros::None,
                    }])
                }
            };
            whole &= of_item.is_some();
            for column in of_item.unwrap_or_default() {
                if found.iter().any(|known| known.name.eq_ignore_ascii_case(&column.name)) {
                    distinct = false;
                } else {
                    found.push(column);
                }
            }
        }
        (found, whole, distinct && whole)
    }

    /// Reads a column that is selected bare.
    fn column(&self, column: &ColumnRef, name: &str, text: &str, item: Piece) -> ResultColumn {
        let stored = self.stored(column);
        let table = stored.as_ref().map(|stored| &self.tables[stored.table]);
        // A bare name would be taken for another item's alias where rows are ordered.
        let sql = match table {
            Some(table) if column.table.is_none() && !table.written.is_empty() => {
                format!("{}.{text}", table.written)
            }
            _ => text.to_owned(),
        };
        let content = stored.map_or(Content::Column, Content::Stored);
        ResultColumn { name: name.to_owned(), content, item, sql, zeros: Zeros::None }
    }

    /// Returns the columns behind `*` or `table.*` at a token; `None` if not all of them are known.
    fn all(&self, table: Option<&str>, at: usize) -> Option<Vec<ResultColumn>> {
        let tokens = &self.statement.tokens;
        let from = self.statement.part(Clause::From)?;
        let merges = |token: &Token| token.is_one_of(&["NATURAL", "USING", "RIGHT", "FULL"]);
        // These joins make one column of two, or put them in another order.
        if table.is_none() && 1 < self.tables.len() && tokens[from.body.clone()].iter().any(merges) {
            return None;
        }
        let is_meant = |one: &Table| table.is_none_or(|table| one.reference().eq_ignore_ascii_case(table));
        let mut found = Vec::new();
        for (index, one) in self.tables.iter().enumerate().filter(|(_, one)| is_meant(one)) {
            for name in self.known(one)? {
                let quoted = format!("`{}`", name.replace('`', "``"));
                let sql = if one.written.is_empty() { quoted } else { format!("{}.{quoted}", one.written) };
                let stored = Stored { table: index, column: name.clone() };
                let content =
                    if one.origin == Origin::Stored { Content::Stored(stored) } else { Content::Column };
                let mut item = Piece::of(tokens, at..at);
                item.sql.clone_from(&sql);
                found.push(ResultColumn { name: name.clone(), content, item, sql, zeros: Zeros::None });
            }
        }
        (!found.is_empty()).then_some(found)
    }

    fn known<'t>(&self, table: &'t Table) -> Option<Vec<String>>
    where
        Self: 't,
    {
        match table.origin {
            Origin::Stored => (self.columns)(table).map(<[String]>::to_vec),
            _ => table.columns.clone(),
        }
    }

    /// Tells which stored column a name in the statement is, when that is certain.
    pub(super) fn stored(&self, column: &ColumnRef) -> Option<Stored> {
        let has = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(&column.column));
        let table = if let Some(reference) = &column.table {
            let is_named = |table: &Table| table.reference().eq_ignore_ascii_case(reference);
            let mut named = self.tables.iter().enumerate().filter(|(_, table)| is_named(table));
            let (index, _) = named.next()?;
            named.next().is_none().then_some(index)?
        } else {
            let owners: Option<Vec<bool>> =
                self.tables.iter().map(|table| self.known(table).map(|names| has(&names))).collect();
            owners?.iter().position(|owns| *owns)?
        };
        let one = &self.tables[table];
        let is_stored = one.origin == Origin::Stored && self.known(one).is_some_and(|names| has(&names));
        is_stored.then(|| Stored { table, column: column.column.clone() })
    }

    /// Reads what follows GROUP BY.
    pub(super) fn group(&self, tokens: &[Token], result: &[ResultColumn]) -> Group {
        let mut group = Group { plain: true, ..Group::default() };
        let tokens = match tokens {
            [terms @ .., with, rollup] if with.is("WITH") && rollup.is("ROLLUP") => {
                group.rollup = true;
                terms
            }
            terms => terms,
        };
        for term in split(tokens) {
            let stored = match term {
                [number] if number.kind == TokenKind::Number => {
                    let index = number.text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                    // A `*` before it would count for several.
                    let column = index.filter(|_| self.statement.items().iter().all(|i| i.name.is_some()));
                    match column.and_then(|index| result.get(index)).map(|column| &column.content) {
                        Some(Content::Stored(stored)) => Some(stored.clone()),
                        _ => None,
                    }
                }
                term => whole_column(term).and_then(|column| self.stored(&column)),
            };
            match stored {
                Some(stored) => group.columns.push(stored),
                None => group.plain = false,
            }
        }
        group
    }
}

/// Reads tokens that are one column and nothing else.
pub(super) fn whole_column(tokens: &[Token]) -> Option<ColumnRef> {
    let (column, end) = column_at(tokens, 0)?;
    (end == tokens.len()).then_some(column)
}

/// Splits tokens at the commas outside of parentheses.
pub(super) fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut terms = Vec::new();
    let (mut start, mut index) = (0, 0);
    while index < tokens.len() {
        if tokens[index].kind == TokenKind::Comma {
            terms.push(&tokens[start..index]);
            start = index + 1;
        }
        index = after(tokens, index);
    }
    terms.push(&tokens[start..]);
    terms
}
