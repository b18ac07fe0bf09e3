//! Conditions on the columns of a list.

use super::super::token::Dialect;
use super::{Listing, Zeros};

/// How a column is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Compare {
    const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "<>",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// A condition on result columns, which are given by their numbers. Its values are `?`, in the order written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The column compares so with one value.
    Is(usize, Compare),
    /// The column is one of so many values; there is at least one.
    OneOf(usize, usize),
    /// The column matches one pattern, in which `\` takes the meaning from `%`, `_` and itself.
    Like(usize),
    /// The column is NULL, or what is answered as null: MariaDB's date 0000-00-00.
    Null(usize),
    /// The column is neither.
    NotNull(usize),
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
}

impl Listing {
    /// Writes a condition, in parentheses where it has several parts, and adds the number of its values to `values`.
    pub(super) fn write(&self, condition: &Condition, sql: &mut String, values: &mut usize) {
        match condition {
            Condition::Is(column, compare) => {
                self.push(*column, &[" ", compare.sign(), " ?"], sql);
                *values += 1;
            }
            Condition::OneOf(column, count) => {
                self.push(*column, &[" IN (?", &", ?".repeat(count.saturating_sub(1)), ")"], sql);
                *values += count;
            }
            Condition::Like(column) => {
                // On MariaDB it is the escape of its own accord, and would itself be escaped in the literal.
                let escape = if self.dialect == Dialect::Sqlite { r" ESCAPE '\'" } else { "" };
                self.push(*column, &[" LIKE ?", escape], sql);
                *values += 1;
            }
            Condition::Null(column) if self.columns[*column].zeros == Zeros::None => {
                self.push(*column, &[" IS NULL"], sql);
            }
            Condition::Null(column) => {
                sql.push('(');
                self.push(*column, &[" IS NULL OR "], sql);
                self.push(*column, &[" = 0)"], sql);
            }
            Condition::NotNull(column) if self.columns[*column].zeros == Zeros::None => {
                self.push(*column, &[" IS NOT NULL"], sql);
            }
            Condition::NotNull(column) => self.push(*column, &[" > 0"], sql),
            // Nothing and everything, where there is nothing to choose from.
            Condition::All(parts) if parts.is_empty() => sql.push_str("(1 = 1)"),
            Condition::Any(parts) if parts.is_empty() => sql.push_str("(1 = 0)"),
            Condition::All(parts) | Condition::Any(parts) => {
                let word = if matches!(condition, Condition::All(_)) { " AND " } else { " OR " };
                sql.push('(');
                for (index, part) in parts.iter().enumerate() {
                    if 0 < index {
                        sql.push_str(word);
                    }
                    self.write(part, sql, values);
                }
                sql.push(')');
            }
        }
    }

    fn push(&self, column: usize, rest: &[&str], sql: &mut String) {
        sql.push_str(&self.columns[column].sql);
        for text in rest {
            sql.push_str(text);
        }
    }
}
