//! The configuration in force, value by value, and where each comes from: a file, or a default.
//!
//! Defaults are read from files as well: those of `sogoms.yaml` from the shipped one, the others stand beside this module.
//! Tests hold all of them against what is done where nothing is given.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::problem::{Checked, Report};
use super::source::{At, Source};
use super::yaml::{self, Node, Value};

/// One value in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its key with those above it: `gateway.sign_in.per_account`.
    pub key: String,
    /// The value; null where there is none.
    pub value: Json,
    /// Where it comes from.
    pub origin: Origin,
    /// The file that holds the secret that this is, or names: it is not shown.
    pub secret: Option<PathBuf>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A place in a file.
    File(At),
    /// Nobody gave it.
    Default,
    /// A flag of the command line or a variable of the environment, as it is spelt.
    Given(&'static str),
    /// Another key, which has this origin itself.
    Key(&'static str, Box<Self>),
}

const SOGOMS: &str = include_str!("../../../config/sogoms.yaml");
const SOGOCTL: &str = include_str!("sogoctl.yaml");
const APP: &str = include_str!("app.yaml");

/// Keys of an app that are those of `sogoms.yaml` where the app says nothing.
const INHERITED: &[(&str, &str)] = &[
    ("database.pool_size", "db.pool_size"),
    ("database.statement_timeout", "db.statement_timeout"),
    ("database.connect_timeout", "db.connect_timeout"),
    ("max_rows", "db.max_rows"),
];

/// Returns the settings of the daemons: `sogoms.yaml` of a configuration folder over its defaults.
///
/// The value is `None` when the file is no YAML; a value that is wrong otherwise stands there as it is given.
pub fn settings(config: &Path) -> Checked<Vec<Setting>> {
    read(&config.join("sogoms.yaml"), |given| merged(given, &leaves(&shipped(SOGOMS))))
}

/// Returns the settings of the supervisor and of its services: `sogoctl.yaml` over its defaults.
pub fn supervisor(config: &Path) -> Checked<Vec<Setting>> {
    let file = config.join("sogoctl.yaml");
    let mut found = read(&file, |given| merged(given, &leaves(&shipped(SOGOCTL))));
    for setting in found.value.iter_mut().flatten().filter(|setting| holds_secret(setting)) {
        setting.secret = Some(file.clone());
    }
    found
}

/// Tells whether a value of sogoctl.yaml may be a secret: a service's own variable, a URL with a token.
fn holds_secret(setting: &Setting) -> bool {
    let key = setting.key.as_str();
    let in_service = key.strip_prefix("services.").and_then(|rest| rest.split_once('.'));
    let may_be =
        key.ends_with(".on_failed.webhook") || in_service.is_some_and(|(_, key)| key.starts_with("env."));
    may_be && !setting.value.is_null()
}

/// Returns the settings of an app: its `app.yaml` over its defaults, and those of `sogoms.yaml` that hold for all apps.
pub fn app(config: &Path, name: &str) -> Checked<Vec<Setting>> {
    let all = settings(config);
    let mut found = read(&config.join("apps").join(name).join("app.yaml"), |given| {
        let mut defaults = leaves(&shipped(APP));
        defaults.retain(|leaf| applies(&leaf.key, given));
        for (tls, port) in [("true", 465), ("none", 25)] {
            if is(given, "smtp.tls", tls) {
                let ports = defaults.iter_mut().filter(|leaf| leaf.key == "smtp.port");
                ports.for_each(|leaf| leaf.value = port.into());
            }
        }
        let mut settings = merged(given, &defaults);
        let shared = all.value.as_deref().unwrap_or_default();
        let inherited = INHERITED.iter().filter(|(key, _)| !given.iter().any(|leaf| leaf.key == *key));
        settings.extend(inherited.filter_map(|(key, above)| {
            let setting = shared.iter().find(|setting| setting.key == *above)?;
            let origin = Origin::Key(above, Box::new(setting.origin.clone()));
            Some(Setting { key: (*key).to_owned(), origin, ..setting.clone() })
        }));
        in_sections(&mut settings);
        settings
    });
    for setting in found.value.iter_mut().flatten() {
        if let (true, Json::String(file)) = (setting.key.ends_with("_file"), &setting.value) {
            setting.secret = Some(config.join(file.replace("{app}", name)));
        }
    }
    found.problems.extend(all.problems);
    found
}

/// Tells whether the default of a key means anything beside what is given.
fn applies(key: &str, given: &[Leaf]) -> bool {
    let has = |section: &str| given.iter().any(|leaf| leaf.key.starts_with(section));
    match key {
        "database.driver" => true,
        "database.port" => !is(given, "database.driver", "sqlite") && !has("database.socket"),
        _ if key.starts_with("database.") => !is(given, "database.driver", "sqlite"),
        "smtp.port" | "smtp.tls" => has("smtp.") && !has("smtp.folder"),
        _ if key.starts_with("smtp.") => has("smtp."),
        _ if key.starts_with("cors.") => has("cors."),
        _ => true,
    }
}

fn is(given: &[Leaf], key: &str, value: &str) -> bool {
    given.iter().any(|leaf| leaf.key == key && text(&leaf.value) == value)
}

/// Returns a value as it is written.
fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value that stands at the end of a chain of keys.
#[derive(Debug)]
struct Leaf {
    key: String,
    value: Json,
    at: Option<At>,
}

fn read(file: &Path, settings: impl FnOnce(&[Leaf]) -> Vec<Setting>) -> Checked<Vec<Setting>> {
    let report = Report::default();
    let source = yaml::read(file, &report);
    let root = source.and_then(|source| yaml::parse(&source, &report));
    // What is not given, or `key:` with nothing behind it, has its default.
    let mut given = root.as_ref().map(leaves).unwrap_or_default();
    given.retain(|leaf| !leaf.value.is_null());
    report.close(Some(settings(&given)))
}

/// Reads a file that is part of the program.
fn shipped(text: &str) -> Node {
    let source = Arc::new(Source::new(PathBuf::new(), text.to_owned()));
    yaml::parse(&source, &Report::default()).expect("a test reads the files that are part of the program")
}

fn leaves(root: &Node) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect(root, "", &mut leaves);
    leaves
}

fn collect(node: &Node, above: &str, leaves: &mut Vec<Leaf>) {
    let Value::Map(entries) = &node.value else {
        let (key, value, at) = (above.to_owned(), node.to_json(), Some(node.at.clone()));
        return leaves.push(Leaf { key, value, at });
    };
    // A key that begins with `x-` is a person's own and has no effect.
    for (key, value) in entries.iter().filter(|(key, _)| !key.value.starts_with("x-")) {
        let dot = if above.is_empty() { "" } else { "." };
        collect(value, &format!("{above}{dot}{}", key.value), leaves);
    }
}

/// Puts what is given over the defaults, section by section.
fn merged(given: &[Leaf], defaults: &[Leaf]) -> Vec<Setting> {
    let setting = |leaf: &Leaf, origin| Setting {
        key: leaf.key.clone(),
        value: leaf.value.clone(),
        origin,
        secret: None,
    };
    let is_given = |key: &str| given.iter().any(|leaf| leaf.key == key);
    let mut settings: Vec<Setting> = (given.iter())
        .map(|leaf| setting(leaf, leaf.at.clone().map_or(Origin::Default, Origin::File)))
        .collect();
    settings.extend(
        defaults.iter().filter(|leaf| !is_given(&leaf.key)).map(|leaf| setting(leaf, Origin::Default)),
    );
    in_sections(&mut settings);
    settings
}

/// Puts the keys of a section together; sections stay in the order in which they begin.
fn in_sections(settings: &mut [Setting]) {
    let section = |key: &str| key.split('.').next().unwrap_or_default().to_owned();
    let order: Vec<String> = settings.iter().map(|setting| section(&setting.key)).collect();
    settings.sort_by_key(|setting| order.iter().position(|name| *name == section(&setting.key)));
}
