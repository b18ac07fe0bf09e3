//! `sogoms-smtp`: mail that is neither lost nor doubled.

pub mod wire;
