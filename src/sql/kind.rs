//! What a statement does, told by its first words; and the statements that are refused whatever asks for them.

use super::fault::Fault;
use super::lexer::lex;
use super::refuse;
use super::token::{Dialect, Token, TokenKind, after};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// SELECT, also behind WITH and in parentheses.
    Select,
    /// What else only reads: SHOW, EXPLAIN, DESCRIBE, VALUES, TABLE.
    Show,
    /// INSERT or REPLACE.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// Anything else: DDL, CALL, maintenance.
    Other,
}

impl Kind {
    /// Tells whether such a statement only reads.
    pub const fn reads(self) -> bool {
        matches!(self, Self::Select | Self::Show)
    }

    /// Returns the word for it in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Show => "SHOW",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Other => "another statement",
        }
    }
}

/// Tells what a single statement does.
///
/// # Errors
/// Refuses what does not lex, an empty text, several statements, and what changes the state of a connection that is
/// shared: SET, USE, transactions, locks, PREPARE, temporary tables, user variables.
pub fn kind_of(dialect: Dialect, text: &str) -> Result<Kind, Fault> {
    let tokens = single(lex(dialect, text)?.tokens, text)?;
    kind(&tokens)
}

/// Tells whether a statement locks the rows that it reads: FOR UPDATE, LOCK IN SHARE MODE, at any depth.
///
/// # Errors
/// Refuses what does not lex.
pub fn locks_rows(dialect: Dialect, text: &str) -> Result<bool, Fault> {
    let tokens = lex(dialect, text)?.tokens;
    let locks = |pair: &[Token]| match pair {
        [first, second] => {
            first.is("FOR") && second.is_one_of(&["UPDATE", "SHARE"]) || first.is("LOCK") && second.is("IN")
        }
        _ => false,
    };
    Ok(tokens.windows(2).any(locks))
}

/// Returns the tokens without one closing semicolon, refusing no statement at all and several.
pub(super) fn single(mut tokens: Vec<Token>, text: &str) -> Result<Vec<Token>, Fault> {
    if tokens.last().is_some_and(|token| token.kind == TokenKind::Semicolon) {
        tokens.pop();
    }
    if let Some(semicolon) = tokens.iter().find(|token| token.kind == TokenKind::Semicolon) {
        return Err(Fault::new(semicolon.at, "there is more than one statement").hint("write one statement"));
    }
    if tokens.is_empty() {
        return Err(Fault::new(text.len(), "there is no statement"));
    }
    Ok(tokens)
}

/// Tells what the statement of these tokens does, refusing what no connection of ours may run.
pub(super) fn kind(tokens: &[Token]) -> Result<Kind, Fault> {
    refuse::connection_state(tokens)?;
    let kind = leading_kind(tokens);
    refuse::dangerous(tokens, kind)?;
    Ok(kind)
}

fn leading_kind(tokens: &[Token]) -> Kind {
    let Some(index) = tokens.iter().position(|token| token.kind != TokenKind::Open) else {
        return Kind::Other;
    };
    let word = if tokens[index].is("WITH") { main_word(tokens, index) } else { &tokens[index] };
    if word.is("SELECT") {
        return Kind::Select;
    }
    if index != 0 {
        return Kind::Other;
    }
    match &*word.text.to_ascii_uppercase() {
        "INSERT" | "REPLACE" => Kind::Insert,
        "UPDATE" => Kind::Update,
        "DELETE" => Kind::Delete,
        "SHOW" | "DESCRIBE" | "DESC" | "VALUES" | "TABLE" => Kind::Show,
        "EXPLAIN" if !tokens.get(1).is_some_and(|next| next.is("ANALYZE")) => Kind::Show,
        _ => Kind::Other,
    }
}

/// Returns the word that begins the statement behind the WITH at `with`.
fn main_word(tokens: &[Token], with: usize) -> &Token {
    let mut index = with + 1;
    while index < tokens.len() && tokens[index].kind != TokenKind::Close {
        if tokens[index].is_one_of(&["SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE"]) {
            return &tokens[index];
        }
        index = after(tokens, index);
    }
    &tokens[with]
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, Sqlite};

    #[test]
    fn the_first_words_tell_what_a_statement_does() {
        let cases = [
            ("select 1", Kind::Select),
            ("  /* a */ SELECT 1;", Kind::Select),
            ("(SELECT 1) UNION (SELECT 2)", Kind::Select),
            ("WITH a AS (DELETE), b (select) AS (SELECT 2) SELECT * FROM a", Kind::Select),
            ("WITH a AS (SELECT 1) DELETE FROM t", Kind::Delete),
            ("WITH RECURSIVE a AS (SELECT 1) UPDATE t SET b = 1", Kind::Update),
            ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", Kind::Insert),
            ("SHOW TABLES", Kind::Show),
            ("describe t", Kind::Show),
            ("EXPLAIN SELECT 1", Kind::Show),
            ("EXPLAIN ANALYZE DELETE FROM t", Kind::Other),
            ("ANALYZE DELETE FROM t", Kind::Other),
            ("VALUES (1)", Kind::Show),
            ("insert into t values (1)", Kind::Insert),
            ("REPLACE INTO t VALUES (1)", Kind::Insert),
            ("UPDATE t SET a = 1", Kind::Update),
            ("DELETE FROM t", Kind::Delete),
            ("CREATE TABLE t (a INT)", Kind::Other),
            ("DROP TABLE t", Kind::Other),
            ("CALL p()", Kind::Other),
            ("DO 1", Kind::Other),
            ("(DELETE FROM t)", Kind::Other),
            ("`SELECT` 1", Kind::Other),
            ("((((", Kind::Other),
        ];
        for (text, expected) in cases {
            for dialect in [MariaDb, Sqlite] {
                let Ok(kind) = kind_of(dialect, text) else {
                    assert_eq!(text, "((((");
                    continue;
                };
                assert_eq!(kind, expected, "{text}");
            }
        }
    }

    #[test]
    fn what_changes_a_connection_is_refused() {
        let cases = [
            "SET autocommit = 0",
            "SET STATEMENT max_statement_time = 1 FOR SELECT 1",
            "USE other",
            "BEGIN",
            "BEGIN NOT ATOMIC SELECT 1",
            "START TRANSACTION",
            "COMMIT",
            "ROLLBACK",
            "SAVEPOINT a",
            "RELEASE SAVEPOINT a",
            "LOCK TABLES t READ",
            "UNLOCK TABLES",
            "PREPARE a FROM 'SELECT 1'",
            "EXECUTE a",
            "EXECUTE IMMEDIATE 'x'",
            "DEALLOCATE PREPARE a",
            "XA START 'a'",
            "HANDLER t OPEN",
            "CREATE TEMPORARY TABLE t (a INT)",
            "CREATE OR REPLACE TEMPORARY TABLE t (a INT)",
            "CREATE TEMP VIEW v AS SELECT 1",
            "ATTACH 'f' AS g",
            "DETACH g",
            "PRAGMA foreign_keys = OFF",
            "SELECT GET_LOCK('a', 1)",
            "SELECT `sleep` (1)",
            "SELECT @a",
            "SELECT a := 1",
            "SELECT 1 INTO OUTFILE 'f'",
            "SELECT * FROM t WHERE a = (SELECT b INTO @c)",
            "SELECT 1; SELECT 2",
            "SELECT 1;;",
            "",
            ";",
            "-- nothing",
            "WITH a AS (SELECT 1) SELECT SLEEP(1)",
            "SELECT LAST_INSERT_ID(5)",
            "EXPLAIN SELECT LOAD_FILE('/etc/passwd')",
            "DO RELEASE_LOCK('a')",
            "SELECT NEXT VALUE FOR s",
            "SELECT nextval(s)",
        ];
        for text in cases {
            assert!(kind_of(MariaDb, text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_accepted() {
        let cases = [
            ("SELECT 'SLEEP(1); SET a = @b'", Kind::Select),
            ("SELECT sleep FROM sleep WHERE t.set = 1", Kind::Select),
            ("INSERT INTO sleep (hours) VALUES (8)", Kind::Insert),
            ("SELECT LAST_INSERT_ID()", Kind::Select),
            ("SELECT @@version", Kind::Select),
            ("INSERT INTO t (a) SELECT `into` FROM u", Kind::Insert),
        ];
        for (text, expected) in cases {
            assert_eq!(kind_of(MariaDb, text), Ok(expected), "{text}");
        }
    }
}
