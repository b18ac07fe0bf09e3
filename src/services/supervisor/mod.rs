//! `sogoctl`: starts the services, watches over them, stops them.

pub mod api;
