//! `limits:` and `rate_limit:` of `app.yaml`: how much of the gateway an app may take.

use crate::config::settings::Rate;
use crate::config::yaml::Fields;

/// What an app may take of the gateway at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppLimits {
    /// Requests that are being answered at the same time; further ones get 503.
    pub max_in_flight: u32,
}

impl Default for AppLimits {
    fn default() -> Self {
        Self { max_in_flight: 256 }
    }
}

impl AppLimits {
    /// Reads the section.
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        let default = Self::default();
        let limits = Self {
            max_in_flight: fields.integer("max_in_flight", 1..=100_000).unwrap_or(default.max_in_flight),
        };
        fields.finish();
        limits
    }
}

/// How many requests each may make; what is not given is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimit {
    /// For one signed-in user, from anywhere.
    pub per_user: Option<Rate>,
    /// For one address, signed in or not.
    pub per_address: Option<Rate>,
}

impl RateLimit {
    /// Reads the section.
    pub(super) fn of(mut fields: Fields<'_>) -> Self {
        let limit = Self {
            per_user: fields.section("per_user").and_then(Rate::of_requests),
            per_address: fields.section("per_address").and_then(Rate::of_requests),
        };
        fields.finish();
        limit
    }
}
