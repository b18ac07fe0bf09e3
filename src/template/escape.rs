//! Values made harmless for the place they stand in.

use std::fmt::Write as _;

/// Escapes for text and quoted attributes of HTML, as Go does.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '\0' => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Encodes for a form: a blank becomes `+`. It is what the function `urlquery` does.
pub(super) fn url_query(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            _ if is_unreserved(byte) => encoded.push(char::from(byte)),
            _ => push_hexadecimal(&mut encoded, byte),
        }
    }
    encoded
}

/// Encodes a value that stands behind the `?` of a link.
pub(super) fn url_part(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            push_hexadecimal(&mut encoded, byte);
        }
    }
    encoded
}

/// Encodes what can stand nowhere in a link, and leaves what can, such as `/` and what is encoded already.
pub(super) fn url(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        let is_encoded = *byte == b'%'
            && bytes.get(index + 1..index + 3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
        if is_unreserved(*byte) || b"!#$&*+,/:;=?@[]".contains(byte) || is_encoded {
            encoded.push(char::from(*byte));
        } else {
            push_hexadecimal(&mut encoded, *byte);
        }
    }
    encoded
}

/// Tells whether a link may begin so: with no scheme, or with one that runs nothing.
pub(super) fn is_harmless_link(text: &str) -> bool {
    const SCHEMES: [&str; 6] = ["http", "https", "mailto", "tel", "sms", "cid"];
    let before_path = text.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, _)) = before_path.split_once(':') else { return true };
    SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Tells whether a value can do no more than be a colour, a size or a name in a `style`.
pub(super) fn is_harmless_style(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '#' | '%' | '.' | ',' | '+' | '-' | '_'))
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)
}

fn push_hexadecimal(encoded: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(encoded, "%{byte:02X}");
}
