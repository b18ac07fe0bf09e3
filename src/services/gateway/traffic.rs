//! How much of the gateway an app takes: its requests in flight, and how many each user and each address may make.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use super::context::Context;
use crate::auth::rate::Tries;
use crate::config::{App, Rate, RateLimit};
use crate::error::{Code, Error, Result};

/// What is counted of an app; a reload goes on counting.
#[derive(Debug)]
pub(super) struct Traffic {
    in_flight: Arc<AtomicU32>,
    rates: Arc<Rates>,
}

/// The requests of each user and each address, as far as they are limited.
#[derive(Debug)]
struct Rates {
    limit: RateLimit,
    users: Option<Counted<i64>>,
    addresses: Option<Counted<IpAddr>>,
}

#[derive(Debug)]
struct Counted<K> {
    rate: Rate,
    tries: Mutex<Tries<K>>,
}

/// What refused a request that there was no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Limit {
    /// The app's requests in flight.
    InFlight,
    /// The requests of one user.
    User,
    /// The requests of one address.
    Address,
}

impl Limit {
    /// Returns its name, as it stands in headers and figures.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::User => "user",
            Self::Address => "address",
        }
    }
}

/// What somebody has left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    limit: Limit,
    rate: Rate,
    left: u32,
    /// Until all of it is there again.
    reset: Duration,
}

/// One request in flight; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct InFlight(Arc<AtomicU32>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Traffic {
    /// Counts for an app, on from what was counted for it before.
    pub(super) fn new(app: &App, old: Option<&Self>) -> Self {
        let limit = app.rate_limit;
        let rates = old.map(|old| &old.rates).filter(|rates| rates.limit == limit).cloned();
        Self {
            in_flight: old.map(|old| Arc::clone(&old.in_flight)).unwrap_or_default(),
            rates: rates.unwrap_or_else(|| {
                let (users, addresses) =
                    (limit.per_user.map(Counted::new), limit.per_address.map(Counted::new));
                Arc::new(Rates { limit, users, addresses })
            }),
        }
    }

    /// Takes a place among the requests that an app may have in flight.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when there are `most` already.
    pub(super) fn enter(&self, most: u32, cx: &mut Context) -> Result<InFlight> {
        let place = InFlight(Arc::clone(&self.in_flight));
        if most <= self.in_flight.fetch_add(1, Ordering::Relaxed) {
            cx.refused_by = Some(Limit::InFlight);
            return Err(Error::new(Code::Unavailable, cx.words.of_code(Code::Unavailable))
                .retry_after(1)
                .caused_by(format!(
                    "{most} requests of the app are in flight, `limits.max_in_flight` of app.yaml"
                )));
        }
        Ok(place)
    }

    /// Returns how many requests are in flight.
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Counts a request of the address it comes from; a proxy that many may be behind is not counted.
    ///
    /// # Errors
    /// [`Code::RateLimited`] with the seconds to wait.
    pub(super) fn count_address(&self, cx: &mut Context) -> Result<()> {
        let (Some(addresses), Some(address)) = (&self.rates.addresses, cx.origin.counted()) else {
            return Ok(());
        };
        addresses.take(Limit::Address, address, cx)
    }

    /// Counts a request of a signed-in user.
    ///
    /// # Errors
    /// [`Code::RateLimited`] with the seconds to wait.
    pub(super) fn count_user(&self, user_id: i64, cx: &mut Context) -> Result<()> {
        match &self.rates.users {
            Some(users) => users.take(Limit::User, user_id, cx),
            None => Ok(()),
        }
    }
}

impl<K: Hash + Eq + Copy> Counted<K> {
    fn new(rate: Rate) -> Self {
        Self { rate, tries: Mutex::new(Tries::new(rate)) }
    }

    fn take(&self, limit: Limit, key: K, cx: &mut Context) -> Result<()> {
        let now: Instant = cx.began;
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = tries.take(key, now);
        let (left, reset) = tries.left(&key, now);
        cx.quotas.push(Quota { limit, rate: self.rate, left, reset });
        taken.map_err(|wait| {
            cx.refused_by = Some(limit);
            Error::new(Code::RateLimited, cx.words.of_code(Code::RateLimited)).retry_after(seconds(wait))
        })
    }
}

/// Rounds up to whole seconds: who waits as long as they are told is let in.
pub(super) fn seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() != 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Tells what is left, in the fields of draft-ietf-httpapi-ratelimit-headers.
pub(super) fn tell(quotas: &[Quota], headers: &mut HeaderMap) {
    if quotas.is_empty() {
        return;
    }
    let list = |item: fn(&Quota) -> String| quotas.iter().map(item).collect::<Vec<_>>().join(", ");
    let policy = list(|Quota { limit, rate, .. }| {
        format!("\"{}\";q={};w={}", limit.name(), rate.tries, seconds(rate.window))
    });
    let left = list(|Quota { limit, left, reset, .. }| {
        format!("\"{}\";r={left};t={}", limit.name(), seconds(*reset))
    });
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told() {
        let rate = Rate { tries: 100, window: Duration::from_secs(60) };
        let user = Quota { limit: Limit::User, rate, left: 3, reset: Duration::from_millis(57_500) };
        let address = Quota { limit: Limit::Address, left: 0, ..user };
        let mut headers = HeaderMap::new();
        tell(&[], &mut headers);
        assert!(headers.is_empty());
        tell(&[address, user], &mut headers);
        assert_eq!(headers["ratelimit-policy"], r#""address";q=100;w=60, "user";q=100;w=60"#);
        assert_eq!(headers["ratelimit"], r#""address";r=0;t=58, "user";r=3;t=58"#);
    }
}
