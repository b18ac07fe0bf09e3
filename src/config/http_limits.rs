//! `gateway.limits` and `gateway.metrics` of `sogoms.yaml`: what a client may send and how long it may take.

use std::net::SocketAddr;
use std::time::Duration;

use super::yaml::Fields;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// What any client of the gateway is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Bytes of a path with its query string at most.
    pub address_bytes: u32,
    /// Bytes of all headers together at most.
    pub header_bytes: u32,
    /// Open connections at most; further ones wait in the kernel's queue. A reload does not change it.
    pub connections: u32,
    /// How long a new connection may take for the head of its first request.
    pub head_timeout: Duration,
    /// How long a connection may be idle between two requests, and take for the head of a later one.
    pub idle_timeout: Duration,
    /// How long the whole body of a request may take.
    pub body_timeout: Duration,
    /// How long a client may leave unread what it was sent.
    pub unread_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            address_bytes: 8 << 10,
            header_bytes: 32 << 10,
            connections: 8192,
            head_timeout: Duration::from_secs(10),
            // Longer than the 60 s after which nginx gives up its side, so that it never sends a request into a
            // connection that we just closed.
            idle_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(20),
            unread_timeout: Duration::from_secs(30),
        }
    }
}

impl HttpLimits {
    /// Reads the section.
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let limits = Self {
            // hyper itself reads no longer ones than 65 534 bytes.
            address_bytes: fields.integer("address_bytes", 256..=60_000).unwrap_or(default.address_bytes),
            header_bytes: fields.integer("header_bytes", 1 << 10..=1 << 20).unwrap_or(default.header_bytes),
            connections: fields.integer("connections", 16..=1_000_000).unwrap_or(default.connections),
            head_timeout: fields.duration("head_timeout", SECOND..=HOUR).unwrap_or(default.head_timeout),
            idle_timeout: fields.duration("idle_timeout", SECOND..=HOUR).unwrap_or(default.idle_timeout),
            body_timeout: fields.duration("body_timeout", SECOND..=HOUR).unwrap_or(default.body_timeout),
            unread_timeout: fields
                .duration("unread_timeout", SECOND..=HOUR)
                .unwrap_or(default.unread_timeout),
        };
        fields.finish();
        limits
    }
}

/// Where the gateway's figures are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MetricsSettings {
    /// An address and port of their own; without it they are told to this host alone, on the port of the API.
    pub listen: Option<SocketAddr>,
}

impl MetricsSettings {
    /// Reads the section.
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        let settings =
            Self { listen: fields.parsed("listen", "an address and a port such as `127.0.0.1:9464`") };
        fields.finish();
        settings
    }
}
