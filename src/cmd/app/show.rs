//! `sogo app show`: everything of one app on one page.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::survey::{self, DatabaseState, Databases, Seen};
use crate::cmd::apps;
use crate::cmd::context::Context;
use crate::cmd::print::{Table, escaped_lines};
use crate::cmd::text::duration_ms;
use crate::config::{self, App, Problem};
use crate::error::{Code, Error, Result};
use crate::services::gateway::explain;

/// Show everything of an app: hosts, database, sign-in, resources with their roles, mail, jobs, problems
///
/// Nothing secret is shown.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The app
    app: String,
}

#[derive(Debug, Serialize)]
struct Page {
    app: String,
    usable: bool,
    folder: PathBuf,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    usable_as: Option<Contents>,
    problems: Vec<Problem>,
}

/// What the files of an app say when they can be used.
#[derive(Debug, Serialize)]
struct Contents {
    version: String,
    hosts: Vec<String>,
    base_path: String,
    database: DatabaseState,
    auth: Auth,
    max_rows: u64,
    log_retention_days: u32,
    smtp: Option<Mail>,
    resources: Vec<Route>,
    emails: Vec<String>,
    jobs: Vec<Job>,
}

#[derive(Debug, Serialize)]
struct Auth {
    jwt_expiry_ms: u64,
    sign_in_by: Option<String>,
    sign_up: bool,
    password_min_length: Option<u32>,
    bcrypt_cost: Option<u32>,
    roles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Mail {
    server: String,
    from: String,
}

/// One verb of a resource and what each role has of it.
#[derive(Debug, Serialize)]
struct Route {
    method: String,
    path: String,
    does: String,
    filters: Vec<Filter>,
    source: String,
}

#[derive(Debug, Serialize)]
struct Filter {
    role: String,
    filter: String,
}

#[derive(Debug, Serialize)]
struct Job {
    name: String,
    schedule: String,
    enabled: bool,
}

pub(super) fn run(context: &Context, show: &Show) -> Result<()> {
    let (mut apps, _) = survey::read(&context.places.config);
    let Some(seen) = apps.remove(&show.app) else {
        return Err(apps::absent(context, &config::load(&context.places.config), &show.app));
    };
    let page = context.block_on(page(context, &show.app, seen))?;
    if context.print.for_people() {
        tell(context, &page);
    } else {
        context.print.value(&page);
    }
    if page.usable {
        return Ok(());
    }
    Err(Error::new(Code::Config, format!("the app `{}` cannot be used", show.app)))
}

async fn page(context: &Context, name: &str, seen: Seen) -> Result<Page> {
    let databases = Databases::ask(context).await;
    let contents = seen.app.as_ref().map(|app| contents(app, &databases));
    Ok(Page {
        app: name.to_owned(),
        usable: contents.is_some(),
        folder: context.places.config.join("apps").join(name),
        usable_as: contents,
        problems: seen.problems,
    })
}

fn contents(app: &App, databases: &Databases) -> Contents {
    let auth = app.queries.auth.as_ref();
    let resources: Vec<Route> = explain::routes(app).into_iter().map(route).collect();
    let mut roles: Vec<String> =
        resources.iter().flat_map(|route| &route.filters).map(|filter| filter.role.clone()).collect();
    roles.sort_unstable();
    roles.dedup();
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Contents {
        version: app.version.clone(),
        hosts: app.hosts.iter().map(|host| host.value.clone()).collect(),
        base_path: app.base_path.clone(),
        database: databases.of(app),
        auth: Auth {
            jwt_expiry_ms: millis(app.auth.jwt_expiry),
            sign_in_by: auth.map(|auth| auth.login.identifier.value.clone()),
            sign_up: auth.is_some_and(|auth| auth.register.is_some()),
            password_min_length: auth.map(|auth| auth.password.min_length),
            bcrypt_cost: auth.map(|auth| auth.password.cost),
            roles,
        },
        max_rows: app.max_rows,
        log_retention_days: app.logs.retention_days,
        smtp: app.smtp.as_ref().map(|smtp| Mail { server: smtp.way.name(), from: smtp.from.value.clone() }),
        resources,
        emails: app.emails.keys().cloned().collect(),
        jobs: app.cron.iter().flat_map(|cron| &cron.jobs).map(job).collect(),
    }
}

fn route(route: crate::services::gateway::api::RouteInfo) -> Route {
    let filters = route.filters.into_iter();
    Route {
        method: route.method,
        path: route.path,
        does: route.does,
        filters: filters.map(|of| Filter { role: of.role, filter: of.filter }).collect(),
        source: route.source,
    }
}

fn job(job: &config::Job) -> Job {
    Job { name: job.name.clone(), schedule: job.schedule.value.text().to_owned(), enabled: job.enabled }
}

fn tell(context: &Context, page: &Page) {
    let print = &context.print;
    let mut facts = Table::new(["APP", page.app.as_str()]);
    let mut fact = |name: &str, value: String| facts.row([name.to_owned(), value]);
    fact("folder", page.folder.display().to_string());
    if let Some(contents) = &page.usable_as {
        facts_of(contents, fact);
    }
    print.table(&facts);
    if let Some(contents) = &page.usable_as {
        print.heading("\nResources");
        print.table(&routes(&contents.resources));
        if !contents.jobs.is_empty() {
            print.heading("\nJobs");
            let mut jobs = Table::new(["JOB", "SCHEDULE", "ENABLED"]);
            for job in &contents.jobs {
                jobs.row([job.name.clone(), job.schedule.clone(), yes(job.enabled)]);
            }
            print.table(&jobs);
        }
    }
    if !page.problems.is_empty() {
        print.heading("\nProblems");
        for problem in &page.problems {
            print.text(&format!("{}\n", escaped_lines(&problem.to_string())));
        }
    }
}

fn facts_of(contents: &Contents, mut fact: impl FnMut(&str, String)) {
    let database = &contents.database;
    fact("version", contents.version.clone());
    fact("hosts", contents.hosts.join(", "));
    fact("base path", contents.base_path.clone());
    fact("database", format!("{} {}", database.engine, database.place));
    let why = database.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    fact("database is", format!("{}{why}", database.state));
    let auth = &contents.auth;
    fact(
        "signs in by",
        auth.sign_in_by.clone().unwrap_or_else(|| "nobody signs in: queries/auth.yaml is missing".to_owned()),
    );
    fact("sign-up", if auth.sign_up { "open" } else { "closed" }.to_owned());
    if let (Some(length), Some(cost)) = (auth.password_min_length, auth.bcrypt_cost) {
        fact("passwords", format!("{length} characters at least, bcrypt cost {cost}"));
    }
    fact("tokens last", duration_ms(auth.jwt_expiry_ms));
    fact("roles", auth.roles.join(", "));
    fact("rows at most", contents.max_rows.to_string());
    fact("logs are kept", format!("{} d", contents.log_retention_days));
    if let Some(smtp) = &contents.smtp {
        fact("sends mail", format!("as {} by {}", smtp.from, smtp.server));
    }
    fact("e-mails", contents.emails.join(", "));
}

fn routes(routes: &[Route]) -> Table {
    let mut table = Table::new(["METHOD", "PATH", "DOES", "WHO", "SOURCE"]);
    for route in routes {
        let who = route.filters.iter().map(|of| match of.filter.as_str() {
            "" => format!("{}: every row", of.role),
            filter => format!("{}: {filter}", of.role),
        });
        table.row([
            route.method.clone(),
            route.path.clone(),
            route.does.clone(),
            who.collect::<Vec<_>>().join("; "),
            route.source.clone(),
        ]);
    }
    table
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}
