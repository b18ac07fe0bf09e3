//! A sample app with its tables, for the tests of planning.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use super::caller::Caller;
use super::compile::{CompiledApp, compile};
use super::plan::{Demands, Input, PlannedAction, draft_of_me, plan};
use super::routes::{self, Route};
use super::words::Lang;
use crate::config::{self, App, Problem};
use crate::error::Error;
use crate::services::db::api::{Args, Column, Kind, Schema, Table};

/// The query files that are shipped with the sample app.
pub(super) const SHIPPED: &[(&str, &str)] = &[
    ("auth", include_str!("../../../config/apps/prokov/queries/auth.yaml")),
    ("projects", include_str!("../../../config/apps/prokov/queries/projects.yaml")),
    ("statuses", include_str!("../../../config/apps/prokov/queries/statuses.yaml")),
    ("tags", include_str!("../../../config/apps/prokov/queries/tags.yaml")),
    ("tasks", include_str!("../../../config/apps/prokov/queries/tasks.yaml")),
];

/// The contract's own `projects.yaml`, with `required`.
pub(super) const PROJECTS: &str = r#"
list:
  query: >
    SELECT id, name, description FROM projects
  filters:
    default: "user_id = :user_id"
    admin: ""
  order: "position ASC"
show:
  query: >
    SELECT id, name, description, created_at FROM projects WHERE id = :id
  filters:
    default: "user_id = :user_id"
    admin: ""
create:
  table: projects
  fields: [user_id, name, description, position]
  required: [name]
update:
  table: projects
  fields: [name, description, position]
  filters:
    default: "user_id = :user_id"
    admin: ""
delete:
  table: projects
  filters:
    default: "user_id = :user_id"
    admin: ""
"#;

/// Reads an app of these query files, by name without `.yaml`.
pub(super) fn app(queries: &[(&str, &str)]) -> Arc<App> {
    app_on("  host: 127.0.0.1\n  user: prokov\n  name: prokov", queries)
}

/// Reads an app on this database.
pub(super) fn app_on(database: &str, queries: &[(&str, &str)]) -> Arc<App> {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "0123456789abcdef0123456789abcdef").unwrap();
    let home = folder.path().join("apps/prokov");
    fs::create_dir_all(home.join("queries")).unwrap();
    let secret = secret.display();
    let yaml = format!(
        "app: prokov\nhosts: [prokov.example.com]\ndatabase:\n{database}\nauth: {{ jwt_secret_file: {secret} }}\n"
    );
    fs::write(home.join("app.yaml"), yaml).unwrap();
    for (name, text) in queries {
        fs::write(home.join("queries").join(name).with_extension("yaml"), text).unwrap();
    }
    let registry = config::load(folder.path());
    let errors: Vec<String> =
        registry.problems.iter().filter(|p| p.is_error()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    Arc::clone(registry.app("prokov").unwrap())
}

/// Makes tables of lines such as `projects: id int+, name varchar(150), note text?`.
///
/// Behind a type `?` stands for NULL, `+` for counting up, `=` for a default, `~` for computed.
pub(super) fn schema(tables: &[&str]) -> Schema {
    let tables = tables.iter().map(|line| table(line)).collect();
    Schema { engine: "mariadb".to_owned(), version: "10.11".to_owned(), tables }
}

fn table(line: &str) -> Table {
    let (name, columns) = line.split_once(": ").unwrap();
    Table {
        name: name.to_owned(),
        view: false,
        rows: 0,
        columns: columns.split(", ").map(column).collect(),
        primary: vec!["id".to_owned()],
        indexes: Vec::new(),
        foreign: Vec::new(),
    }
}

fn column(text: &str) -> Column {
    let (name, sql_type) = text.split_once(' ').unwrap();
    let has = |mark: char| sql_type.ends_with(mark);
    let sql_type = sql_type.trim_end_matches(['?', '+', '=', '~']);
    let (base, length) = sql_type.split_once('(').unwrap_or((sql_type, ""));
    let length = length.trim_end_matches(')').parse().ok();
    let kind = match base {
        "tinyint" if length == Some(1) => Kind::Bool,
        _ if sql_type.ends_with("unsigned") => Kind::Unsigned,
        "int" | "bigint" | "smallint" | "tinyint" => Kind::Int,
        "decimal" => Kind::Decimal,
        "double" => Kind::Float,
        "date" => Kind::Date,
        "datetime" => Kind::DateTime,
        "time" => Kind::Time,
        "json" => Kind::Json,
        "blob" | "varbinary" => Kind::Blob,
        "bit" => Kind::Bit,
        _ => Kind::Text,
    };
    Column {
        name: name.to_owned(),
        sql_type: sql_type.to_owned(),
        kind,
        nullable: has('?'),
        optional: has('?') || has('+') || has('='),
        auto: has('+'),
        generated: has('~'),
        max_length: length.filter(|_| matches!(kind, Kind::Text | Kind::Blob)),
    }
}

/// The tables of the sample app.
pub(super) fn tables() -> Schema {
    schema(&[
        "users: id int unsigned+, email varchar(190), password varchar(72), name varchar(100)=, role varchar(64)=",
        "statuses: id int unsigned+, name varchar(50), color char(7)=, position int=",
        "projects: id int unsigned+, user_id int unsigned, name varchar(150), description text?, position int=, \
         created_at datetime=",
        "tasks: id int unsigned+, user_id int unsigned, project_id int unsigned?, status_id int unsigned?, \
         title varchar(200), description text?, date_end date?, position int=",
        "tags: id int unsigned+, user_id int unsigned, name varchar(50), color char(7)=",
    ])
}

/// Makes an app ready, whatever is wrong with it.
pub(super) fn ready(queries: &[(&str, &str)]) -> (CompiledApp, Vec<Problem>) {
    compile(&app(queries), &tables())
}

/// User 3 in this role.
pub(super) fn user(role: &str) -> Caller {
    Caller {
        user_id: 3,
        role: role.to_owned(),
        email: "carol@example.com".to_owned(),
        name: "Carol".to_owned(),
    }
}

/// Plans a request, `GET /api/projects?x=1`, and tells the outcome in a line: the statement, its arguments, and the
/// fields left out; or what refuses it.
pub(super) fn told(app: &CompiledApp, role: &str, request: &str, body: &str) -> String {
    planned(app, role, request, body).unwrap_or_else(|error| refusal(&error))
}

/// Tells an error in a line.
pub(super) fn refusal(error: &Error) -> String {
    let mut line = format!("{} {}", error.code.outcome().http, error.code);
    for field in &error.fields {
        let _ = write!(line, "; {}: {}", field.field, field.message);
    }
    if error.fields.is_empty() {
        let _ = write!(line, "; {}", error.message);
    }
    if let Some(hint) = &error.hint {
        let _ = write!(line, "; {hint}");
    }
    line
}

fn planned(app: &CompiledApp, role: &str, request: &str, body: &str) -> Result<String, Error> {
    let (method, target) = request.split_once(' ').unwrap();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let caller = user(role);
    let input =
        Input { query, body: body.as_bytes(), max_depth: 64, lang: Lang::En, demands: Demands::default() };
    let route = routes::find(app, method, path).map_err(|no_route| no_route.error(Lang::En))?;
    let target = match route {
        Route::Resource(target) => target,
        Route::Me => return draft_of_me(app, &caller, &input).map(|draft| draft.sql.into_owned()),
        other => return Ok(format!("{other:?}")),
    };
    let plan = plan(app, &target, &caller, &input)?;
    let (sql, args) = match plan.action {
        PlannedAction::Query(action) => (action.query, action.args),
        PlannedAction::Page(page) => (page.rows.query, page.rows.args),
        PlannedAction::QueryOne(action) => (action.query, action.args),
        PlannedAction::Insert(action) => (action.query, action.args),
        PlannedAction::Update(action) => (action.query, action.args),
        PlannedAction::Delete(action) => (action.query, action.args),
        PlannedAction::Write(action) => {
            let references: Vec<String> = (action.references.iter())
                .map(|known| format!(" {}: {} {}", known.field, known.query, json(&known.args)))
                .collect();
            (format!("{}{}", action.query, references.concat()), action.args)
        }
    };
    let ignored =
        if plan.ignored.is_empty() { String::new() } else { format!(" -{}", plan.ignored.join(",")) };
    Ok(format!("{sql} {}{ignored}", json(&args)))
}

/// Returns arguments as JSON.
pub(super) fn json(args: &Args) -> String {
    serde_json::to_string(args).unwrap()
}
