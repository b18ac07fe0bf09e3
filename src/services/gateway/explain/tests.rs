//! Explanations, as an operator reads them.

use super::super::sample::{PROJECTS, app, tables, user};
use super::*;
use crate::services::gateway::compile::compile;

const TASKS: &str = "
list:
  query: >
    SELECT t.id, (SELECT COUNT(*) FROM statuses) AS n FROM tasks t
    WHERE (:project_id IS NULL OR t.project_id = :project_id)
create: { table: tasks, fields: [title] }
show: { query: SELECT id FROM tasks WHERE user_id = :user_id AND id = :id }
";

/// Tells an explanation, a stage a line.
fn told(method: &str, path: &str, role: Option<&str>, body: Option<Json>) -> String {
    let app = app(&[
        ("tasks", TASKS),
        ("projects", PROJECTS),
        ("statuses", "list: { query: SELECT id FROM statuses }\nunfiltered: true"),
    ]);
    let (compiled, _) = compile(&app, &tables());
    let request = Explain {
        app: "prokov".to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        user_id: None,
        user: None,
        role: None,
        body,
        run: false,
    };
    let caller = role.map(user);
    let Explained { explanation, refusal } =
        explain(&app, &compiled, &request, caller.as_ref(), 64, Lang::En);
    assert_eq!(explanation.status, refusal.map(|error| error.code.outcome().http));
    let mut lines: Vec<String> = Vec::new();
    for Stage { stage, decision, source } in explanation.stages {
        let source = source.map(|source| format!(" ({source})")).unwrap_or_default();
        lines.push(format!("{stage}: {decision}{source}"));
    }
    lines.extend(explanation.sql.map(|sql| format!("sql: {sql}")));
    for Argument { name, value, kind, from } in explanation.arguments {
        lines.push(format!("{name} = {value} {kind} {from}"));
    }
    lines.join("\n")
}

#[test]
fn an_explanation_tells_who_sees_what_and_why() {
    let list = "\
app: prokov (apps/prokov/app.yaml:1)
user: 3
role: default
resource: tasks: list (apps/prokov/queries/tasks.yaml:2)
filter: user_id = :user_id, automatic: nothing says otherwise
tables: tasks; in subqueries, not covered by the filter: statuses
sql: SELECT t.id, (SELECT COUNT(*) FROM statuses) AS n FROM tasks t WHERE ((? IS NULL OR t.project_id = ?)) AND (user_id = ?)
project_id = 2 unsigned query
project_id = 2 unsigned query
user_id = 3 unsigned token";
    assert_eq!(told("get", "/api/tasks?project_id=2", Some("default"), None), list);
    let cases = [
        ("/api/tasks", "default", "project_id = null unsigned absent"),
        ("/api/tasks/7", "admin", "filter: user_id = :user_id, by the statement itself\n"),
        ("/api/tasks/7", "admin", "id = 7 unsigned path"),
        (
            "/api/projects",
            "admin",
            "filter: none: the role has every row (apps/prokov/queries/projects.yaml:7)\n",
        ),
        ("/api/projects", "x", "filter: user_id = :user_id (apps/prokov/queries/projects.yaml:6)\n"),
        ("/api/statuses", "x", "filter: none: `unfiltered: true` (apps/prokov/queries/statuses.yaml)\n"),
        ("/api/nothing", "x", "refused: 404 NOT_FOUND: Not found"),
        ("/api/tasks/x", "x", "refused: 404 NOT_FOUND: Not found"),
        (
            "/api/tasks?project_id=x&a=1",
            "x",
            "refused: 400 BAD_REQUEST: Unknown parameter `a` (known parameters: project_id, page, per_page, ",
        ),
        (
            "/api/tasks?project_id=x",
            "x",
            "refused: 422 VALIDATION: Invalid parameters (project_id: a whole number is expected)",
        ),
    ];
    for (path, role, expected) in cases {
        let told = told("GET", path, Some(role), None);
        assert!(told.contains(expected), "{path}\n{told}");
    }
}

#[test]
fn writes_and_refusals_are_explained_too() {
    let create =
        told("POST", "/api/tasks", Some("default"), Some(serde_json::json!({"title": "x", "id": 1})));
    let end = "\
tables: tasks
ignored: id
sql: INSERT INTO `tasks` (`user_id`, `title`) VALUES (?, ?)
user_id = 3 unsigned token
title = \"x\" text body";
    assert!(create.ends_with(end), "{create}");
    let nobody = told("GET", "/api/tasks", None, None);
    assert!(nobody.ends_with("user: nobody\nrefused: 401 UNAUTHORIZED: Sign-in required"), "{nobody}");
    let wrong = told("DELETE", "/api/tasks", Some("x"), None);
    assert!(wrong.contains("refused: 405 METHOD_NOT_ALLOWED"), "{wrong}");
}

#[test]
fn routes_are_listed_without_the_database() {
    let auth =
        "login:\n  identifier: email\n  query: SELECT id, email, password FROM users WHERE email = :email";
    let routes = routes(&app(&[("auth", auth), ("projects", PROJECTS), ("tasks", TASKS)]));
    let told: Vec<String> = routes
        .iter()
        .map(|route| {
            let filter = |f: &RoleFilter| format!("{}={}", f.role, f.filter);
            let filters: Vec<String> = route.filters.iter().map(filter).collect();
            format!("{} {} {} {} {}", route.method, route.path, route.does, route.source, filters.join(" | "))
        })
        .collect();
    let projects = "apps/prokov/queries/projects.yaml";
    let both = "default=user_id = :user_id | admin=";
    let expected = [
        "POST /api/auth/login login apps/prokov/queries/auth.yaml:1 ".to_owned(),
        "POST /api/auth/logout logout apps/prokov/queries/auth.yaml:1 ".to_owned(),
        format!("GET /api/projects list {projects}:2 {both}"),
        format!("GET /api/projects/{{id}} show {projects}:9 {both}"),
        format!("POST /api/projects create {projects}:15 {both}"),
        format!("PUT /api/projects/{{id}} update {projects}:19 {both}"),
        format!("DELETE /api/projects/{{id}} delete {projects}:25 {both}"),
        "GET /api/tasks list apps/prokov/queries/tasks.yaml:2 default=user_id = :user_id".to_owned(),
        "GET /api/tasks/{id} show apps/prokov/queries/tasks.yaml:7 default=user_id = :user_id".to_owned(),
        "POST /api/tasks create apps/prokov/queries/tasks.yaml:6 default=user_id = :user_id".to_owned(),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_operator_is_told_why_there_is_no_such_path() {
    for (path, expected) in [
        ("/tasks", "resource: none: the paths of this app begin with /api/"),
        ("/api/task", "resource: none is called `task`; there are: projects, statuses, tasks"),
        ("/api/tasks/7/x", "resource: none: `tasks` has no such path"),
        ("/api/tasks/x", "id: `x` can be the id of no row"),
    ] {
        let told = told("GET", path, Some("default"), None);
        let lines: Vec<&str> = told.lines().collect();
        let [.., why, refused] = lines[..] else { panic!("{told}") };
        assert_eq!((why, refused), (expected, "refused: 404 NOT_FOUND: Not found"));
    }
}
