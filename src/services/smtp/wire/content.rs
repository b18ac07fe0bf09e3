//! The content of a mail as it goes over the wire after DATA.

/// Returns the mail with each line ending in CRLF and a dot more where a line begins with one, without the final dot. A bare LF or
/// CR becomes CRLF: a server might take it for the end of a line and what follows for commands.
pub(super) fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + message.len() / 64 + 2);
    let mut begins = true;
    let mut bytes = message.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' {
                    bytes.next_if_eq(&b'\n');
                }
                wire.extend_from_slice(b"\r\n");
                begins = true;
            }
            _ => {
                if begins && byte == b'.' {
                    wire.push(b'.');
                }
                wire.push(byte);
                begins = false;
            }
        }
    }
    if !begins {
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_crlf_and_dots_are_doubled() {
        for (message, wire) in [
            ("", ""),
            ("a", "a\r\n"),
            ("a\r\n", "a\r\n"),
            ("a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd\r\n"),
            (".", "..\r\n"),
            ("a\r\n.\r\nb", "a\r\n..\r\nb\r\n"),
            ("a\n.\nMAIL FROM:<x@example.com>", "a\r\n..\r\nMAIL FROM:<x@example.com>\r\n"),
            ("a\r.\r\n", "a\r\n..\r\n"),
            ("a.\r\n..b", "a.\r\n...b\r\n"),
            ("\n\n", "\r\n\r\n"),
        ] {
            assert_eq!(String::from_utf8(stuffed(message.as_bytes())).unwrap(), wire, "{message:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_content_ends_the_content(message in "[\\r\\n.a]{0,40}") {
            let wire = String::from_utf8(stuffed(message.as_bytes())).unwrap();
            let framed = format!("\r\n{wire}");
            proptest::prop_assert!(!framed.contains("\r\n.\r\n"));
            proptest::prop_assert!(!wire.replace("\r\n", "").contains(['\r', '\n']));
        }
    }
}
