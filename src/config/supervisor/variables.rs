//! Variables of a service: `env` and `env_file`. Their values may be secrets, and no problem shows one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::env_file::{self, Fault};
use crate::config::problem::{Problem, Report};
use crate::config::secret::Secret;
use crate::config::source::Sourced;
use crate::config::yaml::{self, Fields, Node, Value};

/// A file of variables, as it was when sogoctl.yaml was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub variables: BTreeMap<String, Secret>,
}

/// Variables that the supervisor itself gives a service, or keeps from it.
const OURS: [&str; 8] = [
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "SOGOCTL_RUN",
    "SOGO_INSTANCE",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// Keys of sogoctl.yaml whose values may be secrets.
const SECRET: [&str; 2] = ["env", "webhook"];

/// Returns the lines on which values stand that may be secrets: no problem shows them.
pub(super) fn secret_lines(root: &Node) -> Vec<u32> {
    fn collect(node: &Node, is_secret: bool, lines: &mut Vec<u32>) {
        match &node.value {
            Value::Map(entries) => {
                for (key, value) in entries {
                    collect(value, is_secret || SECRET.contains(&key.value.as_str()), lines);
                }
            }
            Value::List(items) => items.iter().for_each(|item| collect(item, is_secret, lines)),
            Value::Scalar(_) => lines.extend(is_secret.then_some(node.at.line)),
        }
    }
    let mut lines = Vec::new();
    collect(root, false, &mut lines);
    lines
}

/// Takes the mapping of variables.
pub(super) fn env(fields: Fields<'_>) -> BTreeMap<String, Secret> {
    let report = fields.report;
    let mut variables = BTreeMap::new();
    for (name, node) in fields.named_all() {
        if let Err((message, hint)) = check_name(&name.value) {
            report.add(Problem::error(&name.at, message).hint(hint));
            continue;
        }
        match node.text() {
            Some(text) if text.value.contains('\0') => {
                report.error(&node.at, format!("the value of `{}` holds a NUL", name.value));
            }
            Some(text) => drop(variables.insert(name.value.clone(), Secret::new(text.value))),
            None => {
                let message = format!("the value of `{}` is no text", name.value);
                report.add(Problem::error(&node.at, message).hint("write `\"\"` for an empty one"));
            }
        }
    }
    variables
}

impl EnvFile {
    /// Reads the file; what is wrong with it is reported by its lines.
    pub(super) fn read(file: &Sourced<String>, config: &Path, report: &Report) -> Option<Self> {
        let path = config.join(&file.value);
        let Some(source) = yaml::read(&path, report) else {
            if path.symlink_metadata().is_err() {
                report.error(&file.at, format!("the file {} is missing", path.display()));
            }
            return None;
        };
        let problem = |line: usize, message: String| Problem {
            line: u32::try_from(line).ok(),
            column: Some(1),
            ..Problem::error_in(&path, message)
        };
        let found = match env_file::parse(&source.text) {
            Ok(found) => found,
            Err(faults) => {
                let problems = faults.into_iter().map(|Fault { line, message }| problem(line, message));
                report.add_all(problems.collect());
                return None;
            }
        };
        let mut variables = BTreeMap::new();
        for one in found {
            match check_name(&one.name) {
                Ok(()) => drop(variables.insert(one.name, Secret::new(one.value))),
                Err((message, hint)) => report.add(problem(one.line, message).hint(hint)),
            }
        }
        Some(Self { path, variables })
    }
}

/// Says what is wrong with the name of a variable, and what to do about it.
fn check_name(name: &str) -> Result<(), (String, &'static str)> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    if !is_name {
        return Err((
            format!("a variable cannot be called `{name}`"),
            "use letters, digits and `_`, no digit first",
        ));
    }
    if OURS.contains(&name) {
        return Err((format!("`{name}` is set by sogoctl itself"), "leave it out"));
    }
    Ok(())
}
