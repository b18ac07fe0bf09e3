//! What a daemon has to do with its surroundings: signals, readiness, its own log.

pub mod clock;
pub mod group;
pub mod notify;
pub mod rotated;
pub mod signals;
pub mod table;
pub mod tcp;
pub mod telemetry;
pub mod usage;
