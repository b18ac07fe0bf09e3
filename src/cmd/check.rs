//! `sogo check`: everything that is wrong with the configuration, at once.

mod jobs;

use std::sync::Arc;

use clap::Args;

use super::context::{Context, client};
use super::print::escaped_lines;
use crate::config::{self, App, Problem, Severity};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::services::cron::service_job;
use crate::services::db::api::{Health, HealthReply, HostRole, Introspect, Prepare, Request};
use crate::services::gateway::compile::{self, Final};
use crate::services::gateway::static_files;
use crate::template::Templates;

/// Tell everything that is wrong with the configuration
///
/// Nothing is changed and nothing needs to run; with --live sogoms-db has to.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo check
  sogo check --config /config --live
  sogo check -o json

The exit code is 9 when something is an error; warnings alone do no harm.")]
pub(super) struct Check {
    /// Look at the tables as well, and have each app's database prepare every statement
    #[arg(long)]
    live: bool,
}

pub(super) fn run(context: &Context, check: &Check) -> Result<()> {
    let config = &context.places.config;
    let apps = config::load(config).apps;
    let mut problems = config::check(config);
    problems.extend(apps.iter().flat_map(|app| beside_its_api(app)));
    let mut outcome = Ok(());
    if check.live {
        outcome = context.block_on(live(context, &apps, &mut problems));
    } else {
        problems.extend(apps.iter().flat_map(|app| compile::check(app)));
    }
    show(context, &problems, apps.len());
    outcome?;
    let errors = count(&problems, Severity::Error);
    if errors == 0 {
        return Ok(());
    }
    Err(Error::new(Code::Config, summary(errors, count(&problems, Severity::Warning))))
}

/// Returns what is wrong with an app beside what reading its files told, as far as that is known without its database.
pub(super) fn offline(app: &App) -> Vec<Problem> {
    beside_its_api(app).chain(compile::check(app)).collect()
}

/// Checks the files of its front end, its e-mail templates, and the services that its jobs ask.
fn beside_its_api(app: &App) -> impl Iterator<Item = Problem> {
    let (_, of_templates) = Templates::of(app);
    let of_front_end = static_files::check(app).into_iter().map(|problem| problem.app(&*app.name));
    of_front_end.chain(of_templates).chain(service_job::problems(app))
}

/// Checks each app against its database; ends early only when sogoms-db itself does not answer.
async fn live(context: &Context, apps: &[Arc<App>], problems: &mut Vec<Problem>) -> Result<()> {
    let db = client(&context.places.socket("sogoms-db", 1));
    let mut outcome = Ok(());
    for app in apps {
        match &outcome {
            Ok(()) => outcome = against_database(&db, app, problems).await,
            Err(_) => problems.extend(compile::check(app)),
        }
    }
    if outcome.is_ok() {
        tell_hosts(context, &db.call(Health {}).await?);
    }
    outcome.map_err(|error| {
        error.hint("--live needs sogoms-db: start it with `sogo ctl run`, or check without --live")
    })
}

/// Tells which of an app's servers answered, where there are several.
fn tell_hosts(context: &Context, health: &HealthReply) {
    for app in health.apps.iter().filter(|app| 1 < app.hosts.len()) {
        for host in app.hosts.iter().filter(|host| host.role == HostRole::Primary && host.up) {
            context.print.note(&format!("{}: {} answered", app.app, host.address));
        }
        for host in &app.hosts {
            if let Some(error) = &host.error {
                context.print.note(&format!("{}: {} ({}): {error}", app.app, host.address, host.role.name()));
            }
        }
    }
}

async fn against_database(db: &Client<Request>, app: &App, problems: &mut Vec<Problem>) -> Result<()> {
    let schema = match db.call(Introspect { app_id: app.name.clone(), tables: None }).await {
        Ok(schema) => schema,
        Err(error) => {
            problems.extend(compile::check(app));
            if error.code == Code::Unavailable {
                return Err(error);
            }
            let at = app.database.at();
            problems.push(because(Problem::error(at, error.message.clone()), error).app(app.name.clone()));
            return Ok(());
        }
    };
    let (compiled, found) = compile::compile(app, &schema);
    problems.extend(found);
    jobs::check(db, app, problems).await?;
    for Final { at, purpose, sql } in compiled.finals(app) {
        let prepare = Prepare { app_id: app.name.clone(), query: sql };
        match db.call(prepare).await {
            Ok(_) => {}
            Err(error) if error.code == Code::Unavailable => return Err(error),
            Err(error) => {
                let message = format!("the database refuses the {purpose}: {}", error.message);
                problems.push(because(Problem::error(&at, message), error).app(app.name.clone()));
            }
        }
    }
    Ok(())
}

fn because(problem: Problem, error: Error) -> Problem {
    match error.hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn show(context: &Context, problems: &[Problem], apps: usize) {
    if !context.print.for_people() {
        return context.print.value(&problems);
    }
    for problem in problems {
        context.print.text(&format!("{}\n\n", escaped_lines(&problem.to_string())));
    }
    match (count(problems, Severity::Error), count(problems, Severity::Warning)) {
        (0, 0) => context.print.line(&format!("no problems in {}", many(apps, "app"))),
        (0, warnings) => {
            context.print.line(&format!("{} in {}", many(warnings, "warning"), many(apps, "app")));
        }
        _ => {}
    }
}

fn count(problems: &[Problem], severity: Severity) -> usize {
    problems.iter().filter(|problem| problem.severity == severity).count()
}

fn summary(errors: usize, warnings: usize) -> String {
    if warnings == 0 {
        many(errors, "error")
    } else {
        format!("{} and {}", many(errors, "error"), many(warnings, "warning"))
    }
}

/// Returns a count and what is counted: `1 app`, `2 apps`.
pub(super) fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_english() {
        for (errors, warnings, text) in [
            (1, 0, "1 error"),
            (2, 0, "2 errors"),
            (1, 1, "1 error and 1 warning"),
            (3, 2, "3 errors and 2 warnings"),
        ] {
            assert_eq!(summary(errors, warnings), text);
        }
    }
}
