//! Joining a condition or an order to a statement.

use super::clauses::Clause;
use super::columns::{ends_value, is_name};
use super::fault::Fault;
use super::filter::{Filter, fragment};
use super::kind::Kind;
use super::statement::Statement;
use super::tables::{Origin, Table, is_query};
use super::token::{Dialect, Token, TokenKind, after};

/// Functions whose first argument is a unit or a type, as in `EXTRACT(YEAR FROM d)`.
const UNIT_FIRST: &[&str] = &["EXTRACT", "TIMESTAMPDIFF", "TIMESTAMPADD", "GET_FORMAT"];

/// Words after which a word is a type, a character set or a mode, but no column.
const BEFORE_NO_COLUMN: &[&str] = &["AS", "COLLATE", "IS", "USING", "IN", "NATURAL", "WITH", "INTO"];

impl Statement {
    /// Joins a condition: `WHERE a OR b` becomes `WHERE (a OR b) AND (filter)`, and a statement without WHERE gets one.
    ///
    /// A column that the filter names bare is taken for that of the first table in FROM which has it. `columns` tells
    /// the columns of a stored table, `None` when they are not known; it is asked only if there are several tables.
    ///
    /// # Errors
    /// Refuses INSERT, and a bare column in a statement of several tables when it cannot be told whose it is; then the
    /// fault's offset is in the filter's text.
    pub fn with_condition<'a>(
        &self,
        filter: &Filter,
        columns: &dyn Fn(&Table) -> Option<&'a [String]>,
    ) -> Result<Self, Fault> {
        if self.kind == Kind::Insert {
            return Err(Fault::new(0, "an INSERT has no WHERE to join a condition to"));
        }
        let condition = parenthesised(qualified(&filter.tokens, &self.tables(), columns)?);
        let mut tokens = self.tokens.clone();
        let rest = if let Some(own) = self.part(Clause::Where) {
            let rest = tokens.split_off(own.body.end);
            let own_condition = tokens.split_off(own.body.start);
            append(&mut tokens, parenthesised(own_condition));
            append(&mut tokens, words(&["AND"]));
            rest
        } else {
            let rest = tokens.split_off(self.end_before(Clause::Where));
            // MariaDB has no WHERE without a table.
            if self.dialect == Dialect::MariaDb
                && self.kind == Kind::Select
                && self.part(Clause::From).is_none()
            {
                append(&mut tokens, words(&["FROM", "DUAL"]));
            }
            append(&mut tokens, words(&["WHERE"]));
            rest
        };
        append(&mut tokens, condition);
        append(&mut tokens, rest);
        Self::from_tokens(self.dialect, self.kind, tokens)
    }

    /// Adds ORDER BY with these terms, such as `position ASC`.
    ///
    /// # Errors
    /// Refuses a statement that orders its rows itself, and an order that holds anything else than terms.
    pub fn with_order(&self, order: &str) -> Result<Self, Fault> {
        let terms = fragment(self.dialect, order, "an order")?;
        if self.has_order() {
            return Err(Fault::new(0, "the statement has an ORDER BY of its own")
                .hint("write the order in one place: the ORDER BY of `query`, or `order`"));
        }
        if self.kind != Kind::Select {
            return Err(Fault::new(0, "only a SELECT is ordered"));
        }
        let mut tokens = self.tokens.clone();
        let rest = tokens.split_off(self.end_before(Clause::OrderBy));
        append(&mut tokens, words(&["ORDER", "BY"]));
        append(&mut tokens, terms);
        append(&mut tokens, rest);
        Self::from_tokens(self.dialect, self.kind, tokens)
    }

    /// Returns the index where this clause, which the statement lacks, belongs.
    fn end_before(&self, clause: Clause) -> usize {
        self.parts.iter().find(|part| clause < part.clause).map_or(self.tokens.len(), |part| part.start)
    }
}

/// Adds tokens behind a blank, so that none merge where two texts meet.
fn append(tokens: &mut Vec<Token>, mut more: Vec<Token>) {
    if let Some(first) = more.first_mut() {
        first.spaced = true;
    }
    tokens.extend(more);
}

fn words(words: &[&str]) -> Vec<Token> {
    words.iter().map(|word| Token::made(TokenKind::Word, word)).collect()
}

fn parenthesised(mut inside: Vec<Token>) -> Vec<Token> {
    if let Some(first) = inside.first_mut() {
        first.spaced = false;
    }
    inside.insert(0, Token::made(TokenKind::Open, "("));
    inside.push(Token { spaced: false, ..Token::made(TokenKind::Close, ")") });
    inside
}

/// Returns the filter's tokens with its bare columns qualified, if there are several tables to choose from.
fn qualified<'a>(
    filter: &[Token],
    tables: &[Table],
    columns: &dyn Fn(&Table) -> Option<&'a [String]>,
) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::with_capacity(filter.len());
    let mut index = 0;
    while index < filter.len() {
        let token = &filter[index];
        if is_query(filter, index) {
            let end = after(filter, index);
            tokens.extend_from_slice(&filter[index..end]);
            index = end;
            continue;
        }
        match owner(filter, index, tables, columns)? {
            Some(table) => {
                let qualifier = Token { kind: TokenKind::Name, text: table.written.clone(), ..token.clone() };
                let dot = Token { kind: TokenKind::Dot, text: ".".into(), at: token.at, spaced: false };
                tokens.extend([
                    qualifier,
                    dot,
                    Token { kind: TokenKind::Name, spaced: false, ..token.clone() },
                ]);
            }
            None => tokens.push(token.clone()),
        }
        index += 1;
    }
    Ok(tokens)
}

/// Returns the table whose column the filter's token names bare; `None` if it is none, or needs no table.
fn owner<'a, 't>(
    filter: &[Token],
    index: usize,
    tables: &'t [Table],
    columns: &dyn Fn(&Table) -> Option<&'a [String]>,
) -> Result<Option<&'t Table>, Fault> {
    if tables.len() < 2 || !is_bare_column(filter, index) {
        return Ok(None);
    }
    let Some(name) = filter[index].name() else { return Ok(None) };
    for table in tables {
        let known = if table.origin == Origin::Stored { columns(table) } else { table.columns.as_deref() };
        let Some(known) = known else {
            let reference = table.reference();
            return Err(Fault::new(filter[index].at, format!("it cannot be told whose column {name} is"))
                .hint(format!("say which table's it is, for instance `{reference}.{name}`")));
        };
        if known.iter().any(|column| column.eq_ignore_ascii_case(&name)) {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Tells whether the token names a column without its table.
fn is_bare_column(tokens: &[Token], index: usize) -> bool {
    let token = &tokens[index];
    let previous = index.checked_sub(1).map(|at| &tokens[at]);
    let next = tokens.get(index + 1);
    let next_is = |kind: TokenKind| next.is_some_and(|next| next.kind == kind);
    if !is_name(token) || next_is(TokenKind::Dot) || next_is(TokenKind::Open) || next_is(TokenKind::String) {
        return false;
    }
    let Some(previous) = previous else { return true };
    let follows_unit_function =
        previous.kind == TokenKind::Open && 1 < index && tokens[index - 2].is_one_of(UNIT_FIRST);
    // Two values never stand side by side: behind one, a word is a unit, a mode or an END.
    !(previous.kind == TokenKind::Dot
        || previous.is_one_of(BEFORE_NO_COLUMN)
        || ends_value(previous)
        || follows_unit_function
        || (previous.kind == TokenKind::Comma && is_in_call_of(tokens, index, "CONVERT")))
}

/// Tells whether the parenthesis around `index` holds the arguments of this function.
fn is_in_call_of(tokens: &[Token], index: usize, function: &str) -> bool {
    let mut depth = 0_usize;
    for at in (1..index).rev() {
        match tokens[at].kind {
            TokenKind::Close => depth += 1,
            TokenKind::Open if depth == 0 => return tokens[at - 1].is(function),
            TokenKind::Open => depth -= 1,
            _ => {}
        }
    }
    false
}
