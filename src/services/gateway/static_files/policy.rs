//! What a browser lets a page of a front end do: Content-Security-Policy.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// Returns the policy of a file: everything from the app's own host, nothing from elsewhere.
///
/// Scripts and styles that stand in a page itself are allowed by their hash, so that a page of one file works and what
/// somebody manages to put into it does not run. Attributes (`onclick`, `style`) are not allowed.
pub(super) fn of(kind: &str, content: &[u8]) -> String {
    let page = if kind.starts_with("text/html") { String::from_utf8_lossy(content) } else { "".into() };
    // The parser of HTML reads every end of a line as \n, and hashes what it has read.
    let page = page.replace("\r\n", "\n").replace('\r', "\n");
    format!(
        "default-src 'self'; script-src 'self'{}; style-src 'self'{}; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        hashes(&page, "script"),
        hashes(&page, "style")
    )
}

/// Returns the hash of what stands in each element of this name, each with a blank before it.
fn hashes(page: &str, element: &str) -> String {
    let (begin, end) = (format!("<{element}"), format!("</{element}"));
    // As long as the page itself, byte for byte: only ASCII letters change.
    let lower = page.to_ascii_lowercase();
    let mut hashes = String::new();
    let mut at = 0;
    while let Some(found) = lower[at..].find(&begin) {
        let name_end = at + found + begin.len();
        let Some(open) = lower[name_end..].find('>').map(|length| name_end + length + 1) else { break };
        let Some(close) = lower[open..].find(&end).map(|length| open + length) else { break };
        if open < close && lower[name_end..].starts_with(|c: char| c == '>' || c.is_ascii_whitespace()) {
            let hash = BASE64_STANDARD.encode(Sha256::digest(&page[open..close]));
            hashes.extend([" 'sha256-", &hash, "'"]);
        }
        at = close;
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_page_is_allowed_by_its_hash() {
        // The example of the specification.
        let of_alert = " 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='";
        for (page, expected) in [
            ("<script>alert('Hello, world.');</script>", of_alert.to_owned()),
            ("<SCRIPT type=module>alert('Hello, world.');</Script>", of_alert.to_owned()),
            ("<script src=a.js></script><script>alert('Hello, world.');</script>", of_alert.to_owned()),
            ("<scripture>alert('Hello, world.');</script>", String::new()),
            ("<script>never closed", String::new()),
            ("<script", String::new()),
            ("é<script>\r\n</script>", hashes("<script>\n</script>", "script")),
        ] {
            let page = page.replace("\r\n", "\n");
            assert_eq!(hashes(&page, "script"), expected, "{page}");
        }
        let crlf = of("text/html", b"<style>a\r\nb</style>");
        assert_eq!(crlf, of("text/html", b"<style>a\nb</style>"));
        assert!(crlf.contains("style-src 'self' 'sha256-"), "{crlf}");
        assert!(!of("text/css", b"<style>a</style>").contains("sha256"));
    }
}
