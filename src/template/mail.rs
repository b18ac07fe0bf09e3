//! The templates of a mail, and those of an app.

use std::collections::BTreeMap;
use std::fmt;

use super::data::{Data, is_same_name};
use super::fault::Fault;
use super::variables::Variable;
use super::{Escape, Missing, Template};
use crate::config::{App, Email, Problem, TemplateText};
use crate::error::{Code, Error, Result};

/// A part of a mail that is a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `subject`.
    Subject,
    /// `body`: the text part.
    Body,
    /// `body_html`: the HTML part.
    BodyHtml,
}

/// What is wrong with a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartFault {
    /// The part.
    pub part: Part,
    /// The fault, placed in the text of the part.
    pub fault: Fault,
}

/// A mail to be filled in.
#[derive(Debug, Clone)]
pub struct MailTemplate {
    subject: Template,
    body: Option<Template>,
    body_html: Option<Template>,
}

/// A mail that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, one line.
    pub subject: String,
    /// The text part, if the template has one.
    pub text: Option<String>,
    /// The HTML part, if the template has one.
    pub html: Option<String>,
}

impl MailTemplate {
    /// Reads the parts of a mail.
    ///
    /// # Errors
    /// Everything that is wrong with them: at least one fault.
    pub fn compile(
        subject: &str,
        body: Option<&str>,
        body_html: Option<&str>,
    ) -> std::result::Result<Self, Vec<PartFault>> {
        let mut faults = Vec::new();
        let mut compile = |part, source: &str| {
            let escape = if part == Part::BodyHtml { Escape::Html } else { Escape::None };
            let compiled = Template::compile(source, escape).and_then(|template| match part {
                Part::Subject => one_line(source, template).map_err(|fault| vec![fault]),
                Part::Body | Part::BodyHtml => Ok(template),
            });
            compiled
                .map_err(|found| faults.extend(found.into_iter().map(|fault| PartFault { part, fault })))
                .ok()
        };
        let subject = compile(Part::Subject, subject.trim());
        let body = body.map(|body| compile(Part::Body, body));
        let body_html = body_html.map(|body_html| compile(Part::BodyHtml, body_html));
        match subject {
            Some(subject) if faults.is_empty() => {
                Ok(Self { subject, body: body.flatten(), body_html: body_html.flatten() })
            }
            _ => Err(faults),
        }
    }

    /// Fills the mail in. A line break that a value brings into the subject becomes a blank.
    ///
    /// # Errors
    /// The first part that cannot be filled in; see [`Template::render`].
    pub fn render(&self, data: &Data, missing: Missing) -> std::result::Result<Rendered, PartFault> {
        let render = |part, template: &Template| {
            template.render(data, missing).map_err(|fault| PartFault { part, fault })
        };
        let subject = render(Part::Subject, &self.subject)?;
        let words: Vec<&str> = subject.split(char::is_control).filter(|words| !words.is_empty()).collect();
        Ok(Rendered {
            subject: words.join(" ").trim().to_owned(),
            text: self.body.as_ref().map(|body| render(Part::Body, body)).transpose()?,
            html: self.body_html.as_ref().map(|html| render(Part::BodyHtml, html)).transpose()?,
        })
    }

    /// Returns what the parts read of the data.
    pub fn variables(&self) -> Vec<(Part, Variable)> {
        let parts = [
            (Part::Subject, Some(&self.subject)),
            (Part::Body, self.body.as_ref()),
            (Part::BodyHtml, self.body_html.as_ref()),
        ];
        let of_part = |(part, template): (Part, Option<&Template>)| {
            template.map(Template::variables).unwrap_or_default().into_iter().map(move |one| (part, one))
        };
        parts.into_iter().flat_map(of_part).collect()
    }
}

/// Refuses the subject that is written over several lines: a line break would end the header.
fn one_line(source: &str, template: Template) -> std::result::Result<Template, Fault> {
    match template.line_break() {
        None => Ok(template),
        Some(at) => Err(Fault::new(source, at, "a subject is one line, and this one goes on after it")
            .hint("write it on one line; `{{-` and `-}}` take blanks and line breaks around an action away")),
    }
}

impl Part {
    /// Returns its key in `emails/*.yaml`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Body => "body",
            Self::BodyHtml => "body_html",
        }
    }

    fn of(self, email: &Email) -> Option<&TemplateText> {
        match self {
            Self::Subject => Some(&email.subject),
            Self::Body => email.body.as_ref(),
            Self::BodyHtml => email.body_html.as_ref(),
        }
    }
}

/// `subject:1:3: …`, for templates that come with a request and stand in no file.
impl fmt::Display for PartFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.part.name(), self.fault)
    }
}

impl From<PartFault> for Error {
    fn from(found: PartFault) -> Self {
        let error = Self::new(Code::Validation, found.to_string());
        found.fault.hint.into_iter().fold(error, Self::hint)
    }
}

/// The e-mail templates of an app.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    by_name: BTreeMap<String, (Email, MailTemplate)>,
}

impl Templates {
    /// Reads all templates of an app. One with an error is left out, and told of.
    pub fn of(app: &App) -> (Self, Vec<Problem>) {
        let mut templates = Self::default();
        let mut problems = Vec::new();
        for (name, email) in &app.emails {
            let text = |part: Part| part.of(email).map(|text| text.value.as_str());
            match MailTemplate::compile(&email.subject, text(Part::Body), text(Part::BodyHtml)) {
                Ok(template) => _ = templates.by_name.insert(name.clone(), (email.clone(), template)),
                Err(faults) => {
                    problems.extend(faults.into_iter().map(|found| problem(email, found).app(&*app.name)));
                }
            }
        }
        (templates, problems)
    }

    /// Returns a template by its name: that of its file without `.yaml`.
    pub fn get(&self, name: &str) -> Option<&MailTemplate> {
        self.by_name.get(name).map(|(_, template)| template)
    }

    /// Returns the names of all templates in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Fills a template in.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none of this name, [`Code::Validation`] if the data does not fill it in; the message
    /// then has the file, the line and the column.
    pub fn render(&self, name: &str, data: &Data, missing: Missing) -> Result<Rendered> {
        let Some((email, template)) = self.by_name.get(name) else {
            let names: Vec<&str> = self.names().collect();
            let error = Error::new(Code::NotFound, format!("there is no template `{name}`"));
            return Err(if names.is_empty() {
                error.hint("the app has none that can be used; see `sogo check`")
            } else {
                error.hint(format!("there is {}", names.join(", ")))
            });
        };
        template.render(data, missing).map_err(|found| {
            let problem = problem(email, found);
            let message = format!(
                "emails/{}:{}:{}: {}",
                email.file.file_name().unwrap_or_default().to_string_lossy(),
                problem.line.unwrap_or(1),
                problem.column.unwrap_or(1),
                problem.message
            );
            problem.hint.into_iter().fold(Error::new(Code::Validation, message), Error::hint)
        })
    }

    /// Tells what a template reads that the rows of a query do not have: it is filled in with the columns of a group's first
    /// row, and with all rows of the group under [`Templates::ROWS`].
    pub fn check_rows(&self, name: &str, columns: &[&str]) -> Vec<Problem> {
        let Some((email, template)) = self.by_name.get(name) else { return Vec::new() };
        let is_column = |wanted: &str| columns.iter().any(|column| is_same_name(column, wanted));
        let is_there = |path: &[String]| match path {
            [rows] => is_same_name(rows, Self::ROWS) || is_column(rows),
            [rows, item, column] if is_same_name(rows, Self::ROWS) && item == Variable::ITEM => {
                is_column(column)
            }
            _ => false,
        };
        let missing = template
            .variables()
            .into_iter()
            .filter(|(_, variable)| !variable.is_optional && !is_there(&variable.path));
        missing
            .map(|(part, variable)| {
                let column = variable.path.last().map(String::as_str).unwrap_or_default();
                let fault = Fault::new("", 0, format!("the query gives no column `{column}`"));
                let hint = format!(
                    "it gives {}; the rows of the group are `.{}`",
                    columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
                    Self::ROWS
                );
                problem(
                    email,
                    PartFault { part, fault: Fault { offset: variable.offset, ..fault.hint(hint) } },
                )
            })
            .collect()
    }

    /// Name of the group's rows in the data of a `query_email` job's mail.
    pub const ROWS: &'static str = "rows";
}

/// Places the fault of a part in the file.
fn problem(email: &Email, found: PartFault) -> Problem {
    let PartFault { part, fault } = found;
    let problem = match part.of(email) {
        Some(text) => {
            // The subject is read without the blanks around it.
            let skipped = match part {
                Part::Subject => text.value.len() - text.value.trim_start().len(),
                Part::Body | Part::BodyHtml => 0,
            };
            Problem::error(&text.position(skipped + fault.offset), fault.message)
        }
        None => Problem::error_in(&email.file, fault.message),
    };
    fault.hint.into_iter().fold(problem, Problem::hint)
}
