//! The way to the network: mails as bytes, and the dialogue with a mail server.
//!
//! Building: `message` → `fields` (what may stand in a header), `attachment`, `plain` (the text of an HTML mail), `dkim`.
//! Sending: `transport` → `pool` → `dialogue` (one connection), or `folder`. What a failure says about the mail is decided in
//! `failure` alone.

pub mod address;
mod attachment;
mod certificate;
mod content;
mod dialogue;
mod dkim;
mod entities;
mod failure;
mod fields;
mod folder;
mod message;
mod plain;
mod pool;
mod probe;
mod reply;
mod tls;
mod transport;
mod types;

pub use attachment::Attachment;
pub use dkim::Signer;
pub use fields::ALLOWED as ALLOWED_HEADERS;
pub use message::{Message, Unsubscribe};
pub use plain::of_html as text_of_html;
pub use probe::Finding;
pub use transport::{Transport, probe};
pub use types::{Credentials, Envelope, Outcome, Server, Timeouts, Tls, Way};
