//! What the queue gives to a way out, and what it hears back.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::address::Address;
use crate::config::Secret;

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum Way {
    /// To a mail server, which passes it on.
    Server(Box<Server>),
    /// Into a folder, a file a mail and recipient; nothing leaves the machine.
    Folder(PathBuf),
}

/// A mail server, and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host name or address; the name that its certificate must have.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// PEM file of the authorities that are trusted instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// Who signs in; `None` sends without.
    pub credentials: Option<Credentials>,
    /// The name in EHLO; `None` gives the connection's own address.
    pub hello: Option<String>,
    /// Connections at most at a time.
    pub connections: usize,
    /// Mails over one connection before it is renewed; some servers count them.
    pub mails_per_connection: u32,
    /// How long a connection waits for its next mail before it is closed.
    pub idle: Duration,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

impl Server {
    /// Returns this server with what suits most for the rest: four connections, system authorities, nobody signed in.
    pub fn new(host: impl Into<String>, port: u16, tls: Tls) -> Self {
        Self {
            host: host.into(),
            port,
            tls,
            ca_file: None,
            credentials: None,
            hello: None,
            connections: 4,
            mails_per_connection: 100,
            idle: Duration::from_secs(30),
            timeouts: Timeouts::default(),
        }
    }
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// STARTTLS, and nothing before it but EHLO; a server that offers none is refused.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None at all: only to a relay on this machine, which is verified when it is connected to.
    None,
}

/// Who signs in.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The user's password.
    pub password: Secret,
}

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Reaching one address of the server, and again the TLS handshake.
    pub connect: Duration,
    /// The reply to a command.
    pub reply: Duration,
    /// Sending the content.
    pub content: Duration,
    /// The reply after the content. Long by RFC 5321: who gives up early does not know what became of the mail.
    pub accepted: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            reply: Duration::from_secs(60),
            content: Duration::from_secs(180),
            accepted: Duration::from_secs(600),
        }
    }
}

/// From whom and to whom, for the server; what a person sees stands in the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where it is reported that a mail could not be delivered.
    pub sender: Address,
    /// The one who gets it.
    pub recipient: Address,
}

/// What came of one try to deliver one mail to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server answers for the mail from now on.
    Sent {
        /// What it said.
        reply: String,
    },
    /// It surely did not go out, and may work later.
    Later {
        /// The reply's code; `None` when there was no reply (not reached, lost, timed out).
        code: Option<u16>,
        /// What the server said, or what happened.
        reply: String,
        /// Whether the server as a whole is in no state to take mail, so that others need not be tried now.
        whole_provider: bool,
    },
    /// It surely did not go out, and the same mail never will.
    Never {
        /// The reply's code; `None` when the server's announcements rule the mail out (its size).
        code: Option<u16>,
        /// What the server said.
        reply: String,
        /// Whether it said that this address takes no mail at all, so that nothing should be sent there any more.
        no_such_address: bool,
    },
    /// The content was given and the answer never came: it may have gone out. Repeating it may double it.
    Unknown {
        /// What happened.
        why: String,
    },
    /// It surely did not go out, and no mail will by this way before somebody mends something.
    Refused {
        /// Whether user and password were refused; else it is TLS, the sender, or the server's own policy.
        credentials: bool,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { reply } => write!(f, "sent: {reply}"),
            Self::Later { reply, .. } => write!(f, "not now: {reply}"),
            Self::Never { reply, .. } => write!(f, "refused: {reply}"),
            Self::Unknown { why } => write!(f, "not known whether it was sent: {why}"),
            Self::Refused { why, .. } => write!(f, "cannot send: {why}"),
        }
    }
}
