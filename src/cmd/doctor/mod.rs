//! `sogo doctor`: whether everything that the services need is as it should be.
//!
//! Each part first looks (files, sockets, databases, the kernel) and notes facts; what they mean is decided by a function
//! that does nothing else.

mod configuration;
mod databases;
mod finding;
mod folders;
mod machine;
mod services;

use clap::Args;

use self::finding::{Finding, Severity};
use self::services::Running;
use super::apps;
use super::check::many;
use super::context::Context;
use super::print::{Format, Table, escaped, escaped_lines};
use crate::config;
use crate::error::{Code, Error, Result};

/// Tell whether everything that the services need is as it should be
///
/// It looks at configuration, secrets, folders and disks, sockets and services, databases, clock, kernel and limits, changes
/// nothing, and says of each finding what to do about it. The services need not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo doctor
  sogo doctor prokov
  sogo doctor -o json

The exit code is 1 when a finding is serious.")]
pub(super) struct Doctor {
    /// Only what concerns this app, or all of them
    app: Option<String>,
}

pub(super) fn run(context: &Context, doctor: &Doctor) -> Result<()> {
    let registry = config::load(&context.places.config);
    let only = doctor.app.as_deref();
    // An app that cannot be used is looked at all the same: its problems are findings.
    if let Some(name) = only.filter(|name| !context.places.config.join("apps").join(name).is_dir()) {
        return Err(apps::absent(context, &registry, name));
    }
    let mut findings = configuration::findings(&configuration::look(context, &registry, only));
    context.block_on(async {
        let seen = services::look(context, &registry).await;
        let running: Vec<Running> = seen.running();
        findings.extend(folders::findings(&folders::look(context, &registry, &running)));
        findings.extend(services::findings(&seen));
        findings.extend(databases::findings(&databases::look(context, &registry, only).await));
        findings.extend(machine::findings(&machine::look(&running)));
        Ok(())
    })?;
    findings.sort_by_key(|finding| finding.group);
    show(context, &findings);
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (serious, warnings) = (count(Severity::Serious), count(Severity::Warning));
    if serious == 0 {
        return Ok(());
    }
    let also = if warnings == 0 { String::new() } else { format!(" and {}", many(warnings, "warning")) };
    Err(Error::new(Code::Validation, format!("{}{also}", many(serious, "serious finding"))))
}

fn show(context: &Context, findings: &[Finding]) {
    match context.print.format {
        Format::Table => for_people(context, findings),
        Format::Plain => context.print.table(&table(findings)),
        Format::Json | Format::Yaml => context.print.value(&findings),
    }
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new(["GROUP", "SEVERITY", "APP", "WHAT", "WHY", "MEND"]);
    for finding in findings {
        table.row([
            finding.group.title().to_lowercase(),
            finding.severity.word().to_owned(),
            finding.app.clone().unwrap_or_default(),
            finding.what.clone(),
            finding.why.clone().unwrap_or_default(),
            finding.mend.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// A column of severities, and beside it what, why and mend below each other: no table is wide enough for commands.
fn for_people(context: &Context, findings: &[Finding]) {
    let print = &context.print;
    let mut group = None;
    for finding in findings {
        if group.replace(finding.group) != Some(finding.group) {
            let space =
                if findings.first().is_some_and(|first| std::ptr::eq(first, finding)) { "" } else { "\n" };
            print.heading(&format!("{space}{}", finding.group.title()));
        }
        let app = finding.app.as_ref().map(|app| format!("{}: ", escaped(app))).unwrap_or_default();
        print.text(&format!(
            "  {}  {app}{}\n",
            print.state(finding.severity.word(), 7),
            escaped(&finding.what)
        ));
        for (label, text) in [("why:  ", &finding.why), ("mend: ", &finding.mend)] {
            if let Some(text) = text {
                let text = escaped_lines(text).replace('\n', "\n                 ");
                print.text(&format!("           {label}{text}\n"));
            }
        }
    }
}
