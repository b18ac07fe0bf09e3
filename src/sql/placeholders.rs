//! What the placeholders of a statement stand for, so that their values can be given the right type.

use super::columns::{ColumnRef, column_at, column_before};
use super::token::{Token, TokenKind, closing};
use super::words::{RESERVED, VALUES};

/// What a placeholder stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// A number of rows, behind LIMIT, OFFSET or FETCH: an integer.
    RowCount,
    /// A value of this column: compared with it, or written into it.
    Column(ColumnRef),
    /// A text whatever the column is: behind LIKE, REGEXP, AGAINST.
    Text,
    /// Part of an expression that tells nothing.
    Expression,
}

impl Use {
    /// Returns how much it tells about the type: the least tells most.
    const fn rank(&self) -> u8 {
        match self {
            Self::RowCount => 0,
            Self::Column(_) => 1,
            Self::Text => 2,
            Self::Expression => 3,
        }
    }
}

/// A named placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Its name, without the colon.
    pub name: String,
    /// Byte offset of the use in the text; of several uses that of the first.
    pub offset: usize,
    /// What it stands for; of several uses the one that tells most.
    pub used: Use,
}

const COMPARISONS: &[&str] = &["=", "==", "<>", "!=", "<", ">", "<=", ">=", "<=>"];
const PATTERNS: &[&str] = &["LIKE", "REGEXP", "RLIKE", "GLOB"];

/// Returns each placeholder once, in order of first use.
pub(super) fn placeholders(tokens: &[Token]) -> Vec<Placeholder> {
    let mut placeholders: Vec<Placeholder> = Vec::new();
    for one in uses(tokens) {
        match placeholders.iter_mut().find(|known| known.name == one.name) {
            Some(known) if one.used.rank() < known.used.rank() => known.used = one.used,
            Some(_) => {}
            None => placeholders.push(one),
        }
    }
    placeholders
}

/// Returns every use of every placeholder, in the order they are written.
pub(super) fn uses(tokens: &[Token]) -> Vec<Placeholder> {
    let inserted = inserted_columns(tokens);
    let placeholder = |(index, token): (usize, &Token)| {
        let name = token.placeholder()?.to_owned();
        let written = inserted.iter().find(|(at, _)| *at == index);
        let used = written.map_or_else(|| use_at(tokens, index), |(_, column)| Use::Column(column.clone()));
        Some(Placeholder { name, offset: token.at, used })
    };
    tokens.iter().enumerate().filter_map(placeholder).collect()
}

fn use_at(tokens: &[Token], index: usize) -> Use {
    if is_row_count(tokens, index) {
        return Use::RowCount;
    }
    let before = index.checked_sub(1).map(|previous| &tokens[previous]);
    let is_pattern = before.is_some_and(|token| token.is_one_of(PATTERNS) || token.kind == TokenKind::Open)
        && (before.is_some_and(|token| token.is_one_of(PATTERNS))
            || 1 < index && tokens[index - 2].is("AGAINST"));
    if is_pattern {
        return Use::Text;
    }
    compared_before(tokens, index)
        .or_else(|| compared_after(tokens, index))
        .or_else(|| in_list(tokens, index))
        .or_else(|| between(tokens, index))
        .map_or(Use::Expression, Use::Column)
}

/// `LIMIT :n`, `LIMIT 5, :n`, `OFFSET :n`, `FETCH FIRST :n ROWS`.
fn is_row_count(tokens: &[Token], index: usize) -> bool {
    let behind = |distance: usize| index.checked_sub(distance).map(|at| &tokens[at]);
    let is = |distance: usize, words: &[&str]| behind(distance).is_some_and(|token| token.is_one_of(words));
    is(1, &["LIMIT", "OFFSET"])
        || (is(1, &["FIRST", "NEXT"]) && is(2, &["FETCH"]))
        || (behind(1).is_some_and(|token| token.kind == TokenKind::Comma) && is(3, &["LIMIT"]))
}

/// `c = :p`
fn compared_before(tokens: &[Token], index: usize) -> Option<ColumnRef> {
    let sign = index.checked_sub(1).filter(|&at| is_comparison(&tokens[at]))?;
    let (column, start) = column_before(tokens, sign)?;
    (begins_operand(tokens, start) && ends_operand(tokens, index + 1)).then_some(column)
}

/// `:p = c`, `:p BETWEEN c AND d`
fn compared_after(tokens: &[Token], index: usize) -> Option<ColumnRef> {
    let sign = tokens.get(index + 1)?;
    if !is_comparison(sign) && !sign.is("BETWEEN") {
        return None;
    }
    let (column, end) = column_at(tokens, index + 2)?;
    (begins_operand(tokens, index) && ends_operand(tokens, end)).then_some(column)
}

/// `c [NOT] IN (:p, …)`
fn in_list(tokens: &[Token], index: usize) -> Option<ColumnRef> {
    let is_element = |token: &Token| matches!(token.kind, TokenKind::Comma | TokenKind::Close);
    let mut open = index;
    let mut depth = 1_usize;
    while 0 < depth {
        open = open.checked_sub(1)?;
        match tokens[open].kind {
            TokenKind::Open => depth -= 1,
            TokenKind::Close => depth += 1,
            _ => {}
        }
    }
    let first_of_element = open + 1 == index || tokens[index - 1].kind == TokenKind::Comma;
    let word = open.checked_sub(1).filter(|&at| tokens[at].is("IN"))?;
    let column = negatable_before(tokens, word)?;
    (first_of_element && tokens.get(index + 1).is_some_and(is_element)).then_some(column)
}

/// `c [NOT] BETWEEN :p AND :q`
fn between(tokens: &[Token], index: usize) -> Option<ColumnRef> {
    let mut word = index.checked_sub(1)?;
    if tokens[word].is("AND") {
        loop {
            word = word.checked_sub(1)?;
            let token = &tokens[word];
            if token.is("BETWEEN") {
                break;
            }
            // What stands between the two is one value; an expression in parentheses is not looked into.
            if token.is_one_of(&["AND", "OR", "XOR"]) || token.kind == TokenKind::Open {
                return None;
            }
        }
    }
    if !tokens[word].is("BETWEEN") || !ends_operand(tokens, index + 1) {
        return None;
    }
    negatable_before(tokens, word)
}

/// Returns the column before the word at `word`, over a NOT.
fn negatable_before(tokens: &[Token], word: usize) -> Option<ColumnRef> {
    let end = word - usize::from(0 < word && tokens[word - 1].is("NOT"));
    let (column, start) = column_before(tokens, end)?;
    begins_operand(tokens, start).then_some(column)
}

fn is_comparison(token: &Token) -> bool {
    token.kind == TokenKind::Operator && COMPARISONS.contains(&&*token.text)
}

/// Tells whether nothing before `index` computes with what begins there.
fn begins_operand(tokens: &[Token], index: usize) -> bool {
    index.checked_sub(1).is_none_or(|before| is_boundary(&tokens[before], TokenKind::Open))
}

/// Tells whether nothing from `index` on computes with what ends there.
fn ends_operand(tokens: &[Token], index: usize) -> bool {
    tokens.get(index).is_none_or(|next| is_boundary(next, TokenKind::Close))
}

fn is_boundary(token: &Token, parenthesis: TokenKind) -> bool {
    let computes = token.is_one_of(&["DIV", "MOD", "INTERVAL", "COLLATE"]) || token.is_one_of(VALUES);
    token.kind == parenthesis
        || matches!(token.kind, TokenKind::Comma | TokenKind::Semicolon)
        || (token.is_one_of(RESERVED) && !computes)
        || token.is("END")
        || token.is_operator("&&")
}

/// Pairs the placeholders of `INSERT INTO t (a, b) VALUES (:a, :b), …` with the columns they are written into.
fn inserted_columns(tokens: &[Token]) -> Vec<(usize, ColumnRef)> {
    columns_and_rows(tokens).unwrap_or_default()
}

fn columns_and_rows(tokens: &[Token]) -> Option<Vec<(usize, ColumnRef)>> {
    tokens.first().filter(|token| token.is_one_of(&["INSERT", "REPLACE"]))?;
    let open = tokens.iter().position(|token| token.kind == TokenKind::Open)?;
    let close = closing(tokens, open);
    let columns: Vec<String> = tokens[open + 1..close].iter().filter_map(Token::name).collect();
    tokens.get(close + 1).filter(|token| token.is_one_of(&["VALUES", "VALUE"]))?;
    let mut pairs = Vec::new();
    let mut row = close + 2;
    while tokens.get(row).is_some_and(|token| token.kind == TokenKind::Open) {
        let end = closing(tokens, row);
        let mut position = 0;
        let mut index = row + 1;
        while index < end {
            let alone = tokens[index - 1].kind != TokenKind::Operator
                && matches!(tokens[index + 1].kind, TokenKind::Comma | TokenKind::Close);
            if let (TokenKind::Placeholder, true, Some(column)) =
                (tokens[index].kind, alone, columns.get(position))
            {
                pairs.push((index, ColumnRef { table: None, column: column.clone() }));
            }
            position += usize::from(tokens[index].kind == TokenKind::Comma);
            index = super::token::after(tokens, index);
        }
        row = end + 2;
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::super::token::Dialect::{MariaDb, Sqlite};
    use super::*;

    #[test]
    fn placeholders_are_told_by_what_stands_beside_them() {
        let cases = [
            ("SELECT a FROM t WHERE id = :id", "id=id"),
            ("SELECT a FROM t WHERE t.id >= :a AND :b <> u.`c`", "a=t.id b=u.c"),
            ("SELECT a FROM t WHERE a IN (:a, :b, 1) AND b NOT IN (:c)", "a=a b=a c=b"),
            ("SELECT a FROM t WHERE d BETWEEN :a AND :b AND x NOT BETWEEN 1 AND :c", "a=d b=d c=x"),
            ("SELECT a FROM t WHERE :d BETWEEN start AND end", "d=start"),
            ("SELECT a FROM t WHERE :d NOT BETWEEN start AND end", "d?"),
            (
                "SELECT a FROM t WHERE a LIKE :a OR b NOT LIKE :b OR MATCH (c) AGAINST (:c IN BOOLEAN MODE)",
                "a~ b~ c~",
            ),
            ("SELECT a FROM t LIMIT :n OFFSET :m", "n# m#"),
            ("SELECT a FROM t LIMIT 5, :n", "n#"),
            ("SELECT a FROM t LIMIT :m, :n", "m# n#"),
            ("SELECT a FROM t FETCH FIRST :n ROWS ONLY", "n#"),
            ("SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE u.c = :c LIMIT :n)", "c=u.c n#"),
            ("SELECT a FROM t WHERE (:s IS NULL OR s = :s)", "s=s"),
            ("SELECT a FROM t WHERE a + b = :a AND c = :c + 1 AND f(d) = :d AND e DIV 2 = :e", "a? c? d? e?"),
            ("SELECT a FROM t WHERE a = f(:a) AND b = (:b) AND DATE(c) <= :c", "a? b? c?"),
            ("SELECT :a AS x, CASE WHEN b = :b THEN :c END FROM t", "a? b=b c?"),
            ("SELECT a FROM t JOIN u ON u.a = :a AND u.b = t.b HAVING n > :n ORDER BY a", "a=u.a n=n"),
            ("SELECT a FROM t WHERE NOT a = :a AND TRUE = :b AND (c, d) = (:c, :d)", "a=a b? c? d?"),
            ("SELECT ':x', `:y` FROM t -- :z", ""),
            ("UPDATE t SET a = :a, t.b = :b, c = c + :c WHERE id = :id", "a=a b=t.b c? id=id"),
            ("INSERT INTO t (a, `b`, c) VALUES (:a, :b, 1 + :c), (NOW(1, 2), :d, :e)", "a=a b=b c? d=b e=c"),
            ("INSERT INTO t (a) VALUES (:a) ON DUPLICATE KEY UPDATE b = :b", "a=a b=b"),
            ("INSERT INTO t (a) SELECT b FROM u WHERE c = :c", "c=c"),
            ("INSERT INTO t (a, b) VALUES ((SELECT x FROM y), :b), (-:c, :d)", "b=b c? d=b"),
            ("DELETE FROM t WHERE id = :id", "id=id"),
        ];
        for (text, expected) in cases {
            for dialect in [MariaDb, Sqlite] {
                let found: Vec<String> = placeholders(&lex(dialect, text).unwrap().tokens)
                    .into_iter()
                    .map(|placeholder| {
                        let used = match placeholder.used {
                            Use::RowCount => "#".to_owned(),
                            Use::Text => "~".to_owned(),
                            Use::Expression => "?".to_owned(),
                            Use::Column(ColumnRef { table: Some(table), column }) => {
                                format!("={table}.{column}")
                            }
                            Use::Column(ColumnRef { table: None, column }) => format!("={column}"),
                        };
                        placeholder.name + &used
                    })
                    .collect();
                assert_eq!(found.join(" "), expected, "{text}");
            }
        }
    }
}
