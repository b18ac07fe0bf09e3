//! The service on real databases.

mod actions;
mod place;
