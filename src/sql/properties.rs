//! What must hold for every text: no panic, no token lost, no literal changed.

use proptest::prelude::*;
use proptest::sample::select;

use super::lexer::lex;
use super::statement::{Source, Statement};
use super::token::{Dialect, Token, TokenKind, render};
use super::{Filter, Kind, Table, bind, kind_of};

const DIALECTS: [Dialect; 2] = [Dialect::MariaDb, Dialect::Sqlite];

/// Pieces that meet badly: quotes, comments, signs, keywords.
const PIECES: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "UNION",
    "WITH",
    "AS",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "IN",
    "FOR UPDATE",
    "INTO",
    "INSERT",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "JOIN",
    "ON",
    "OVER",
    "INTERVAL",
    "1",
    "0x1f",
    ".5",
    "1.",
    "1e5",
    "a",
    "t.b",
    "`c d`",
    "\"e\"",
    "[f]",
    "'g'",
    "'it''s'",
    "'\\'",
    "x'1f'",
    "N'h'",
    "_utf8mb4",
    ":i",
    ":j",
    "?",
    "@k",
    "@@l",
    "(",
    ")",
    "(",
    ")",
    ",",
    ".",
    ";",
    "=",
    "-",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!",
    "+",
    "*",
    "/",
    "<",
    ">",
    "|",
    ":",
    "::",
    ":=",
    "\\",
    "'",
    "\"",
    "`",
    "é",
    "\u{a0}",
    "€",
    "\n",
    "COUNT(*)",
    "SLEEP",
    "DISTINCT",
    "USE INDEX",
    "LATERAL",
    "RECURSIVE",
];

fn salad() -> impl Strategy<Value = String> {
    prop::collection::vec((select(PIECES), select(&["", " ", "\n", "/**/"][..])), 0..40)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![salad(), ".*", "SELECT .*FROM t WHERE .*"]
}

/// Everything that can be asked of a text.
fn exercise(dialect: Dialect, text: &str) {
    let _ = kind_of(dialect, text);
    let _ = bind(dialect, text);
    let filter = Filter::parse(dialect, text);
    if let Ok(filter) = &filter {
        let _ = (filter.text(), filter.equalities(), filter.placeholders());
    }
    for kind in [Kind::Select, Kind::Insert, Kind::Update, Kind::Delete] {
        let Ok(statement) = Statement::parse(dialect, kind, Source::Folded, text) else { continue };
        let _ = (statement.tables(), statement.inner_tables(), statement.items(), statement.placeholders());
        let _ = (statement.equalities(), statement.is_aggregate_without_group_by(), statement.bind());
        let _ = (statement.with_order(text), statement.with_order("a"));
        if let Ok(filter) = &filter {
            let _ = statement.with_condition(filter, &|_: &Table| None);
        }
    }
}

fn spellings(tokens: &[Token]) -> Vec<(TokenKind, String)> {
    tokens.iter().map(|token| (token.kind, token.text.to_string())).collect()
}

fn literals(tokens: &[Token]) -> Vec<String> {
    let is_literal = |token: &&Token| matches!(token.kind, TokenKind::String | TokenKind::Number);
    tokens.iter().filter(is_literal).map(|token| token.text.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(text in any_text()) {
        for dialect in DIALECTS {
            exercise(dialect, &text);
        }
    }

    #[test]
    fn what_is_written_again_reads_the_same(text in any_text()) {
        for dialect in DIALECTS {
            let Ok(lexed) = lex(dialect, &text) else { continue };
            let again = lex(dialect, &render(&lexed.tokens)).unwrap();
            prop_assert_eq!(spellings(&again.tokens), spellings(&lexed.tokens));
            prop_assert!(again.comments.is_empty());
            if let Ok(bound) = bind(dialect, &text) {
                let sent = lex(dialect, &bound.sql).unwrap().tokens;
                let marks = sent.iter().filter(|token| token.kind == TokenKind::Positional).count();
                prop_assert_eq!(marks, bound.arguments);
                prop_assert_eq!(literals(&sent), literals(&lexed.tokens));
            }
        }
    }

    #[test]
    fn a_joined_condition_leaves_everything_else_as_it_was(
        text in prop_oneof![salad().prop_map(|text| format!("SELECT 1 FROM t WHERE {text}")), any_text()],
        condition in prop_oneof![Just("FALSE".to_owned()), salad()],
    ) {
        for dialect in DIALECTS {
            let Ok(statement) = Statement::parse(dialect, Kind::Select, Source::Plain, &text) else { continue };
            let Ok(filter) = Filter::parse(dialect, &condition) else { continue };
            let Ok(joined) = statement.with_condition(&filter, &|_: &Table| None) else { continue };
            let again = lex(dialect, &joined.text()).unwrap().tokens;
            prop_assert_eq!(spellings(&again).len(), joined.tokens.len());
            let mut expected = literals(&statement.tokens);
            expected.extend(literals(&filter.tokens));
            let mut found = literals(&again);
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(joined.tables(), statement.tables());
            prop_assert_eq!(joined.items(), statement.items());
        }
    }
}
