//! The terms of a condition that must all hold.

use std::ops::Range;

use super::columns::{ColumnRef, column_at};
use super::tables::is_query;
use super::token::{Token, TokenKind, after, closing};

/// A column that a condition equates with a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equality {
    /// The column.
    pub column: ColumnRef,
    /// The placeholder's name.
    pub placeholder: String,
}

/// Returns what the top-level AND terms of a condition equate: `c = :p` or `:p = c`, also in parentheses.
pub(super) fn equalities(tokens: &[Token]) -> Vec<Equality> {
    let terms = and_terms(tokens);
    terms.into_iter().flat_map(|term| term_equalities(&tokens[term])).collect()
}

fn term_equalities(term: &[Token]) -> Vec<Equality> {
    if is_group(term) {
        return equalities(&term[1..term.len() - 1]);
    }
    equality(term).into_iter().collect()
}

/// Tells whether a term is a condition in parentheses.
fn is_group(term: &[Token]) -> bool {
    term.first().is_some_and(|token| token.kind == TokenKind::Open)
        && closing(term, 0) + 1 == term.len()
        && !is_query(term, 0)
}

/// Returns the columns that the top-level AND terms of a condition equate with each other, also in parentheses.
pub(super) fn column_pairs(tokens: &[Token]) -> Vec<(ColumnRef, ColumnRef)> {
    let pairs = |term: Range<usize>| {
        let term = &tokens[term];
        if is_group(term) {
            return column_pairs(&term[1..term.len() - 1]);
        }
        column_pair(term).into_iter().collect()
    };
    and_terms(tokens).into_iter().flat_map(pairs).collect()
}

fn column_pair(term: &[Token]) -> Option<(ColumnRef, ColumnRef)> {
    let (one, equals) = column_at(term, 0)?;
    let (other, end) = column_at(term, equals + 1)?;
    (term[equals].is_operator("=") && end == term.len()).then_some((one, other))
}

fn equality(term: &[Token]) -> Option<Equality> {
    let equals =
        |token: Option<&Token>| token.is_some_and(|token| token.is_operator("=") || token.is_operator("=="));
    if let Some(placeholder) = term.first()?.placeholder() {
        let (column, end) = column_at(term, 2)?;
        let whole = equals(term.get(1)) && end == term.len();
        return whole.then(|| Equality { column, placeholder: placeholder.to_owned() });
    }
    let (column, end) = column_at(term, 0)?;
    let placeholder = term.get(end + 1)?.placeholder()?.to_owned();
    (equals(term.get(end)) && end + 2 == term.len()).then_some(Equality { column, placeholder })
}

/// Splits a condition at its top-level ANDs; empty if it is an alternative, so that none of its terms must hold.
fn and_terms(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut terms = Vec::new();
    let (mut start, mut index) = (0, 0);
    let (mut cases, mut betweens) = (0_usize, 0_usize);
    while index < tokens.len() {
        let token = &tokens[index];
        if token.is("CASE") {
            cases += 1;
        } else if token.is("END") {
            cases = cases.saturating_sub(1);
        } else if cases == 0 {
            // `||` is OR on MariaDB.
            if token.is_one_of(&["OR", "XOR"]) || token.is_operator("||") {
                return Vec::new();
            }
            if token.is("BETWEEN") {
                betweens += 1;
            } else if token.is("AND") || token.is_operator("&&") {
                if betweens == 0 {
                    terms.push(start..index);
                    start = index + 1;
                }
                betweens = betweens.saturating_sub(1);
            }
        }
        index = after(tokens, index);
    }
    terms.push(start..index);
    terms
}

#[cfg(test)]
mod tests {
    use super::super::filter::Filter;
    use super::super::token::Dialect::{MariaDb, Sqlite};

    #[test]
    fn only_what_must_hold_counts() {
        let cases = [
            ("user_id = :user_id", "user_id=user_id"),
            (":user_id = t.user_id", "t.user_id=user_id"),
            ("s.t.`user_id` = :u AND a = :b", "t.user_id=u a=b"),
            ("a > 1 AND (user_id = :u)", "user_id=u"),
            ("((user_id = :u AND (b = :c)))", "user_id=u b=c"),
            ("a BETWEEN 1 AND 2 AND user_id = :u", "user_id=u"),
            ("x = CASE WHEN a AND b THEN 1 ELSE 2 END AND user_id = :u", "user_id=u"),
            ("a IN (SELECT b FROM c WHERE d OR e) AND user_id = :u", "user_id=u"),
            ("NOT a AND user_id = :u", "user_id=u"),
            // None of these lets only the caller's rows pass.
            ("user_id = :u OR a", ""),
            ("a AND user_id = :u XOR b", ""),
            ("a AND b || user_id = :u AND c", ""),
            ("NOT user_id = :u", ""),
            ("NOT (user_id = :u)", ""),
            ("(user_id = :u OR public) AND a", ""),
            ("a BETWEEN 1 AND user_id = :u", ""),
            ("CASE WHEN a THEN 0 AND user_id = :u ELSE 1 END", ""),
            ("user_id = :u = 0", ""),
            ("user_id = :u IS NULL", ""),
            ("user_id = :u + 1", ""),
            ("user_id <> :u", ""),
            ("user_id <=> :u", ""),
            ("user_id IN (:u)", ""),
            ("user_id = ':u'", ""),
            ("TRUE = :u", ""),
            ("f(user_id) = :u", ""),
            ("EXISTS (SELECT 1 FROM t WHERE user_id = :u)", ""),
            ("(SELECT user_id = :u)", ""),
            ("-user_id = :u", ""),
            ("BINARY user_id = :u", ""),
        ];
        for (text, expected) in cases {
            for dialect in [MariaDb, Sqlite] {
                let found: Vec<String> = Filter::parse(dialect, text)
                    .unwrap()
                    .equalities()
                    .into_iter()
                    .map(|equality| {
                        let table = equality.column.table.map_or(String::new(), |table| table + ".");
                        format!("{table}{}={}", equality.column.column, equality.placeholder)
                    })
                    .collect();
                assert_eq!(found.join(" "), expected, "{text}");
            }
        }
        let owned = Filter::parse(MariaDb, "a = 1 && user_id = :u").unwrap();
        assert_eq!(owned.equalities().len(), 1);
    }
}
