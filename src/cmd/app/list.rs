//! `sogo app list`.

use serde::Serialize;

use super::survey::{self, DatabaseState, Databases, Seen};
use crate::cmd::context::Context;
use crate::cmd::print::{Printer, Table};
use crate::cmd::watch::{self, Watch};
use crate::config::{Problem, Severity};
use crate::error::{Code, Error, Result};

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

/// What there is at one moment.
struct Listed {
    lines: Vec<Line>,
    /// Problems that are no app's.
    others: Vec<Problem>,
}

pub(super) fn run(context: &Context, watch: Watch) -> Result<()> {
    let config = &context.places.config;
    let look = || async {
        let databases = Databases::ask(context).await;
        let (apps, others) = survey::read(config);
        let lines: Vec<Line> = apps.into_iter().map(|(name, seen)| line(name, &seen, &databases)).collect();
        match others.iter().find(|problem| problem.is_error()) {
            // There may be apps in a folder that cannot be read.
            Some(problem) if lines.is_empty() => Err(Error::new(Code::Config, problem.headline())
                .hint("is it this installation? see --dir and --config")),
            _ => Ok(Listed { lines, others }),
        }
    };
    let show = |print: &Printer, Listed { lines, others }: &Listed| {
        if lines.is_empty() && print.for_people() {
            print.note(&format!("there is no app in {}; `sogo app new` makes one", config.display()));
        } else {
            print.show(lines, || table(lines));
        }
        for problem in others {
            print.note(&problem.headline());
        }
    };
    context.block_on(watch::show(context, watch, look, show)).map(drop)
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
