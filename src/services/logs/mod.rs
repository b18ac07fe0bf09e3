//! `sogoms-logs`: one place for what the apps and their services have to say.

pub mod api;
mod clock;
mod queue;

pub use clock::Clock;
pub use queue::LogQueue;
