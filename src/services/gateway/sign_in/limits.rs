//! How often somebody may try to sign in or up.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::context::Context;
use super::super::messages::Message;
use super::super::traffic;
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
        let Some(key) = cx.origin.counted() else { return Ok(()) };
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
    Error::new(Code::RateLimited, cx.words.text(Message::TooManyTries)).retry_after(traffic::seconds(wait))
}
