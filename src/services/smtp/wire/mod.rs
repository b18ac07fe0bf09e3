//! The way to the network: mails as bytes, and the dialogue with a mail server.

pub mod address;
mod types;

pub use types::{Credentials, Envelope, Outcome, Server, Timeouts, Tls, Way};
