//! `apps/{app}/emails/*.yaml`: e-mail templates in Go's syntax.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::problem::{Problem, Report};
use super::template_text::TemplateText;
use super::yaml::{self, Fields};

/// One e-mail template; at least one of the bodies is there.
#[derive(Debug, Clone)]
pub struct Email {
    /// Its name (the file's name without `.yaml`).
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// Template of the subject line.
    pub subject: TemplateText,
    /// Template of the text part.
    pub body: Option<TemplateText>,
    /// Template of the HTML part.
    pub body_html: Option<TemplateText>,
}

/// Reads the folder of templates.
pub(super) fn load(folder: &Path, report: &Report) -> BTreeMap<String, Email> {
    let mut emails = BTreeMap::new();
    for file in yaml::yaml_files(folder, report) {
        if emails.contains_key(&file.stem) {
            let message =
                format!("`{0}.yaml` and `{0}.yml` are both there, and only one can be meant", file.stem);
            report.add(Problem::error_in(&file.path, message));
            continue;
        }
        let root = yaml::read(&file.path, report).and_then(|source| yaml::parse_required(&source, report));
        let fields = root.as_ref().and_then(|root| Fields::of_file(root, report));
        if let Some(email) = fields.and_then(|fields| Email::of(fields, &file.stem, &file.path)) {
            emails.insert(file.stem, email);
        }
    }
    emails
}

impl Email {
    fn of(mut fields: Fields<'_>, name: &str, file: &Path) -> Option<Self> {
        fields.require(&["subject"]);
        let subject = fields.template("subject");
        let body = fields.template("body");
        let body_html = fields.template("body_html");
        if fields.node("body").is_none() && fields.node("body_html").is_none() {
            fields.report.error(&fields.at, "the e-mail has no text: give `body`, `body_html` or both");
        }
        fields.finish();
        Some(Self { name: name.to_owned(), file: file.to_path_buf(), subject: subject?, body, body_html })
    }
}
