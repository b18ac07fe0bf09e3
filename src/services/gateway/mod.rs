//! `sogoway`: the HTTP gateway. The only place, with the administration, that knows HTTP.

pub mod api;
pub mod caller;
pub mod compile;
pub mod explain;
pub mod plan;
pub mod routes;
pub mod words;
