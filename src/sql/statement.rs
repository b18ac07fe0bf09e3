//! A statement that conditions can be joined to.

use super::bind::{Bound, bind_tokens};
use super::clauses::{self, Clause, Part};
use super::columns::ColumnRef;
use super::fault::Fault;
use super::items::{self, Item};
use super::kind::{self, Kind};
use super::lexer::{Lexed, lex};
use super::placeholders::{self, Placeholder};
use super::tables::{self, Table};
use super::terms::{self, Equality};
use super::token::{Dialect, Token, TokenKind, after, render};
use super::words::AGGREGATES;

/// Where a text of SQL was written, as far as it changes how it must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// With its line ends as they were typed.
    #[default]
    Plain,
    /// In a YAML scalar that joins lines (`>`): what a comment was, and what came on the line after it, is lost.
    Folded,
}

/// One SELECT, INSERT, UPDATE or DELETE whose clauses are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub(super) dialect: Dialect,
    pub(super) kind: Kind,
    pub(super) tokens: Vec<Token>,
    pub(super) parts: Vec<Part>,
}

impl Statement {
    /// Reads a statement of the kind that its place asks for.
    ///
    /// # Errors
    /// Refuses another kind of statement, several statements, a UNION outside of parentheses, clauses out of order, INTO,
    /// user variables, functions that act on the connection, and what does not lex; each with the way to write it.
    pub fn parse(dialect: Dialect, kind: Kind, source: Source, text: &str) -> Result<Self, Fault> {
        let lexed = lex(dialect, text)?;
        if source == Source::Folded {
            refuse_folded_comment(text, &lexed)?;
        }
        let tokens = kind::single(lexed.tokens, text)?;
        let found = kind::kind(&tokens)?;
        if found != kind {
            let message = format!("this must be {}, and is {}", with_article(kind), with_article(found));
            return Err(Fault::new(tokens[0].at, message).hint(format!("begin it with {}", kind.name())));
        }
        Self::from_tokens(dialect, kind, tokens)
    }

    /// Finds the clauses of a statement whose kind is known.
    pub(super) fn from_tokens(dialect: Dialect, kind: Kind, tokens: Vec<Token>) -> Result<Self, Fault> {
        if tokens[0].kind == TokenKind::Open {
            return Err(
                Fault::new(tokens[0].at, "the statement stands in parentheses").hint("write it without them")
            );
        }
        let (parts, end) = clauses::find(&tokens, 0);
        if let Some(operator) = tokens.get(end) {
            let word = operator.text.to_ascii_uppercase();
            return Err(Fault::new(operator.at, format!("a condition cannot be joined to a {word}"))
                .hint(format!("write SELECT * FROM (SELECT … {word} SELECT …) AS t")));
        }
        clauses::check(&tokens, &parts)?;
        Ok(Self { dialect, kind, tokens, parts })
    }

    /// Returns what the statement does.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the dialect it was read in.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the statement's text with its placeholders by name, without comments, for a person to read.
    pub fn text(&self) -> String {
        render(&self.tokens)
    }

    /// Returns the text for the engine, `?` for each placeholder, and the placeholders' names in that order.
    ///
    /// # Errors
    /// Refuses `?` beside named placeholders.
    pub fn bind(&self) -> Result<Bound, Fault> {
        bind_tokens(&self.tokens)
    }

    /// Returns the tables of the outer FROM, UPDATE, DELETE or INSERT, in the order they are written.
    pub fn tables(&self) -> Vec<Table> {
        tables::outer(self)
    }

    /// Returns the stored tables that subqueries, derived tables and WITH read, each once.
    pub fn inner_tables(&self) -> Vec<Table> {
        tables::inner(self)
    }

    /// Returns the select items in order; empty for other statements.
    pub fn items(&self) -> Vec<Item> {
        items::items(self)
    }

    /// Returns each placeholder once, in order of first use, with what it stands for.
    pub fn placeholders(&self) -> Vec<Placeholder> {
        placeholders::placeholders(&self.tokens)
    }

    /// Returns which columns the top-level AND terms of WHERE equate with which placeholders.
    pub fn equalities(&self) -> Vec<Equality> {
        self.part(Clause::Where)
            .map(|part| terms::equalities(&self.tokens[part.body.clone()]))
            .unwrap_or_default()
    }

    /// Tells whether WHERE already lets only rows pass in which a column equals this placeholder (`user_id`).
    ///
    /// Only top-level AND terms count: nothing under OR, NOT or CASE.
    pub fn owner_column(&self, placeholder: &str) -> Option<ColumnRef> {
        self.equalities().into_iter().find(|e| e.placeholder == placeholder).map(|e| e.column)
    }

    /// Tells whether the statement limits its rows itself.
    pub fn has_limit(&self) -> bool {
        [Clause::Limit, Clause::Offset, Clause::Fetch].into_iter().any(|clause| self.part(clause).is_some())
    }

    /// Tells whether the statement orders its rows itself.
    pub fn has_order(&self) -> bool {
        self.part(Clause::OrderBy).is_some()
    }

    /// Tells whether the statement answers one row whatever its WHERE lets pass: an aggregate without GROUP BY.
    pub fn is_aggregate_without_group_by(&self) -> bool {
        if self.kind != Kind::Select || self.part(Clause::GroupBy).is_some() {
            return false;
        }
        // SQLite takes HAVING alone for grouping all rows into one.
        let having = self.dialect == Dialect::Sqlite && self.part(Clause::Having).is_some();
        having
            || [Clause::Select, Clause::Having, Clause::OrderBy]
                .into_iter()
                .filter_map(|clause| self.part(clause))
                .any(|part| has_aggregate(self.dialect, &self.tokens[part.body.clone()]))
    }

    /// Returns the clause if the statement has it.
    pub(super) fn part(&self, clause: Clause) -> Option<&Part> {
        self.parts.iter().find(|part| part.clause == clause)
    }
}

fn with_article(kind: Kind) -> String {
    let article = match kind {
        Kind::Insert | Kind::Update => "an ",
        Kind::Other => "",
        _ => "a ",
    };
    format!("{article}{}", kind.name())
}

/// Refuses a comment that may have swallowed the lines after it.
///
/// A line that begins with a blank is not joined by YAML, so a comment in it ends where it was typed to end.
fn refuse_folded_comment(text: &str, lexed: &Lexed) -> Result<(), Fault> {
    for comment in lexed.comments.iter().filter(|comment| comment.to_line_end) {
        let line_start = text[..comment.at].rfind('\n').map_or(0, |newline| newline + 1);
        let says_something =
            text[comment.at..comment.end].trim_start_matches(['-', '#', ' ', '\t']).trim() != "";
        if says_something && !text[line_start..].starts_with([' ', '\t']) {
            return Err(Fault::new(
                comment.at,
                "YAML's `>` joins lines, so this comment takes the SQL behind it along",
            )
            .hint("write `query: |` instead of `query: >`, or the comment as /* … */"));
        }
    }
    Ok(())
}

/// Tells whether these tokens call an aggregate outside of subqueries and not over a window.
fn has_aggregate(dialect: Dialect, tokens: &[Token]) -> bool {
    let mut index = 0;
    while index + 1 < tokens.len() {
        if tables::is_query(tokens, index) {
            index = after(tokens, index);
            continue;
        }
        let is_call = tokens[index + 1].kind == TokenKind::Open && tokens[index].is_one_of(AGGREGATES);
        if is_call && !is_windowed(tokens, index + 1) && !is_scalar(dialect, tokens, index) {
            return true;
        }
        index += 1;
    }
    false
}

/// Tells whether OVER follows the call whose parenthesis opens at `open`, maybe behind FILTER or WITHIN GROUP.
fn is_windowed(tokens: &[Token], open: usize) -> bool {
    let mut index = after(tokens, open);
    while let Some(token) = tokens.get(index) {
        if token.is("OVER") {
            return true;
        }
        if !token.is_one_of(&["FILTER", "WITHIN", "GROUP"]) && token.kind != TokenKind::Open {
            return false;
        }
        index = after(tokens, index);
    }
    false
}

/// Tells whether this is SQLite's MIN or MAX of several values, which looks at one row.
fn is_scalar(dialect: Dialect, tokens: &[Token], index: usize) -> bool {
    let arguments = &tokens[index + 2..after(tokens, index + 1) - 1];
    let mut at = 0;
    while at < arguments.len() && arguments[at].kind != TokenKind::Comma {
        at = after(arguments, at);
    }
    dialect == Dialect::Sqlite && tokens[index].is_one_of(&["MIN", "MAX"]) && at < arguments.len()
}
