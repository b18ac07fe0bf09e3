//! Requests, and the statements they become.

use super::super::compile::CompiledApp;
use super::super::sample::{PROJECTS, ready, told};

/// Checks what each request, by its role and with its body, becomes.
fn check(app: &CompiledApp, cases: &[(&str, &str, &str, &str)]) {
    for (role, request, body, expected) in cases {
        assert_eq!(told(app, role, request, body), *expected, "{role} {request} {body}");
    }
}

fn projects() -> CompiledApp {
    let (app, problems) = ready(&[("projects", PROJECTS)]);
    assert!(problems.is_empty(), "{problems:?}");
    app
}

/// Makes one resource ready, `r`, whatever is warned of.
fn resource(yaml: &str) -> CompiledApp {
    let (app, problems) = ready(&[("r", yaml)]);
    assert!(!problems.iter().any(crate::config::Problem::is_error), "{problems:?}");
    app
}

#[test]
fn the_contracts_resource_is_read_by_its_owner_and_by_admins() {
    let list = "SELECT id, name, description FROM projects WHERE (user_id = ?) ORDER BY position ASC [3]";
    let all = "SELECT id, name, description FROM projects ORDER BY position ASC []";
    let show =
        "SELECT id, name, description, created_at FROM projects WHERE (id = ?) AND (user_id = ?) [7,3]";
    let any = "SELECT id, name, description, created_at FROM projects WHERE id = ? [7]";
    let delete = "DELETE FROM `projects` WHERE (`id` = ?) AND (user_id = ?) [7,3]";
    check(
        &projects(),
        &[
            ("default", "GET /api/projects", "", list),
            ("editor", "GET /api/projects?_=17", "", list),
            ("admin", "GET /api/projects", "", all),
            ("default", "HEAD /api/projects/7", "", show),
            ("default", "GET /api/projects/%37", "", show),
            ("admin", "GET /api/projects/7", "", any),
            ("default", "DELETE /api/projects/7", "a body means nothing here", delete),
            ("admin", "DELETE /api/projects/7", "", "DELETE FROM `projects` WHERE `id` = ? [7]"),
        ],
    );
}

#[test]
fn an_id_that_cannot_be_one_is_not_found() {
    let app = projects();
    let ids = [
        "1%20or%201=1",
        "1f9f",
        "%00",
        "1%00",
        "1111111111111111111111111111111111111111",
        "1.0",
        "01",
        "+1",
        "-0",
        "0x1",
        "%20",
        "%ff",
        "%zz",
        "%2",
        "null",
        "1;DROP",
        "--1",
        "é",
    ];
    for id in ids {
        for method in ["GET", "PUT", "DELETE"] {
            let outcome = told(&app, "default", &format!("{method} /api/projects/{id}"), r#"{"name":"x"}"#);
            assert_eq!(outcome, "404 NOT_FOUND; Not found", "{method} {id}");
        }
    }
    // These are whole numbers; that no row has them is for the database to say.
    for id in ["-1", "0", "9223372036854775807", "18446744073709551615"] {
        let outcome = told(&app, "admin", &format!("DELETE /api/projects/{id}"), "");
        assert_eq!(outcome, format!("DELETE FROM `projects` WHERE `id` = ? [{id}]"));
    }
}

#[test]
fn a_filter_is_closed_by_default() {
    let only = |query: &str, rest: &str| resource(&format!("list:\n  query: {query}\n{rest}"));
    let seed = "SELECT id FROM projects WHERE (user_id = ?) [3]";
    let cases = [
        ("SELECT id FROM projects", "", seed),
        ("SELECT id FROM projects", "  filters: { admin: \"\" }", seed),
        ("SELECT id FROM projects", "  filters: { default: \"\" }", "SELECT id FROM projects []"),
        ("SELECT id FROM projects", "unfiltered: true", "SELECT id FROM projects []"),
        (
            "SELECT id FROM projects",
            "  filters: { default: \"name <> 'x'\" }\nunfiltered: true",
            "SELECT id FROM projects WHERE (name <> 'x') []",
        ),
        (
            "SELECT id FROM projects WHERE user_id = :user_id AND id > 1",
            "",
            "SELECT id FROM projects WHERE user_id = ? AND id > 1 [3]",
        ),
        (
            "SELECT id FROM projects WHERE user_id = :user_id OR id > 1",
            "",
            "SELECT id FROM projects WHERE (user_id = ? OR id > 1) AND (user_id = ?) [3,3]",
        ),
        (
            "SELECT t.id FROM tasks t JOIN projects p ON p.id = t.project_id",
            "",
            "SELECT t.id FROM tasks t JOIN projects p ON p.id = t.project_id WHERE (t.user_id = ?) [3]",
        ),
        (
            "SELECT id FROM projects",
            "  filters: { default: \"user_id = :user_id OR name = :email OR description = :role\" }",
            "SELECT id FROM projects WHERE (user_id = ? OR name = ? OR description = ?) \
             [3,\"carol@example.com\",\"default\"]",
        ),
    ];
    for (query, rest, expected) in cases {
        assert_eq!(told(&only(query, rest), "default", "GET /api/r", ""), expected);
    }
}

#[test]
fn parameters_are_typed_by_what_they_are_compared_with() {
    let app = resource(
        r"
list:
  query: >
    SELECT id, title FROM tasks WHERE (:project_id IS NULL OR project_id = :project_id)
    AND (:since IS NULL OR date_end >= :since) AND (:title IS NULL OR title = :title) LIMIT :most
  params: { since: date }
unfiltered: true
",
    );
    let sql = "SELECT id, title FROM tasks WHERE (? IS NULL OR project_id = ?) AND (? IS NULL OR date_end >= ?) AND \
               (? IS NULL OR title = ?) LIMIT ?";
    let known = "known parameters: project_id, since, title, most, fields";
    let cases = [
        ("", format!("{sql} [null,null,null,null,null,null,null]")),
        ("project_id=2&most=10", format!("{sql} [2,2,null,null,null,null,10]")),
        (
            "since=2024-02-29&title=0",
            format!("{sql} [null,null,\"2024-02-29\",\"2024-02-29\",\"0\",\"0\",null]"),
        ),
        ("title=a+b%2Bc%C3%A9&", format!("{sql} [null,null,null,null,\"a b+cé\",\"a b+cé\",null]")),
        ("project_id=2%20or%201=1", "422 VALIDATION; project_id: a whole number is expected".to_owned()),
        ("project_id=", "422 VALIDATION; project_id: a whole number is expected".to_owned()),
        (
            "project_id=x&since=2023-02-29&title=%00",
            "422 VALIDATION; project_id: a whole number is expected; since: a date is expected, YYYY-MM-DD; \
             title: holds a character that is not allowed"
                .to_owned(),
        ),
        ("title=%ff", "400 BAD_REQUEST; The query string is not percent-encoded UTF-8".to_owned()),
        ("title=a&title=b", "400 BAD_REQUEST; The parameter `title` is given twice".to_owned()),
        ("projet=1", format!("400 BAD_REQUEST; Unknown parameter `projet`; {known}")),
        ("user_id=4", format!("400 BAD_REQUEST; Unknown parameter `user_id`; {known}")),
    ];
    for (query, expected) in cases {
        assert_eq!(told(&app, "default", &format!("GET /api/r?{query}"), ""), expected, "{query}");
    }
    let many: Vec<String> = (0..300).map(|number| format!("p{number}=1")).collect();
    let outcome = told(&app, "default", &format!("GET /api/r?{}", many.join("&")), "");
    assert_eq!(outcome, "400 BAD_REQUEST; Too many parameters, at most 200");
    let outcome = told(&projects(), "default", "GET /api/projects/1?x=1", "");
    assert_eq!(outcome, "400 BAD_REQUEST; Unknown parameter `x`; known parameters: fields");
}

#[test]
fn a_new_row_is_its_makers() {
    let own = "INSERT INTO `projects` (`user_id`, `name`) VALUES (?, ?) [3,\"Jardin\"]";
    check(
        &projects(),
        &[
            ("default", "POST /api/projects", r#"{"name":"Jardin"}"#, own),
            ("default", "POST /api/projects", r#"{"name":"Jardin","user_id":4}"#, &format!("{own} -user_id")),
            (
                "default",
                "POST /api/projects",
                r#"{"USER_ID":[],"name":"Jardin"}"#,
                &format!("{own} -USER_ID"),
            ),
            ("admin", "POST /api/projects", r#"{"name":"Jardin"}"#, own),
            (
                "admin",
                "POST /api/projects",
                r#"{"name":"Jardin","user_id":"4"}"#,
                "INSERT INTO `projects` (`name`, `user_id`) VALUES (?, ?) [\"Jardin\",4]",
            ),
            (
                "default",
                "POST /api/projects",
                r#"{"id":9,"created_at":"2024-01-01T00:00:00","name":"Jardin","description":null,"position":2}"#,
                "INSERT INTO `projects` (`user_id`, `name`, `description`, `position`) VALUES (?, ?, ?, ?) \
                 [3,\"Jardin\",null,2] -id,created_at",
            ),
            (
                "default",
                "POST /api/projects?x=1",
                "{}",
                "400 BAD_REQUEST; Unknown parameter `x`; no parameter is known here",
            ),
        ],
    );
}

#[test]
fn ownership_of_a_new_row_comes_from_the_nearest_filter() {
    let cases = [
        ("create: { table: projects, fields: [name] }", "(`user_id`, `name`) VALUES (?, ?) [3,\"x\"]"),
        (
            "create: { table: projects, fields: [name], filters: { default: \"description = :email\" } }\n\
             update: { table: projects, fields: [name] }",
            "(`description`, `name`) VALUES (?, ?) [\"carol@example.com\",\"x\"]",
        ),
        (
            "create: { table: projects, fields: [name] }\n\
             update: { table: projects, fields: [name], filters: { default: \"(description = :role)\" } }",
            "(`description`, `name`) VALUES (?, ?) [\"default\",\"x\"]",
        ),
        (
            "create: { table: projects, fields: [name] }\n\
             list: { query: SELECT p.id FROM projects p, filters: { default: \"p.user_id = :user_id\" } }",
            "(`user_id`, `name`) VALUES (?, ?) [3,\"x\"]",
        ),
        (
            "create: { table: projects, fields: [name] }\n\
             list: { query: SELECT p.id FROM projects p WHERE p.position = :user_id }",
            "(`position`, `name`) VALUES (?, ?) [3,\"x\"]",
        ),
        // Who sees a row is one thing, whose name it is made in another.
        (
            "create: { table: projects, fields: [name, user_id] }\nunfiltered: true",
            "(`user_id`, `name`) VALUES (?, ?) [3,\"x\"]",
        ),
    ];
    for (yaml, expected) in cases {
        let outcome = told(&resource(yaml), "default", "POST /api/r", r#"{"name":"x"}"#);
        assert_eq!(outcome, format!("INSERT INTO `projects` {expected}"), "{yaml}");
    }
    let shared = "create: { table: statuses, fields: [color], filters: { default: \"\" } }";
    let (app, _) = ready(&[("r", shared)]);
    assert_eq!(told(&app, "default", "POST /api/r", "{}"), "INSERT INTO `statuses` () VALUES () []");
}

#[test]
fn a_change_keeps_the_owner() {
    let head = "UPDATE `projects` SET `name` = ? WHERE (`id` = ?) AND (user_id = ?) [\"x\",7,3]";
    check(
        &projects(),
        &[
            ("default", "PUT /api/projects/7", r#"{"name":"x"}"#, head),
            ("default", "PATCH /api/projects/7", r#"{"name":"x"}"#, head),
            (
                "admin",
                "PUT /api/projects/7",
                r#"{"position":1,"description":null}"#,
                "UPDATE `projects` SET `position` = ?, `description` = ? WHERE `id` = ? [1,null,7]",
            ),
            (
                "default",
                "PUT /api/projects/7",
                r#"{"id":8,"name":"x","user_id":3}"#,
                &format!("{head} -id,user_id"),
            ),
            ("default", "PUT /api/projects/7", r#"{"name":"x","user_id":"3"}"#, &format!("{head} -user_id")),
            (
                "default",
                "PUT /api/projects/7",
                r#"{"name":"x","user_id":4}"#,
                "422 VALIDATION; user_id: this field cannot be changed",
            ),
            (
                "default",
                "PUT /api/projects/7",
                r#"{"User_Id":4,"naem":"x","position":"a","name":null}"#,
                "422 VALIDATION; User_Id: this field cannot be changed; naem: unknown field; did you mean `name`?; \
                 position: a whole number is expected; name: cannot be null",
            ),
            (
                "default",
                "PUT /api/projects/7",
                "{}",
                "422 VALIDATION; No field to change; possible fields: name, description, position",
            ),
            (
                "default",
                "PUT /api/projects/7",
                r#"{"id":7}"#,
                "422 VALIDATION; No field to change; possible fields: name, description, position",
            ),
        ],
    );
}

#[test]
fn a_key_may_have_another_name_and_type() {
    let app = resource(
        "show: { query: SELECT email FROM users WHERE email = :id, filters: { default: \"id = :user_id\" } }\n\
         delete: { table: users, key: email, filters: { default: \"id = :user_id\" } }",
    );
    check(
        &app,
        &[
            (
                "default",
                "GET /api/r/0",
                "",
                "SELECT email FROM users WHERE (email = ?) AND (id = ?) [\"0\",3]",
            ),
            (
                "default",
                "DELETE /api/r/a%2Fb",
                "",
                "DELETE FROM `users` WHERE (`email` = ?) AND (id = ?) [\"a/b\",3]",
            ),
            ("default", "DELETE /api/r/%00", "", "404 NOT_FOUND; Not found"),
        ],
    );
}

#[test]
fn a_body_that_is_wrong_is_told_field_by_field() {
    let cases = [
        ("", "400 BAD_REQUEST; The body is empty, a JSON object is expected"),
        ("name=x", "400 BAD_REQUEST; The body is not JSON (line 1, column 2)"),
        ("[]", "400 BAD_REQUEST; The body must be a JSON object"),
        (r#"{"name":"a","name":"b"}"#, "400 BAD_REQUEST; The field `name` is given twice"),
        ("{}", "422 VALIDATION; name: required"),
        (r#"{"name":null}"#, "422 VALIDATION; name: required"),
        (r#"{"name":5}"#, "422 VALIDATION; name: a text is expected"),
        (r#"{"name":"a\u0000"}"#, "422 VALIDATION; name: holds a character that is not allowed"),
        (r#"{"name":"\ud800"}"#, "422 VALIDATION; name: holds a character that is not allowed"),
        (
            r#"{"nme":"x","zzz":1,"position":1.5}"#,
            "422 VALIDATION; nme: unknown field; did you mean `name`?; zzz: unknown field; position: a whole number \
             is expected; name: required",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(told(&projects(), "default", "POST /api/projects", body), expected, "{body}");
    }
    let many: Vec<String> = (0..10_000).map(|number| format!("\"x{number}\":1")).collect();
    let outcome = told(&projects(), "default", "POST /api/projects", &format!("{{{}}}", many.join(",")));
    assert_eq!(outcome.matches("unknown field").count(), 20);
}

#[test]
fn what_cannot_be_made_ready_answers_that_and_the_rest_works() {
    let (app, problems) = ready(&[(
        "r",
        "list: { query: SELECT id FROM statuses }\nshow: { query: SELECT id FROM projects WHERE id = :id }",
    )]);
    assert_eq!(problems.len(), 1);
    let outcome = told(&app, "default", "GET /api/r", "");
    assert!(outcome.starts_with("500 CONFIG; This resource is misconfigured"), "{outcome}");
    assert!(told(&app, "default", "GET /api/r/1", "").starts_with("SELECT"));
}
