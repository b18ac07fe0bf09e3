//! What this host is called among those that share an app's database.

use std::fmt::Write as _;

use crate::error::{Code, Error, Result};

/// Makes a name that no other host has: that of the machine, for people, and something random.
///
/// # Errors
/// [`Code::Internal`] when the kernel gives nothing random.
pub(super) fn name() -> Result<String> {
    let mut random = [0_u8; 4];
    getrandom::fill(&mut random)
        .map_err(|cause| Error::new(Code::Internal, "the kernel gives no random bytes").caused_by(cause))?;
    let uname = rustix::system::uname();
    let machine: String =
        uname.nodename().to_string_lossy().chars().filter(char::is_ascii_graphic).take(64).collect();
    let mut name = format!("{machine}-");
    for byte in random {
        let _ = write!(name, "{byte:02x}");
    }
    Ok(name)
}
