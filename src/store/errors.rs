//! What SQLite refuses, in words for who runs the service.

use std::path::Path;

use rusqlite::{Error as Cause, ErrorCode, ffi};

use crate::error::{Code, Error};

/// Turns a failure of SQLite on `file` into an error.
pub(super) fn of(cause: Cause, file: &Path) -> Error {
    let Some(failure) = cause.sqlite_error().copied() else {
        return Error::new(Code::Internal, "the durable state was asked something wrong").caused_by(cause);
    };
    let file = file.display();
    let down = |what: String, hint: &'static str| Error::new(Code::Unavailable, what).hint(hint);
    let error = match failure.code {
        ErrorCode::ConstraintViolation => match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                Error::new(Code::Duplicate, "the durable state holds this already")
            }
            _ => Error::new(Code::Internal, "a rule of the durable state forbids it"),
        },
        ErrorCode::DiskFull => down(
            format!("the disk that holds {file} is full"),
            "make room; what was accepted before is safe, and new work is taken again at once",
        ),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => down(
            format!("another process holds {file}"),
            "it belongs to one service alone: end what else has it open (`fuser FILE` names it)",
        ),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => down(
            format!("{file} is damaged, or is no file of ours"),
            "stop the service, keep a copy, and restore a backup or try `sqlite3 FILE .recover`",
        ),
        ErrorCode::ReadOnly
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied => down(
            format!("{file} cannot be written"),
            "the user of the service must own the file and its folder (`places.state` of sogoms.yaml)",
        ),
        ErrorCode::SystemIoFailure => down(
            format!("{file} cannot be read or written"),
            "look at the disk: the kernel's log (`dmesg`) tells what it refused",
        ),
        _ => Error::new(Code::Internal, "the durable state was asked something wrong"),
    };
    error.caused_by(cause)
}
