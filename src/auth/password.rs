//! Passwords: bcrypt, never cut, and the same work whether the account exists or not.
//!
//! Everything here takes up to seconds of a thread; the caller decides on which.

use crate::config::PasswordRules;
use crate::error::{Code, Error, Result};

/// The longest password that bcrypt reads to its end, in bytes.
pub const LONGEST: usize = 72;

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer characters than this.
    TooShort(u32),
    /// It has more than [`LONGEST`] bytes.
    TooLong,
    /// It holds a zero byte, where other programs that read the hash would cut it.
    ZeroByte,
}

/// Checks a password that is to be set.
pub fn check(password: &str, rules: PasswordRules) -> Result<(), Weakness> {
    if LONGEST < password.len() {
        return Err(Weakness::TooLong);
    }
    if password.contains('\0') {
        return Err(Weakness::ZeroByte);
    }
    if password.chars().take(rules.min_length as usize).count() < rules.min_length as usize {
        return Err(Weakness::TooShort(rules.min_length));
    }
    Ok(())
}

/// Returns the hash (`$2b$`) of a password that was checked.
///
/// # Errors
/// [`Code::Internal`] when the system gives no randomness for the salt.
pub fn hash(password: &str, cost: u32) -> Result<String> {
    debug_assert!(password.len() <= LONGEST, "a password is checked before it is hashed");
    bcrypt::hash(password, cost)
        .map_err(|cause| Error::new(Code::Internal, "the password cannot be hashed").caused_by(cause))
}

/// Returns the cost of a hash that can be verified: bcrypt (`$2a$`, `$2b$`, `$2y$`) of at most
/// [`PasswordRules::HIGHEST_COST`]. One that names more counts as a hash that matches nothing, so that nobody who can
/// write one can stop the sign-in of everybody else.
pub fn cost(hash: &str) -> Option<u32> {
    if !["$2a$", "$2b$", "$2y$"].iter().any(|version| hash.starts_with(version)) {
        return None;
    }
    let parts: bcrypt::HashParts = hash.parse().ok()?;
    Some(parts.get_cost()).filter(|cost| (4..=PasswordRules::HIGHEST_COST).contains(cost))
}

/// Tells whether the password belongs to the hash, with the work of one hash of the cost `even` in every refusal.
///
/// Without a usable hash (no account, NULL, another scheme) the whole work is done on a made-up one. A hash of a
/// lower cost is followed by the difference: 2^c and then 2^c, 2^(c+1), … up to half of 2^even make 2^even.
pub fn verify(password: &str, hash: Option<&str>, even: u32) -> bool {
    let even = even.clamp(4, PasswordRules::HIGHEST_COST);
    let fits = password.len() <= LONGEST;
    let known = hash.and_then(|hash| Some((hash, cost(hash)?)));
    let Some((hash, cost)) = known else {
        work(password, even);
        return false;
    };
    if bcrypt::verify(password, hash).unwrap_or(false) && fits {
        return true;
    }
    for cost in cost..even {
        work(password, cost);
    }
    false
}

/// Does the work of one hash of this cost and throws it away.
fn work(password: &str, cost: u32) {
    // The result of a salt that nobody uses matches nothing.
    let _ = std::hint::black_box(bcrypt::hash_with_salt(password, cost, [0; 16]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_of_all_makers_are_verified() {
        // "correct horse", cost 4; $2a$ and $2y$ hold the same for passwords without the bugs they are named for.
        let own = hash("correct horse", 4).unwrap();
        assert!(own.starts_with("$2b$04$"), "{own}");
        for version in ["$2a$", "$2b$", "$2y$"] {
            let hash = own.replace("$2b$", version);
            assert!(verify("correct horse", Some(&hash), 4), "{version}");
            assert!(!verify("Correct horse", Some(&hash), 4), "{version}");
        }
        // Made by Go's golang.org/x/crypto/bcrypt and by PHP's password_hash.
        let go = "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga";
        assert!(verify("allmine", Some(go), 10));
    }

    #[test]
    fn what_is_no_hash_of_ours_matches_nothing() {
        let high = format!("$2a$31${}", ".".repeat(53));
        for hash in [
            None,
            Some(""),
            Some("secret"),
            Some("$2x$04$"),
            Some("$1$abc$def"),
            Some("$2b$04$é"),
            Some(&high),
        ] {
            assert!(!verify("secret", hash, 4), "{hash:?}");
        }
    }

    #[test]
    fn nothing_is_cut() {
        let rules = PasswordRules { min_length: 8, cost: 4 };
        let longest = "é".repeat(36);
        let hash = hash(&longest, 4).unwrap();
        assert!(verify(&longest, Some(&hash), 4));
        assert!(!verify(&format!("{longest}x"), Some(&hash), 4));
        for (password, outcome) in [
            ("12345678".to_owned(), Ok(())),
            ("éééééééé".to_owned(), Ok(())),
            ("1234567".to_owned(), Err(Weakness::TooShort(8))),
            (String::new(), Err(Weakness::TooShort(8))),
            (longest.clone(), Ok(())),
            (format!("{longest}x"), Err(Weakness::TooLong)),
            ("1234\x005678".to_owned(), Err(Weakness::ZeroByte)),
        ] {
            assert_eq!(check(&password, rules), outcome, "{password}");
        }
    }
}
