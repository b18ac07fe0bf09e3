//! `on_failed`: who is told when a service has failed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::checks;
use crate::config::problem::Problem;
use crate::config::secret::Secret;
use crate::config::source::Sourced;
use crate::config::yaml::Fields;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_mins(10);

/// Who is told when a service has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnFailed {
    /// A program that is run; a relative path in the file was taken from the configuration folder.
    pub command: Option<PathBuf>,
    /// The arguments of the program.
    pub args: Vec<String>,
    /// URL that is sent a POST; it may hold a token.
    pub webhook: Option<Secret>,
    /// How long either may take.
    pub timeout: Duration,
}

impl OnFailed {
    /// Takes the section.
    pub(super) fn of(mut fields: Fields<'_>, config: &Path) -> Self {
        let report = fields.report;
        let mut command = fields.texts("command").into_iter();
        let program = command.next().map(|text| Sourced::new(config.join(&text.value), text.at));
        if let Some(program) = &program {
            checks::check_program(program, None, report);
        }
        let webhook = fields.text("webhook").filter(|url| {
            let is_url = is_url(&url.value);
            if !is_url {
                let problem = Problem::error(&url.at, "`webhook` is no URL");
                report.add(problem.hint("write it as `https://HOST/PATH`, or with `http://`"));
            }
            is_url
        });
        let timeout = fields.duration("timeout", SHORTEST..=LONGEST).unwrap_or(DEFAULT_TIMEOUT);
        fields.finish();
        Self {
            command: program.map(|program| program.value),
            args: command.map(|text| text.value).collect(),
            webhook: webhook.map(|url| Secret::new(url.value)),
            timeout,
        }
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
