//! `apps/{app}/emails/*.yaml`: e-mail templates in Go's syntax.

use std::path::PathBuf;

use super::source::Sourced;

/// One e-mail template; at least one of the bodies is there.
#[derive(Debug, Clone)]
pub struct Email {
    /// Its name (the file's name without `.yaml`).
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// Template of the subject line.
    pub subject: Sourced<String>,
    /// Template of the text part.
    pub body: Option<Sourced<String>>,
    /// Template of the HTML part.
    pub body_html: Option<Sourced<String>>,
}
