//! `smtp:` of `app.yaml`.

mod delivery;
mod dkim;

use std::path::PathBuf;

pub use self::delivery::{MailLimits, MailRetry, OnUnknown};
pub use self::dkim::Dkim;
use super::{Context, is_host};
use crate::config::problem::{Problem, Report};
use crate::config::secret::{Secret, find_secret};
use crate::config::source::Sourced;
use crate::config::yaml::Fields;

/// How an app sends mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Smtp {
    /// Where its mail goes.
    pub way: MailWay,
    /// Address of the sender.
    pub from: Sourced<String>,
    /// Name of the sender; empty if not given.
    pub from_name: String,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<String>,
    /// Address by which recipients of bulk mail unsubscribe, a template: `https://…` or `mailto:…`.
    pub unsubscribe: Option<Sourced<String>>,
    /// How much of it goes at a time.
    pub limits: MailLimits,
    /// When what did not go out is tried again.
    pub retry: MailRetry,
    /// Days after which a finished mail is forgotten, with its idempotency key; from 1.
    pub retention_days: u32,
    /// Days after which the content of a finished mail is dropped, while its states are still known.
    pub content_days: u32,
    /// What becomes of a mail that may have gone out.
    pub unknown: OnUnknown,
    /// Days during which an address gets no mail that a server said takes none; 0 notes no such address.
    pub suppress_days: u32,
    /// Whether a variable that the data of a template lack is an error; else it counts as empty.
    pub missing_is_error: bool,
    /// How its mail is signed, if it is.
    pub dkim: Option<Dkim>,
}

/// Where an app's mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailWay {
    /// To a mail server.
    Server(MailServer),
    /// Into a folder, a file a mail: for trying things out.
    Folder(PathBuf),
}

/// The mail server an app sends through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User to sign in as; `None` sends without signing in.
    pub user: Option<String>,
    /// Its password; `None` also when the file is missing, which is warned of.
    pub password: Option<Secret>,
    /// How the connection is protected.
    pub tls: MailTls,
    /// PEM file of the authorities that are trusted instead of those of the system.
    pub ca_file: Option<PathBuf>,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// STARTTLS, which is insisted on.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None: for a relay on this machine.
    None,
}

impl Smtp {
    pub(super) fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Self> {
        const DAYS: std::ops::RangeInclusive<u32> = 1..=3650;
        let folder = fields.text("folder");
        fields.require(if folder.is_some() { &["from"] } else { &["host", "from"] });
        let server = MailServer::of(&mut fields, context);
        let from = fields.text("from");
        let from_name = fields.text_or_empty("from_name");
        let reply_to = fields.text("reply_to");
        let unsubscribe = fields.text("unsubscribe");
        let limits = fields.section("limits").map(MailLimits::of).unwrap_or_default();
        let retry = fields.section("retry").map(MailRetry::of).unwrap_or_default();
        let retention_days = fields.integer("retention_days", DAYS).unwrap_or(30);
        let content_days = fields.integer("content_days", DAYS).unwrap_or(7);
        let words = [("wait", OnUnknown::Wait), ("resend", OnUnknown::Resend), ("fail", OnUnknown::Fail)];
        let unknown = fields.choice("unknown", &words).unwrap_or_default();
        let suppress_days = fields.integer("suppress_days", 0..=3650).unwrap_or(90);
        let missing_is_error = fields.choice("missing", &[("error", true), ("empty", false)]).unwrap_or(true);
        let dkim = fields.section("dkim").map(|section| Dkim::of(section, context));
        let report = fields.report;
        fields.finish();

        let from = from?;
        check_address(&from, "the name goes into `from_name`", report);
        if let Some(reply_to) = &reply_to {
            check_address(reply_to, "the name of who answers is not shown", report);
        }
        if let Some(name) = from_name.as_ref().filter(|name| name.value.contains(char::is_control)) {
            report.error(&name.at, "`from_name` holds a line break or another control character");
        }
        if let Some(way) = unsubscribe.as_ref().filter(|way| !is_way_out(&way.value)) {
            let problem = Problem::error(&way.at, format!("`unsubscribe` cannot be `{}`", way.value));
            report.add(problem.hint("write `https://…` or `mailto:…`; `{{.Email}}` in it is the recipient"));
        }
        Some(Self {
            way: match folder {
                Some(folder) => MailWay::Folder(context.path(&folder.value)),
                None => MailWay::Server(server?),
            },
            from,
            from_name: from_name.map(|name| name.value).unwrap_or_default(),
            reply_to: reply_to.map(|address| address.value),
            unsubscribe,
            limits,
            retry,
            retention_days,
            content_days,
            unknown,
            suppress_days,
            missing_is_error,
            dkim: dkim.flatten(),
        })
    }
}

impl MailWay {
    /// Returns it as people name it: `mail.example.com:587`, or the folder.
    pub fn name(&self) -> String {
        match self {
            Self::Server(MailServer { host, port, .. }) => format!("{host}:{port}"),
            Self::Folder(folder) => folder.display().to_string(),
        }
    }
}

impl MailServer {
    fn of(fields: &mut Fields<'_>, context: &Context<'_>) -> Option<Self> {
        const STARTTLS: u16 = 587;
        const IMPLICIT_TLS: u16 = 465;
        const RELAY: u16 = 25;
        let host = fields.text("host");
        let words = [("false", MailTls::StartTls), ("true", MailTls::Implicit), ("none", MailTls::None)];
        let tls = fields.truth_or_choice("tls", &words).unwrap_or(MailTls::StartTls);
        let usual = match tls {
            MailTls::StartTls => STARTTLS,
            MailTls::Implicit => IMPLICIT_TLS,
            MailTls::None => RELAY,
        };
        let port = fields.integer("port", 1..=u16::MAX).unwrap_or(usual);
        let user = fields.text("user").map(|text| text.value);
        let file = fields.text("password_file");
        let ca_file = fields.text("ca_file");
        let report = fields.report;
        let host = host?;
        if !is_host(&host.value) {
            report.error(&host.at, format!("`{}` is no host name and no address", host.value));
        }
        Some(Self {
            host: host.value,
            port,
            user,
            password: file.and_then(|file| find_secret(&file, context, report)),
            tls,
            ca_file: ca_file.map(|file| context.path(&file.value)),
        })
    }
}

fn check_address(address: &Sourced<String>, name: &str, report: &Report) {
    if !is_address(&address.value) {
        let problem = Problem::error(&address.at, format!("`{}` is no e-mail address", address.value));
        report.add(problem.hint(format!("write the bare address, such as `noreply@example.com`; {name}")));
    }
}

fn is_way_out(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !"<>".contains(c);
    (text.starts_with("https://") || text.starts_with("mailto:")) && text.chars().all(plain)
}

/// Tells whether it is a bare e-mail address: `local@host`.
fn is_address(text: &str) -> bool {
    const LONGEST: usize = 254;
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"@".contains(c);
    text.len() <= LONGEST && !local.is_empty() && local.chars().all(plain) && is_host(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_bare() {
        for (text, expected) in [
            ("noreply@example.com", true),
            ("a.b+c@mail.example.com", true),
            ("root@localhost", true),
            ("noreply", false),
            ("@example.com", false),
            ("noreply@", false),
            ("Mon App <noreply@example.com>", false),
            ("a@b@example.com", false),
            ("a\r\nBcc: x@example.com", false),
            ("a@exa mple.com", false),
        ] {
            assert_eq!(is_address(text), expected, "{text}");
        }
    }
}
