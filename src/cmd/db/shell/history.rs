//! What is kept of the statements that were typed. Pure.

/// Words whose statements are not kept: a secret may stand in them.
const SECRETS: [&str; 5] = ["password", "passwd", "secret", "token", "$2"];

/// Tells whether a statement may be written into a file.
pub(super) fn may_keep(statement: &str) -> bool {
    let lower = statement.to_lowercase();
    !statement.is_empty() && !SECRETS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_secret_is_not_kept() {
        for (statement, expected) in [
            ("SELECT 1;", true),
            ("\\d users", true),
            ("UPDATE users SET PassWord = 'x';", false),
            ("SELECT * FROM users WHERE hash = '$2b$12$abc';", false),
            ("SELECT api_token FROM users;", false),
            ("", false),
        ] {
            assert_eq!(may_keep(statement), expected, "{statement}");
        }
    }
}
