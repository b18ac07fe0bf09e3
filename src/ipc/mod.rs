//! How services talk: frames over Unix stream sockets, typed requests, one client and one server.
//!
//! The wire format is the contract's (a 4-byte big-endian length, then JSON); docs/PROTOCOL.md is generated from
//! the types that implement [`Api`].

pub mod action;
pub mod call;
pub mod client;
pub mod frame;
pub mod inherited;
pub mod listen;
pub mod peer;
pub mod server;

pub use action::{Action, Api, Example, Reply};
pub use call::Call;
pub use client::Client;
pub use server::{Answer, Handle, Service, answer};
