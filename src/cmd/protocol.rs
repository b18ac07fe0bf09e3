//! docs/PROTOCOL.md: the prose, then every action with its example from the types.

use std::fmt::Write as _;

use crate::error::Code;
use crate::ipc::Example;
use crate::services::{Entry, SERVICES};

const PROSE: &str = include_str!("protocol.md");

/// Returns the whole document.
pub(super) fn document() -> String {
    let mut out = PROSE.to_owned();
    codes(&mut out);
    out.push_str("\n## Services\n\n| service | socket | |\n|---|---|---|\n");
    for entry in SERVICES {
        let _ =
            writeln!(out, "| [`{0}`](#{0}) | `{1}` | {2} |", entry.name, socket(entry.name), entry.summary);
    }
    out.push_str("\nThe last number of a socket is the instance.\n");
    for entry in SERVICES {
        service(&mut out, entry);
    }
    out
}

fn codes(out: &mut String) {
    out.push_str("| code | HTTP status | exit code |\n|---|---|---|\n");
    for code in Code::ALL {
        let outcome = code.outcome();
        let _ = writeln!(out, "| `{code}` | {} | {} |", outcome.http, outcome.exit);
    }
}

/// The supervisor's control socket has no instance, as in the contract.
fn socket(service: &str) -> String {
    match service {
        "sogoctl" => "/run/sogoctl.sock".to_owned(),
        other => format!("/run/{other}.1.sock"),
    }
}

fn service(out: &mut String, entry: &Entry) {
    let _ = writeln!(out, "\n## {}\n\n{}.", entry.name, capitalised(entry.summary));
    for example in (entry.examples)() {
        let pretty = |value| serde_json::to_string_pretty(value).expect("an example is JSON already");
        let _ = writeln!(out, "\n### `{}` of {}\n\n{}\n", example.action, entry.name, example.about);
        let _ = writeln!(out, "{}\n", parameters(&example));
        let _ = writeln!(out, "`params`:\n\n```json\n{}\n```\n", pretty(&example.params));
        let _ = writeln!(out, "`result`:\n\n```json\n{}\n```", pretty(&example.result));
    }
}

/// Says which parameters must be given and which may be.
fn parameters(example: &Example) -> String {
    let list = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match (&*example.required, &*example.optional) {
        ([], []) => "It takes no parameters.".to_owned(),
        (required, []) => format!("Required: {}.", list(required)),
        ([], optional) => format!("Optional: {}.", list(optional)),
        (required, optional) => format!("Required: {}. Optional: {}.", list(required), list(optional)),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
