//! `sogo app list`.

use serde::Serialize;

use super::survey::{self, DatabaseState, Databases, Seen};
use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::config::Severity;

#[derive(Debug, Serialize)]
struct Line {
    app: String,
    /// Whether the services can use it.
    usable: bool,
    hosts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<DatabaseState>,
    resources: Vec<String>,
    errors: usize,
    warnings: usize,
}

pub(super) fn run(context: &Context) {
    let (apps, others) = survey::read(&context.places.config);
    let databases = Databases::ask(context);
    let lines: Vec<Line> = apps.into_iter().map(|(name, seen)| line(name, &seen, &databases)).collect();
    if lines.is_empty() && context.print.for_people() {
        let config = context.places.config.display();
        context.print.note(&format!("there is no app in {config}; `sogo app new` makes one"));
    } else {
        context.print.show(&lines, || table(&lines));
    }
    for problem in others {
        context.print.note(&problem.headline());
    }
}

fn line(name: String, seen: &Seen, databases: &Databases) -> Line {
    let app = seen.app.as_ref();
    Line {
        app: name,
        usable: app.is_some(),
        hosts: app.into_iter().flat_map(|app| &app.hosts).map(|host| host.value.clone()).collect(),
        database: app.map(|app| databases.of(app)),
        resources: app.into_iter().flat_map(|app| app.queries.resources.keys().cloned()).collect(),
        errors: seen.count(Severity::Error),
        warnings: seen.count(Severity::Warning),
    }
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new(["APP", "HOSTS", "DATABASE", "STATE", "RESOURCES", "PROBLEMS"]);
    for line in lines {
        let problems = match (line.errors, line.warnings) {
            (0, 0) => String::new(),
            (errors, 0) => format!("{errors} errors"),
            (0, warnings) => format!("{warnings} warnings"),
            (errors, warnings) => format!("{errors} errors, {warnings} warnings"),
        };
        let database = line.database.as_ref();
        table.row([
            line.app.clone(),
            line.hosts.join(", "),
            database.map(|database| database.engine.to_owned()).unwrap_or_default(),
            database.map_or("unusable", |database| database.state).to_owned(),
            line.resources.join(", "),
            problems,
        ]);
    }
    table
}
