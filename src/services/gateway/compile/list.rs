//! What the parameters of a list may name: its result columns, what can be asked of each, and what makes a row the only
//! one of its kind.

use crate::services::db::api::{Column, Index, Kind, Table};
use crate::sql::{
    self, Compare, Condition, Content, Dialect, Facts, Listing, Order, Origin, Shape, Sorted, Statement,
    Stored, Zeros,
};

use super::compiler::Compiler;
use super::statement::is_number;

/// A statement to which a request may add conditions, an order, a page.
#[derive(Debug)]
pub(crate) struct ListForm {
    /// The statement taken apart.
    pub(crate) listing: Listing,
    /// What is known of each of its result columns, in their order.
    pub(crate) columns: Vec<ListColumn>,
    /// The result columns that no two rows have in common; `None` if the list answers none such.
    pub(crate) key: Option<Vec<usize>>,
    /// Why it is answered whole or not at all.
    pub(crate) unpaged: Option<Unfit>,
    /// Rows on one page at most.
    pub(crate) most: u64,
}

/// What can be asked of a result column.
#[derive(Debug)]
pub(crate) struct ListColumn {
    /// Its name.
    pub(crate) name: String,
    /// What its values are bound as.
    pub(crate) kind: Kind,
    /// Whether it may be NULL in an answer.
    pub(crate) nullable: bool,
    /// Why rows cannot be filtered by it.
    pub(crate) no_filter: Option<Unfit>,
    /// Why rows cannot be sorted by it.
    pub(crate) no_sort: Option<Unfit>,
    /// Why a cursor cannot hold it.
    pub(crate) no_cursor: Option<Unfit>,
}

/// Why something cannot be asked of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The column is computed.
    Computed,
    /// The type of the column is not known: it is that of a subquery.
    Untyped,
    /// Values of this kind are not compared.
    Kind,
    /// The list adds up rows that differ in the column.
    Ungrouped,
    /// The list adds up its rows.
    Aggregate,
    /// A column of the list is computed over several rows.
    Window,
    /// The list limits its rows itself.
    Limited,
    /// What is answered of the column is not all that the database sorts by.
    Inexact,
}

impl ListForm {
    /// Returns the number of the result column of this name.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns what is known of the statement.
    pub(crate) fn facts(&self) -> &Facts {
        self.listing.facts()
    }

    /// Tells whether its rows can be counted: those of some statements only as a table, whose columns need names.
    pub(crate) fn can_be_counted(&self) -> bool {
        let facts = self.facts();
        let as_table = facts.group.is_some() || facts.distinct || facts.having || facts.aggregate;
        self.unpaged.is_none() && (!as_table || facts.distinct_names)
    }

    /// Returns the statements of a request that gives every parameter, for a database to check.
    pub(crate) fn widest(&self) -> Vec<String> {
        if self.unpaged.is_some() {
            return Vec::new();
        }
        let fit = |why: fn(&ListColumn) -> Option<Unfit>| {
            let columns = self.columns.iter().enumerate();
            columns.filter(move |(_, column)| why(column).is_none()).map(|(index, _)| index)
        };
        let equals = fit(|column| column.no_filter).map(|column| Condition::Is(column, Compare::Equal));
        let conditions: Vec<Condition> = equals.collect();
        let sorted = fit(|column| column.no_sort).map(|column| Sorted { column, descending: false });
        let sorted: Vec<Sorted> = sorted.collect();
        let order = if sorted.is_empty() { Order::default() } else { Order::By(&sorted) };
        let shape = Shape { columns: None, conditions: &conditions, order, limit: true, offset: true };
        let mut statements = vec![self.listing.select(&shape).sql];
        statements.extend(self.can_be_counted().then(|| self.listing.count(&conditions).sql));
        statements
    }
}

impl Compiler<'_> {
    /// Reads off a statement what the parameters of a list may name; `None` while the tables are not known.
    pub(super) fn list_form(&self, statement: &Statement) -> Option<ListForm> {
        self.schema?;
        let tables = statement.tables();
        let mut listing = statement.listing(&|table| self.column_names(table));
        let known: Vec<Option<&Column>> = listing
            .columns()
            .iter()
            .map(|column| match &column.content {
                Content::Stored(stored) => self.stored(stored, &tables),
                Content::Column | Content::Computed => None,
            })
            .collect();
        let key = self.key(&listing, &tables);
        let unpaged = unpaged(listing.facts());
        let mut columns = Vec::with_capacity(known.len());
        for (index, known) in known.into_iter().enumerate() {
            let column = &listing.columns()[index];
            let joined = matches!(&column.content, Content::Stored(stored) if 0 < stored.table);
            let zeros = self.zeros(known, joined);
            columns.push(ListColumn {
                name: column.name.clone(),
                kind: known.map_or(Kind::Text, |known| known.kind),
                nullable: joined || zeros != Zeros::None || known.is_none_or(|known| known.nullable),
                no_filter: self.no_filter(&column.content, known, listing.facts(), &tables),
                no_sort: no_sort(&column.content, known, listing.facts()),
                no_cursor: known.map_or(Some(Unfit::Untyped), |known| self.no_cursor(known)),
            });
            listing.set_zeros(index, zeros);
        }
        Some(ListForm { listing, columns, key, unpaged, most: self.app.max_rows })
    }

    fn stored(&self, stored: &Stored, tables: &[sql::Table]) -> Option<&Column> {
        self.stored_table(tables.get(stored.table)?)?.column(&stored.column)
    }

    fn stored_table(&self, table: &sql::Table) -> Option<&Table> {
        let here = table.origin == Origin::Stored && table.schema.is_none();
        here.then(|| self.schema?.table(&table.name))?
    }

    /// Tells whether a column may hold MariaDB's date 0000-00-00, which is answered as null.
    fn zeros(&self, column: Option<&Column>, joined: bool) -> Zeros {
        match column {
            Some(column) if self.dialect == Dialect::MariaDb && is_date(column.kind) => {
                if column.nullable || joined { Zeros::AmongNulls } else { Zeros::First }
            }
            _ => Zeros::None,
        }
    }

    /// Tells why rows cannot be filtered by a column. What passes must be what would pass if the answer were filtered.
    fn no_filter(
        &self,
        content: &Content,
        column: Option<&Column>,
        facts: &Facts,
        tables: &[sql::Table],
    ) -> Option<Unfit> {
        let of_list = unpaged(facts)
            .or_else(|| facts.aggregate.then_some(Unfit::Aggregate))
            .or_else(|| facts.window.then_some(Unfit::Window));
        let stored = match content {
            Content::Computed => return Some(Unfit::Computed),
            _ if of_list.is_some() => return of_list,
            Content::Column => return Some(Unfit::Untyped),
            Content::Stored(stored) => stored,
        };
        let Some(column) = column else { return Some(Unfit::Untyped) };
        if is_opaque(column.kind) {
            return Some(Unfit::Kind);
        }
        let group = facts.group.as_ref()?;
        let has = |column: &Stored| group.columns.iter().any(|known| known.is(column));
        // All rows of a group are of the one row whose key it is grouped by.
        let by_key = self.stored_table(&tables[stored.table]).is_some_and(|table| {
            let mut key =
                table.primary.iter().map(|name| Stored { table: stored.table, column: name.clone() });
            !table.primary.is_empty() && key.all(|column| has(&column))
        });
        (!has(stored) && !by_key).then_some(Unfit::Ungrouped)
    }

    /// Tells why a column's answered value cannot say where in the order its row stands.
    fn no_cursor(&self, column: &Column) -> Option<Unfit> {
        let sql_type = column.sql_type.to_ascii_lowercase();
        // These are sorted by their place in the list, and compared as texts.
        let is_listed = sql_type.starts_with("enum") || sql_type.starts_with("set");
        let is_exact = match column.kind {
            Kind::Int | Kind::Unsigned | Kind::Bool | Kind::Bit | Kind::Date | Kind::DateTime => true,
            // SQLite may hold more decimals than are answered.
            Kind::Decimal => self.dialect == Dialect::MariaDb,
            Kind::Text => !is_listed,
            Kind::Float | Kind::Time | Kind::Json | Kind::Blob => false,
        };
        (!is_exact).then_some(Unfit::Inexact)
    }

    /// Finds the result columns that no two rows have in common.
    fn key(&self, listing: &Listing, tables: &[sql::Table]) -> Option<Vec<usize>> {
        let facts = listing.facts();
        let result = |stored: &Stored| {
            let is_it = |column: &sql::ResultColumn| matches!(&column.content, Content::Stored(known) if known.is(stored));
            listing.columns().iter().position(is_it)
        };
        if facts.aggregate || unpaged(facts).is_some() {
            return None;
        }
        if let Some(group) = &facts.group {
            return if group.plain { group.columns.iter().map(result).collect() } else { None };
        }
        let of_tables = self.key_of_tables(facts, tables).and_then(|key| key.iter().map(result).collect());
        if of_tables.is_none() && facts.distinct && facts.whole {
            let is_stored = |column: &sql::ResultColumn| matches!(column.content, Content::Stored(_));
            return listing.columns().iter().all(is_stored).then(|| (0..listing.columns().len()).collect());
        }
        of_tables
    }

    /// Returns the columns whose values together belong to one row of the joined tables: the keys of all of them but
    /// those of which the join finds one row at most.
    fn key_of_tables(&self, facts: &Facts, tables: &[sql::Table]) -> Option<Vec<Stored>> {
        let mut key = Vec::new();
        for (index, named) in tables.iter().enumerate() {
            let table = self.stored_table(named)?;
            if 0 < index && self.finds_one(table, &facts.joined[index], tables) {
                continue;
            }
            for name in &table.primary {
                // SQLite's keys of other kinds may be NULL more than once.
                let column = table.column(name)?;
                if column.nullable && column.kind != Kind::Int {
                    return None;
                }
                key.push(Stored { table: index, column: name.clone() });
            }
            if table.primary.is_empty() {
                return None;
            }
        }
        (!key.is_empty()).then_some(key)
    }

    /// Tells whether a join equates all columns of a key of the table with columns of other tables.
    fn finds_one(&self, table: &Table, pairs: &[(String, Stored)], tables: &[sql::Table]) -> bool {
        let is_met = |name: &String| {
            let Some(own) = table.column(name) else { return false };
            pairs.iter().any(|(column, other)| {
                let other = self.stored(other, tables);
                // A text that is compared as a number is equal to several.
                column.eq_ignore_ascii_case(name)
                    && other.is_some_and(|other| is_number(other.kind) == is_number(own.kind))
            })
        };
        // SQLite's may hold for some rows only.
        let counts = |index: &&Index| index.unique && self.dialect == Dialect::MariaDb;
        let unique = table.indexes.iter().filter(counts).map(|index| &index.columns);
        std::iter::once(&table.primary).chain(unique).any(|key| !key.is_empty() && key.iter().all(is_met))
    }
}

/// Tells why a list is answered whole.
fn unpaged(facts: &Facts) -> Option<Unfit> {
    let totals = facts.group.as_ref().is_some_and(|group| group.rollup);
    match (facts.ended, totals) {
        (true, _) => Some(Unfit::Limited),
        (false, true) => Some(Unfit::Aggregate),
        (false, false) => None,
    }
}

fn no_sort(content: &Content, column: Option<&Column>, facts: &Facts) -> Option<Unfit> {
    match content {
        Content::Computed => Some(Unfit::Computed),
        _ if unpaged(facts).is_some() => unpaged(facts),
        Content::Column => None,
        Content::Stored(_) => column.is_some_and(|column| is_opaque(column.kind)).then_some(Unfit::Kind),
    }
}

const fn is_date(kind: Kind) -> bool {
    matches!(kind, Kind::Date | Kind::DateTime)
}

/// Tells whether values of a kind have no order that means anything.
const fn is_opaque(kind: Kind) -> bool {
    matches!(kind, Kind::Json | Kind::Blob)
}
