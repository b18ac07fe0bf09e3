//! `sogoms-smtp`: mail that is neither lost nor doubled.

pub mod api;
pub mod wire;
