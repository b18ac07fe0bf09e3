//! Lists with parameters, and the statements they become.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::super::super::compile::CompiledApp;
use super::super::super::routes::{self, Route};
use super::super::super::sample::{ready, refusal, told, user};
use super::super::super::words::Lang;
use super::super::{Demands, Input, PageAnswer, PlannedAction, plan};
use crate::error::Error;

/// Tasks with a column of every sort.
const TASKS: &str = r#"
list:
  query: >
    SELECT t.id, t.title AS name, t.date_end, t.position, t.status_id, p.name AS project, 1 + 1 AS two
    FROM tasks t LEFT JOIN projects p ON p.id = t.project_id
    WHERE (:q IS NULL OR t.title = :q)
  filters: { default: "t.user_id = :user_id OR t.user_id = 0", admin: "" }
  order: "t.position, t.id DESC"
show:
  query: SELECT id, title, 1 AS one FROM tasks WHERE id = :id
"#;

/// What stands before the conditions.
const HEAD: &str = "SELECT t.id, t.title AS name, t.date_end, t.position, t.status_id, p.name AS project, 1 + 1 AS two \
                    FROM tasks t LEFT JOIN projects p ON p.id = t.project_id WHERE";

fn resource(yaml: &str) -> CompiledApp {
    let (app, problems) = ready(&[("r", yaml)]);
    assert!(!problems.iter().any(crate::config::Problem::is_error), "{problems:?}");
    app
}

fn list(query: &str) -> CompiledApp {
    resource(&format!("list:\n  query: {query}\nunfiltered: true\n"))
}

fn cursor(json: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

#[test]
fn parameters_become_conditions_an_order_and_a_part() {
    let app = resource(TASKS);
    let with = |conditions: &str, order: &str, args: &str| {
        let own = "(((? IS NULL OR t.title = ?)) AND (t.user_id = ? OR t.user_id = 0))";
        format!("{HEAD} {own}{conditions} ORDER BY {order} [null,null,3{args}]")
    };
    let plain = |order: &str, args: &str| {
        let own = "(:q IS NULL OR t.title = :q)".replace(":q", "?");
        format!("{HEAD} ({own}) AND (t.user_id = ? OR t.user_id = 0) ORDER BY {order} [null,null,3{args}]")
    };
    let own = "t.position, t.id DESC";
    let cases = [
        ("", plain(own, "")),
        ("_=7", plain(own, "")),
        ("sort=-name", plain("t.title DESC, t.id", "")),
        ("sort=-id,name", plain("t.id DESC, t.title", "")),
        ("sort=date_end", plain("NULLIF(t.date_end, 0), t.id", "")),
        ("page=1", plain("t.position, t.id DESC LIMIT ?", ",51")),
        ("page=3&per_page=10", plain("t.position, t.id DESC LIMIT ? OFFSET ?", ",11,20")),
        ("limit=10&offset=5", plain("t.position, t.id DESC LIMIT ? OFFSET ?", ",11,5")),
        ("offset=0", plain("t.position, t.id DESC LIMIT ?", ",51")),
        ("status_id=2", with(" AND (t.status_id = ?)", own, ",2")),
        (
            "status_id[ne]=2&id[ne]=1",
            with(" AND (t.status_id <> ? OR t.status_id IS NULL) AND (t.id <> ?)", own, ",2,1"),
        ),
        (
            "date_end%5Bgte%5D=2026-01-01&date_end[lt]=2026-12-31",
            with(" AND (t.date_end >= ?) AND (t.date_end < ?)", own, ",\"2026-01-01\",\"2026-12-31\""),
        ),
        ("id[in]=1,2,3", with(" AND (t.id IN (?, ?, ?))", own, ",1,2,3")),
        ("name[like]=a%25", with(" AND (t.title LIKE ?)", own, ",\"a%\"")),
        ("project[null]=true", with(" AND (p.name IS NULL)", own, "")),
        ("date_end[null]=false", with(" AND (t.date_end > 0)", own, "")),
        (
            "date_end[null]=true&position[gt]=1&page=2&per_page=5&sort=name",
            with(
                " AND ((t.date_end IS NULL OR t.date_end = 0)) AND (t.position > ?)",
                "t.title, t.id LIMIT ? OFFSET ?",
                ",1,6,5",
            ),
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(told(&app, "default", &format!("GET /api/r?{query}"), ""), expected, "{query}");
    }
    let admin = told(&app, "admin", "GET /api/r?q=x&id=1", "");
    assert_eq!(
        admin,
        format!("{HEAD} ((? IS NULL OR t.title = ?)) AND (t.id = ?) ORDER BY {own} [\"x\",\"x\",1]")
    );
}

#[test]
fn fields_narrow_what_is_selected() {
    let app = resource(TASKS);
    let own =
        "FROM tasks t LEFT JOIN projects p ON p.id = t.project_id WHERE (? IS NULL OR t.title = ?) ORDER BY";
    for (request, expected) in [
        ("/api/r?fields=two,name", format!("SELECT 1 + 1 AS two, t.title AS name {own} t.position, t.id DESC [null,null]")),
        ("/api/r?fields=id&sort=-project", format!("SELECT t.id {own} p.name DESC, t.id [null,null]")),
        ("/api/r/7?fields=title", "SELECT title FROM tasks WHERE (id = ?) AND (user_id = ?) [7,3]".to_owned()),
        ("/api/r/7?fields=titel", "400 BAD_REQUEST; `fields` names `titel`, which the list has not; did you mean `title`? columns: id, title, one".to_owned()),
        ("/api/r/7?page=1", "400 BAD_REQUEST; Unknown parameter `page`; known parameters: fields".to_owned()),
        ("/api/r?fields=", "400 BAD_REQUEST; `fields` names ``, which the list has not; columns: id, name, date_end, position, status_id, project, two".to_owned()),
        ("/api/r?fields=id,id", "400 BAD_REQUEST; `fields` names `id` twice".to_owned()),
    ] {
        assert_eq!(told(&app, "admin", &format!("GET {request}"), ""), expected, "{request}");
    }
    for (query, fields, expected) in [
        (
            "SELECT id, id + 1 AS n FROM tasks ORDER BY n",
            "id",
            "400 BAD_REQUEST; `fields` must name what the list is sorted by: n; or give `sort`",
        ),
        ("SELECT id, id + 1 AS n FROM tasks ORDER BY n", "n", "SELECT id + 1 AS n FROM tasks ORDER BY n []"),
        (
            "SELECT id, id + 1 AS n FROM tasks ORDER BY n",
            "id&sort=id",
            "SELECT id FROM tasks ORDER BY tasks.id []",
        ),
        ("SELECT * FROM tags", "name,id", "SELECT tags.`name`, tags.`id` FROM tags []"),
        ("SELECT id, title FROM tasks LIMIT 3", "title", "SELECT title FROM tasks LIMIT 3 []"),
    ] {
        assert_eq!(
            told(&list(query), "default", &format!("GET /api/r?fields={fields}"), ""),
            expected,
            "{query}"
        );
    }
    for query in [
        "SELECT DISTINCT user_id, title FROM tasks",
        "SELECT user_id, COUNT(*) AS n FROM tasks GROUP BY user_id",
        "SELECT MAX(id) AS a, COUNT(*) AS id FROM tasks",
        "SELECT user_id, id FROM tasks ORDER BY 2",
    ] {
        let outcome = told(&list(query), "default", "GET /api/r?fields=user_id,id", "");
        assert!(outcome.starts_with("400 BAD_REQUEST"), "{query}: {outcome}");
    }
}

#[test]
fn what_is_no_parameter_of_the_list_is_refused_with_what_is() {
    let app = resource(TASKS);
    let known = "known parameters: q, page, per_page, limit, offset, after, sort, fields, count, id, name, date_end, \
                 position, status_id, project; [eq], [ne], [lt], [lte], [gt], [gte], [in], [like], [null]";
    let columns = "columns: id, name, date_end, position, status_id, project, two";
    let number = "a whole number is expected";
    let cases = [
        ("titel=1", format!("400 BAD_REQUEST; Unknown parameter `titel`; {known}")),
        ("statusid=1", format!("400 BAD_REQUEST; Unknown parameter `statusid`; did you mean `status_id`? {known}")),
        ("per_pag=1", format!("400 BAD_REQUEST; Unknown parameter `per_pag`; did you mean `per_page`? {known}")),
        ("user_id=1", format!("400 BAD_REQUEST; Unknown parameter `user_id`; {known}")),
        ("t.id=1", format!("400 BAD_REQUEST; Unknown parameter `t.id`; {known}")),
        ("ID=1", format!("400 BAD_REQUEST; Unknown parameter `ID`; did you mean `id`? {known}")),
        ("q[lt]=1", format!("400 BAD_REQUEST; Unknown parameter `q[lt]`; did you mean `q`? {known}")),
        ("id=1&id=2", "400 BAD_REQUEST; The parameter `id` is given twice".to_owned()),
        ("id[LT]=1", "400 BAD_REQUEST; `id[LT]`: there is no such operator; operators: eq, ne, lt, lte, gt, gte, in, like, null".to_owned()),
        ("id[]=1", "400 BAD_REQUEST; `id[]`: there is no such operator; operators: eq, ne, lt, lte, gt, gte, in, like, null".to_owned()),
        ("two=2", "400 BAD_REQUEST; `two` does not filter this list: it is computed".to_owned()),
        ("sort=two", "400 BAD_REQUEST; this list is not sorted by `two`: it is computed".to_owned()),
        ("sort=", format!("400 BAD_REQUEST; `sort` names ``, which the list has not; {columns}")),
        ("sort=id,-nam", format!("400 BAD_REQUEST; `sort` names `nam`, which the list has not; did you mean `name`? {columns}")),
        ("sort=id,-id", "400 BAD_REQUEST; `sort` names `id` twice".to_owned()),
        ("sort=id;DROP", format!("400 BAD_REQUEST; `sort` names `id;DROP`, which the list has not; {columns}")),
        ("page=1&limit=2", "400 BAD_REQUEST; `page` and `limit` exclude each other".to_owned()),
        ("per_page=1&offset=2", "400 BAD_REQUEST; `per_page` and `offset` exclude each other".to_owned()),
        ("page=1&after=x", "400 BAD_REQUEST; `page` and `after` exclude each other".to_owned()),
        ("after=x", "400 BAD_REQUEST; `after` is no cursor of this list; take that of `meta.after` in the answer before, as it is".to_owned()),
        ("id=x", format!("422 VALIDATION; id: {number}")),
        ("id=1%20or%201=1", format!("422 VALIDATION; id: {number}")),
        ("id[in]=1,,2", format!("422 VALIDATION; id[in]: {number}")),
        ("id[like]=1", "422 VALIDATION; id[like]: `like` compares texts, and this column is none".to_owned()),
        ("id[null]=1", "422 VALIDATION; id[null]: true or false is expected".to_owned()),
        ("count=yes", "422 VALIDATION; count: true or false is expected".to_owned()),
        ("page=0", "422 VALIDATION; page: a whole number from 1 to 184467440737095516 is expected".to_owned()),
        ("page=+1", "422 VALIDATION; page: a whole number from 1 to 184467440737095516 is expected".to_owned()),
        ("per_page=10001", "422 VALIDATION; per_page: a whole number from 1 to 10000 is expected".to_owned()),
        ("limit=0", "422 VALIDATION; limit: a whole number from 1 to 10000 is expected".to_owned()),
        ("offset=-1", "422 VALIDATION; offset: a whole number from 0 to 9223372036854775807 is expected".to_owned()),
        (
            "date_end[lte]=2026-02-30&id=x&per_page=x",
            format!(
                "422 VALIDATION; date_end[lte]: a date is expected, YYYY-MM-DD; id: {number}; per_page: a whole number \
                 from 1 to 10000 is expected"
            ),
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(told(&app, "default", &format!("GET /api/r?{query}"), ""), expected, "{query}");
    }
    let many = (0..101).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let outcome = told(&app, "default", &format!("GET /api/r?id[in]={many}"), "");
    assert_eq!(outcome, "422 VALIDATION; id[in]: too many values, at most 100");
    assert_eq!(
        told(&app, "default", "DELETE /api/r/1?id=2", ""),
        "405 METHOD_NOT_ALLOWED; Method not allowed; possible methods: GET, HEAD"
    );
}

#[test]
fn a_placeholder_is_never_a_parameter_of_lists() {
    let app = list("SELECT id, name FROM tags WHERE name <> :name LIMIT :limit");
    for (query, expected) in [
        ("name=x&limit=3", "SELECT id, name FROM tags WHERE name <> ? LIMIT ? [\"x\",3]"),
        ("limit=x", "422 VALIDATION; limit: a whole number is expected"),
        (
            "limit=3&page=1",
            "400 BAD_REQUEST; `page`: this list has no pages: the list limits its rows itself",
        ),
        ("count=true", "400 BAD_REQUEST; `count`: this list has no pages: the list limits its rows itself"),
        ("id=3", "400 BAD_REQUEST; `id` does not filter this list: the list limits its rows itself"),
        ("sort=id", "400 BAD_REQUEST; this list is not sorted by `id`: the list limits its rows itself"),
        ("fields=id", "SELECT id FROM tags WHERE name <> ? LIMIT ? [null,null]"),
        ("x=1", "400 BAD_REQUEST; Unknown parameter `x`; known parameters: name, limit, fields"),
    ] {
        assert_eq!(told(&app, "default", &format!("GET /api/r?{query}"), ""), expected, "{query}");
    }
}

#[test]
fn a_list_that_adds_rows_up_is_filtered_by_what_it_groups_by() {
    let grouped = "SELECT p.id, p.name, t.status_id, COUNT(t.id) AS n FROM projects p LEFT JOIN tasks t ON t.project_id = p.id";
    let cases = [
        (format!("{grouped} GROUP BY p.id"), "name=a", "WHERE (p.name = ?) GROUP BY p.id [\"a\"]"),
        (
            format!("{grouped} GROUP BY p.id"),
            "status_id=1",
            "does not filter this list: the list adds up rows that differ in it",
        ),
        (format!("{grouped} GROUP BY p.id"), "n=1", "does not filter this list: it is computed"),
        (
            format!("{grouped} GROUP BY p.name, 3 HAVING n > 1"),
            "status_id=1",
            "WHERE (t.status_id = ?) GROUP BY p.name, 3 HAVING n > 1 [1]",
        ),
        (format!("{grouped} GROUP BY p.name, 3"), "id=1", "the list adds up rows that differ in it"),
        (format!("{grouped} GROUP BY p.id WITH ROLLUP"), "id=1", "the list adds up its rows"),
        (format!("{grouped} GROUP BY p.id WITH ROLLUP"), "page=1", "the list adds up its rows"),
        (
            format!("{grouped} GROUP BY p.id"),
            "page=2",
            "GROUP BY p.id ORDER BY p.id LIMIT ? OFFSET ? [51,50]",
        ),
        (
            "SELECT id, COUNT(*) OVER () AS n FROM tasks".to_owned(),
            "id=1",
            "a column of the list is computed over several rows",
        ),
        ("SELECT id, COUNT(*) AS n FROM tasks".to_owned(), "id=1", "the list adds up its rows"),
        ("SELECT DISTINCT user_id FROM tasks".to_owned(), "user_id=1", "WHERE (tasks.user_id = ?) [1]"),
        (
            "SELECT id FROM (SELECT id FROM tasks) d".to_owned(),
            "id=1",
            "its type is not known, it comes from a subquery",
        ),
        ("SELECT id FROM (SELECT id FROM tasks) d".to_owned(), "sort=-id", "ORDER BY id DESC []"),
    ];
    for (query, parameters, expected) in cases {
        let outcome =
            told(&list(&format!("\"{query}\"")), "default", &format!("GET /api/r?{parameters}"), "");
        assert!(outcome.ends_with(expected), "{query} {parameters}: {outcome}");
    }
}

/// Plans a page and answers it with these rows.
fn answered(
    app: &CompiledApp,
    query: &str,
    rows: &str,
    more: bool,
    count: Option<u64>,
) -> Result<PageAnswer, Error> {
    let Ok(Route::Resource(target)) = routes::find(app, "GET", "/api/r") else { panic!("no such route") };
    let input =
        Input { query: Some(query), body: b"", max_depth: 8, lang: Lang::En, demands: Demands::default() };
    match plan(app, &target, &user("default"), &input)?.action {
        PlannedAction::Page(page) => page.page.answer("/api/r", rows.as_bytes(), more, count),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn a_page_says_where_it_stands_and_leads_on() {
    let app = list("SELECT id FROM tags");
    let key = cursor(r#"{"s":["id"],"v":[7]}"#);
    let rows = r#"[{"id":5},{"id":7}]"#;
    let cases = [
        (
            "per_page=2",
            true,
            None,
            format!(r#"{{"page":1,"per_page":2,"more":true,"after":"{key}"}}"#),
            r#"</api/r?per_page=2&page=1>; rel="first", </api/r?per_page=2&page=2>; rel="next""#.to_owned(),
        ),
        (
            "page=3&id[gt]=1&per_page=2&_=9&count=true",
            false,
            Some(6),
            r#"{"page":3,"per_page":2,"more":false,"count":6}"#.to_owned(),
            r#"</api/r?id[gt]=1&per_page=2&count=true&page=1>; rel="first", </api/r?id[gt]=1&per_page=2&count=true&page=2>; rel="prev", </api/r?id[gt]=1&per_page=2&count=true&page=3>; rel="last""#.to_owned(),
        ),
        (
            "offset=3&limit=2",
            true,
            None,
            format!(r#"{{"limit":2,"offset":3,"more":true,"after":"{key}"}}"#),
            r#"</api/r?limit=2&offset=0>; rel="first", </api/r?limit=2&offset=1>; rel="prev", </api/r?limit=2&offset=5>; rel="next""#.to_owned(),
        ),
        (
            "after=eyJzIjpbImlkIl0sInYiOls3XX0",
            true,
            None,
            format!(r#"{{"per_page":50,"more":true,"after":"{key}"}}"#),
            format!(r#"</api/r?per_page=50>; rel="first", </api/r?per_page=50&after={key}>; rel="next""#),
        ),
    ];
    for (query, more, count, meta, link) in cases {
        let answer = answered(&app, query, rows, more, count).unwrap();
        assert_eq!((answer.meta, answer.link.unwrap_or_default()), (meta, link), "{query}");
    }
    let answer = answered(&app, "count=true", "[]", false, Some(0)).unwrap();
    assert_eq!(answer, PageAnswer { meta: r#"{"count":0}"#.to_owned(), link: None });
}

#[test]
fn a_cursor_begins_behind_the_row_that_it_was_made_of() {
    let app = resource(TASKS);
    let sql = |sort: &str, json: &str| {
        let outcome = told(&app, "admin", &format!("GET /api/r?per_page=2{sort}&after={}", cursor(json)), "");
        match outcome.split_once("WHERE ((? IS NULL OR t.title = ?)) AND ") {
            Some((_, rest)) => rest.to_owned(),
            None => outcome,
        }
    };
    let own = "ORDER BY t.position, t.id DESC LIMIT ?";
    let cases = [
        (
            "",
            r#"{"s":["position","-id"],"v":[3,7]}"#,
            format!("(t.position > ? OR (t.position = ? AND t.id < ?)) {own} [null,null,3,3,7,3]"),
        ),
        (
            "&sort=position,-id",
            r#"{"s":["position","-id"],"v":["3","7"]}"#,
            format!("(t.position > ? OR (t.position = ? AND t.id < ?)) {own} [null,null,3,3,7,3]"),
        ),
        (
            "&sort=-date_end",
            r#"{"s":["-date_end","id"],"v":["2026-01-02",7]}"#,
            "((t.date_end < ? OR (t.date_end IS NULL OR t.date_end = 0)) OR (t.date_end = ? AND t.id > ?)) \
             ORDER BY NULLIF(t.date_end, 0) DESC, t.id LIMIT ? [null,null,\"2026-01-02\",\"2026-01-02\",7,3]"
                .to_owned(),
        ),
        (
            "&sort=-date_end",
            r#"{"s":["-date_end","id"],"v":[null,7]}"#,
            "((1 = 0) OR ((t.date_end IS NULL OR t.date_end = 0) AND t.id > ?)) \
             ORDER BY NULLIF(t.date_end, 0) DESC, t.id LIMIT ? [null,null,7,3]"
                .to_owned(),
        ),
        (
            "&sort=project",
            r#"{"s":["project","id"],"v":[null,7]}"#,
            "(p.name IS NOT NULL OR (p.name IS NULL AND t.id > ?)) ORDER BY p.name, t.id LIMIT ? [null,null,7,3]".to_owned(),
        ),
    ];
    for (sort, json, expected) in cases {
        assert_eq!(sql(sort, json), expected, "{sort} {json}");
    }
    let wrong = "400 BAD_REQUEST; `after` is no cursor of this list; take that of `meta.after` in the answer before, as it is";
    for json in [
        "",
        "{}",
        "[]",
        r#"{"s":["id"],"v":[]}"#,
        r#"{"s":["id"],"v":[1,2]}"#,
        r#"{"s":["id"],"v":["1 or 1=1"]}"#,
        r#"{"s":["id"],"v":[[1]]}"#,
        r#"{"s":["id"],"v":[1],"x":1}"#,
        r#"{"s":["user_id","id"],"v":[1,1]}"#,
        r#"{"s":["two","id"],"v":[1,1]}"#,
        r#"{"s":["id; DROP TABLE tasks"],"v":[1]}"#,
    ] {
        assert_eq!(sql("", json), wrong, "{json}");
    }
    let lacking_its_key = sql("", r#"{"s":["name"],"v":["a"]}"#);
    assert_eq!(lacking_its_key, "400 BAD_REQUEST; `after` comes from another sort; its own is sort=name");
    let other = sql("&sort=-id", r#"{"s":["id"],"v":[1]}"#);
    assert_eq!(other, "400 BAD_REQUEST; `after` comes from another sort; its own is sort=id");
    let hidden = sql("&fields=name&sort=id", r#"{"s":["id"],"v":[1]}"#);
    assert_eq!(hidden, "400 BAD_REQUEST; `fields` must name what the list is sorted by: id; or give `sort`");
}

#[test]
fn a_list_without_a_total_order_has_no_cursors_and_says_why() {
    let after = cursor(r#"{"s":["id"],"v":[1]}"#);
    let join = "SELECT t.id, t.title FROM tasks t LEFT JOIN tags g ON g.user_id = t.user_id";
    let cases = [
        (join.to_owned(), Some("nothing in this list tells each row from all others")),
        (join.replace("t.title", "t.title, g.id AS tag"), None),
        (join.replace("g.user_id", "g.id"), None),
        (join.replace("g.user_id = t.user_id", "g.id = t.user_id OR 1"), Some("tells each row")),
        ("SELECT title AS id FROM tasks".to_owned(), Some("tells each row")),
        ("SELECT id FROM (SELECT id FROM tasks) d".to_owned(), Some("tells each row")),
        ("SELECT id, COUNT(*) OVER () AS n FROM tasks".to_owned(), Some("computed over several rows")),
        ("SELECT user_id AS id, COUNT(*) AS n FROM tasks GROUP BY user_id".to_owned(), None),
        ("SELECT DISTINCT user_id AS id FROM tasks".to_owned(), None),
    ];
    for (query, expected) in cases {
        let app = list(&query);
        let outcome = told(&app, "default", &format!("GET /api/r?after={after}"), "");
        match expected {
            Some(expected) => {
                assert!(outcome.starts_with("400") && outcome.contains(expected), "{query}: {outcome}");
            }
            // A longer key makes it the cursor of another order, which still is an order.
            None => {
                assert!(
                    !outcome.starts_with("400") || outcome.contains("another sort"),
                    "{query}: {outcome}"
                );
            }
        }
        let page = answered(&app, "per_page=1", r#"[{"id":1,"tag":2}]"#, true, None).unwrap();
        assert_eq!(page.meta.contains("after"), expected.is_none(), "{query}: {}", page.meta);
    }
}

#[test]
fn a_value_that_no_cursor_can_hold_stops_whoever_follows_cursors() {
    let app = list("SELECT id, title FROM tasks");
    let rows = format!(r#"[{{"id":1,"title":"{}"}}]"#, "é".repeat(201));
    let by_page = answered(&app, "per_page=1&sort=title", &rows, true, None).unwrap();
    assert!(!by_page.meta.contains("after"));
    let after = cursor(r#"{"s":["title","id"],"v":["a",1]}"#);
    let error = answered(&app, &format!("per_page=1&after={after}"), &rows, true, None).unwrap_err();
    assert!(refusal(&error).contains("too long for a cursor"), "{}", refusal(&error));
}

#[test]
fn a_list_is_counted_with_its_filters() {
    let app = resource(TASKS);
    let Ok(Route::Resource(target)) = routes::find(&app, "GET", "/api/r") else { panic!("no such route") };
    let after = cursor(r#"{"s":["id"],"v":[1]}"#);
    let query = format!("count=true&status_id=2&sort=id&per_page=5&after={after}");
    let input =
        Input { query: Some(&query), body: b"", max_depth: 8, lang: Lang::En, demands: Demands::default() };
    let PlannedAction::Page(page) = plan(&app, &target, &user("default"), &input).unwrap().action else {
        panic!()
    };
    let count = page.count.unwrap();
    assert_eq!(
        format!("{} {}", count.query, super::super::super::sample::json(&count.args)),
        "SELECT COUNT(*) AS count FROM tasks t LEFT JOIN projects p ON p.id = t.project_id \
         WHERE (((? IS NULL OR t.title = ?)) AND (t.user_id = ? OR t.user_id = 0)) AND (t.status_id = ?) [null,null,3,2]"
    );
    for (query, expected) in [
        ("SELECT DISTINCT t.id, p.id FROM tasks t, projects p", "400 BAD_REQUEST; this list is not counted"),
        ("SELECT t.id, p.id FROM tasks t, projects p", "SELECT t.id, p.id"),
    ] {
        let outcome = told(&list(query), "default", "GET /api/r?count=true", "");
        assert!(outcome.starts_with(expected), "{query}: {outcome}");
    }
}
