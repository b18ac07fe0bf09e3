//! How often somebody may try to sign in or up.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::context::Context;
use super::super::messages::Message;
use super::super::origin::Origin;
use crate::auth::rate::Tries;
use crate::config;
use crate::error::{Code, Error, Result};

/// The tries of all apps.
#[derive(Debug)]
pub(in super::super) struct SignInLimits {
    accounts: Mutex<Tries<(String, String)>>,
    addresses: Mutex<Tries<IpAddr>>,
}

impl SignInLimits {
    /// Begins to count.
    pub(in super::super) fn new(limits: config::SignInLimits) -> Self {
        Self {
            accounts: Mutex::new(Tries::new(limits.per_account)),
            addresses: Mutex::new(Tries::new(limits.per_address)),
        }
    }

    /// Counts a try from where the request comes from.
    ///
    /// # Errors
    /// [`Code::RateLimited`] with the seconds to wait.
    pub(super) fn try_from_address(&self, cx: &Context) -> Result<()> {
        let Some(key) = key(cx.origin) else { return Ok(()) };
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.take(key, cx.began).map_err(|wait| refused(cx, wait))
    }

    /// Counts a try at an account, by what it is known by in normal form. Whether it exists makes no difference.
    ///
    /// # Errors
    /// [`Code::RateLimited`] with the seconds to wait.
    pub(super) fn try_at_account(&self, cx: &Context, app: &str, normal: &str) -> Result<()> {
        let key = (app.to_owned(), normal.to_owned());
        self.accounts().take(key, cx.began).map_err(|wait| refused(cx, wait))
    }

    /// Forgets the tries at an account: the last one was right.
    pub(super) fn forget_account(&self, app: &str, normal: &str) {
        self.accounts().forget(&(app.to_owned(), normal.to_owned()));
    }

    fn accounts(&self) -> std::sync::MutexGuard<'_, Tries<(String, String)>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(cx: &Context, wait: Duration) -> Error {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() != 0);
    Error::new(Code::RateLimited, cx.words.text(Message::TooManyTries))
        .retry_after(u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// Returns what is counted for an origin: an IPv4 address, the /64 network of an IPv6 address (one subscriber has all
/// of it), nothing for a proxy that many may be behind.
fn key(origin: Origin) -> Option<IpAddr> {
    let address = match origin.address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    };
    origin.one_client.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_has_one_key() {
        let origin = |address: &str, one_client| Origin { address: address.parse().unwrap(), one_client };
        assert_eq!(key(origin("2001:db8::1", true)), key(origin("2001:db8::ffff:1", true)));
        assert_ne!(key(origin("2001:db8::1", true)), key(origin("2001:db8:0:1::1", true)));
        assert_ne!(key(origin("192.0.2.1", true)), key(origin("192.0.2.2", true)));
        assert_eq!(key(origin("192.0.2.1", false)), None);
    }
}
