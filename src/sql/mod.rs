//! SQL as people write it in their files: taken apart, checked, joined with conditions, and bound. Pure: no I/O.
//!
//! A statement is read by its tokens, not by a grammar: only where clauses begin and end has to be known, and what the
//! engine understands beyond that passes through untouched. [`Statement::parse`] refuses what could not be joined with
//! a condition safely; [`Statement::with_condition`] joins a [`Filter`] to it; [`Statement::bind`] makes the text for the
//! engine. [`kind_of`] and [`bind`] serve statements that are only sent on.

mod aggregates;
mod bind;
mod build;
mod clauses;
mod columns;
#[cfg(test)]
mod false_filter;
mod fault;
mod filter;
mod items;
mod joins;
mod kind;
mod lexer;
mod listing;
mod placeholders;
#[cfg(test)]
mod properties;
mod qualify;
mod refuse;
mod scan;
mod script;
mod splice;
mod statement;
mod tables;
mod terms;
mod token;
mod words;

pub use bind::{Bound, bind};
pub use build::{Assignment, Identifier, delete, insert, update};
pub use columns::ColumnRef;
pub use fault::Fault;
pub use filter::Filter;
pub use items::{Item, ItemKind};
pub use kind::{Kind, kind_of, locks_rows};
pub use listing::{
    Compare, Condition, Content, Facts, Group, Listing, Mark, Order, OwnOrder, ResultColumn, Shape, Sorted,
    Stored, Written, Zeros,
};
pub use placeholders::{Placeholder, Use};
pub use script::{end_of_first, has_where, is_blank};
pub use statement::{Source, Statement};
pub use tables::{Origin, Table};
pub use terms::Equality;
pub use token::Dialect;
