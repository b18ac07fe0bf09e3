//! How much of what a service prints is kept.

use crate::config::yaml::Fields;

/// When a file is set aside, and how many of those are kept (`output`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes of a file at which the next one is begun (`max_file_bytes`).
    pub max_file_bytes: u64,
    /// Files that are kept beside the current one (`keep`).
    pub keep: u32,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { max_file_bytes: 10 << 20, keep: 5 }
    }
}

impl Rotation {
    /// Takes the section `output`; what it does not give is as in `default`.
    pub(super) fn of(fields: &mut Fields<'_>, default: &Self) -> Self {
        let Some(mut section) = fields.section("output") else { return *default };
        let rotation = Self {
            max_file_bytes: section
                .integer("max_file_bytes", 64 << 10..=1 << 40)
                .unwrap_or(default.max_file_bytes),
            keep: section.integer("keep", 0..=1000).unwrap_or(default.keep),
        };
        section.finish();
        rotation
    }
}
