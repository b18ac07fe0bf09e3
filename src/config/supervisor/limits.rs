//! `rlimits`: how much a process may take.

use std::collections::BTreeMap;

use rustix::process::Resource;

use crate::config::problem::{Problem, Report};
use crate::config::source::Sourced;
use crate::config::yaml::{Fields, Node, Value, one_of};

/// What can be limited, by the names of setrlimit(2).
const RESOURCES: [(&str, Resource); 16] = [
    ("as", Resource::As),
    ("core", Resource::Core),
    ("cpu", Resource::Cpu),
    ("data", Resource::Data),
    ("fsize", Resource::Fsize),
    ("locks", Resource::Locks),
    ("memlock", Resource::Memlock),
    ("msgqueue", Resource::Msgqueue),
    ("nice", Resource::Nice),
    ("nofile", Resource::Nofile),
    ("nproc", Resource::Nproc),
    ("rss", Resource::Rss),
    ("rtprio", Resource::Rtprio),
    ("rttime", Resource::Rttime),
    ("sigpending", Resource::Sigpending),
    ("stack", Resource::Stack),
];

/// How the kernel spells that there is no limit.
const UNLIMITED: u64 = u64::MAX;

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub resource: Resource,
    /// The limit in force; `None` for no limit.
    pub soft: Option<u64>,
    /// How far the process itself may raise it; `None` for no limit.
    pub hard: Option<u64>,
}

/// Takes the mapping of limits apart, by their names.
pub(super) fn read(fields: Fields<'_>) -> BTreeMap<&'static str, Limit> {
    let report = fields.report;
    let mut limits = BTreeMap::new();
    for (name, node) in fields.named() {
        let known = RESOURCES.iter().find(|(known, _)| *known == name.value);
        let Some(&(known, resource)) = known else {
            let problem = Problem::error(&name.at, format!("nothing called `{}` can be limited", name.value));
            let hint = one_of(&name.value, RESOURCES.iter().map(|(known, _)| *known));
            report.add(hint.into_iter().fold(problem, Problem::hint));
            continue;
        };
        let Some((soft, hard)) = pair(name, node, report) else { continue };
        if hard < soft {
            report.error(&node.at, format!("the soft limit of `{known}` is above its hard one"));
            continue;
        }
        let limit = |amount| Some(amount).filter(|amount| *amount != UNLIMITED);
        limits.insert(known, Limit { resource, soft: limit(soft), hard: limit(hard) });
    }
    limits
}

/// Reads `1024`, `unlimited`, or `{ soft: 1024, hard: unlimited }`.
fn pair(name: &Sourced<String>, node: &Node, report: &Report) -> Option<(u64, u64)> {
    if !matches!(node.value, Value::Map(_)) {
        return amount(node, report).map(|both| (both, both));
    }
    let mut fields = Fields::of(node, &name.at, report)?;
    fields.require(&["soft", "hard"]);
    let soft = fields.node("soft").and_then(|node| amount(node, report));
    let hard = fields.node("hard").and_then(|node| amount(node, report));
    fields.finish();
    soft.zip(hard)
}

fn amount(node: &Node, report: &Report) -> Option<u64> {
    let text = node.text().map(|text| text.value.replace('_', "")).unwrap_or_default();
    let number = text.parse().ok().filter(|number| *number != UNLIMITED);
    let amount = number.or_else(|| (text == "unlimited").then_some(UNLIMITED));
    if amount.is_none() {
        report.error(&node.at, format!("expected a whole number or `unlimited`, found {}", node.describe()));
    }
    amount
}
