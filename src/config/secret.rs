//! Secrets: text that is neither shown nor written anywhere.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use super::app::Context;
use super::problem::{Problem, Report};
use super::settings::Strictness;
use super::source::Sourced;
use super::yaml;

/// Bytes of a secret at most.
const LONGEST: u64 = 64 << 10;
/// Permissions that are too many. A group may read it: that is how a service that is not root gets at it.
const LOOSE: u32 = 0o027;

/// Text that must not be seen: its `Debug` says nothing, and it does not serialise.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a text that is known already, such as one just made.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads a secret that must be there; what is wrong with it is reported at the key that names its file.
pub(super) fn read_secret(file: &Sourced<String>, context: &Context<'_>, report: &Report) -> Option<Secret> {
    match try_read(file, context, report) {
        Ok(secret) => Some(secret),
        Err(problem) => {
            report.add(*problem);
            None
        }
    }
}

/// Reads a secret that may be missing, which is warned of: what needs it may not be in use.
pub(super) fn find_secret(file: &Sourced<String>, context: &Context<'_>, report: &Report) -> Option<Secret> {
    if context.path(&file.value).symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        let message = format!("the secret `{}` is missing", context.path(&file.value).display());
        report.add(Problem::warning(&file.at, message).hint(made_by(&context.path(&file.value))));
        return None;
    }
    read_secret(file, context, report)
}

/// Says how to make the file of a secret that nobody else can read.
fn made_by(path: &Path) -> String {
    format!("write the secret into it: `(umask 077; cat > {})`", path.display())
}

fn try_read(file: &Sourced<String>, context: &Context<'_>, report: &Report) -> Result<Secret, Box<Problem>> {
    let path = context.path(&file.value);
    let problem =
        |what: &str| Box::new(Problem::error(&file.at, format!("the secret `{}` {what}", path.display())));
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Box::new(problem("is missing").hint(made_by(&path))),
        _ => problem(&format!("cannot be read: {}", yaml::reason(&error))),
    };
    let metadata = fs::metadata(&path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(problem("is not a file"));
    }
    if LONGEST < metadata.len() {
        return Err(problem("is larger than 64 KiB, so it is probably another file"));
    }
    if metadata.permissions().mode() & LOOSE != 0 {
        let loose =
            problem("can be read or changed by other users").hint(format!("chmod 640 {}", path.display()));
        match context.settings.secrets {
            Strictness::Strict => return Err(Box::new(loose)),
            Strictness::Lenient => report.add(Problem { severity: super::Severity::Warning, ..loose }),
        }
    }
    let text =
        String::from_utf8(fs::read(&path).map_err(failed)?).map_err(|_| problem("is not UTF-8 text"))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if text.trim().is_empty() {
        return Err(problem("is empty"));
    }
    Ok(Secret::new(text))
}
