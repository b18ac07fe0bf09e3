//! `dkim:` of `smtp:`.

use super::super::{Context, is_host};
use crate::config::secret::{Secret, read_secret};
use crate::config::yaml::Fields;

/// How mail is signed, so that the recipient's server sees that the domain sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// The domain that signs.
    pub domain: String,
    /// Which of its keys: `{selector}._domainkey.{domain}` is the name in the DNS.
    pub selector: String,
    /// The private key in PEM.
    pub key: Secret,
}

impl Dkim {
    pub(super) fn of(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Self> {
        fields.require(&["domain", "selector", "key_file"]);
        let domain = fields.text("domain");
        let selector = fields.text("selector");
        let file = fields.text("key_file");
        let report = fields.report;
        fields.finish();
        let (domain, selector, file) = (domain?, selector?, file?);
        for name in [&domain, &selector] {
            if !is_host(&name.value) {
                report.error(&name.at, format!("`{}` is no name of the DNS", name.value));
            }
        }
        let key = read_secret(&file, context, report)?;
        Some(Self { domain: domain.value, selector: selector.value, key })
    }
}
