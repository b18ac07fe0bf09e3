//! The clock of this machine, as the kernel keeps it.

/// Tells whether something keeps the clock right (NTP or the like); `None` where the kernel does not say.
#[allow(unsafe_code, reason = "no safe wrapper offers adjtimex")]
pub fn is_synchronised() -> Option<bool> {
    // SAFETY: the structure is nothing but numbers, of which 0 is one; with no modes set the kernel only fills it.
    let (state, status) = unsafe {
        let mut clock: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut clock), clock.status)
    };
    (0 <= state).then_some(status & libc::STA_UNSYNC == 0)
}
