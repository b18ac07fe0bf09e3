//! What becomes of a mail after a try. Pure; moments are milliseconds since 1970, chance comes in as a number.

use super::api::State;
use super::wire::Outcome;
use crate::config::{MailRetry, OnUnknown};

/// What is known of a mail when a try has ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tried {
    /// When it was accepted.
    pub(super) accepted: i64,
    /// Tries, this one included.
    pub(super) tries: u32,
    /// The moment at which the try ended.
    pub(super) now: i64,
    /// From 0 to 1, for the spread of the waits.
    pub(super) chance: f64,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Its new state.
    pub(super) state: State,
    /// When it is tried again, in the states that are tried again.
    pub(super) due: Option<i64>,
    /// Why, for people.
    pub(super) reply: String,
    /// Whether nothing should be sent to this address any more.
    pub(super) suppress: bool,
    /// Whether the try counts: one that a fault of the provider ended before it began does not.
    pub(super) counts: bool,
    /// What the try says of the provider.
    pub(super) provider: Provider,
}

/// What a try says of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    /// It takes mail.
    Well,
    /// Nothing new.
    Same,
    /// It takes none at the moment.
    Away,
    /// It takes none before somebody mends something.
    Refuses,
}

/// Decides what becomes of a mail after a try.
pub(super) fn verdict(outcome: Outcome, tried: Tried, retry: &MailRetry, on_unknown: OnUnknown) -> Verdict {
    let ended =
        |state, reply, provider| Verdict { state, due: None, reply, suppress: false, counts: true, provider };
    match outcome {
        Outcome::Sent { reply } => ended(State::Sent, reply, Provider::Well),
        Outcome::Never { reply, no_such_address, .. } => {
            Verdict { suppress: no_such_address, ..ended(State::Failed, reply, Provider::Well) }
        }
        Outcome::Later { reply, whole_provider, .. } => {
            let provider = if whole_provider { Provider::Away } else { Provider::Well };
            let due = tried.now + delay(retry, tried.tries, tried.chance);
            let (age, most) = (due - tried.accepted, millis(retry.max_age));
            if most < age || retry.max_attempts <= tried.tries {
                let reply = format!("given up after {} tries: {reply}", tried.tries);
                return ended(State::Failed, reply, provider);
            }
            Verdict { due: Some(due), ..ended(State::Deferred, reply, provider) }
        }
        Outcome::Unknown { why } => unknown(&why, tried, retry, on_unknown),
        Outcome::Refused { why, .. } => Verdict {
            due: Some(tried.now),
            counts: false,
            ..ended(if tried.tries <= 1 { State::Queued } else { State::Deferred }, why, Provider::Refuses)
        },
    }
}

/// Decides what becomes of a mail that may have gone out.
pub(super) fn unknown(why: &str, tried: Tried, retry: &MailRetry, on_unknown: OnUnknown) -> Verdict {
    let (state, due) = match on_unknown {
        OnUnknown::Wait => (State::Unknown, None),
        OnUnknown::Fail => (State::Failed, None),
        OnUnknown::Resend => (State::Deferred, Some(tried.now + delay(retry, tried.tries, tried.chance))),
    };
    let reply = format!("it may have gone out: {why}");
    Verdict { state, due, reply, suppress: false, counts: true, provider: Provider::Same }
}

/// Returns the wait after so many tries, in milliseconds: doubled each time, up to its limit, a tenth more or less.
pub(super) fn delay(retry: &MailRetry, tries: u32, chance: f64) -> i64 {
    const SPREAD: f64 = 0.1;
    let doubled =
        retry.delay.as_secs_f64() * 2_f64.powi(i32::try_from(tries.saturating_sub(1).min(40)).unwrap_or(40));
    let wait = doubled.min(retry.max_delay.as_secs_f64()) * 1000.0 * (1.0 + SPREAD * (2.0 * chance - 1.0));
    #[expect(clippy::cast_possible_truncation, reason = "a wait is a month at most")]
    let wait = wait as i64;
    wait
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RETRY: MailRetry = MailRetry {
        delay: Duration::from_secs(60),
        max_delay: Duration::from_secs(3600),
        max_age: Duration::from_secs(7200),
        max_attempts: 5,
    };

    fn later(tries: u32, now: i64) -> Verdict {
        let outcome = Outcome::Later { code: Some(451), reply: "not now".to_owned(), whole_provider: false };
        verdict(outcome, Tried { accepted: 0, tries, now, chance: 0.5 }, &RETRY, OnUnknown::Wait)
    }

    #[test]
    fn waits_double_up_to_their_limit_and_are_spread() {
        let waits: Vec<i64> = (1..=9).map(|tries| delay(&RETRY, tries, 0.5) / 1000).collect();
        assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!((delay(&RETRY, 1, 0.0), delay(&RETRY, 1, 1.0)), (54_000, 66_000));
        assert_eq!(delay(&RETRY, u32::MAX, 0.5), 3_600_000);
    }

    #[test]
    fn what_may_go_later_is_tried_until_it_is_too_old_or_was_tried_too_often() {
        assert_eq!((later(1, 1000).state, later(1, 1000).due), (State::Deferred, Some(61_000)));
        assert_eq!(later(1, 7_200_000 - 60_000).state, State::Deferred);
        let old = later(1, 7_200_001 - 60_000);
        assert_eq!((old.state, old.reply.as_str()), (State::Failed, "given up after 1 tries: not now"));
        assert_eq!((later(4, 0).state, later(5, 0).state), (State::Deferred, State::Failed));
    }

    #[test]
    fn what_may_have_gone_out_follows_the_choice_of_the_app() {
        for (choice, state, again) in [
            (OnUnknown::Wait, State::Unknown, false),
            (OnUnknown::Fail, State::Failed, false),
            (OnUnknown::Resend, State::Deferred, true),
        ] {
            let outcome = Outcome::Unknown { why: "lost".to_owned() };
            let tried = Tried { accepted: 0, tries: 1, now: 0, chance: 0.5 };
            let found = verdict(outcome, tried, &RETRY, choice);
            assert_eq!((found.state, found.due.is_some()), (state, again));
        }
    }

    #[test]
    fn only_an_address_that_takes_no_mail_is_suppressed_and_a_refusing_provider_costs_no_try() {
        let tried = Tried { accepted: 0, tries: 1, now: 5, chance: 0.5 };
        let never =
            |no_such_address| Outcome::Never { code: Some(550), reply: "no".to_owned(), no_such_address };
        let of = |outcome| verdict(outcome, tried, &RETRY, OnUnknown::Wait);
        assert_eq!((of(never(true)).suppress, of(never(false)).suppress), (true, false));
        let refused = of(Outcome::Refused { credentials: true, why: "535".to_owned() });
        assert_eq!((refused.state, refused.due, refused.counts), (State::Queued, Some(5), false));
        assert_eq!(refused.provider, Provider::Refuses);
    }
}
