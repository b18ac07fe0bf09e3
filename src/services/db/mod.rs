//! `sogoms-db`: the apps' databases, one pool an app.

pub mod api;
