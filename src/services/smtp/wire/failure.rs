//! What went wrong at which step, and what that says about the mail.

use std::fmt;
use std::time::Duration;

use super::reply::Reply;
use super::types::Outcome;

/// The steps of a dialogue, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Connect,
    Greeting,
    Hello,
    StartTls,
    Tls,
    SignIn,
    Reset,
    Sender,
    Recipient,
    /// DATA and the content, up to but without the final dot.
    Content,
    /// From the final dot on.
    Accepted,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Greeting => "the greeting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Tls => "the TLS handshake",
            Self::SignIn => "AUTH",
            Self::Reset => "RSET",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Content => "DATA",
            Self::Accepted => "the end of the content",
        })
    }
}

/// Why a dialogue ended before the mail was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) step: Step,
    pub(super) cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// The server said no.
    Reply(Reply),
    /// The connection broke, or nothing came in time; or what came was no SMTP.
    Lost(String),
    /// We do not go on, and it would be the same next time.
    Unsafe(String),
    /// Signing in is not possible at all.
    NoSignIn(String),
    /// The mail is larger than the server takes.
    TooLarge(String),
    /// Who wants to know that the content goes out could not be told.
    NotMarked(String),
}

impl Failure {
    pub(super) fn new(step: Step, cause: Cause) -> Self {
        Self { step, cause }
    }

    pub(super) fn timed_out(step: Step, after: Duration) -> Self {
        Self::new(step, Cause::Lost(format!("the server did not answer within {} s", after.as_secs_f32())))
    }

    /// Whether the connection just was not there any more, before anything was said about a mail.
    pub(super) fn is_stale(&self) -> bool {
        matches!(self.step, Step::Reset | Step::Sender)
            && match &self.cause {
                Cause::Lost(_) => true,
                Cause::Reply(reply) => reply.code == 421,
                _ => false,
            }
    }

    /// Whether the dialogue can go on with another mail after RSET.
    pub(super) fn leaves_usable(&self) -> bool {
        match &self.cause {
            Cause::Reply(reply) => reply.code != 421 && Step::Reset < self.step,
            Cause::TooLarge(_) => true,
            _ => false,
        }
    }

    /// Returns what this says about the mail.
    pub(super) fn outcome(self) -> Outcome {
        let Self { step, cause } = self;
        // Before the envelope nothing is about this mail or its recipient.
        let whole_provider = step < Step::Sender;
        match cause {
            Cause::Reply(reply) => said(step, &reply),
            Cause::Lost(why) if step == Step::Accepted => Outcome::Unknown { why: format!("{step}: {why}") },
            Cause::Lost(why) => {
                Outcome::Later { code: None, reply: format!("{step}: {why}"), whole_provider }
            }
            Cause::NotMarked(why) => Outcome::Later { code: None, reply: why, whole_provider: true },
            Cause::Unsafe(why) => Outcome::Refused { credentials: false, why },
            Cause::NoSignIn(why) => Outcome::Refused { credentials: true, why },
            Cause::TooLarge(why) => Outcome::Never { code: None, reply: why, no_such_address: false },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Reply(reply) => write!(f, "{}: {reply}", self.step),
            Cause::Lost(why) => write!(f, "{}: {why}", self.step),
            Cause::Unsafe(why) | Cause::NoSignIn(why) | Cause::TooLarge(why) | Cause::NotMarked(why) => {
                f.write_str(why)
            }
        }
    }
}

/// Returns what a refusal at this step says about the mail.
fn said(step: Step, reply: &Reply) -> Outcome {
    let text = format!("{step}: {reply}");
    let code = Some(reply.code);
    let later = |whole_provider| Outcome::Later { code, reply: text.clone(), whole_provider };
    let refused = |credentials| Outcome::Refused { credentials, why: text.clone() };
    let never = |no_such_address| Outcome::Never { code, reply: text.clone(), no_such_address };
    match (step, reply.code) {
        // The server goes away, whatever it was asked.
        (_, 421) => later(true),
        // Neither yes nor no after the content: it may have been taken.
        (Step::Accepted, 200..400) => Outcome::Unknown { why: text },
        (_, 200..400) => later(step < Step::Sender),
        (Step::Recipient | Step::Content | Step::Accepted, 400..500) => later(false),
        (_, 400..500) => later(true),
        // Not signed in, wrong password, too weak a mechanism: by any of the commands that need it.
        (_, 530 | 534 | 535 | 538) | (Step::SignIn, _) => refused(true),
        (Step::Sender, _) if is_about_size(reply) => never(false),
        // MAIL FROM holds our own address alone: it would be the same for every mail.
        _ if step <= Step::Sender => refused(false),
        // A full mailbox is emptied one day; RFC 5321 §4.5.3.1.10 reads a bare 552 here as a temporary one.
        (Step::Recipient | Step::Accepted, _) if is_full(step, reply) => later(false),
        (Step::Recipient, _) => never(is_no_address(reply)),
        _ => never(matches!(reply.enhanced(), Some((5, 1, 1)))),
    }
}

fn is_about_size(reply: &Reply) -> bool {
    match reply.enhanced() {
        Some((_, subject, detail)) => (subject, detail) == (3, 4) || (subject, detail) == (2, 3),
        None => reply.code == 552,
    }
}

fn is_full(step: Step, reply: &Reply) -> bool {
    match reply.enhanced() {
        Some((_, subject, detail)) => (subject, detail) == (2, 2),
        None => reply.code == 552 && step == Step::Recipient,
    }
}

/// Whether the server said that the address itself takes no mail, rather than not this mail or not from us.
fn is_no_address(reply: &Reply) -> bool {
    match reply.enhanced() {
        Some((_, 1, detail)) => matches!(detail, 0 | 1 | 2 | 3 | 6 | 10),
        Some((_, 2, detail)) => detail == 1,
        Some(_) => false,
        None => matches!(reply.code, 550 | 551 | 553),
    }
}

#[cfg(test)]
mod tests;
