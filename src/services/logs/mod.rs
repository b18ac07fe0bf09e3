//! `sogoms-logs`: one place for what the apps and their services have to say.

pub mod api;
