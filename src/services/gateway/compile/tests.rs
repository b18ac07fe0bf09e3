//! Query files, and what is told about them.

use super::super::sample::{PROJECTS, SHIPPED, app, app_on, ready, tables, told};
use super::{check, compile};
use crate::config::Problem;

/// Tells a problem as `line:column severity message`.
fn line(problem: &Problem) -> String {
    let (line, column) = (problem.line.unwrap_or(0), problem.column.unwrap_or(0));
    format!("{line}:{column} {}: {}", problem.severity, problem.message)
}

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(line).collect()
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let cases: &[(&str, &[&str])] = &[
        ("list:\n  query: DELETE FROM projects", &["2:10 error: this must be a SELECT, and is a DELETE"]),
        (
            "list:\n  query: SELECT id FROM projects\n  filters:\n    default: \"user_id = :user_id; --\"\n    admin: \"(1\"",
            &["4:35 error: a filter holds", "5:13 error: "],
        ),
        (
            "list:\n  query: SELECT id FROM projects\n  filters: { default: \"usr_id = :user_id\" }",
            &["3:33 error: the filter names `usr_id`, which projects has not"],
        ),
        (
            "list:\n  query: SELECT id FROM statuses",
            &["1:1 error: rows are filtered by `user_id = :user_id`, and statuses has no `user_id`"],
        ),
        (
            "list:\n  query: SELECT id FROM projects WHERE id = :project\n  params: { projet: int }",
            &["1:1 warning: `params` names `projet`, which nothing here uses"],
        ),
        (
            "list:\n  query: SELECT id AS user_id FROM statuses",
            &["1:1 error: rows are filtered by `user_id = :user_id`, and statuses has no `user_id`"],
        ),
        (
            "create: { table: statuses, fields: [name] }",
            &["1:1 error: rows belong to their `user_id`, and `statuses` has no such column"],
        ),
        (
            "update: { table: statuses, fields: [name] }\ndelete: { table: statuses }",
            &[
                "1:1 error: rows are filtered by `user_id = :user_id`, and statuses has no `user_id`",
                "2:1 error: rows are filtered by `user_id = :user_id`, and statuses has no `user_id`",
            ],
        ),
        ("create: { table: project, fields: [name] }", &["1:18 error: the database has no table `project`"]),
        (
            "create: { table: projects, fields: [nme, discription] }",
            &[
                "1:37 error: the table `projects` has no column `nme`",
                "1:42 error: the table `projects` has no column `discription`",
            ],
        ),
        (
            "delete: { table: projects, key: uuid }",
            &["1:33 error: the table `projects` has no column `uuid`"],
        ),
        (
            "list:\n  query: SELECT id FROM projects WHERE id = ?",
            &["2:45 error: `?` stands beside named placeholders"],
        ),
        (
            "show:\n  query: SELECT id FROM projects",
            &["2:10 warning: this answers the same row whatever the id of the path"],
        ),
        (
            "list:\n  query: SELECT id FROM projects WHERE LENGTH(name) > :length",
            &["2:55 warning: nothing tells the type of `:length`, so it is bound as text"],
        ),
        (
            "list:\n  query: SELECT id FROM projects\n  filters: { default: \"position = :team\" }",
            &["3:35 warning: the client chooses `:team`, so this filter protects nothing by it"],
        ),
        (
            "list:\n  query: SELECT id FROM projects ORDER BY id\n  order: name",
            &["3:10 error: the statement has an ORDER BY of its own"],
        ),
        (
            "list: { query: SELECT id FROM statuses }\ncreate: { table: statuses, fields: [name] }\n\
             update: { table: statuses, fields: [name] }\ndelete: { table: statuses }\nunfiltered: true",
            &[
                "3:1 warning: `unfiltered: true` lets every signed-in user change every row",
                "4:1 warning: `unfiltered: true` lets every signed-in user delete every row",
            ],
        ),
        (
            "create: { table: tasks, fields: [project_id], filters: { default: \"project_id IN (SELECT id FROM \
             projects WHERE user_id = :user_id)\" } }",
            &[
                "1:67 warning: this filter equates no column of a new row with a value of the token",
                "1:1 warning: a new row of `tasks` needs `user_id`, `title`, which `fields` does not list",
            ],
        ),
    ];
    for (yaml, expected) in cases {
        let (_, problems) = ready(&[("r", yaml)]);
        let told = lines(&problems);
        assert_eq!(told.len(), expected.len(), "{yaml}\n{told:#?}");
        for (told, expected) in told.iter().zip(*expected) {
            assert!(told.starts_with(expected), "{yaml}\n{told}");
        }
        assert!(problems.iter().all(|problem| problem.app.as_deref() == Some("prokov")));
    }
}

#[test]
fn without_the_database_only_what_the_files_tell_is_told() {
    let cases: &[(&str, &[&str])] = &[
        ("list:\n  query: SELECT id FROM nowhere", &[]),
        ("list:\n  query: SELECT a.id FROM a JOIN b ON b.x = a.x WHERE a.y = :y", &[]),
        ("list:\n  query: SELECT owner AS user_id FROM a", &[]),
        (
            "list:\n  query: SELECT x FROM a JOIN (SELECT * FROM b) AS c",
            &["1:1 error: it cannot be told whose column user_id is"],
        ),
        ("create: { table: nowhere, fields: [x] }\nupdate: { table: nowhere, fields: [x] }", &[]),
        (
            "list:\n  query: SELECT id FROM a UNION SELECT id FROM b",
            &["2:27 error: a condition cannot be joined to"],
        ),
        ("list:\n  query: SELECT id FROM a WHERE (b = 1", &["2:33 error: this ( is never closed"]),
        (
            "list:\n  query: SELECT id FROM a WHERE LENGTH(b) > :n",
            &["2:45 warning: nothing tells the type of `:n`, so it is bound as text"],
        ),
        ("list:\n  query: SELECT id FROM a WHERE LENGTH(b) > :n\n  params: { n: int }", &[]),
    ];
    for (yaml, expected) in cases {
        let told = lines(&check(&app(&[("r", yaml)])));
        assert_eq!(told.len(), expected.len(), "{yaml}\n{told:#?}");
        for (told, expected) in told.iter().zip(*expected) {
            assert!(told.starts_with(expected), "{yaml}\n{told}");
        }
    }
    assert!(check(&app(&[("projects", PROJECTS)])).is_empty());
}

#[test]
fn a_sign_in_that_could_not_work_is_told() {
    let auth = |query: &str, rest: &str| format!("login:\n  identifier: email\n  query: {query}\n{rest}");
    let good = "SELECT * FROM users WHERE email = :email";
    let cases = [
        (auth(good, ""), ""),
        (
            auth("SELECT id, email FROM users WHERE email = :email", ""),
            "3:10 error: the query of a sign-in must select `password`",
        ),
        (auth("SELECT * FROM users", ""), "3:10 error: the query of a sign-in does not ask for `:email`"),
        (
            auth("SELECT * FROM users WHERE email = :email AND id = :user_id", ""),
            "3:60 error: nothing gives `:user_id` a value while a user signs in",
        ),
        (
            auth(good, "me: { query: SELECT id FROM users }"),
            "4:14 error: nothing here says that the row is that of the user who asks",
        ),
        (auth(good, "me: { query: SELECT id FROM users WHERE email = :email }"), ""),
        (
            auth(
                good,
                "register: { table: users, fields: [email, password, role], required: [email, password] }",
            ),
            "4:53 warning: who signs up may choose a role, `admin` too",
        ),
    ];
    for (yaml, expected) in cases {
        let (_, problems) = ready(&[("auth", &yaml)]);
        assert_eq!(lines(&problems).join("\n"), expected, "{yaml}");
    }
}

#[test]
fn sqlite_has_its_own_row_of_defaults() {
    let yaml = "create: { table: statuses, fields: [color], filters: { default: \"\" } }";
    let (app, _) = compile(&app_on("  driver: sqlite\n  path: data.db", &[("r", yaml)]), &tables());
    assert_eq!(told(&app, "default", "POST /api/r", "{}"), "INSERT INTO `statuses` DEFAULT VALUES []");
}

#[test]
fn bytes_are_written_through_their_digits() {
    let app = app(&[(
        "r",
        "create: { table: files, fields: [body] }\nupdate: { table: files, fields: [body] }\nunfiltered: true",
    )]);
    let schema = super::super::sample::schema(&["files: id int+, body blob?"]);
    let (app, _) = compile(&app, &schema);
    let body = r#"{"body":"3q2+7w=="}"#;
    let insert = told(&app, "default", "POST /api/r", body);
    assert_eq!(insert, "INSERT INTO `files` (`body`) VALUES (UNHEX(?)) [\"DEADBEEF\"]");
    let update = told(&app, "default", "PUT /api/r/1", body);
    assert_eq!(update, "UPDATE `files` SET `body` = UNHEX(?) WHERE `id` = ? [\"DEADBEEF\",1]");
}

#[test]
fn nothing_is_wrong_with_what_is_shipped() {
    assert_eq!(lines(&check(&app(SHIPPED))), Vec::<String>::new());
    let (app, problems) = ready(SHIPPED);
    assert_eq!(lines(&problems), Vec::<String>::new());
    let tasks = told(&app, "default", "GET /api/tasks?project_id=2", "");
    let end = "WHERE ((? IS NULL OR t.project_id = ?)) AND (t.user_id = ?) ORDER BY t.position ASC, t.id ASC [2,2,3]";
    assert!(tasks.ends_with(end), "{tasks}");
}
