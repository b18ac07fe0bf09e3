//! Shows what services print to the person in front of a supervisor that was started by hand.

use super::writer::Following;

/// Writes every line to standard error until the supervisor ends. It has a thread of its own: a terminal that was stopped
/// with Ctrl-S holds up nobody else.
pub(super) fn show(mut lines: Following) {
    while let Some((_, text)) = lines.blocking_recv() {
        let mut left = &text[..];
        while !left.is_empty() {
            match rustix::io::retry_on_intr(|| rustix::io::write(rustix::stdio::stderr(), left)) {
                Ok(count) if count != 0 => left = &left[count..],
                // Nobody looks any more; the files go on.
                _ => return,
            }
        }
    }
}
