//! Where the clauses of a statement begin and end: its words outside of all parentheses.

use std::ops::Range;

use super::fault::Fault;
use super::token::{Token, TokenKind, after};

/// A clause, in the order in which clauses stand in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clause {
    With,
    Insert,
    Update,
    Delete,
    Select,
    Set,
    From,
    Where,
    GroupBy,
    Having,
    Window,
    OrderBy,
    Limit,
    Offset,
    Fetch,
    Procedure,
    Lock,
    Returning,
}

impl Clause {
    /// Returns the words that begin it.
    const fn name(self) -> &'static str {
        match self {
            Self::With => "WITH",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Select => "SELECT",
            Self::Set => "SET",
            Self::From => "FROM",
            Self::Where => "WHERE",
            Self::GroupBy => "GROUP BY",
            Self::Having => "HAVING",
            Self::Window => "WINDOW",
            Self::OrderBy => "ORDER BY",
            Self::Limit => "LIMIT",
            Self::Offset => "OFFSET",
            Self::Fetch => "FETCH",
            Self::Procedure => "PROCEDURE",
            Self::Lock => "FOR UPDATE",
            Self::Returning => "RETURNING",
        }
    }
}

/// One clause of a statement, as indexes of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) clause: Clause,
    /// The first of its words.
    pub(super) start: usize,
    /// What follows its words, up to the next clause.
    pub(super) body: Range<usize>,
}

/// Words that join two SELECTs.
pub(super) const SET_OPERATORS: &[&str] = &["UNION", "INTERSECT", "EXCEPT"];

/// Finds the clauses of the statement that begins at `start`.
///
/// Ends at the parenthesis that encloses it, at a set operator, or where the tokens end, and returns that index too.
pub(super) fn find(tokens: &[Token], start: usize) -> (Vec<Part>, usize) {
    let mut parts: Vec<Part> = Vec::new();
    let mut index = start;
    while index < tokens.len() {
        let token = &tokens[index];
        if token.kind == TokenKind::Close || token.is_one_of(SET_OPERATORS) {
            break;
        }
        let Some((clause, words)) = clause_at(tokens, index, &parts) else {
            index = after(tokens, index);
            continue;
        };
        if let Some(last) = parts.last_mut() {
            last.body.end = index;
        }
        parts.push(Part { clause, start: index, body: index + words..index + words });
        index += words;
    }
    if let Some(last) = parts.last_mut() {
        last.body.end = index;
    }
    (parts, index)
}

/// Tells which clause begins at `index`, and by how many words.
fn clause_at(tokens: &[Token], index: usize, before: &[Part]) -> Option<(Clause, usize)> {
    let token = &tokens[index];
    if token.kind != TokenKind::Word {
        return None;
    }
    let has = |clause: Clause| before.iter().any(|part| part.clause == clause);
    let next_is = |words: &[&str]| tokens.get(index + 1).is_some_and(|next| next.is_one_of(words));
    let previous_is = |word: &str| 0 < index && tokens[index - 1].is(word);
    let writes = has(Clause::Update) || has(Clause::Delete);
    // Only what stands first decides what the words after it can mean: INSERT has no clauses that we touch.
    if before.iter().any(|part| part.clause == Clause::Insert) {
        return None;
    }
    match &*token.text.to_ascii_uppercase() {
        "WITH" if before.is_empty() => Some((Clause::With, 1)),
        "SELECT" => Some((Clause::Select, 1)),
        "INSERT" | "REPLACE" if is_first(before) => Some((Clause::Insert, 1)),
        "UPDATE" if is_first(before) => Some((Clause::Update, 1)),
        "DELETE" if is_first(before) => Some((Clause::Delete, 1)),
        "SET" if has(Clause::Update) => Some((Clause::Set, 1)),
        // `a IS NOT DISTINCT FROM b` compares.
        "FROM" if !(previous_is("DISTINCT") && 1 < index && tokens[index - 2].is_one_of(&["IS", "NOT"])) => {
            Some((Clause::From, 1))
        }
        "WHERE" => Some((Clause::Where, 1)),
        // USE INDEX FOR ORDER BY (…) is part of FROM.
        "GROUP" if next_is(&["BY"]) && !previous_is("FOR") => Some((Clause::GroupBy, 2)),
        "ORDER" if next_is(&["BY"]) && !previous_is("FOR") => Some((Clause::OrderBy, 2)),
        "HAVING" => Some((Clause::Having, 1)),
        "WINDOW" if is_window(tokens, index) => Some((Clause::Window, 1)),
        "LIMIT" => Some((Clause::Limit, 1)),
        // Behind LIMIT it is part of it; alone it is the standard's OFFSET … ROWS. Else a column may be called so.
        "OFFSET" if has(Clause::Limit) || is_amount(tokens, index + 1) => Some((Clause::Offset, 1)),
        "FETCH" if next_is(&["FIRST", "NEXT"]) => Some((Clause::Fetch, 1)),
        "PROCEDURE" if is_call(tokens, index + 1) => Some((Clause::Procedure, 1)),
        "FOR" if next_is(&["UPDATE", "SHARE"]) => Some((Clause::Lock, 2)),
        "LOCK" if next_is(&["IN"]) && tokens.get(index + 2).is_some_and(|token| token.is("SHARE")) => {
            Some((Clause::Lock, 2))
        }
        "RETURNING" if writes => Some((Clause::Returning, 1)),
        _ => None,
    }
}

/// Tells whether nothing but WITH stands before.
fn is_first(before: &[Part]) -> bool {
    before.iter().all(|part| part.clause == Clause::With)
}

/// Tells whether WINDOW at `index` names a window, `WINDOW w AS (`: elsewhere it may be a column.
fn is_window(tokens: &[Token], index: usize) -> bool {
    tokens.get(index + 1).is_some_and(|token| token.name().is_some())
        && tokens.get(index + 2).is_some_and(|token| token.is("AS"))
        && tokens.get(index + 3).is_some_and(|token| token.kind == TokenKind::Open)
}

/// Tells whether a function is called at `index`.
fn is_call(tokens: &[Token], index: usize) -> bool {
    tokens.get(index).is_some_and(|token| token.name().is_some())
        && tokens.get(index + 1).is_some_and(|token| token.kind == TokenKind::Open)
}

/// Tells whether a number of rows stands at `index`, followed by ROW or ROWS.
fn is_amount(tokens: &[Token], index: usize) -> bool {
    let kinds = [TokenKind::Number, TokenKind::Placeholder, TokenKind::Positional];
    tokens.get(index).is_some_and(|token| kinds.contains(&token.kind))
        && tokens.get(index + 1).is_some_and(|token| token.is_one_of(&["ROW", "ROWS"]))
}

/// Refuses clauses that stand twice, out of order, or empty.
pub(super) fn check(tokens: &[Token], parts: &[Part]) -> Result<(), Fault> {
    for pair in parts.windows(2) {
        let (first, second) = (pair[0].clause, pair[1].clause);
        let at = tokens[pair[1].start].at;
        if first == second {
            return Err(Fault::new(at, format!("{} stands here a second time", second.name()))
                .hint("a statement has each clause once; two statements are two queries"));
        }
        // FETCH needs no OFFSET and LIMIT no FETCH, but what both engines know stands in the order of the enum.
        if second < first {
            let message = format!("{} stands behind {}", second.name(), first.name());
            return Err(Fault::new(at, message).hint(format!(
                "write {} before {}",
                second.name(),
                first.name()
            )));
        }
    }
    let must_say = |part: &&Part| !matches!(part.clause, Clause::Delete | Clause::Lock);
    if let Some(empty) = parts.iter().filter(must_say).find(|part| part.body.is_empty()) {
        return Err(Fault::new(tokens[empty.start].at, format!("nothing follows {}", empty.clause.name())));
    }
    Ok(())
}
