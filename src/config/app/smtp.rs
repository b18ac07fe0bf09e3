//! `smtp:` of `app.yaml`.

use super::{Context, is_host};
use crate::config::problem::Problem;
use crate::config::secret::{Secret, find_secret};
use crate::config::source::Sourced;
use crate::config::yaml::Fields;

/// The mail server an app sends through.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User to sign in as; `None` sends without signing in.
    pub user: Option<String>,
    /// Its password; `None` also when the file is missing, which is warned of.
    pub password: Option<Secret>,
    /// Address of the sender.
    pub from: Sourced<String>,
    /// Name of the sender; empty if not given.
    pub from_name: String,
    /// True for TLS from the first byte (465), false for STARTTLS (587).
    pub tls: bool,
}

impl Smtp {
    pub(super) fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Self> {
        const STARTTLS: u16 = 587;
        const IMPLICIT_TLS: u16 = 465;
        fields.require(&["host", "from"]);
        let host = fields.text("host");
        let tls = fields.boolean("tls").unwrap_or(false);
        let port = fields.integer("port", 1..=u16::MAX).unwrap_or(if tls { IMPLICIT_TLS } else { STARTTLS });
        let user = fields.text("user").map(|text| text.value);
        let file = fields.text("password_file");
        let from = fields.text("from");
        let from_name = fields.text_or_empty("from_name");
        let report = fields.report;
        fields.finish();

        let host = host?;
        if !is_host(&host.value) {
            report.error(&host.at, format!("`{}` is no host name and no address", host.value));
        }
        let from = from?;
        if !is_address(&from.value) {
            report.add(Problem::error(&from.at, format!("`{}` is no e-mail address", from.value)).hint(
                "write the bare address, such as `noreply@example.com`; the name goes into `from_name`",
            ));
        }
        if let Some(name) = from_name.as_ref().filter(|name| name.value.contains(char::is_control)) {
            report.error(&name.at, "`from_name` holds a line break or another control character");
        }
        Some(Self {
            host: host.value,
            port,
            user,
            password: file.and_then(|file| find_secret(&file, context, report)),
            from,
            from_name: from_name.map(|name| name.value).unwrap_or_default(),
            tls,
        })
    }
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
