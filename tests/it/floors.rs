//! The floors and the invariants of ARCHITECTURE.md, held by a table.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Which modules each module may import; its own is always allowed.
const FLOORS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("config", &["error"]),
    ("ipc", &["config", "error"]),
    ("sql", &["config", "error"]),
    ("auth", &["config", "error"]),
    ("template", &["config", "error"]),
    ("store", &["config", "error"]),
    ("process", &["config", "error"]),
    ("services", &["ipc", "sql", "auth", "template", "store", "process", "config", "error"]),
    ("cmd", &["services", "ipc", "sql", "auth", "template", "process", "config", "error"]),
];

/// What may stand only in some places: the words, where, and the invariant.
const ONLY_IN: &[(&[&str], &[&str], &str)] = &[
    (&["mysql_async"], &["services/db/engine/"], "only db/engine knows a database driver"),
    (&["rusqlite"], &["services/db/engine/", "store/"], "only db/engine and store know SQLite"),
    (&["println!", "print!(", "io::stdout()"], &["cmd/print.rs"], "only cmd/print.rs prints"),
    (
        &["std::process::Command", "process::{Command", "tokio::process"],
        &["services/supervisor/", "cmd/demo"],
        "only the supervisor starts processes",
    ),
    (&["lettre"], &["services/smtp/wire/"], "only smtp/wire knows how a mail is written"),
    (
        &["axum", "hyper"],
        &["services/gateway/", "services/supervisor/health"],
        "only the gateway serves HTTP",
    ),
    // An `http` job is a request by definition; who is told of a failure is often a chat or a pager, and that is a URL.
    (
        &["reqwest"],
        &["services/cron/http/", "services/supervisor/on_failed"],
        "only the jobs of type `http` and the webhook of `on_failed` send requests",
    ),
    (
        &["env::var", "env::vars"],
        &["config/environment.rs"],
        "only config/environment.rs reads the environment",
    ),
];

/// Modules that do no I/O and know no clock.
const PURE: &[&str] = &[
    "sql/",
    "config/cron/pattern",
    "services/cron/policy",
    "services/cron/query_email/groups",
    "services/cron/schedule",
    "services/cron/explain",
    "template/",
    "services/gateway/plan",
    "services/gateway/routes",
    "services/supervisor/policy",
    "services/supervisor/order",
    "services/smtp/wire/address",
    "services/smtp/wire/attachment",
    "services/smtp/wire/certificate",
    "services/smtp/wire/content",
    "services/smtp/wire/dkim",
    "services/smtp/wire/entities",
    "services/smtp/wire/failure",
    "services/smtp/wire/fields",
    "services/smtp/wire/message",
    "services/smtp/wire/plain",
    "services/smtp/wire/reply",
];
const IMPURE: &[&str] =
    &["std::fs", "std::net", "tokio::", "SystemTime::now", "Instant::now", "Local::now", "Utc::now"];

/// A file longer than this has become two things.
const MOST_LINES: usize = 800;

#[test]
fn modules_use_only_what_stands_below_them() {
    let mut offences = Vec::new();
    for file in sources() {
        let module = file.name.split(['/', '.']).next().unwrap();
        let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == module) else { continue };
        for used in file.imports() {
            if used.module != module && !below.contains(&used.module.as_str()) {
                offences.push(format!(
                    "{}:{}: `{module}` may not use `crate::{}`",
                    file.name, used.line, used.module
                ));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn a_service_knows_another_by_its_api_alone() {
    let mut offences = Vec::new();
    for file in sources() {
        let Some(own) = file.name.strip_prefix("services/").and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        for (number, line) in file.code_lines() {
            for (at, _) in line.match_indices("services::") {
                let path = &line[at + "services::".len()..];
                let service: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let shared = ["", "health", "lang", "Start", "SERVICES"].contains(&service.as_str())
                    || service == own.0;
                // The queue is how any service logs; it is the client side of the logs' api.
                let client_side = path.starts_with("logs::queue");
                let rest = &path[service.len()..];
                let only_its_api =
                    rest.starts_with("::api") || (rest == ";" && file.uses_only_api_of(&service));
                if !shared && !client_side && !only_its_api {
                    offences.push(format!("{}:{number}: uses `{service}` beside its api: {line}", file.name));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn what_is_told_to_stand_in_one_place_stands_there() {
    let mut offences = Vec::new();
    for file in sources() {
        for (words, places, invariant) in ONLY_IN {
            if places.iter().any(|place| file.name.starts_with(place)) {
                continue;
            }
            for (number, line) in file.code_lines() {
                if words.iter().any(|word| has_word(line, word)) {
                    offences.push(format!("{}:{number}: {invariant}: {}", file.name, line.trim()));
                }
            }
        }
        if PURE.iter().any(|place| file.name.starts_with(place)) {
            for (number, line) in file.code_lines() {
                if IMPURE.iter().any(|word| line.contains(word)) {
                    offences.push(format!("{}:{number}: this module is pure: {}", file.name, line.trim()));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn no_file_has_grown_beyond_holding_in_the_head() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|file| file.text.lines().count() > MOST_LINES)
        .map(|file| format!("{}: {} lines", file.name, file.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_module_stands_on_a_floor() {
    let found: BTreeSet<String> =
        sources().iter().filter_map(|file| file.name.split(['/', '.']).next().map(str::to_owned)).collect();
    let known: BTreeSet<String> = FLOORS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(["bin".to_owned(), "lib".to_owned()])
        .collect();
    assert_eq!(found, known);
}

struct Source {
    /// Path below `src/`.
    name: String,
    text: String,
}

struct Import {
    module: String,
    line: usize,
}

impl Source {
    /// The lines of code before the tests at the end of the file, numbered from 1, comments left out.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .take_while(|line| *line != "mod tests {")
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(index, line)| (index + 1, line))
    }

    /// Whether every path that goes on from the imported module `service` goes into its api.
    fn uses_only_api_of(&self, service: &str) -> bool {
        let path = format!("{service}::");
        self.code_lines().all(|(_, line)| {
            line.match_indices(&path).all(|(at, _)| {
                let is_other = line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
                is_other || line[at + path.len()..].starts_with("api")
            })
        })
    }

    fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for (line, text) in self.code_lines() {
            for (at, _) in text.match_indices("crate::") {
                if text[..at].ends_with('$') {
                    continue;
                }
                let name: String =
                    text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                // `crate::actions` is a macro, which has no floor.
                if !name.is_empty() && name != "actions" {
                    imports.push(Import { module: name, line });
                }
            }
        }
        imports
    }
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
    })
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    let mut of_tests = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                of_tests.extend(test_modules(&name, &text));
                sources.push(Source { name, text });
            }
        }
    }
    sources.retain(|file| !of_tests.iter().any(|module| file.name.starts_with(module)));
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

/// Returns where the modules stand that this file declares for tests alone: `sql/properties.rs`, `sql/properties/`.
fn test_modules(name: &str, text: &str) -> Vec<String> {
    let folder = match name.strip_suffix("mod.rs") {
        Some(folder) => folder.to_owned(),
        None => format!("{}/", name.trim_end_matches(".rs")),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
    declared
        .filter_map(|pair| pair[1].trim_start_matches("pub(crate) ").strip_prefix("mod ")?.strip_suffix(';'))
        .flat_map(|module| [format!("{folder}{module}.rs"), format!("{folder}{module}/")])
        .collect()
}
