//! The property that all filters rest on, on MariaDB: under the filter FALSE no list answers a row, but for the one row of
//! an aggregate without GROUP BY; and a filter that is always true takes none away. For SQLite it stands in `sql`.

use std::cell::RefCell;

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use sogo::sql::{Dialect, Filter, Kind, Source, Statement, Table};

use crate::harness::MariaDb;

/// Statements of each kind; a few milliseconds each.
const CASES: u32 = 1500;

const TABLES: &str = "
    CREATE TABLE projects (id INT, user_id INT, name VARCHAR(20), `order` INT);
    CREATE TABLE tasks (id INT, user_id INT, project_id INT);
    CREATE TABLE tags (id INT, label VARCHAR(20));
    INSERT INTO projects VALUES (1, 1, 'a', 1), (2, 1, 'b', 2), (3, 2, 'c', 3);
    INSERT INTO tasks VALUES (1, 1, 1), (2, 2, 3), (3, 2, 9);
    INSERT INTO tags VALUES (1, 'x'), (2, 'y');";

/// A statement, and whether it may answer one row whatever its filter says.
#[derive(Debug, Clone)]
struct Case {
    text: String,
    is_aggregate: bool,
}

/// Statements of a list as people write them for MariaDB.
fn list_statement() -> impl Strategy<Value = Case> {
    let items = select(
        &[
            ("p.id", false),
            ("p.id, p.name AS n", false),
            ("COUNT(*)", true),
            ("SUM(p.id) + 1 AS total, MAX(p.name)", true),
            ("GROUP_CONCAT(p.name ORDER BY p.id SEPARATOR ' WHERE ')", true),
            ("p.*", false),
            ("DISTINCT p.user_id", false),
            ("SQL_NO_CACHE p.id", false),
            ("COUNT(*) OVER (PARTITION BY p.user_id ORDER BY p.id)", false),
            ("IF(p.id, 'WHERE', \"x\") AS c", false),
            ("(SELECT COUNT(*) FROM tasks WHERE project_id = p.id) AS tasks", false),
            ("p.`order`, 'it\\'s -- no' AS x", false),
            ("1 AS `from`, 'a' 'b' \"c\" AS `wh``ere`", false),
            ("p.id DIV 1, p.id MOD 2, !p.id, 1--1", false),
            ("DATE_ADD('2026-01-01', INTERVAL p.id DAY)", false),
        ][..],
    );
    let from = select(
        &[
            "projects p",
            "projects AS p LEFT JOIN tasks t ON t.project_id = p.id AND t.user_id = 1",
            "tasks t RIGHT JOIN projects p ON t.project_id = p.id OR 1",
            "projects p, tasks t",
            "(projects p JOIN tasks t ON 1)",
            "projects p STRAIGHT_JOIN tags",
            "projects p NATURAL JOIN tags",
            "projects p USE INDEX FOR ORDER BY ()",
            "(SELECT * FROM projects UNION (SELECT * FROM projects WHERE id > 1 ORDER BY 1 LIMIT 9)) p",
            "listed p",
            "`projects` `p` CROSS JOIN (SELECT 1 AS one UNION ALL SELECT 2) v",
            "projects p # WHERE\n",
        ][..],
    );
    let condition = select(
        &[
            "",
            "WHERE 1 OR p.id = 1",
            "WHERE p.id = 1 || 1 XOR 0",
            "WHERE p.id && 1 <=> 1",
            "WHERE p.id IN (SELECT project_id FROM tasks WHERE 1 ORDER BY id)",
            "WHERE p.id BETWEEN 1 AND 5 OR 1",
            "WHERE (p.id) OR (p.id > 0)",
            "WHERE NOT p.id = 99 -- OR\n",
            "WHERE CASE WHEN p.id THEN 1 ELSE 0 END",
            "WHERE EXISTS (SELECT 1) OR EXISTS (SELECT 1 FROM DUAL WHERE 1)",
            "WHERE p.name LIKE '%) OR (%' ESCAPE '!' OR 1 /* ; */",
            "WHERE p.name REGEXP '.' OR \"\\\" OR\" = '\\\\'",
        ][..],
    );
    let group = select(
        &[
            ("", false),
            ("", false),
            ("GROUP BY p.id", true),
            ("GROUP BY p.user_id HAVING COUNT(*) > 0 OR 1", true),
            ("GROUP BY p.id, p.name", true),
            ("GROUP BY p.id WITH ROLLUP", true),
            ("HAVING 1 OR 1", false),
        ][..],
    );
    let tail = select(
        &[
            "",
            "ORDER BY 1",
            "ORDER BY 1 DESC LIMIT 5",
            "LIMIT 5 OFFSET 0",
            "ORDER BY (SELECT 1 LIMIT 1);",
            "LIMIT 0, 9 ;",
            "LIMIT 9 FOR UPDATE",
            "ORDER BY NULL LOCK IN SHARE MODE",
            "OFFSET 0 ROWS FETCH FIRST 9 ROWS ONLY",
        ][..],
    );
    (items, from, condition, group, tail).prop_map(
        |((items, is_aggregate), from, condition, (group, is_grouped), tail)| {
            let with = if from.starts_with("listed") {
                "WITH listed (id, user_id, name, `order`) AS (SELECT * FROM projects WHERE 1 OR 1) "
            } else {
                ""
            };
            let text = format!("{with}SELECT {items} FROM {from} {condition} {group} {tail}");
            Case { text, is_aggregate: is_aggregate && !is_grouped }
        },
    )
}

/// What statements that nobody writes are made of.
const WORDS: &[&str] = &[
    "1",
    "0",
    "p.id",
    "id",
    "'a'",
    "\"WHERE\"",
    "`name`",
    "'it''s'",
    "'\\''",
    "OR",
    "AND",
    "XOR",
    "||",
    "&&",
    "!",
    "=",
    "<=>",
    ":=",
    "+",
    "-",
    "NOT",
    "IS NULL",
    "IS NOT TRUE",
    "BETWEEN",
    "IN (1, 2)",
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
    "WITH ROLLUP",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "ROWS EXAMINED 9",
    "FETCH FIRST ROW ONLY",
    "UNION SELECT 1",
    "EXCEPT",
    "EXISTS (SELECT 1)",
    "COUNT(*)",
    "/* c */",
    "/**/",
    "/*! OR 1 */",
    "/*M! OR 1 */",
    "-- x\n",
    "--",
    "# x\n",
    "WINDOW w AS (ORDER BY id)",
    "PROCEDURE ANALYSE()",
    "FOR UPDATE",
    "INTERVAL 1 DAY",
    "ASC",
    ".5",
    "1.",
    "1e5",
    "0x31",
    "x'31'",
    "b'1'",
    "N'a'",
    "_utf8mb4'a'",
    "WHERE",
    "JOIN tasks t ON 1",
    "STRAIGHT_JOIN tasks",
    "USING (id)",
    "COLLATE utf8mb4_bin",
    "ESCAPE '!'",
    "REGEXP 'a'",
    "DIV 1",
    "@x",
    "@@version",
    "VALUES (1)",
    "DUAL",
    "AS x",
    "x",
    "end",
    "offset",
    ",",
    ";",
    "\\",
];

/// Statements of a list as nobody writes them: words in any order, some of which MariaDB takes.
fn odd_statement() -> impl Strategy<Value = Case> {
    let salad = move || {
        prop::collection::vec((select(WORDS), select(&["", " ", " ", " "][..])), 0..7).prop_map(|pieces| {
            pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect::<String>()
        })
    };
    let text = prop_oneof![
        salad().prop_map(|rest| format!("SELECT p.id FROM projects p WHERE {rest}")),
        salad().prop_map(|rest| format!("SELECT p.id FROM projects p {rest}")),
        (salad(), salad()).prop_map(|(items, rest)| format!("SELECT {items} FROM projects p {rest}")),
        (salad(), salad())
            .prop_map(|(rest, order)| format!("SELECT p.id FROM projects p WHERE {rest} ORDER BY {order}")),
    ];
    text.prop_map(|text| Case { is_aggregate: text.contains("COUNT(*)"), text })
}

/// Joins a condition and binds.
fn joined(statement: &Statement, condition: &str) -> String {
    let filter = Filter::parse(Dialect::MariaDb, condition).unwrap();
    statement.with_condition(&filter, &|_: &Table| None).unwrap().bind().unwrap().sql
}

/// A connection that properties, which know no `async`, can ask.
struct Database {
    runtime: tokio::runtime::Runtime,
    connection: RefCell<Conn>,
}

impl Database {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = runtime.block_on(async {
            let server = MariaDb::shared().await;
            let mut connection = server.root(Some(&server.database().await)).await;
            connection.query_drop(TABLES).await.unwrap();
            // What sogoms-db sets on opening, and an end for what somebody's words make endless.
            let session = "SET sql_mode = 'STRICT_TRANS_TABLES', max_statement_time = 5";
            connection.query_drop(session).await.unwrap();
            connection
        });
        Self { runtime, connection: RefCell::new(connection) }
    }

    /// Runs a statement as sogoms-db does, prepared; `None` when the server refuses it.
    fn row_count(&self, sql: &str) -> Option<usize> {
        let mut connection = self.connection.borrow_mut();
        let rows = self.runtime.block_on(connection.exec::<mysql_async::Row, _, _>(sql, ()));
        rows.ok().map(|rows| rows.len())
    }
}

/// Holds the property over many cases; returns how many of them the server ran under the filter.
fn hold(cases: &impl Strategy<Value = Case>, must_be_accepted: bool) -> u32 {
    let database = Database::new();
    let ran = RefCell::new(0);
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let outcome = TestRunner::new(config).run(cases, |case| {
        let plain = database.row_count(&case.text);
        let statement = match Statement::parse(Dialect::MariaDb, Kind::Select, Source::Plain, &case.text) {
            Ok(statement) => statement,
            Err(fault) => {
                prop_assert!(!must_be_accepted, "{}: {:?}", case.text, fault);
                return Ok(());
            }
        };
        let sql = joined(&statement, "FALSE");
        if let Some(count) = database.row_count(&sql) {
            *ran.borrow_mut() += 1;
            prop_assert!(count <= usize::from(case.is_aggregate), "{} rows: {}", count, sql);
        } else {
            prop_assert!(!must_be_accepted || plain.is_none(), "{}", sql);
        }
        if plain.is_some() {
            let sql = joined(&statement, "FALSE OR TRUE");
            prop_assert_eq!(database.row_count(&sql), plain, "{}", sql);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|fault| panic!("{fault}"));
    ran.into_inner()
}

#[test]
fn under_the_filter_false_no_row_comes_back() {
    let ran = hold(&list_statement(), true);
    assert!(CASES / 3 < ran, "only {ran} of {CASES} statements ran");
}

#[test]
fn under_the_filter_false_nothing_odd_comes_back_either() {
    let ran = hold(&odd_statement(), false);
    assert!(20 < ran, "only {ran} of {CASES} statements ran");
}
