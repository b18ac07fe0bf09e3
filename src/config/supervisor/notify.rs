//! `notify`: whether a service says itself that it is ready.

use crate::config::yaml::Fields;

/// Whether a service says itself that it is ready, by sd_notify(3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Notify {
    /// It may: it is ready once it says so or answers its health check, whichever comes first (`auto`).
    #[default]
    Auto,
    /// It does, and is not ready before (`true`).
    Always,
    /// It is not told of any socket for it (`false`).
    Never,
}

impl Notify {
    /// Takes the key of a service.
    pub(super) fn of(fields: &mut Fields<'_>) -> Self {
        let words = [("auto", Self::Auto), ("true", Self::Always), ("false", Self::Never)];
        fields.choice("notify", &words).unwrap_or_default()
    }
}
