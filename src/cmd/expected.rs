//! The services of ours that an installation is to have.

use super::context::Context;
use crate::config;
use crate::services::{Entry, SERVICES};

/// Returns the services that are to answer: the supervisor, those that sogoctl.yaml names, and those whose socket is there
/// all the same. All of ours without such a file.
pub(super) fn expected(context: &Context) -> Vec<&'static Entry> {
    let units = config::supervisor::load(&context.places.config).value.map(|units| units.services);
    let is_expected = |entry: &&Entry| {
        let is_named =
            |units: &Vec<_>| units.iter().any(|unit: &config::ServiceUnit| unit.name == entry.name);
        let is_supervisor = entry.name == SERVICES[0].name;
        is_supervisor
            || units.as_ref().is_none_or(is_named)
            || context.places.socket(entry.name, 1).symlink_metadata().is_ok()
    };
    SERVICES.iter().filter(is_expected).collect()
}
