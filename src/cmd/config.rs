//! `sogo config`: the configuration in force.

use std::path::Path;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use super::apps;
use super::context::Context;
use super::print::Table;
use crate::config::effective::{self, Origin, Setting};
use crate::config::{self, Checked, Problem};
use crate::error::{Code, Error, Result};

/// Look into the configuration
#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Show(Show),
}

/// Show every value in force, and where it comes from
///
/// Without an app it is what the daemons are told: places, sogoms.yaml and sogoctl.yaml. What nobody gave has its default.
/// Secrets are not shown, only where they are.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo config show
  sogo config show prokov
  sogo config show --service sogoms-db -o yaml")]
struct Show {
    /// What this app is told
    app: Option<String>,
    /// What this service is told
    #[arg(long, value_name = "SERVICE", conflicts_with = "app")]
    service: Option<String>,
}

/// One value. The keys are for programs and stay as they are.
#[derive(Debug, Serialize)]
struct Shown {
    key: String,
    value: Value,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_file: Option<String>,
}

/// What stands for a secret.
const MASKED: &str = "********";
/// The gateway's name, whose port sogoctl.yaml may change.
const GATEWAY: &str = "sogoway";
/// Which sections of sogoms.yaml a service reads besides those that all of them do.
const SECTIONS: &[(&str, &str)] = &[("sogoway", "gateway."), ("sogoms-db", "db."), ("sogoms-logs", "logs.")];
const SHARED: &[&str] = &["config", "places.", "ipc.", "secrets"];

pub(super) fn run(context: &Context, config: Config) -> Result<()> {
    match config.verb {
        Verb::Show(show) => self::show(context, &show),
    }
}

fn show(context: &Context, show: &Show) -> Result<()> {
    let folder = &context.places.config;
    let settings = match (&show.app, &show.service) {
        (Some(app), _) => {
            if !folder.join("apps").join(app).is_dir() || app.is_empty() {
                return Err(apps::absent(context, &config::load(folder), app));
            }
            readable(effective::app(folder, app))?
        }
        (None, Some(service)) => of_service(daemons(context)?, service)?,
        (None, None) => daemons(context)?,
    };
    let shown: Vec<Shown> = settings.iter().map(|setting| Shown::of(setting, folder)).collect();
    context.print.show(&shown, || {
        let mut table = Table::new(["KEY", "VALUE", "FROM"]);
        for Shown { key, value, from, secret_file } in &shown {
            let value = match (secret_file, value) {
                (Some(file), _) => format!("{MASKED} in {file}"),
                (None, Value::Null) => String::new(),
                (None, Value::String(text)) => text.clone(),
                (None, other) => other.to_string(),
            };
            table.row([key.clone(), value, from.clone()]);
        }
        table
    });
    if config::check(folder).iter().any(Problem::is_error) {
        context.print.note("the configuration has errors, so not all of this is in force; see `sogo check`");
    }
    Ok(())
}

/// Returns what the daemons are told, with what flags and variables say above the files.
fn daemons(context: &Context) -> Result<Vec<Setting>> {
    let places = &context.places;
    let mut settings = vec![Setting {
        key: "config".to_owned(),
        value: path(&places.config),
        origin: config_origin(context),
        secret: None,
    }];
    settings.extend(readable(effective::settings(&places.config))?);
    for (key, place) in
        [("places.run", &places.run), ("places.state", &places.state), ("places.logs", &places.logs)]
    {
        for setting in settings.iter_mut().filter(|setting| setting.key == key) {
            setting.value = path(place);
            if context.dir.is_some() {
                setting.origin = Origin::Given("--dir");
            }
        }
    }
    // sogoctl.yaml goes before sogoms.yaml.
    let units = config::supervisor::load(&places.config).value;
    let gateway = units.iter().flat_map(|units| &units.services).find(|unit| unit.name == GATEWAY);
    for setting in settings.iter_mut().filter(|setting| setting.key == "gateway.listen") {
        let configured = setting.value.as_str().and_then(|text| text.parse().ok());
        let (Some(unit), Some(configured)) = (gateway, configured) else { continue };
        let told_by = if let Some(held) = unit.listen.iter().find(|one| one.value.port().is_some()) {
            Origin::Key("listen", Box::new(Origin::File(held.at.clone())))
        } else if unit.flag("port").is_some() {
            Origin::Key("-port", Box::new(Origin::File(unit.at.clone())))
        } else {
            continue;
        };
        setting.value = unit.tcp_address(configured).to_string().into();
        setting.origin = told_by;
    }
    settings.extend(readable(effective::supervisor(&places.config))?);
    Ok(settings)
}

/// Keeps what one service is told.
fn of_service(mut settings: Vec<Setting>, service: &str) -> Result<Vec<Setting>> {
    let own = format!("services.{service}.");
    let names: Vec<&str> = (settings.iter())
        .filter_map(|setting| setting.key.strip_prefix("services.")?.split('.').next())
        .collect();
    if !names.contains(&service) {
        let mut names = names;
        names.dedup();
        return Err(Error::new(Code::NotFound, format!("sogoctl.yaml has no service `{service}`"))
            .hint(format!("the services are: {}", names.join(", "))));
    }
    let section = SECTIONS.iter().find(|(name, _)| *name == service).map(|(_, section)| *section);
    settings.retain(|Setting { key, .. }| {
        key.starts_with(&own)
            || key.starts_with("supervisor.")
            || section.is_some_and(|section| key.starts_with(section))
            || SHARED.iter().any(|shared| key.starts_with(shared))
    });
    Ok(settings)
}

fn readable(settings: Checked<Vec<Setting>>) -> Result<Vec<Setting>> {
    settings.value.ok_or_else(|| {
        let errors: Vec<String> =
            settings.problems.iter().filter(|problem| problem.is_error()).map(ToString::to_string).collect();
        Error::new(Code::Config, errors.join("\n")).hint("`sogo check` looks at the whole configuration")
    })
}

/// Says why the configuration folder is this one; see [`crate::config::Places::find`].
fn config_origin(context: &Context) -> Origin {
    if context.config.is_some() {
        Origin::Given("--config")
    } else if context.dir.is_some() {
        Origin::Given("--dir")
    } else if context.environment.config.is_some() {
        Origin::Given("SOGO_CONFIG")
    } else {
        Origin::Default
    }
}

impl Shown {
    fn of(setting: &Setting, config: &Path) -> Self {
        Self {
            key: setting.key.clone(),
            value: if setting.secret.is_some() { MASKED.into() } else { setting.value.clone() },
            from: words(&setting.origin, config),
            secret_file: setting.secret.as_ref().map(|file| file.display().to_string()),
        }
    }
}

/// Returns `sogoms.yaml:3`, `default`, `--dir`, or `db.max_rows, sogoms.yaml:3`; files below the configuration folder.
fn words(origin: &Origin, config: &Path) -> String {
    match origin {
        Origin::File(at) => {
            format!("{}:{}", at.file().strip_prefix(config).unwrap_or(at.file()).display(), at.line)
        }
        Origin::Default => "default".to_owned(),
        Origin::Given(name) => (*name).to_owned(),
        Origin::Key(key, origin) => format!("{key}, {}", words(origin, config)),
    }
}

fn path(path: &Path) -> Value {
    path.display().to_string().into()
}
