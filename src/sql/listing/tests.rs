//! Statements taken apart and written again.

use super::super::{Dialect, Filter, Kind, Source, Statement, Table};
use super::*;
use Dialect::{MariaDb, Sqlite};

fn columns_of(table: &Table) -> Option<&'static [String]> {
    static TASKS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        ["id", "user_id", "title", "project_id", "end"].map(str::to_owned).to_vec()
    });
    static PROJECTS: std::sync::LazyLock<Vec<String>> =
        std::sync::LazyLock::new(|| ["id", "user_id", "name"].map(str::to_owned).to_vec());
    match &*table.name {
        "tasks" => Some(&TASKS),
        "projects" => Some(&PROJECTS),
        _ => None,
    }
}

fn listing(dialect: Dialect, text: &str) -> Listing {
    Statement::parse(dialect, Kind::Select, Source::Plain, text).unwrap().listing(&columns_of)
}

#[test]
fn a_statement_that_nothing_is_added_to_stays_what_it_is() {
    for text in [
        "SELECT 1",
        "SELECT id FROM tasks",
        "SELECT DISTINCT t.id, :a AS x FROM tasks t WHERE a = :b OR c GROUP BY d, :e HAVING f ORDER BY :g DESC LIMIT :h",
        "WITH x AS (SELECT 1 WHERE 2) SELECT * FROM x WHERE y ORDER BY 1 FOR UPDATE",
    ] {
        for dialect in [MariaDb, Sqlite] {
            let statement = Statement::parse(dialect, Kind::Select, Source::Plain, text).unwrap();
            let written = statement.listing(&columns_of).select(&Shape::default());
            let bound = statement.bind().unwrap();
            assert_eq!(written.sql, bound.sql);
            let expected: Vec<Mark> = (0..bound.arguments).map(Mark::Own).collect();
            assert_eq!(written.marks, expected);
        }
    }
}

#[test]
fn what_is_added_goes_where_it_belongs() {
    let filter = [
        Condition::Is(0, Compare::AtLeast),
        Condition::Any(vec![Condition::Is(1, Compare::Unequal), Condition::Null(1)]),
        Condition::OneOf(1, 3),
        Condition::Like(1),
        Condition::NotNull(0),
    ];
    let sorted = [Sorted { column: 1, descending: true }, Sorted { column: 0, descending: false }];
    let by = Order::By(&sorted);
    let cases = [
        (
            "SELECT id, title FROM tasks ORDER BY :o",
            Shape { conditions: &filter[..1], order: by, limit: true, offset: true, ..Shape::default() },
            "SELECT id, title FROM tasks WHERE (tasks.id >= ?) ORDER BY tasks.title DESC, tasks.id LIMIT ? OFFSET ?",
            "+++",
        ),
        (
            "SELECT t.id, :x y, (SELECT :z) AS n FROM tasks t WHERE a = :b OR c GROUP BY :d ORDER BY :e",
            Shape {
                columns: Some(&[2, 0]),
                conditions: &filter[..1],
                order: Order::Own(&[0]),
                ..Shape::default()
            },
            "SELECT (SELECT ?) AS n, t.id FROM tasks t WHERE (a = ? OR c) AND (t.id >= ?) GROUP BY ? ORDER BY ?, t.id",
            "12+34",
        ),
        (
            "SELECT * FROM tasks AS `t t`",
            Shape { columns: Some(&[1, 4]), conditions: &filter[1..4], ..Shape::default() },
            "SELECT `t t`.`user_id`, `t t`.`end` FROM tasks AS `t t` WHERE (`t t`.`user_id` <> ? OR `t t`.`user_id` IS NULL) \
             AND (`t t`.`user_id` IN (?, ?, ?)) AND (`t t`.`user_id` LIKE ?)",
            "+++++",
        ),
        (
            "SELECT p.name, t.* FROM projects p LEFT JOIN tasks t ON t.project_id = p.id WHERE p.id",
            Shape { columns: Some(&[1]), conditions: &filter[4..], order: by, ..Shape::default() },
            "SELECT t.`id` FROM projects p LEFT JOIN tasks t ON t.project_id = p.id WHERE (p.id) AND (p.name IS NOT NULL) \
             ORDER BY t.`id` DESC, p.name",
            "",
        ),
    ];
    for (text, shape, expected, marks) in cases {
        let written = listing(MariaDb, text).select(&shape);
        assert_eq!(written.sql, expected);
        let found: String = written
            .marks
            .iter()
            .map(|mark| match mark {
                Mark::Own(index) => index.to_string(),
                Mark::Added => "+".to_owned(),
            })
            .collect();
        assert_eq!(found, marks, "{text}");
    }
    let like = [Condition::Like(0)];
    let shape = Shape { conditions: &like, ..Shape::default() };
    let sql = listing(Sqlite, "SELECT title FROM tasks").select(&shape).sql;
    assert_eq!(sql, r"SELECT title FROM tasks WHERE (tasks.title LIKE ? ESCAPE '\')");
}

#[test]
fn dates_that_are_answered_as_null_are_null() {
    let mut listing = listing(MariaDb, "SELECT id, end FROM tasks");
    let conditions = [Condition::Null(1), Condition::NotNull(1)];
    let sorted = [Sorted { column: 1, descending: true }];
    for (zeros, order) in [(Zeros::First, "tasks.end DESC"), (Zeros::AmongNulls, "NULLIF(tasks.end, 0) DESC")]
    {
        listing.set_zeros(1, zeros);
        let shape = Shape { conditions: &conditions, order: Order::By(&sorted), ..Shape::default() };
        let expected = format!(
            "SELECT id, end FROM tasks WHERE ((tasks.end IS NULL OR tasks.end = 0)) AND (tasks.end > 0) ORDER BY {order}"
        );
        assert_eq!(listing.select(&shape).sql, expected);
    }
}

#[test]
fn rows_are_counted_as_they_are_listed() {
    let cases = [
        (
            "SELECT id, :a FROM tasks WHERE b = :b ORDER BY :c",
            "SELECT COUNT(*) AS count FROM tasks WHERE (b = ?) AND (tasks.id = ?)",
        ),
        (
            "WITH x AS (SELECT 1) SELECT id FROM tasks, x",
            "WITH x AS (SELECT 1) SELECT COUNT(*) AS count FROM tasks, x WHERE (id = ?)",
        ),
        (
            "SELECT DISTINCT id FROM tasks ORDER BY id",
            "SELECT COUNT(*) AS count FROM (SELECT DISTINCT id FROM tasks WHERE (tasks.id = ?)) AS counted",
        ),
        (
            "SELECT id, COUNT(*) AS n FROM tasks GROUP BY 1 HAVING n > :n",
            "SELECT COUNT(*) AS count FROM (SELECT id, COUNT(*) AS n FROM tasks WHERE (tasks.id = ?) GROUP BY 1 HAVING n > ?) AS counted",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(listing(MariaDb, text).count(&[Condition::Is(0, Compare::Equal)]).sql, expected);
    }
}

#[test]
fn result_columns_are_told_by_name() {
    let cases = [
        ("SELECT id, title AS t, COUNT(*), 1 x FROM tasks", "id=0.id t=0.title COUNT(*)! x!", true, true),
        (
            "SELECT * FROM tasks t",
            "id=0.id user_id=0.user_id title=0.title project_id=0.project_id end=0.end",
            true,
            true,
        ),
        (
            "SELECT p.*, t.title FROM tasks t, projects p",
            "id=1.id user_id=1.user_id name=1.name title=0.title",
            true,
            true,
        ),
        ("SELECT t.id, p.id, p.name FROM tasks t, projects p", "id=0.id name=1.name", true, false),
        ("SELECT name, title, id FROM tasks t, projects p", "name=1.name title=0.title id=0.id", true, true),
        ("SELECT * FROM other", "", false, false),
        ("SELECT id, o.x FROM tasks t, other o", "id? x?", true, true),
        ("SELECT * FROM tasks JOIN projects USING (id)", "", false, false),
        ("SELECT d.a, b FROM (SELECT 1 AS a, 2 AS b) d", "a? b?", true, true),
        ("SELECT * FROM (SELECT 1 AS a, 2 AS b) d", "a? b?", true, true),
    ];
    for (text, expected, whole, distinct) in cases {
        let listing = listing(MariaDb, text);
        let told: Vec<String> = listing
            .columns()
            .iter()
            .map(|column| match &column.content {
                Content::Stored(stored) => format!("{}={}.{}", column.name, stored.table, stored.column),
                Content::Column => format!("{}?", column.name),
                Content::Computed => format!("{}!", column.name),
            })
            .collect();
        assert_eq!(told.join(" "), expected, "{text}");
        assert_eq!((listing.facts().whole, listing.facts().distinct_names), (whole, distinct), "{text}");
    }
}

#[test]
fn an_own_order_is_understood_where_it_sorts_by_result_columns() {
    let cases = [
        ("", "none"),
        ("ORDER BY title", "1"),
        ("ORDER BY tasks.title DESC, id ASC", "-1 0"),
        ("ORDER BY t", "2"),
        ("ORDER BY n", "other, needs 3"),
        ("ORDER BY n + 1", "other, needs 3"),
        ("ORDER BY 2", "other, position"),
        ("ORDER BY user_id", "other"),
        ("ORDER BY title IS NULL, title", "other"),
        ("ORDER BY title COLLATE utf8mb4_bin", "other"),
    ];
    for (order, expected) in cases {
        let listing =
            listing(MariaDb, &format!("SELECT id, title, project_id AS t, 1 + 1 AS n FROM tasks {order}"));
        let facts = listing.facts();
        let mut told = match &facts.order {
            OwnOrder::None => "none".to_owned(),
            OwnOrder::Other => "other".to_owned(),
            OwnOrder::Columns(sorted) => {
                let told = sorted
                    .iter()
                    .map(|one| format!("{}{}", if one.descending { "-" } else { "" }, one.column));
                told.collect::<Vec<_>>().join(" ")
            }
        };
        if facts.order_needs == [3] {
            told += ", needs 3";
        }
        if facts.order_by_position {
            told += ", position";
        }
        assert_eq!(told, expected, "{order}");
    }
}

#[test]
fn facts_are_read_off_the_text() {
    let of = |text: &str| listing(MariaDb, text).facts().clone();
    assert!(of("SELECT DISTINCT id FROM tasks").distinct);
    assert!(of("SELECT COUNT(*) FROM tasks").aggregate);
    assert!(!of("SELECT COUNT(*) FROM tasks GROUP BY id").aggregate);
    assert!(of("SELECT id, COUNT(*) OVER () FROM tasks").window);
    assert!(!of("SELECT id, (SELECT COUNT(*) OVER () FROM projects LIMIT 1) FROM tasks").window);
    for ended in ["LIMIT 5", "FOR UPDATE", "LIMIT 5 OFFSET 2"] {
        assert!(of(&format!("SELECT id FROM tasks {ended}")).ended);
    }
    let group =
        of("SELECT t.id, name FROM tasks t, projects GROUP BY t.id, 2, title + 1 WITH ROLLUP").group.unwrap();
    let columns: Vec<String> =
        group.columns.iter().map(|stored| format!("{}.{}", stored.table, stored.column)).collect();
    assert_eq!((columns.join(" ").as_str(), group.plain, group.rollup), ("0.id 1.name", false, true));
}

#[test]
fn joins_tell_which_columns_they_equate() {
    let cases = [
        (
            "tasks t LEFT JOIN projects p ON p.id = t.project_id AND p.user_id = t.user_id",
            "1: id=0.project_id user_id=0.user_id",
        ),
        ("tasks t JOIN projects p ON (t.project_id = p.id)", "1: id=0.project_id"),
        ("tasks t JOIN projects p ON p.id = t.project_id OR 1", ""),
        ("tasks t JOIN projects p ON p.id > t.project_id", ""),
        ("tasks t RIGHT JOIN projects p ON p.id = t.project_id", ""),
        ("tasks t JOIN projects p USING (id)", ""),
        ("tasks t, projects p", ""),
        ("tasks t JOIN (projects p JOIN tasks u ON u.id = p.id) ON p.id = t.project_id", ""),
        ("tasks t JOIN projects p ON id = project_id", ""),
        (
            "projects p INNER JOIN tasks t ON t.project_id = p.id CROSS JOIN tasks u LEFT OUTER JOIN tasks v ON v.id = t.id",
            "1: project_id=0.id 3: id=1.id",
        ),
    ];
    for (from, expected) in cases {
        let listing = listing(MariaDb, &format!("SELECT 1 FROM {from}"));
        let told: Vec<String> = listing
            .facts()
            .joined
            .iter()
            .enumerate()
            .filter(|(_, pairs)| !pairs.is_empty())
            .map(|(index, pairs)| {
                let pairs =
                    pairs.iter().map(|(own, other)| format!("{own}={}.{}", other.table, other.column));
                format!("{index}: {}", pairs.collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(told.join(" "), expected, "{from}");
    }
}

#[test]
fn a_joined_filter_stays_in_force_whatever_is_added() {
    let statement =
        Statement::parse(MariaDb, Kind::Select, Source::Plain, "SELECT id FROM tasks WHERE a OR b").unwrap();
    let filter = Filter::parse(MariaDb, "c OR d").unwrap();
    let listing = statement.with_condition(&filter, &columns_of).unwrap().listing(&columns_of);
    let conditions = [Condition::Any(vec![Condition::Null(0), Condition::NotNull(0)])];
    let written = listing.select(&Shape { conditions: &conditions, ..Shape::default() });
    assert_eq!(
        written.sql,
        "SELECT id FROM tasks WHERE ((a OR b) AND (c OR d)) AND (tasks.id IS NULL OR tasks.id IS NOT NULL)"
    );
}
