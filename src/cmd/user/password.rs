//! Where a new password comes from: the terminal, or a file.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::auth::password;
use crate::cmd::context::Context;
use crate::cmd::prompt;
use crate::config::Secret;
use crate::error::{Code, Error, Result};

/// Bytes read of a file at most; a password has 72.
const LONGEST: u64 = 4096;

#[derive(Debug, Args)]
pub(super) struct PasswordFrom {
    /// Read the password from this file, - for standard input [default: ask on the terminal]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    password_file: Option<PathBuf>,
}

impl PasswordFrom {
    /// Returns the password as it was typed, or the file's text without the end of its line.
    pub(super) fn read(&self, context: &Context) -> Result<Secret> {
        let Some(path) = &self.password_file else { return prompt::new_password(context) };
        let failed = |cause: std::io::Error| {
            Error::new(Code::Usage, format!("cannot read the password from {}: {cause}", path.display()))
        };
        let mut bytes = Vec::new();
        if path == Path::new("-") {
            std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
        } else {
            std::fs::File::open(path)
                .map_err(failed)?
                .take(LONGEST)
                .read_to_end(&mut bytes)
                .map_err(failed)?;
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(Code::Usage, format!("{} is not UTF-8 text", path.display())))?;
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        Ok(Secret::new(text))
    }
}

/// Returns the hash of a password that was checked, off the thread that waits for sogoms-db.
pub(super) async fn hash(password: Secret, cost: u32) -> Result<String> {
    tokio::task::spawn_blocking(move || password::hash(password.expose(), cost))
        .await
        .map_err(|cause| Error::new(Code::Internal, "password work broke off").caused_by(cause))?
}
