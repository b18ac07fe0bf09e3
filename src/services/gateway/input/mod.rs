//! What clients send, made into values that are bound by the type of their column. Pure.

mod body;
mod calendar;
mod query;
mod value;

pub(crate) use self::body::Body;
pub(crate) use self::query::Params;
pub(crate) use self::value::{Wrong, from_json, from_text, text_of};
