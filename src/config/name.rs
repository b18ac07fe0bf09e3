//! The one rule for names of apps and of services.

/// Letters of a name at most.
pub(super) const LONGEST: usize = 64;

/// Tells whether an app or a service can have this name: a-z, 0-9, `_` and `-`, 1 to 64 of them. It is then fit for
/// files, folders and sockets as well.
pub fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_for_files() {
        for name in ["a", "shop-2", "_", &"a".repeat(LONGEST)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "A", "a b", "../a", "a/b", "é", "a.b", "a\0", "a\n", &"a".repeat(LONGEST + 1)] {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
