//! The configuration as a person meets it: a folder with files, and what is told about them.

mod documented;
pub(super) mod folder;
mod mistakes_api;
mod mistakes_app;
mod mistakes_daemons;
mod robustness;
mod sample;
mod secrets;
