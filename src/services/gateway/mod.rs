//! `sogoway`: the HTTP gateway. The only place, with the administration, that knows HTTP.

pub mod api;
