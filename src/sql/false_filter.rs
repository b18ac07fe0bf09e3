//! The property that all filters rest on: under the filter FALSE no row of anybody comes back.

use proptest::prelude::*;
use proptest::sample::select;

use super::{Compare, Condition, Dialect, Filter, Kind, Order, Shape, Sorted, Source, Statement, Table};

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
    let ones = vec![1; statement.parameter_count()];
    let mut rows = statement.query(rusqlite::params_from_iter(ones))?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Returns the columns of the tables of [`database`].
fn columns(table: &Table) -> Option<&'static [String]> {
    static COLUMNS: std::sync::LazyLock<[Vec<String>; 3]> = std::sync::LazyLock::new(|| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        [
            names(&["id", "user_id", "name", "order"]),
            names(&["id", "user_id", "project_id"]),
            names(&["id", "label"]),
        ]
    });
    let index = ["projects", "tasks", "tags"].iter().position(|name| *name == table.name)?;
    Some(&COLUMNS[index])
}

/// Makes a condition on one of `count` columns.
fn condition(pick: u8, count: usize) -> Condition {
    let column = usize::from(pick) % count;
    match pick % 7 {
        0 => Condition::Is(column, Compare::Greater),
        1 => Condition::OneOf(column, 2),
        2 => Condition::Like(column),
        3 => Condition::Null(column),
        4 => Condition::NotNull(column),
        5 => Condition::Any(vec![Condition::Is(column, Compare::Unequal), Condition::Null(column)]),
        _ => Condition::Any(vec![Condition::All(Vec::new()), Condition::Is(column, Compare::AtMost)]),
    }
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
    fn under_the_filter_false_no_parameter_of_a_list_brings_a_row(
        text in list_statement(),
        picks in prop::collection::vec(any::<u8>(), 0..4),
        (narrowed, sorted, paged) in any::<(bool, bool, bool)>(),
    ) {
        let database = database();
        prop_assume!(row_count(&database, text.trim_end_matches([';', ' '])).is_ok());
        let statement = Statement::parse(Dialect::Sqlite, Kind::Select, Source::Plain, &text).unwrap();
        let most = usize::from(statement.is_aggregate_without_group_by());
        let filter = Filter::parse(Dialect::Sqlite, "FALSE").unwrap();
        let listing = statement.with_condition(&filter, &columns).unwrap().listing(&columns);
        let count = listing.columns().len();
        prop_assume!(0 < count);
        let conditions: Vec<Condition> = picks.iter().map(|pick| condition(*pick, count)).collect();
        let fields: Vec<usize> = picks.iter().map(|pick| usize::from(*pick) % count).collect();
        let order: Vec<Sorted> =
            fields.iter().map(|column| Sorted { column: *column, descending: narrowed }).collect();
        let is_open = paged && !listing.facts().ended;
        let shape = Shape {
            columns: (narrowed && !fields.is_empty()).then_some(&fields[..]),
            conditions: &conditions,
            order: if sorted { Order::By(&order) } else { Order::Own(&fields) },
            limit: is_open,
            offset: is_open && narrowed,
        };
        let written = listing.select(&shape);
        if let Ok(found) = row_count(&database, &written.sql) {
            prop_assert!(found <= most, "{}", written.sql);
        }
        let written = listing.count(&conditions);
        let ones = vec![1; written.marks.len()];
        let counted = database.query_row(&written.sql, rusqlite::params_from_iter(ones), |row| row.get::<_, i64>(0));
        if let Ok(counted) = counted {
            prop_assert!(counted <= i64::try_from(most).unwrap(), "{}", written.sql);
        }
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
