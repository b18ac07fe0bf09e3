//! `sogo app new`: the folder of a new app, from the tables of its database.

mod tables;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use self::tables::Becomes;
use crate::cmd::check;
use crate::cmd::context::Context;
use crate::cmd::database_address::{self, Address};
use crate::cmd::databases::call;
use crate::cmd::files::{self, NewFolder};
use crate::cmd::installation::{cannot, database_section, random_secret, starter};
use crate::cmd::print::{Table, escaped_lines};
use crate::config::{self, App, Candidate, Database, Problem, Registry};
use crate::error::{Code, Error, Result};
use crate::ipc::Handle;
use crate::services::db::api::{self, Introspect, Prepare, Schema};
use crate::services::db::{Db, run_script};

/// Make the folder of a new app from the tables of its database
///
/// Each table with a column user_id becomes a resource in which every user has their own rows; the others are named, and
/// closed until somebody writes a file for them. An empty database gets tables for users and notes to begin with. The
/// secrets are made, for their owner alone. Nothing runs yet: the last lines tell how to go on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo app new shop --host shop.example.com
  sogo app new shop --host shop.example.com --database /srv/shop/shop.db
  sogo app new shop --host shop.example.com --database @address.txt   # mysql://shop:PASSWORD@127.0.0.1/shop
  sogo app new shop --host shop.example.com --host www.shop.example.com --from orders,invoices")]
pub(super) struct New {
    /// Name of the app: a-z, 0-9, `_` and `-`
    name: String,
    /// Host name that the app answers to
    #[arg(long = "host", value_name = "HOST", required = true)]
    hosts: Vec<String>,
    /// sqlite, the path of an SQLite file, mysql://user@host[:port]/database, or @FILE with such an address and a password
    #[arg(long, value_name = "DATABASE", default_value = "sqlite", value_parser = place)]
    database: Place,
    /// Only these tables, besides that of the users
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    from: Vec<String>,
}

#[derive(Debug, Clone)]
enum Place {
    /// `../data/{name}.db`.
    OwnFile,
    File(String),
    Server(Address),
}

fn place(text: &str) -> Result<Place, String> {
    if text == "sqlite" {
        return Ok(Place::OwnFile);
    }
    if text.starts_with('@') || text.contains("://") {
        return database_address::argument(text).map(Place::Server);
    }
    if text.contains('/') || text.contains('.') {
        // It is typed here, and read from the configuration folder.
        let path = std::path::absolute(text).map_err(|cause| cause.to_string())?;
        return Ok(Place::File(path.to_string_lossy().into_owned()));
    }
    Err("write sqlite, a path such as ./shop.db, or mysql://user@host/database".to_owned())
}

/// What was made.
#[derive(Debug, Serialize)]
struct Made {
    app: String,
    folder: PathBuf,
    /// Whether tables were made in a database that had none.
    began_empty: bool,
    tables: Vec<Told>,
}

#[derive(Debug, Serialize)]
struct Told {
    table: String,
    /// The file below the app's folder, if one was made from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_because: Option<&'static str>,
}

pub(super) fn run(context: &Context, new: &New) -> Result<()> {
    let config = &context.places.config;
    let made = context.block_on(make(context, config, new))?;
    if context.print.for_people() {
        tell(context, &made);
    } else {
        context.print.value(&made);
    }
    Ok(())
}

async fn make(context: &Context, config: &Path, new: &New) -> Result<Made> {
    check_name(&new.name)?;
    let place = config.join("apps").join(&new.name);
    let folder = NewFolder::begin(&place)?;
    let mut begun = Begun::default();
    folder.write("app.yaml", &app_yaml(new))?;
    begun.secrets(config, new)?;
    let (registry, app) = checked(context, config, &new.name, folder.path())?;
    let began_empty = begun.tables(&app, &registry).await?;
    let db = Db::new(&registry);
    let app_id = || new.name.clone();
    let schema = db.handle(&call(), Introspect { app_id: app_id(), tables: None }).await?;
    let tables = write_queries(&db, &folder, new, &schema).await?;
    checked(context, config, &new.name, folder.path())?;
    folder.keep()?;
    begun.keep();
    Ok(Made { app: app_id(), folder: place, began_empty, tables })
}

/// The app must be fit for a folder's name before anything is called by it.
fn check_name(name: &str) -> Result<()> {
    if config::is_name(name) {
        return Ok(());
    }
    Err(Error::new(Code::Usage, format!("an app cannot be called `{name}`"))
        .hint("use a-z, 0-9, `_` and `-`, at most 64"))
}

fn app_yaml(new: &New) -> String {
    let database = match &new.database {
        Place::OwnFile => database_section(None, &format!("../data/{}.db", new.name)),
        Place::File(path) => database_section(None, &quoted(path)),
        Place::Server(address) => database_section(Some(address), ""),
    };
    let hosts: Vec<String> = new.hosts.iter().map(|host| format!("  - {}\n", quoted(host))).collect();
    let hosts = hosts.concat();
    format!(
        "# Every key is told in docs/CONFIGURATION.md. A relative path is taken from the configuration folder.\n\
         app: {}\nversion: \"1.0\"\nbase_path: /api\n\nhosts:\n{hosts}\n{database}\n\
         auth:\n  jwt_secret_file: ../secrets/{{app}}_jwt_secret\n  jwt_expiry: 24h\n\nlogs:\n  retention_days: 30\n",
        quoted(&new.name)
    )
}

/// Returns text in quotes that YAML reads as the same text, whatever it holds: JSON's are YAML's as well.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is written to memory")
}

/// What a new app has outside its folder until it is there for good; removed when it does not come to that.
#[derive(Debug, Default)]
struct Begun {
    files: Vec<PathBuf>,
}

impl Begun {
    fn secrets(&mut self, config: &Path, new: &New) -> Result<()> {
        let secrets = config.join("../secrets");
        let key = secrets.join(format!("{}_jwt_secret", new.name));
        files::write_secret(&key, &random_secret()?)?;
        self.files.push(key);
        if let Place::Server(Address { password: Some(password), .. }) = &new.database {
            let file = secrets.join(format!("{}_db_pass", new.name));
            files::write_secret(&file, password)?;
            self.files.push(file);
        }
        Ok(())
    }

    /// Makes the first tables in an empty database.
    async fn tables(&mut self, app: &App, registry: &Registry) -> Result<bool> {
        let script = match &app.database {
            Database::Sqlite(file) => {
                if !file.path.exists() {
                    let folder = file.path.parent().unwrap_or(Path::new("."));
                    std::fs::create_dir_all(folder).map_err(cannot(folder))?;
                    self.files.push(file.path.clone());
                    let script = format!("BEGIN;\n{}COMMIT;\n", starter::SQLITE);
                    return run_script(&app.database, &script).await.map(|()| true);
                }
                starter::SQLITE
            }
            Database::MariaDb(_) => starter::MARIADB,
        };
        let introspect = Introspect { app_id: app.name.clone(), tables: None };
        let found = Db::new(registry).handle(&call(), introspect).await.map_err(unreachable_database)?;
        if !found.tables.is_empty() {
            return Ok(false);
        }
        run_script(&app.database, script).await.map(|()| true)
    }

    fn keep(mut self) {
        self.files.clear();
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        for file in &self.files {
            // Each was made by this command a moment ago.
            let _ = std::fs::remove_file(file);
        }
    }
}

fn unreachable_database(error: Error) -> Error {
    match error.code {
        Code::DbError => {
            error.hint("does the server run there, and are user, password and database of --database right?")
        }
        _ => error,
    }
}

/// Reads the folder as if it were in its place.
///
/// # Errors
/// [`Code::Config`] when something is wrong with it, which is shown.
fn checked(context: &Context, config: &Path, name: &str, folder: &Path) -> Result<(Registry, Arc<App>)> {
    let registry = config::load_with(config, &[Candidate { app: name, folder }]);
    let of_app = |problem: &&Problem| problem.is_error() && problem.app.as_deref() == Some(name);
    let mut errors: Vec<Problem> = registry.problems.iter().filter(of_app).cloned().collect();
    if let Some(app) = registry.app(name) {
        errors.extend(check::offline(app).into_iter().filter(Problem::is_error));
        if errors.is_empty() {
            let app = Arc::clone(app);
            return Ok((registry, app));
        }
    }
    for mut problem in errors {
        if let Ok(below) = problem.file.strip_prefix(folder) {
            problem.file = config.join("apps").join(name).join(below);
        }
        context.print.complain(&format!("{}\n\n", escaped_lines(&problem.to_string())));
    }
    Err(Error::new(Code::Config, format!("the app `{name}` would not pass `sogo check`, so it was not made"))
        .hint("mend what is said above, and run it again"))
}

/// Writes a file for each table that is to be seen.
async fn write_queries(db: &Db, folder: &NewFolder, new: &New, schema: &Schema) -> Result<Vec<Told>> {
    if let Some(absent) = new.from.iter().find(|name| schema.table(name).is_none()) {
        let near = config::closest(absent, schema.tables.iter().map(|table| table.name.as_str()));
        let error = Error::new(Code::NotFound, format!("the database has no table `{absent}`"));
        return Err(match near {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        });
    }
    let mut told = Vec::new();
    let mut has_users = false;
    for table in &schema.tables {
        let is_wanted =
            new.from.is_empty() || new.from.iter().any(|name| table.name.eq_ignore_ascii_case(name));
        let takes_bare = takes_bare_names(db, &new.name, table).await;
        let spell = |name: &str| if takes_bare { name.to_owned() } else { format!("`{name}`") };
        let (file, why) = match tables::becomes(table, &spell) {
            Becomes::SignIn(yaml) if !has_users => {
                has_users = true;
                folder.write("queries/auth.yaml", &yaml)?;
                (Some("queries/auth.yaml".to_owned()), None)
            }
            Becomes::SignIn(_) => (None, Some("another table holds the users already")),
            Becomes::Resource { .. } if !is_wanted => (None, Some("it was not asked for")),
            Becomes::Resource { name, yaml } => {
                let file = format!("queries/{name}.yaml");
                folder.write(&file, &yaml)?;
                (Some(file), None)
            }
            Becomes::Nothing(why) => (None, Some(why)),
        };
        told.push(Told { table: table.name.clone(), file, closed_because: why });
    }
    Ok(told)
}

/// Asks the database whether it takes the names of a table without quotes: which words are its own, it knows best.
async fn takes_bare_names(db: &Db, app: &str, table: &api::Table) -> bool {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let are_plain = names
        .iter()
        .chain([&table.name.as_str()])
        .all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    let query = format!(
        "SELECT {} FROM {} WHERE {} IS NULL",
        names.join(", "),
        table.name,
        names.join(" IS NULL OR ")
    );
    let prepare = Prepare { app_id: app.to_owned(), query };
    are_plain && db.handle(&call(), prepare).await.is_ok()
}

fn tell(context: &Context, made: &Made) {
    let print = &context.print;
    let mut table = Table::new(["TABLE", "FILE", "CLOSED BECAUSE"]);
    for told in &made.tables {
        let why = told.closed_because.unwrap_or_default().to_owned();
        table.row([told.table.clone(), told.file.clone().unwrap_or_default(), why]);
    }
    print.table(&table);
    if made.began_empty {
        print.note("the database had no tables: those above were made in it");
    }
    if made.tables.iter().all(|told| told.file.as_deref() != Some("queries/auth.yaml")) {
        print.note("no table holds users, so nobody can sign in: write queries/auth.yaml");
    }
    print.line(&format!("{} is made in {}", made.app, made.folder.display()));
    super::tell_reload(context);
    print.note(&format!("then `sogo user add {} EMAIL` makes its first user", made.app));
}
