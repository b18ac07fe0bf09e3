//! What the doctor finds.

use serde::Serialize;

/// What a finding is about; they are shown in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Group {
    /// The configuration folder.
    Configuration,
    /// The secrets it names.
    Secrets,
    /// Folders, and the disks below them.
    Folders,
    /// The services and their sockets.
    Services,
    /// The apps' databases.
    Databases,
    /// What belongs to no installation: clock, kernel, limits.
    Machine,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// As it should be.
    Ok,
    /// It works, and will be regretted.
    Warning,
    /// Something does not work, or is open to somebody it should not be.
    Serious,
}

/// One finding. The keys are for programs and stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) group: Group,
    pub(super) severity: Severity,
    /// The app it concerns, if only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) app: Option<String>,
    pub(super) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// A command to type, or what to write where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mend: Option<String>,
}

impl Group {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration",
            Self::Secrets => "Secrets",
            Self::Folders => "Folders",
            Self::Services => "Services",
            Self::Databases => "Databases",
            Self::Machine => "Machine",
        }
    }

    /// Makes a finding that all is well.
    pub(super) fn ok(self, what: impl Into<String>) -> Finding {
        self.finding(Severity::Ok, what.into())
    }

    /// Makes a warning.
    pub(super) fn warning(self, what: impl Into<String>) -> Finding {
        self.finding(Severity::Warning, what.into())
    }

    /// Makes a serious finding.
    pub(super) fn serious(self, what: impl Into<String>) -> Finding {
        self.finding(Severity::Serious, what.into())
    }

    fn finding(self, severity: Severity, what: String) -> Finding {
        Finding { group: self, severity, app: None, what, why: None, mend: None }
    }
}

impl Severity {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Serious => "serious",
        }
    }
}

impl Finding {
    pub(super) fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    pub(super) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    pub(super) fn app(mut self, app: &str) -> Self {
        self.app = Some(app.to_owned());
        self
    }
}

/// Shortens findings to `severity: what`, for tables of cases.
#[cfg(test)]
pub(super) fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}: {}", finding.severity.word(), finding.what)).collect()
}
