//! SOGOMS: a complete back end for web apps from a folder of YAML.
//!
//! One program, `sogo`, is every daemon and the operator's tool at once. The floors, each of which may use only
//! what stands below it: [`cmd`] → [`services`] → [`ipc`], [`sql`], [`auth`], [`template`], [`store`],
//! [`process`] → [`config`] → [`error`]. ARCHITECTURE.md tells the way of one request through them.

pub mod auth;
pub mod cmd;
pub mod config;
pub mod error;
pub mod ipc;
pub mod process;
pub mod services;
pub mod sql;
pub mod store;
pub mod template;
