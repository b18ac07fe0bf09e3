//! The one error that crosses boundaries, and the one table that decides what it means outside.
//!
//! A module that branches on its failures has a small enum of its own beside the code; at its edge the enum is
//! turned into an [`Error`] by hand. An [`Error`] travels over IPC and HTTP and ends as an exit code.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io::{self, ErrorKind};

use serde::{Deserialize, Serialize};

/// Shorthand for results whose failure is an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is; the spelling on the wire is SCREAMING_SNAKE_CASE, as in the contract.
///
/// A code that a newer neighbour sends and this build does not know reads as [`Code::Internal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The request's form is wrong: not JSON, an unknown query parameter, an unknown action.
    BadRequest,
    /// No token, or one that is not valid.
    Unauthorized,
    /// Known who, and not allowed.
    Forbidden,
    /// No such resource, row, app, service or path.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The request is well-formed and its content is not acceptable; see the field errors.
    Validation,
    /// The state of things forbids it.
    Conflict,
    /// A unique key has this value already.
    Duplicate,
    /// A foreign key points at nothing, or the row is still pointed at.
    ForeignKey,
    /// A value does not fit its column.
    DataTooLong,
    /// A condition of the request (If-Match) does not hold.
    PreconditionFailed,
    /// The request must say on which version of the row it is based (If-Match).
    PreconditionRequired,
    /// The Idempotency-Key was used with another request before.
    KeyReused,
    /// The body is of a media type that is not understood here.
    UnsupportedMediaType,
    /// Too many tries; later again.
    RateLimited,
    /// Larger than a limit allows: body, frame, answer.
    TooLarge,
    /// The URI of the request is longer than is read.
    AddressTooLong,
    /// The headers of the request are larger than is read.
    HeadersTooLarge,
    /// No app has this host name.
    UnknownHost,
    /// The client took too long to send its request.
    RequestTimeout,
    /// The deadline passed.
    Timeout,
    /// The service or what it needs is not there at the moment; the same request may work later.
    Unavailable,
    /// The database cannot be reached.
    DbError,
    /// The database refused the statement itself.
    SqlError,
    /// The connection to the database broke while the statement ran: whether it took effect is not known.
    ConnectionLost,
    /// Two transactions waited for each other, also when it was tried again.
    Deadlock,
    /// The database server accepts no writes.
    ReadOnly,
    /// The database server has no connection left.
    TooManyConnections,
    /// What was to be brought about failed, though everyone could be asked.
    TargetFailed,
    /// A configuration file is wrong.
    Config,
    /// What was asked for needs something that this installation lacks.
    Unsupported,
    /// The command line was wrong.
    Usage,
    /// The operator interrupted it.
    Interrupted,
    /// A fault of ours; the private cause is in the log.
    #[serde(other)]
    Internal,
}

/// What a [`Code`] means outside: to an HTTP client and to a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Status of an HTTP answer.
    pub http: u16,
    /// Exit code of a command.
    pub exit: u8,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Validation,
        Self::Conflict,
        Self::Duplicate,
        Self::ForeignKey,
        Self::DataTooLong,
        Self::PreconditionFailed,
        Self::PreconditionRequired,
        Self::KeyReused,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::TooLarge,
        Self::AddressTooLong,
        Self::HeadersTooLarge,
        Self::UnknownHost,
        Self::RequestTimeout,
        Self::Timeout,
        Self::Unavailable,
        Self::DbError,
        Self::SqlError,
        Self::ConnectionLost,
        Self::Deadlock,
        Self::ReadOnly,
        Self::TooManyConnections,
        Self::TargetFailed,
        Self::Config,
        Self::Unsupported,
        Self::Usage,
        Self::Interrupted,
        Self::Internal,
    ];

    /// Returns the kind of failure it is that the operating system refused a file or an address of this host.
    pub fn of_io(cause: &io::Error) -> Self {
        match cause.kind() {
            ErrorKind::PermissionDenied => Self::Forbidden,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::AddrInUse | ErrorKind::AlreadyExists | ErrorKind::NotADirectory => Self::Conflict,
            _ => Self::Internal,
        }
    }

    /// Returns the HTTP status and the exit code of this kind of failure: the only table of them. What the exit codes
    /// say stands in [`EXIT_CODES`].
    pub const fn outcome(self) -> Outcome {
        let (http, exit) = match self {
            Self::BadRequest | Self::Usage => (400, 2),
            Self::Unauthorized => (401, 5),
            Self::Forbidden => (403, 5),
            Self::NotFound => (404, 4),
            Self::MethodNotAllowed => (405, 2),
            Self::Validation | Self::DataTooLong => (422, 1),
            Self::Conflict | Self::Duplicate | Self::ForeignKey => (409, 6),
            Self::PreconditionFailed => (412, 6),
            Self::PreconditionRequired => (428, 2),
            Self::KeyReused => (422, 6),
            Self::UnsupportedMediaType => (415, 2),
            Self::RateLimited => (429, 5),
            Self::TooLarge => (413, 1),
            Self::AddressTooLong => (414, 1),
            Self::HeadersTooLarge => (431, 1),
            Self::UnknownHost => (421, 4),
            Self::RequestTimeout => (408, 8),
            Self::Timeout => (504, 8),
            Self::Unavailable => (503, 3),
            Self::DbError
            | Self::ConnectionLost
            | Self::Deadlock
            | Self::ReadOnly
            | Self::TooManyConnections
            | Self::TargetFailed => (503, 7),
            Self::SqlError => (500, 7),
            Self::Config => (500, 9),
            Self::Unsupported => (501, 1),
            Self::Interrupted => (500, 130),
            Self::Internal => (500, 1),
        };
        Outcome { http, exit }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Every exit code of a command, and what it says; those above 0 are the ones that [`Code::outcome`] gives.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "ok"),
    (1, "failed"),
    (2, "usage"),
    (3, "daemon unreachable"),
    (4, "not found"),
    (5, "refused"),
    (6, "conflict"),
    (7, "target failed"),
    (8, "timeout"),
    (9, "configuration invalid"),
    (130, "interrupted"),
];

/// What is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field, as the caller wrote it.
    pub field: Cow<'static, str>,
    /// What is wrong with it, for a person.
    pub message: Cow<'static, str>,
}

/// A failure with words for the public, a hint for who can act on it, and a cause that stays on this host.
///
/// Serialised (IPC, logs) it holds code, message, hint and fields, never the cause.
#[derive(Debug, Serialize, Deserialize)]
pub struct Error {
    /// What kind of failure it is.
    pub code: Code,
    /// What was wrong, in words that may be shown to anybody.
    pub message: Cow<'static, str>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
    /// Which fields of the input are wrong, when it is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Seconds after which another try makes sense (Retry-After).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    #[serde(skip)]
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error of this kind with these public words.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), hint: None, fields: Vec::new(), retry_after: None, cause: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds one wrong field.
    #[must_use]
    pub fn field(
        mut self,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.fields.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// Adds after how many seconds another try makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Adds the private cause: logged once where the call is answered, never sent anywhere.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Returns the private cause with everything under it, for the log; `None` if there is none.
    pub fn cause(&self) -> Option<String> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(self.cause.as_deref()?);
        let mut text = String::new();
        while let Some(error) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&error.to_string());
            next = error.source();
        }
        Some(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_wire_name_that_reads_back() {
        for code in Code::ALL {
            let name = code.to_string();
            assert_eq!(name, name.to_ascii_uppercase());
            assert_eq!(serde_json::from_value::<Code>(name.into()).unwrap(), *code);
        }
    }

    #[test]
    fn every_exit_code_says_something_and_comes_from_a_code() {
        for code in Code::ALL {
            let exit = code.outcome().exit;
            assert!(EXIT_CODES.iter().any(|(known, _)| *known == exit), "{code}");
        }
        for (exit, _) in EXIT_CODES.iter().filter(|(exit, _)| *exit != 0) {
            assert!(Code::ALL.iter().any(|code| code.outcome().exit == *exit), "{exit}");
        }
    }

    #[test]
    fn what_the_system_refuses_has_an_exit_code_of_its_own() {
        for (kind, exit) in [
            (ErrorKind::PermissionDenied, 5),
            (ErrorKind::NotFound, 4),
            (ErrorKind::AddrInUse, 6),
            (ErrorKind::StorageFull, 1),
        ] {
            assert_eq!(Code::of_io(&kind.into()).outcome().exit, exit, "{kind}");
        }
    }

    #[test]
    fn an_unknown_code_is_internal() {
        assert_eq!(serde_json::from_str::<Code>("\"FROM_THE_FUTURE\"").unwrap(), Code::Internal);
    }

    #[test]
    fn the_cause_is_never_serialised() {
        let error = Error::new(Code::Internal, "it failed").caused_by(io::Error::other("password=hunter2"));
        assert!(!serde_json::to_string(&error).unwrap().contains("hunter2"));
        assert_eq!(error.cause().unwrap(), "password=hunter2");
    }
}
