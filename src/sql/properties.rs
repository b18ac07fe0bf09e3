//! What must hold for every text: no panic, no token lost, and under the filter FALSE no row of anybody.

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

/// Statements of a list as people write them, which SQLite runs on the tables of [`database`].
fn list_statement() -> impl Strategy<Value = String> {
    let items = select(
        &[
            "id",
            "p.id, p.name AS n",
            "COUNT(*)",
            "SUM(p.id) + 1 AS total, MAX(p.name)",
            "p.*",
            "DISTINCT p.user_id",
            "COUNT(*) OVER (PARTITION BY p.user_id ORDER BY p.id)",
            "CASE WHEN p.id THEN 'WHERE' ELSE 'x' END AS c",
            "(SELECT COUNT(*) FROM tasks WHERE project_id = p.id) AS tasks",
            "p.\"order\", 'it''s -- no' AS x",
            "1 AS \"from\"",
        ][..],
    );
    let from = select(
        &[
            "projects p",
            "projects AS p LEFT JOIN tasks t ON t.project_id = p.id AND t.user_id = 1",
            "tasks t RIGHT JOIN projects p ON t.project_id = p.id OR 1",
            "projects p, tasks t",
            "(projects p JOIN tasks t ON 1)",
            "projects p NATURAL JOIN tags",
            "(SELECT * FROM projects UNION SELECT * FROM projects WHERE id > 1 ORDER BY 1 LIMIT 9) p",
            "listed p",
            "projects p CROSS JOIN (VALUES (1), (2)) v",
            "projects p FULL OUTER JOIN tasks t USING (id)",
        ][..],
    );
    let condition = select(
        &[
            "",
            "WHERE 1 OR p.id = 1",
            "WHERE p.id IN (SELECT project_id FROM tasks WHERE 1 ORDER BY id LIMIT 3)",
            "WHERE p.id BETWEEN 1 AND 5 OR 1",
            "WHERE (p.id) OR (p.id > 0)",
            "WHERE NOT p.id = 99 -- OR\n",
            "WHERE CASE WHEN p.id THEN 1 ELSE 0 END",
            "WHERE EXISTS (SELECT 1) OR EXISTS (SELECT 1 WHERE 1)",
            "WHERE p.name LIKE '%) OR (%' OR 1 /* ; */",
        ][..],
    );
    let group = select(
        &["", "", "GROUP BY p.id", "GROUP BY p.user_id HAVING COUNT(*) > 0 OR 1", "GROUP BY p.id, p.name"][..],
    );
    let tail = select(
        &[
            "",
            "ORDER BY 1",
            "ORDER BY p.id DESC LIMIT 5",
            "LIMIT 5 OFFSET 0",
            "ORDER BY (SELECT 1 LIMIT 1);",
            "LIMIT 0, 9 ;",
        ][..],
    );
    (items, from, condition, group, tail).prop_map(|(items, from, condition, group, tail)| {
        let with = if from.starts_with("listed") {
            "WITH listed (id, user_id, name, \"order\") AS (SELECT * FROM projects WHERE 1 OR 1) "
        } else {
            ""
        };
        let items = if items == "id" { "p.id" } else { items };
        format!("{with}SELECT {items} FROM {from} {condition} {group} {tail}")
    })
}

fn database() -> rusqlite::Connection {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database
        .execute_batch(
            "CREATE TABLE projects (id INTEGER, user_id INTEGER, name TEXT, \"order\" INTEGER);
             CREATE TABLE tasks (id INTEGER, user_id INTEGER, project_id INTEGER);
             CREATE TABLE tags (id INTEGER, label TEXT);
             INSERT INTO projects VALUES (1, 1, 'a', 1), (2, 1, 'b', 2), (3, 2, 'c', 3);
             INSERT INTO tasks VALUES (1, 1, 1), (2, 2, 3), (3, 2, 9);
             INSERT INTO tags VALUES (1, 'x'), (2, 'y');",
        )
        .unwrap();
    database
}

/// Statements of a list as nobody writes them: words in any order, some of which SQLite takes.
fn odd_statement() -> impl Strategy<Value = String> {
    let words = &[
        "1",
        "0",
        "p.id",
        "id",
        "'a'",
        "'WHERE'",
        "\"name\"",
        "[id]",
        "'it''s'",
        "OR",
        "AND",
        "||",
        "=",
        "<",
        "+",
        "-",
        "NOT",
        "IS NULL",
        "BETWEEN",
        "IN (1, 2)",
        "IN tasks",
        "IN (SELECT id FROM tasks)",
        "CASE WHEN",
        "THEN",
        "ELSE",
        "END",
        "LIKE '%'",
        "(",
        ")",
        "(",
        ")",
        "GROUP BY",
        "ORDER BY",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "UNION SELECT 1",
        "EXISTS (SELECT 1)",
        "COUNT(*)",
        "/* c */",
        "/**/",
        "-- x\n",
        "WINDOW w AS (ORDER BY id)",
        "IS NOT DISTINCT FROM",
        "ASC",
        ".5",
        "1.",
        "1e5",
        "0x31",
        "x'31'",
        "WHERE",
        "JOIN tasks t ON 1",
        "USING (id)",
        "COLLATE NOCASE",
        "ESCAPE '!'",
        "GLOB 'a'",
        "ISNULL",
        "AS x",
        "x",
        "end",
        "offset",
        ",",
        ";",
    ][..];
    let salad = move || {
        prop::collection::vec((select(words), select(&["", " ", " ", " "][..])), 0..9).prop_map(|pieces| {
            pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect::<String>()
        })
    };
    prop_oneof![
        salad().prop_map(|rest| format!("SELECT p.id FROM projects p WHERE {rest}")),
        salad().prop_map(|rest| format!("SELECT p.id FROM projects p {rest}")),
        (salad(), salad()).prop_map(|(items, rest)| format!("SELECT {items} FROM projects p {rest}")),
        (salad(), salad())
            .prop_map(|(rest, order)| format!("SELECT p.id FROM projects p WHERE {rest} ORDER BY {order}")),
    ]
}

/// Joins a condition and binds.
fn joined(statement: &Statement, condition: &str) -> String {
    let filter = Filter::parse(statement.dialect(), condition).unwrap();
    statement.with_condition(&filter, &|_: &Table| None).unwrap().bind().unwrap().sql
}

fn row_count(database: &rusqlite::Connection, sql: &str) -> rusqlite::Result<usize> {
    let mut statement = database.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn under_the_filter_false_no_row_comes_back(text in list_statement()) {
        let database = database();
        let plain = row_count(&database, text.trim_end_matches([';', ' ']));
        prop_assume!(plain.is_ok());
        let statement = Statement::parse(Dialect::Sqlite, Kind::Select, Source::Plain, &text).unwrap();
        let expected = usize::from(statement.is_aggregate_without_group_by());
        let sql = joined(&statement, "FALSE");
        prop_assert_eq!(row_count(&database, &sql), Ok(expected), "{}", sql);
        let sql = joined(&statement, "FALSE OR TRUE");
        prop_assert_eq!(row_count(&database, &sql), plain, "{}", sql);
    }

    #[test]
    fn under_the_filter_false_nothing_odd_comes_back_either(text in odd_statement()) {
        let database = database();
        let Ok(statement) = Statement::parse(Dialect::Sqlite, Kind::Select, Source::Plain, &text) else {
            return Ok(());
        };
        let sql = joined(&statement, "FALSE");
        if let Ok(count) = row_count(&database, &sql) {
            prop_assert!(count <= usize::from(statement.is_aggregate_without_group_by()), "{}", sql);
        }
        if let Ok(plain) = row_count(&database, &text) {
            let sql = joined(&statement, "FALSE OR TRUE");
            prop_assert_eq!(row_count(&database, &sql), Ok(plain), "{}", sql);
        }
    }
}
