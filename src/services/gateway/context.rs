//! What is known about a request besides what it asks: its name, where it comes from, when it must be answered.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::header::HeaderMap;
use tokio::time::Instant;

use super::messages::Words;
use super::origin::Origin;
use super::problem::Form;
use super::respond::REQUEST_ID;
use super::routes::Route;
use super::state::Tenant;
use super::traffic::{Limit, Quota};
use crate::ipc::client::Options;

/// The circumstances of one request.
#[derive(Debug)]
pub(super) struct Context {
    /// Its name in the answer and in the logs of every service it touches.
    pub(super) id: Arc<str>,
    /// Who sent it: the client or a proxy.
    pub(super) peer: IpAddr,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// In which words it is answered.
    pub(super) words: Words,
    /// When it came, in seconds since 1970.
    pub(super) now: i64,
    /// When it came, on the clock that never jumps.
    pub(super) began: std::time::Instant,
    /// When it must be answered.
    pub(super) deadline: Instant,
    /// In which form a refusal is told.
    pub(super) form: Form,
    /// The app, once it is known.
    pub(super) app: Option<String>,
    /// The app as it is served, once it is known.
    pub(super) tenant: Option<Arc<Tenant>>,
    /// What it asks for, once that is known.
    pub(super) asked: Option<Asked>,
    /// What is left of the limits that it counts towards.
    pub(super) quotas: Vec<Quota>,
    /// What it was refused by, if there was no room for it.
    pub(super) refused_by: Option<Limit>,
    /// The user, once they are known.
    pub(super) user_id: Option<i64>,
    /// What somebody who signs in or up is known by, as they say.
    pub(super) account: Option<String>,
}

/// What a request asks for, in words that there are few of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    /// The resource; `auth` for signing in and what belongs to it.
    pub(super) resource: String,
    /// What to do with it: `list`, `show`, …, `login`.
    pub(super) verb: &'static str,
}

impl Context {
    /// Notes what the request asks for.
    pub(super) fn asks(&mut self, route: &Route<'_>) {
        let (resource, verb) = match route {
            Route::Login => ("auth", "login"),
            Route::Register => ("auth", "register"),
            Route::Logout => ("auth", "logout"),
            Route::Me => ("auth", "me"),
            Route::Resource(target) => (target.resource.name(), target.verb.name()),
        };
        self.asked = Some(Asked { resource: resource.to_owned(), verb });
    }

    /// Returns how a service is called for this request.
    pub(super) fn options(&self) -> Options<'_> {
        let deadline = self.deadline.saturating_duration_since(Instant::now());
        Options { deadline, request_id: Some(&self.id) }
    }
}

/// Makes the names of requests: the time in milliseconds and a number, so that they sort by time.
#[derive(Debug)]
pub(super) struct RequestIds(AtomicU32);

impl RequestIds {
    /// Counts from `first`, a number that differs with each start of the process.
    pub(super) fn from(first: u32) -> Self {
        Self(AtomicU32::new(first))
    }

    /// Returns the name that a trusted proxy gave the request, if it is one, else a new one of 16 letters and digits.
    pub(super) fn of(&self, headers: &HeaderMap, trusted: bool, now: SystemTime) -> Arc<str> {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|_| trusted);
        match given {
            Some(id) if is_request_id(id) => id.into(),
            _ => self.next(now),
        }
    }

    fn next(&self, now: SystemTime) -> Arc<str> {
        /// Crockford's base 32: no letters that look like digits.
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let time = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() & 0x3_ffff_ffff_ffff;
        let count = u128::from(self.0.fetch_add(1, Ordering::Relaxed) & 0x3fff_ffff);
        let bits = time << 30 | count;
        (0..16_u32)
            .rev()
            .map(|place| char::from(DIGITS[(bits >> (place * 5) & 31) as usize]))
            .collect::<String>()
            .into()
    }
}

/// Longest name of a request that is taken over.
const LONGEST_ID: usize = 64;

fn is_request_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_named_in_the_order_of_time() {
        let ids = RequestIds::from(7);
        let now = UNIX_EPOCH + Duration::from_millis(1_765_900_000_123);
        let none = HeaderMap::new();
        let names: Vec<_> =
            [0, 0, 1, 1000].map(|later| ids.of(&none, true, now + Duration::from_millis(later))).into();
        assert!(names.is_sorted() && names.iter().all(|name| name.len() == 16), "{names:?}");
        for (given, trusted, taken) in [
            ("4f9c-a.b_c", true, true),
            ("4f9c", false, false),
            ("a b", true, false),
            ("", true, false),
            ("é", true, false),
            (&*"x".repeat(65), true, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, hyper::header::HeaderValue::from_bytes(given.as_bytes()).unwrap());
            assert_eq!(&*ids.of(&headers, trusted, now) == given, taken, "{given}");
        }
    }
}
