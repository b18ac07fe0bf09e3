//! `apps/{app}`: one app with all its files; `app.yaml` itself is read here.

mod cors;
mod database;
mod hosts;
mod servers;
mod smtp;
mod static_files;
mod traffic;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::cors::{Cors, Origins};
pub use self::database::{Database, DatabaseLimits, MariaDb, Sqlite};
pub use self::hosts::is_host;
pub use self::servers::Address;
pub use self::smtp::{Dkim, MailLimits, MailRetry, MailServer, MailTls, MailWay, OnUnknown, Smtp};
pub use self::traffic::{AppLimits, RateLimit};
use super::cron::{self, Cron};
use super::emails::{self, Email};
use super::name::{self, is_name};
use super::problem::{Checked, Problem, Report};
use super::queries::{self, Queries};
use super::secret::{Secret, read_secret};
use super::settings::{MAX_ROWS, Settings};
use super::source::{At, Sourced};
use super::yaml::{self, Fields};

/// Bytes of a token's key below which it is warned of: what HS256 makes full use of.
const SHORT_KEY: usize = 32;

/// One app: everything of its folder, checked.
#[derive(Debug)]
pub struct App {
    /// Name of the app and of its folder: `[a-z0-9_-]`, at most 64 characters.
    pub name: String,
    /// Its folder, `{config}/apps/{name}`.
    pub folder: PathBuf,
    /// Where `app.yaml` begins.
    pub at: At,
    /// Version of the app, for people; empty if not given.
    pub version: String,
    /// What every path of its API begins with: `/api` unless given; begins with `/`, does not end with it,
    /// and is empty when the API is at the root.
    pub base_path: String,
    /// Folder of its front end, if the gateway serves one: not a folder with configuration in it.
    pub static_files: Option<Sourced<PathBuf>>,
    /// Host names and addresses it answers to, lower-case, without a final dot or a port; at least one.
    pub hosts: Vec<Sourced<String>>,
    /// Its database.
    pub database: Database,
    /// How its users sign in.
    pub auth: AuthSettings,
    /// How it sends mail, if it does.
    pub smtp: Option<Smtp>,
    /// Its logs.
    pub logs: AppLogs,
    /// Rows a list may answer at most.
    pub max_rows: u64,
    /// How integers reach the client.
    pub bigint: BigInt,
    /// Which pages of other origins may use it; none without it.
    pub cors: Option<Cors>,
    /// How much of the gateway it may take at one moment.
    pub limits: AppLimits,
    /// How many requests each of its users may make.
    pub rate_limit: RateLimit,
    /// Requests that can be repeated.
    pub idempotency: Idempotency,
    /// Its API.
    pub queries: Queries,
    /// Its scheduled jobs, if it has any.
    pub cron: Option<Cron>,
    /// Its e-mail templates by name (the file's name without `.yaml`).
    pub emails: BTreeMap<String, Email>,
}

/// Tokens of an app.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Key of the tokens' HMAC; never empty.
    pub jwt_secret: Secret,
    /// How long a token is valid.
    pub jwt_expiry: Duration,
}

/// Logs of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppLogs {
    /// Days after which a log file is deleted; from 1.
    pub retention_days: u32,
}

/// Requests with an Idempotency-Key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// How long the answer to one is kept.
    pub keep: Duration,
}

/// How integers reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BigInt {
    /// As JSON numbers, all 64 bits.
    #[default]
    Number,
    /// As JSON text where JavaScript's numbers would lose digits (beyond ±2^53).
    String,
}

/// What reading an app needs to know besides its files.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    /// Name of the app's folder.
    pub(super) app: &'a str,
    /// That folder.
    pub(super) folder: &'a Path,
    /// The configuration folder.
    pub(super) config: &'a Path,
    /// The daemons' own settings.
    pub(super) settings: &'a Settings,
}

impl Context<'_> {
    /// Returns the path that a text of `app.yaml` means: `{app}` is the app's name, and a relative path is taken
    /// from the configuration folder.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.config.join(text.replace("{app}", self.app))
    }
}

/// An app's folder as it was read.
pub(super) struct Loaded {
    /// Name of the app's folder.
    pub(super) name: String,
    /// The app and its problems, each with the app's name.
    pub(super) app: Checked<App>,
    /// The hosts that `app.yaml` claims, also when the app cannot be used.
    pub(super) hosts: Vec<Sourced<String>>,
}

/// Reads the folder of an app.
pub(super) fn load(context: &Context<'_>) -> Loaded {
    let report = Report::default();
    let folder = context.folder.to_path_buf();
    check_name(context.app, &folder, &report);
    warn_of_strangers(&folder, &report);

    let emails = emails::load(&folder.join("emails"), &report);
    let cron = cron::load(context, &emails, &report);
    let queries = queries::load(&folder.join("queries"), &report);

    let file = folder.join("app.yaml");
    let source = yaml::read(&file, &report);
    if source.is_none() && file.symlink_metadata().is_err() {
        report.add(Problem::error_in(&file, "the file is missing, and an app needs it"));
    }
    let root = source.as_ref().and_then(|source| {
        let root = yaml::parse_required(source, &report)?;
        Some((At::new(source, 1, 1), root))
    });
    let mut hosts = Vec::new();
    let app = root.as_ref().and_then(|(at, root)| {
        let fields = Fields::of_file(root, &report)?;
        let main = Main::of(fields, context);
        hosts.clone_from(&main.hosts);
        Some(App {
            name: context.app.to_owned(),
            folder,
            at: at.clone(),
            version: main.version,
            base_path: main.base_path,
            static_files: main.static_files,
            hosts: main.hosts,
            database: main.database?,
            auth: main.auth?,
            smtp: main.smtp,
            logs: main.logs,
            max_rows: main.max_rows,
            bigint: main.bigint,
            cors: main.cors,
            limits: main.limits,
            rate_limit: main.rate_limit,
            idempotency: main.idempotency,
            queries,
            cron,
            emails,
        })
    });
    let mut app = report.close(app);
    for problem in &mut app.problems {
        problem.app = Some(context.app.to_owned());
    }
    Loaded { name: context.app.to_owned(), app, hosts }
}

/// What `app.yaml` alone says.
struct Main {
    version: String,
    base_path: String,
    static_files: Option<Sourced<PathBuf>>,
    hosts: Vec<Sourced<String>>,
    database: Option<Database>,
    auth: Option<AuthSettings>,
    smtp: Option<Smtp>,
    logs: AppLogs,
    max_rows: u64,
    bigint: BigInt,
    cors: Option<Cors>,
    limits: AppLimits,
    rate_limit: RateLimit,
    idempotency: Idempotency,
}

impl Main {
    fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Self {
        fields.require(&["app", "hosts", "database", "auth"]);
        if let Some(name) = fields.text("app").filter(|name| name.value != context.app) {
            fields.report.add(
                Problem::error(
                    &name.at,
                    format!("the app is called `{}` here, and its folder `{}`", name.value, context.app),
                )
                .hint("give both the same name"),
            );
        }
        let main = Self {
            version: fields.text_or_empty("version").map(|text| text.value).unwrap_or_default(),
            base_path: base_path(&mut fields),
            static_files: static_files::read(&mut fields, context),
            hosts: hosts::read(&mut fields),
            database: fields.section("database").and_then(|section| Database::of(section, context)),
            auth: fields.section("auth").and_then(|section| AuthSettings::of(section, context)),
            smtp: fields.section("smtp").and_then(|section| Smtp::of(section, context)),
            logs: fields.section("logs").map(AppLogs::of).unwrap_or_default(),
            max_rows: fields.integer("max_rows", MAX_ROWS).unwrap_or(context.settings.db.max_rows),
            bigint: fields
                .choice("bigint", &[("number", BigInt::Number), ("string", BigInt::String)])
                .unwrap_or_default(),
            cors: fields.section("cors").map(Cors::of),
            limits: fields.section("limits").map(AppLimits::of).unwrap_or_default(),
            rate_limit: fields.section("rate_limit").map(RateLimit::of).unwrap_or_default(),
            idempotency: fields.section("idempotency").map(Idempotency::of).unwrap_or_default(),
        };
        fields.finish();
        main
    }
}

impl AuthSettings {
    fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Self> {
        const EXPIRY: Duration = Duration::from_hours(24);
        const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);
        fields.require(&["jwt_secret_file"]);
        let file = fields.text("jwt_secret_file");
        let jwt_expiry = fields.duration("jwt_expiry", Duration::from_secs(1)..=LONGEST).unwrap_or(EXPIRY);
        let report = fields.report;
        fields.finish();
        let file = file?;
        let jwt_secret = read_secret(&file, context, report)?;
        if jwt_secret.expose().len() < SHORT_KEY {
            let message =
                format!("this secret has {} bytes, and a token's key needs 32", jwt_secret.expose().len());
            let path = context.path(&file.value);
            let hint = format!(
                "`head -c 32 /dev/urandom | base64 > {}` makes one; it signs everybody out",
                path.display()
            );
            report.add(Problem::warning(&file.at, message).hint(hint));
        }
        Some(Self { jwt_secret, jwt_expiry })
    }
}

impl Default for AppLogs {
    fn default() -> Self {
        Self { retention_days: 30 }
    }
}

impl AppLogs {
    fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let logs = Self {
            retention_days: fields.integer("retention_days", 1..=36_500).unwrap_or(default.retention_days),
        };
        fields.finish();
        logs
    }
}

impl Default for Idempotency {
    fn default() -> Self {
        Self { keep: Duration::from_hours(24) }
    }
}

impl Idempotency {
    fn of(mut fields: Fields<'_>) -> Self {
        const LONGEST: Duration = Duration::from_hours(365 * 24);
        let default = Self::default();
        let keep = fields.duration("keep", Duration::from_secs(1)..=LONGEST).unwrap_or(default.keep);
        fields.finish();
        Self { keep }
    }
}

fn base_path(fields: &mut Fields<'_>) -> String {
    const DEFAULT: &str = "/api";
    let Some(path) = fields.text("base_path") else { return DEFAULT.into() };
    let fault = if !path.starts_with('/') {
        "does not begin with `/`"
    } else if path.ends_with('/') {
        "ends with `/`"
    } else if path.contains("//") {
        "has an empty part"
    } else if !path.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.~".contains(c)) {
        "has characters that a path of an API cannot have"
    } else {
        return path.value;
    };
    let hint = "write it like `/api`: letters, digits and `-_.~`, parted by `/`";
    fields.report.add(Problem::error(&path.at, format!("`base_path` {fault}")).hint(hint));
    DEFAULT.into()
}

fn check_name(app: &str, folder: &Path, report: &Report) {
    if !is_name(app) {
        let message = format!(
            "the folder of an app has a name of a-z, 0-9, `_` and `-`, at most {} long",
            name::LONGEST
        );
        report.add(Problem::error_in(folder, message));
    }
}

/// Warns of entries that look like a file of an app with a slip in its name, since they have no effect.
fn warn_of_strangers(folder: &Path, report: &Report) {
    // schema.yaml is made from the database for people and tools; the daemons do not read it.
    const FILES: [&str; 3] = ["app.yaml", "cron.yaml", "schema.yaml"];
    const FOLDERS: [&str; 2] = ["queries", "emails"];
    for name in yaml::names(folder, report) {
        let known: &[&str] = if folder.join(&name).is_dir() { &FOLDERS } else { &FILES };
        let near = yaml::closest(&name, known.iter().copied());
        let expected = FILES.contains(&name.as_str()) || FOLDERS.contains(&name.as_str());
        if expected || !(yaml::stem(&name).is_some() || (known == FOLDERS && near.is_some())) {
            continue;
        }
        let problem = Problem::warning_in(&folder.join(&name), "nothing reads this");
        report.add(match near {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("an app has app.yaml, cron.yaml, queries/ and emails/"),
        });
    }
}
