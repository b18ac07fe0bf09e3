use super::*;
use crate::services::smtp::wire::reply::Partial;

fn replied(step: Step, text: &str) -> String {
    let reply = Partial::default().line(text.as_bytes()).unwrap().unwrap();
    kind(&Failure::new(step, Cause::Reply(reply)).outcome())
}

fn kind(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Sent { .. } => "sent",
        Outcome::Later { whole_provider: true, .. } => "later all",
        Outcome::Later { .. } => "later",
        Outcome::Never { no_such_address: true, .. } => "never address",
        Outcome::Never { .. } => "never",
        Outcome::Unknown { .. } => "unknown",
        Outcome::Refused { credentials: true, .. } => "refused credentials",
        Outcome::Refused { .. } => "refused",
    }
    .to_owned()
}

#[test]
fn what_a_reply_says_depends_on_where_it_comes() {
    use Step::{Accepted, Content, Greeting, Hello, Recipient, Sender, SignIn, StartTls};
    for (step, reply, expected) in [
        (Greeting, "421 too busy", "later all"),
        (Greeting, "450 later", "later all"),
        (Greeting, "554 5.7.1 you are on a list", "refused"),
        (Hello, "550 who?", "refused"),
        (StartTls, "454 4.7.0 TLS not available", "later all"),
        (StartTls, "502 what?", "refused"),
        (SignIn, "535 5.7.8 no", "refused credentials"),
        (SignIn, "534 5.7.9 too weak", "refused credentials"),
        (SignIn, "454 4.7.0 temporary", "later all"),
        (SignIn, "504 5.5.4 mechanism", "refused credentials"),
        (Sender, "530 5.7.0 sign in first", "refused credentials"),
        (Sender, "553 5.7.1 not your address", "refused"),
        (Sender, "452 4.3.1 disk full", "later all"),
        (Sender, "552 5.3.4 too large", "never"),
        (Sender, "552 too large", "never"),
        (Sender, "421 bye", "later all"),
        (Recipient, "450 4.2.0 greylisted", "later"),
        (Recipient, "452 4.2.2 full", "later"),
        (Recipient, "421 4.7.0 bye", "later all"),
        (Recipient, "550 5.1.1 no such user", "never address"),
        (Recipient, "550 no such user", "never address"),
        (Recipient, "550 5.7.1 blocked", "never"),
        (Recipient, "550 5.2.1 disabled", "never address"),
        (Recipient, "552 5.2.2 mailbox full", "later"),
        (Recipient, "552 mailbox full", "later"),
        (Recipient, "554 5.7.1 relay access denied", "never"),
        (Recipient, "530 sign in", "refused credentials"),
        (Content, "451 4.3.0 later", "later"),
        (Content, "554 no valid recipients", "never"),
        (Accepted, "451 4.3.0 later", "later"),
        (Accepted, "421 shutting down", "later all"),
        (Accepted, "550 5.7.1 spam", "never"),
        (Accepted, "550 5.1.1 gone", "never address"),
        (Accepted, "552 5.2.2 mailbox full", "later"),
        (Accepted, "552 5.3.4 too large", "never"),
        (Accepted, "554 5.6.0 content", "never"),
        (Accepted, "354 what?", "unknown"),
    ] {
        assert_eq!(replied(step, reply), expected, "{step} {reply}");
    }
}

#[test]
fn a_lost_connection_is_unknown_after_the_final_dot_alone() {
    for (step, expected) in [
        (Step::Connect, "later all"),
        (Step::Tls, "later all"),
        (Step::SignIn, "later all"),
        (Step::Sender, "later"),
        (Step::Recipient, "later"),
        (Step::Content, "later"),
        (Step::Accepted, "unknown"),
    ] {
        assert_eq!(kind(&Failure::new(step, Cause::Lost("it broke".into())).outcome()), expected, "{step}");
    }
}
