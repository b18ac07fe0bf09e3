//! Hands sockets over to a process that is started, as sd_listen_fds(3) describes: as descriptors from 3 on, with
//! variables that name the process they are meant for.

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use rustix::io::fcntl_dupfd_cloexec;

use crate::config;
use crate::ipc::inherited::FIRST;

/// One socket that a service is started with.
#[derive(Debug, Clone)]
pub(super) struct Handed {
    /// Its name in `LISTEN_FDNAMES`: the port, or the name of the file.
    pub name: String,
    /// The socket itself.
    pub socket: Arc<OwnedFd>,
}

const PID: &[u8] = b"LISTEN_PID=";
/// Digits of a process id at most, and the zero that ends the text.
const PID_BYTES: usize = 11;

/// Has a command, which is complete otherwise, be started with these sockets. What is returned is to be kept until it
/// was started. Nothing changes without any socket.
///
/// `LISTEN_PID` is known only after the fork, where nothing can be allocated any more, and the standard library has made
/// its list of variables before. So the program is started here, by the last step before the library would do it; an
/// error comes back to us the library's way.
#[allow(unsafe_code, reason = "what runs between fork and exec is unsafe by nature")]
pub(super) fn hand_over(command: &mut Command, sockets: &[Handed]) -> io::Result<Vec<OwnedFd>> {
    if sockets.is_empty() {
        return Ok(Vec::new());
    }
    let behind = FIRST + RawFd::try_from(sockets.len()).map_err(io::Error::other)?;
    // Numbers that are taken here are not those of the pipe on which the library is told of an error.
    let mut held = Vec::new();
    loop {
        let placeholder = fcntl_dupfd_cloexec(&sockets[0].socket, FIRST)?;
        let number = placeholder.as_raw_fd();
        held.push(placeholder);
        if behind <= number {
            break;
        }
    }
    let copies: Vec<OwnedFd> =
        sockets.iter().map(|handed| fcntl_dupfd_cloexec(&handed.socket, behind)).collect::<Result<_, _>>()?;
    let sources: Vec<RawFd> = copies.iter().map(AsRawFd::as_raw_fd).collect();
    held.extend(copies);

    let arguments: Vec<CString> =
        [command.get_program()].into_iter().chain(command.get_args()).map(text).collect::<io::Result<_>>()?;
    let (mut variables, pid_at) = variables(command, sockets)?;
    let arguments_at = addresses(arguments.iter().map(|argument| argument.as_ptr().cast()));
    let variables_at = addresses(variables.iter().map(Vec::as_ptr));
    let start = move || {
        for (number, source) in (FIRST..).zip(&sources) {
            // SAFETY: both are numbers, and the copy is open after the exec as well.
            if unsafe { libc::dup2(*source, number) } == -1 {
                return Err(io::Error::last_os_error());
            }
        }
        write_number(std::process::id(), &mut variables[pid_at][PID.len()..]);
        // SAFETY: every text ends with a zero, and so do both lists of them; this closure owns the texts.
        unsafe {
            libc::execve(
                arguments[0].as_ptr(),
                std::ptr::with_exposed_provenance(arguments_at.as_ptr().expose_provenance()),
                std::ptr::with_exposed_provenance(variables_at.as_ptr().expose_provenance()),
            );
        }
        Err(io::Error::last_os_error())
    };
    // SAFETY: it makes system calls that are safe after a fork, and neither allocates nor locks.
    unsafe {
        command.pre_exec(start);
    }
    Ok(held)
}

/// Returns the variables that the command is started with, each ended by a zero, and the place of the one that still
/// gets its value.
fn variables(command: &Command, sockets: &[Handed]) -> io::Result<(Vec<Vec<u8>>, usize)> {
    let mut variables: BTreeMap<OsString, OsString> = config::all_variables().collect();
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => variables.insert(name.to_owned(), value.to_owned()),
            None => variables.remove(name),
        };
    }
    let names: Vec<&str> = sockets.iter().map(|handed| handed.name.as_str()).collect();
    variables.insert("LISTEN_FDS".into(), sockets.len().to_string().into());
    variables.insert("LISTEN_FDNAMES".into(), names.join(":").into());
    let line = |(name, value): (OsString, OsString)| {
        let line = [name.as_bytes(), b"=", value.as_bytes()].concat();
        CString::new(line).map(CString::into_bytes_with_nul).map_err(io::Error::other)
    };
    let mut lines: Vec<Vec<u8>> = variables.into_iter().map(line).collect::<io::Result<_>>()?;
    lines.push([PID, &[0; PID_BYTES]].concat());
    let pid_at = lines.len() - 1;
    Ok((lines, pid_at))
}

fn text(text: &OsStr) -> io::Result<CString> {
    CString::new(text.to_owned().into_vec()).map_err(io::Error::other)
}

/// Returns addresses as a list that ends with a zero, as numbers, which a closure may take to another thread.
fn addresses(texts: impl Iterator<Item = *const u8>) -> Vec<usize> {
    texts.map(<*const u8>::expose_provenance).chain([0]).collect()
}

/// Writes a number and a zero behind it, without allocating. There is room for ten digits.
fn write_number(mut number: u32, into: &mut [u8]) {
    let mut digits = [0; PID_BYTES - 1];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let length = digits.len() - first;
    into[..length].copy_from_slice(&digits[first..]);
    into[length] = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_without_leading_zeros() {
        for number in [0, 7, 4711, u32::MAX] {
            let mut into = [b'x'; PID_BYTES];
            write_number(number, &mut into);
            let written = into.split(|byte| *byte == 0).next().unwrap();
            assert_eq!(written, number.to_string().as_bytes());
        }
    }
}
